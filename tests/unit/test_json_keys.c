// SPDX-License-Identifier: GPL-2.0
/* --keys: the values of a record by its text. */
#include "unit.h"
#include "view/capture/capture.h"

static const struct key_list some = { 3, { TRACE_dst, TRACE_func, TRACE_stack } };

/* @want NULL: @line is refused. */
static void check(const struct key_list *keys, const char *line, const char *want)
{
	size_t len = strlen(line), room = json_keys__room(keys, len);
	/* Exactly as long as they are, so that a sanitizer sees each byte too many. */
	char *text = malloc(len + !len), *to = malloc(room), *end;

	assert_non_null(text);
	assert_non_null(to);
	memcpy(text, line, len);
	end = json_keys__write(to, keys, text, len);
	if (!want) {
		assert_null(end);
	} else {
		assert_non_null(end);
		assert_true((size_t)(end - to) <= room);
		assert_int_equal(end - to, strlen(want));
		assert_memory_equal(to, want, end - to);
	}
	free(text);
	free(to);
}

TEST(values_stay_as_they_are)
{
	check(&some,
	      "{\"type\":\"ipi\",\"func\":\"a\\\"b,}\\\\\",\"stack\":[\"x,\",{\"y\":[1]}],\"dst\":3}",
	      "{\"dst\":3,\"func\":\"a\\\"b,}\\\\\",\"stack\":[\"x,\",{\"y\":[1]}]}");
	check(&some, "{\"src\":1,\"func\":null,\"dst\":0}",
	      "{\"dst\":0,\"func\":null,\"stack\":null}");
	/* A key of a later version may have any name. */
	check(&some, "{\"a\\\"b\":1,\"dst\":3}", "{\"dst\":3,\"func\":null,\"stack\":null}");
	/* A key within a value is none of the record. */
	check(&some, "{\"x\":{\"dst\":9},\"y\":\"\\\"dst\\\":8\"}",
	      "{\"dst\":null,\"func\":null,\"stack\":null}");
}

TEST(what_is_no_object_is_refused)
{
	static const char *const bad[] = {
		"",
		"{",
		"[1]",
		"null",
		"{\"dst\":3",
		"{\"dst\":",
		"{\"dst",
		"{\"dst\"}",
		"{\"dst\":}",
		"{dst:3}",
		"{\"a\":\"",
		"{\"a\":\"\\",
		"{\"a\":[1}",
		"{\"dst\":3}}",
		"{\"dst\":3,",
		"{\"dst\":3}x",
		"{\"a\":1 }x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check(&some, bad[i], NULL);
}

/* Each key there is, and none of them in the line. */
TEST(there_is_room_for_all_keys)
{
	struct key_list all = { .nr = NR_TRACE_KEYS };
	char want[2048] = "{";

	for (size_t i = 0; i < NR_TRACE_KEYS; i++) {
		all.keys[i] = i;
		sprintf(want + strlen(want), "%s\"%s\":null", i ? "," : "", trace_keys[i]);
	}
	strcat(want, "}");
	check(&all, "{\"x\":1}", want);
}

TEST_MAIN(NULL, NULL)
