// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include "base/cpuset.h"
#include "view/parsed.h"

bool parsed__u64(const json_t *object, const char *key, uint64_t max, uint64_t *value)
{
	json_t *found = json_object_get(object, key);

	if (!json_is_integer(found) || json_integer_value(found) < 0)
		return false;
	*value = json_integer_value(found);
	return *value <= max;
}

bool parsed__cpu(const json_t *object, const char *key, uint32_t *cpu)
{
	uint64_t value;

	if (!parsed__u64(object, key, CPUSET_MAX - 1, &value))
		return false;
	*cpu = value;
	return true;
}

bool parsed__ns(const json_t *object, const char *key, uint64_t *ns)
{
	return parsed__u64(object, key, INT64_MAX, ns);
}

uint64_t parsed__count(const json_t *object, const char *key)
{
	uint64_t value;

	return parsed__u64(object, key, INT64_MAX, &value) ? value : 0;
}

double parsed__number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

const char *parsed__text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

bool parsed__aside(const json_t *report)
{
	const json_t *folded = json_object_get(report, "folded");

	return json_is_true(json_object_get(report, "note")) || json_is_true(folded) ||
	       (!folded && parsed__count(report, "cause"));
}
