// SPDX-License-Identifier: GPL-2.0
/* A message if something takes long, and none if it does not. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/diag.h"
#include "unit.h"

static int saved, end;

/* From here on stderr is a pipe. */
static void stderr_catch(void)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	end = fds[0];
	saved = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
}

static void stderr_back(void)
{
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static void a_message_while_it_lasts(void **state)
{
	static const char want[] = "ipitrace: it takes long\n";
	char text[64] = "";
	struct patience *p;

	(void)state;
	stderr_catch();
	p = patience__begin(1000000, "it takes long");
	assert_non_null(p);
	/* Waits for the message: nothing else ends the wait. */
	assert_int_equal(read(end, text, sizeof(text) - 1), strlen(want));
	patience__end(p);
	stderr_back();
	close(end);
	assert_string_equal(text, want);
}

static void none_if_it_is_over_in_time(void **state)
{
	char text[64];

	(void)state;
	stderr_catch();
	patience__end(patience__begin(3600 * 1000000000ULL, "it takes long"));
	patience__end(NULL);
	stderr_back();
	/* All writers are gone: the end of the file. */
	assert_int_equal(read(end, text, sizeof(text)), 0);
	close(end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_while_it_lasts),
		cmocka_unit_test(none_if_it_is_over_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
