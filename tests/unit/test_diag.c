// SPDX-License-Identifier: GPL-2.0
/* Messages on stderr. */
#include <string.h>
#include "printed.h"
/* cmocka's macro of the same name. */
#undef fail
#include "cli/diag.h"
#include "cli/exit_status.h"

static void complain(const void *of)
{
	assert_int_equal(fail(EXIT_FAILED, "%s: no", (const char *)of), EXIT_FAILED);
}

static void a_message_is_one_line_whatever_it_quotes(void **state)
{
	char *text = printed_to(stderr, complain, "/tmp/\x1b[31m\n\x9b\xff\xc2\x9b\x7f\xc3\xa9");

	(void)state;
	assert_string_equal(text, "ipitrace: /tmp/?[31m?????\xc3\xa9: no\n");
	free(text);
}

static void a_long_message_is_whole(void **state)
{
	char path[4096], want[4200], *text;

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	text = printed_to(stderr, complain, path);
	snprintf(want, sizeof(want), "ipitrace: %s: no\n", path);
	assert_string_equal(text, want);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_one_line_whatever_it_quotes),
		cmocka_unit_test(a_long_message_is_whole),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
