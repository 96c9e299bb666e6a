// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "view/lasting.h"
#include "view/capture/parse.h"

static bool was_over(const struct lasting *o, uint64_t id)
{
	size_t nr = o->nr_over < OVER_MAX ? o->nr_over : OVER_MAX;

	for (size_t i = 0; i < nr; i++)
		if (o->over[i] == id)
			return true;
	return false;
}

int lasting__report(struct lasting *o, json_t *object)
{
	bool lasts = json_is_true(json_object_get(object, "ongoing"));
	char key[32];
	uint64_t id;

	if (!parse__is_u64(object, "id", INT64_MAX, &id))
		return -EINVAL;
	if (lasts && was_over(o, id))
		return 0;
	if (!o->reports)
		o->reports = json_object();
	snprintf(key, sizeof(key), "%" PRIu64, id);
	json_object_del(o->reports, key);
	if (lasts && json_object_size(o->reports) < LASTING_MAX)
		return json_object_set(o->reports, key, object) ? -ENOMEM : 0;
	o->over[o->nr_over++ % OVER_MAX] = id;
	o->aside += parse__aside(object);
	return 1;
}

uint64_t lasting__nr(const struct lasting *o)
{
	return o->nr_over + json_object_size(o->reports);
}

uint64_t lasting__aside(const struct lasting *o)
{
	uint64_t aside = o->aside;
	const char *id;
	json_t *report;

	json_object_foreach(o->reports, id, report)
		aside += parse__aside(report);
	return aside;
}

void lasting__free(struct lasting *o)
{
	json_decref(o->reports);
	*o = (struct lasting){ 0 };
}
