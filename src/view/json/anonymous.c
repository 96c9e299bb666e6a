// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <string.h>
#include "view/json/anonymous.h"
#include "view/json/emit.h"

/* The keys of tasks, cgroups and user code in all objects; each value may be null. */
static const char *const personal[] = {
	"comm",	     "pid",	    "tid",	  "tgid",   "cgroup",	  "cgroup_id",
	"container", "user_frames", "user_stack", "sender", "victim",	  "owner",
	"by",	     "waker",	    "waker_tgid", "woken",  "woken_tgid", "stacks",
};

static bool is_personal(const char *key)
{
	for (size_t i = 0; i < sizeof(personal) / sizeof(*personal); i++)
		if (!strcmp(key, personal[i]))
			return true;
	return false;
}

void json__anonymous(json_t *object)
{
	json_t *item;
	size_t i;

	/* Null takes no memory: this cannot fail. */
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		if (is_personal(json_object_iter_key(at)))
			json_object_iter_set_new(object, at, json_null());
		else
			json__anonymous(json_object_iter_value(at));
	}
	json_array_foreach(object, i, item)
		json__anonymous(item);
}

char *json__anonymous_line(const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, 0, NULL);

	json__anonymous(object);
	return json__owned_line(object);
}
