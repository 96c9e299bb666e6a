// SPDX-License-Identifier: GPL-2.0
/* Lines of `serve --events`. */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "view/json/event.h"
#include "view/json/quoted.h"

static const char line[] = "{\"schema\":\"ipitrace/1\"}\n";

static void host_and_time_stand_in_front(void **state)
{
	char to[JSON_EVENT_BYTES + sizeof(line)], *name = json__quoted("we\"b1");
	size_t len = json__event(to, sizeof(to), line, strlen(line), name, 1795176075123);

	(void)state;
	to[len] = '\0';
	assert_string_equal(to, "{\"nodename\":\"we\\\"b1\",\"unix_ms\":1795176075123,"
				"\"schema\":\"ipitrace/1\"}\n");
	len = json__event(to, sizeof(to), line, strlen(line), "\"\"", 0);
	to[len] = '\0';
	assert_string_equal(to, "{\"nodename\":\"\",\"unix_ms\":0,\"schema\":\"ipitrace/1\"}\n");
	free(name);
}

/* A nodename has 64 bytes at most, each of which JSON may write as six. */
static void the_longest_name_fits(void **state)
{
	char to[JSON_EVENT_BYTES + sizeof(line)], host[65] = "", *name;

	(void)state;
	memset(host, 1, 64);
	name = json__quoted(host);
	assert_int_equal(strlen(name), 64 * 6 + 2);
	assert_true(json__event(to, sizeof(to), line, strlen(line), name, UINT64_MAX) > 0);
	assert_int_equal(json__event(to, sizeof(to) - 2, line, strlen(line), name, 1), 0);
	assert_int_equal(json__event(to, sizeof(to), "x", 1, name, 1), 0);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_and_time_stand_in_front),
		cmocka_unit_test(the_longest_name_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
