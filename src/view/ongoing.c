// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include "view/ongoing.h"
#include "view/parsed.h"

int ongoing__report(json_t **ongoing, json_t *object)
{
	char id[32];
	uint64_t n;

	if (!parsed__u64(object, "id", INT64_MAX, &n))
		return -EINVAL;
	if (!*ongoing)
		*ongoing = json_object();
	snprintf(id, sizeof(id), "%" PRIu64, n);
	json_object_del(*ongoing, id);
	if (!json_is_true(json_object_get(object, "ongoing")) ||
	    json_object_size(*ongoing) == ONGOING_MAX)
		return 1;
	return json_object_set(*ongoing, id, object) ? -ENOMEM : 0;
}
