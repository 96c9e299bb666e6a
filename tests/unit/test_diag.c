// SPDX-License-Identifier: GPL-2.0
/* A failure's words name what failed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "unit.h"

/* Checks for @want on stderr, and for @status. */
static void check(int err, int status, const char *want)
{
	FILE *real = stderr;
	size_t len;
	char *said;
	int got;

	stderr = open_memstream(&said, &len);
	assert_non_null(stderr);
	got = output_status(err);
	fclose(stderr);
	stderr = real;
	assert_string_equal(said, want);
	assert_int_equal(got, status);
	free(said);
}

static void no_memory_is_no_fault_of_stdout(void **state)
{
	(void)state;
	check(-ENOMEM, EXIT_FAILED, "ipitrace: a report: Cannot allocate memory\n");
}

static void a_full_disk_is(void **state)
{
	(void)state;
	check(-ENOSPC, EXIT_FAILED, "ipitrace: stdout: No space left on device\n");
	check(0, EXIT_DONE, "");
}

static void nobody_reads(void **state)
{
	(void)state;
	check(-ETIMEDOUT, EXIT_FAILED,
	      "ipitrace: stdout: nobody reads it: at least 0 bytes are lost\n");
}

/* The last, for from then on all is quiet. */
static void a_reader_that_leaves_is_no_failure(void **state)
{
	(void)state;
	check(-EPIPE, EXIT_DONE, "");
	check(-EPIPE, EXIT_DONE, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_memory_is_no_fault_of_stdout),
		cmocka_unit_test(a_full_disk_is),
		cmocka_unit_test(nobody_reads),
		cmocka_unit_test(a_reader_that_leaves_is_no_failure),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
