// SPDX-License-Identifier: GPL-2.0
/* A failure's words name what failed. */
#include <sys/stat.h>
#include "printed.h"
/* cmocka's macro of the same name. */
#undef fail
#include "cli/diag.h"

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
	free(said);
	assert_int_equal(got, status);
}

TEST(no_memory_is_no_fault_of_stdout)
{
	check(-ENOMEM, EXIT_FAILED, "ipitrace: a report: Cannot allocate memory\n");
}

static void no_threads(const void *status)
{
	*(int *)status = part_status("threads", -EAGAIN);
}

TEST(no_more_threads_is_a_limit)
{
	int status = 0;

	assert_string_equal(printed_to(stderr, no_threads, &status),
			    "ipitrace: threads: no more threads are allowed: raise ulimit -u, "
			    "pids.max of the cgroup, or TasksMax= of the unit\n");
	assert_int_equal(status, EXIT_CANNOT);
}

TEST(a_full_disk_is)
{
	check(-ENOSPC, EXIT_FAILED, "ipitrace: stdout: No space left on device\n");
	check(0, EXIT_DONE, "");
}

TEST(nobody_reads)
{
	check(-ETIMEDOUT, EXIT_FAILED,
	      "ipitrace: stdout: nobody reads it: at least 0 bytes are lost\n");
}

/* A capture is written by the command, any other data by all that write to stdout. */
TEST(a_file_takes_the_place_of_stdout)
{
	/* Later messages have the name. */
	static char path[] = "/tmp/ipitrace-diag-XXXXXX";
	int saved = dup(STDOUT_FILENO);

	close(mkstemp(path));
	fflush(stdout);
	for (int command = 0; command < NR_COMMANDS; command++) {
		struct options opts = { .command = command, .output = path };
		bool captures = command == COMMAND_RECORD || command == COMMAND_IMPORT ||
				command == COMMAND_TOP;
		struct stat out, file;
		int status;

		unlink(path);
		status = output_begin(&opts);
		fstat(STDOUT_FILENO, &out);
		dup2(saved, STDOUT_FILENO);
		assert_int_equal(status, EXIT_DONE);
		assert_int_equal(stat(path, &file), captures ? -1 : 0);
		if (!captures)
			assert_members(out, st_ino, file.st_ino, st_dev, file.st_dev);
	}
	unlink(path);
	close(saved);
}

/* The last, for from then on all is quiet. */
TEST(a_reader_that_leaves_is_no_failure)
{
	check(-EPIPE, EXIT_DONE, "");
	check(-EPIPE, EXIT_DONE, "");
}

static void complain(const void *of)
{
	assert_int_equal(fail(EXIT_FAILED, "%s: no", (const char *)of), EXIT_FAILED);
}

TEST(a_message_is_one_line_whatever_it_quotes)
{
	char *text = printed_to(stderr, complain, "/tmp/\x1b[31m\n\x9b\xff\xc2\x9b\x7f\xc3\xa9");

	assert_string_equal(text, "ipitrace: /tmp/?[31m?????\xc3\xa9: no\n");
}

TEST(a_long_message_is_whole)
{
	char path[4096], want[4200], *text;

	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	text = printed_to(stderr, complain, path);
	snprintf(want, sizeof(want), "ipitrace: %s: no\n", path);
	assert_string_equal(text, want);
}

TEST_MAIN(NULL, NULL)
