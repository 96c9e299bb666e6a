/* SPDX-License-Identifier: GPL-2.0 */
/* Check that a line of JSON has these keys and items, with these values. */
#ifndef IPITRACE_TESTS_JSON_HAS_H
#define IPITRACE_TESTS_JSON_HAS_H

#include <jansson.h>
#include "unit.h"

/* Whether @got has all of @want: of an object its keys, of a list as many items as there are in both. */
static inline bool json_has(const json_t *got, json_t *want)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_array(want) && json_is_array(got)) {
		json_array_foreach(want, i, value)
			if (!json_has(json_array_get(got, i), value))
				return false;
		return json_array_size(got) == json_array_size(want);
	}
	if (!json_is_object(want))
		return json_equal(got, want);
	json_object_foreach(want, key, value)
		if (!json_has(json_object_get(got, key), value))
			return false;
	return json_is_object(got);
}

/* Fails unless @line has all of @want, whose quotes are single ones. */
static inline void check_json(const char *line, const char *want, const char *file, int at)
{
	char text[2048];
	json_t *got = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *wanted;

	assert_true(strlen(want) < sizeof(text));
	for (size_t i = 0; i <= strlen(want); i++)
		text[i] = want[i] == '\'' ? '"' : want[i];
	wanted = json_loads(text, 0, NULL);
	assert_non_null(wanted);
	if (!got || !json_has(got, wanted)) {
		print_error("got %s\nwant %s\n", line, text);
		_fail(file, at);
	}
	json_decref(got);
	json_decref(wanted);
}

#define assert_json(line, want) check_json(line, want, __FILE__, __LINE__)

#endif /* IPITRACE_TESTS_JSON_HAS_H */
