// SPDX-License-Identifier: GPL-2.0
/* Lines of `serve --events`. */
#include "unit.h"
#include "view/json/json.h"

static const char line[] = "{\"schema\":\"ipitrace/1\"}\n";

TEST(the_time_stands_in_front)
{
	char to[JSON_EVENT_BYTES + sizeof(line)];
	size_t len = json__event(to, sizeof(to), line, strlen(line), 1795176075123);

	to[len] = '\0';
	assert_string_equal(to, "{\"unix_ms\":1795176075123,\"schema\":\"ipitrace/1\"}\n");
}

TEST(the_room_is_kept)
{
	char to[JSON_EVENT_BYTES + sizeof(line)];

	assert_true(json__event(to, sizeof(to), line, strlen(line), UINT64_MAX) > 0);
	assert_int_equal(json__event(to, sizeof(to) - 2, line, strlen(line), 1), 0);
	assert_int_equal(json__event(to, sizeof(to), "x", 1, 1), 0);
}

TEST_MAIN(NULL, NULL)
