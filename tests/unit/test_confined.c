// SPDX-License-Identifier: GPL-2.0
/* run/confined: what bounds the process that reads a stranger's file. */
#include <fcntl.h>
#include <pthread.h>
#include "cli/diag.h"
#include "run/parts.h"
#include "unit.h"

static int file_of(off_t bytes)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	fd = dup(fileno(file));
	fclose(file);
	assert_int_equal(ftruncate(fd, bytes), 0);
	return fd;
}

TEST(a_large_file_has_more_time)
{
	int fds[] = { file_of(0), -1, file_of(20000000) }, ends[2];

	assert_int_equal(confined__cpu_s(NULL, 0), 600);
	assert_int_equal(confined__cpu_s(fds, 2), 600);
	assert_int_equal(confined__cpu_s(fds, 3), 10600);
	/*
	 * A file to write to does not count; input from a pipe may have no end, so there is no
	 * limit.
	 */
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(confined__cpu_s(&ends[1], 1), 600);
	assert_int_equal(confined__cpu_s(&ends[0], 1), 0);
	close(ends[0]);
	close(ends[1]);
	close(fds[0]);
	close(fds[2]);
}

struct watch {
	int said; /* read the confined process's pid from here */
	int ends; /* a byte that is written here ends that process */
	unsigned long cpu_s; /* its limit; 0: none was found */
};

/* In the process that is confined. */
static int tell_and_wait(void *ctx)
{
	const int *said = ctx;
	pid_t pid = getpid();
	char byte;

	if (write(*said, &pid, sizeof(pid)) != sizeof(pid) || read(STDIN_FILENO, &byte, 1) != 1)
		return EXIT_FAILED;
	return EXIT_DONE;
}

static void *limit_read(void *ctx)
{
	struct watch *watch = ctx;
	char path[64], line[256];
	FILE *file = NULL;
	pid_t pid;

	if (read(watch->said, &pid, sizeof(pid)) == sizeof(pid)) {
		snprintf(path, sizeof(path), "/proc/%d/limits", pid);
		file = fopen(path, "re");
	}
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "Max cpu time %lu", &watch->cpu_s);
	if (file)
		fclose(file);
	return write(watch->ends, "", 1) == 1 ? ctx : NULL;
}

TEST(the_reader_has_that_limit)
{
	int said[2], ends[2], fds[2];
	struct watch watch = {};
	pthread_t thread;

	assert_int_equal(pipe(said), 0);
	assert_int_equal(pipe(ends), 0);
	watch.said = said[0];
	watch.ends = ends[1];
	fds[0] = file_of(200000);
	fds[1] = said[1];
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(pthread_create(&thread, NULL, limit_read, &watch), 0);
	assert_int_equal(confined__run(tell_and_wait, &said[1], "a file", fds, 2), EXIT_DONE);
	pthread_join(thread, NULL);
	assert_int_equal(watch.cpu_s, 700);
}

TEST_MAIN(NULL, NULL)
