// SPDX-License-Identifier: GPL-2.0
/* Everything is written; a reader that does not read is waited for until the run is to end. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/write_all.h"
#include "unit.h"

#define BYTES 100000

static char text[BYTES], got[BYTES];
static int ends[2], stop;

static int setup(void **state)
{
	for (int i = 0; i < BYTES; i++)
		text[i] = i % 100 == 99 ? '\n' : 'a' + i % 26;
	stop = eventfd(0, EFD_CLOEXEC);
	write_all__stop_by(stop);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	return 0;
}

static int teardown(void **state)
{
	close(ends[0]);
	close(ends[1]);
	close(stop);
	return 0;
}

/* Reads @got, little by little, and pauses for 0.3 s now and then. */
static void *slow_reader(void *arg)
{
	size_t at = 0;
	ssize_t n = 1;

	for (int i = 0; at < BYTES && n > 0; i++, at += n) {
		n = read(ends[0], got + at, BYTES - at < 3000 ? BYTES - at : 3000);
		usleep(i % 10 ? 1000 : 300000);
	}
	return NULL;
}

static void check_slow_reader(void)
{
	pthread_t reader;
	size_t done = 0;

	memset(got, 0, sizeof(got));
	assert_int_equal(pthread_create(&reader, NULL, slow_reader, NULL), 0);
	assert_int_equal(write_all(ends[1], text, BYTES, &done), 0);
	assert_int_equal(pthread_join(reader, NULL), 0);
	assert_int_equal(done, BYTES);
	assert_memory_equal(got, text, BYTES);
	assert_int_equal(write_all__unwritten(), 0);
}

TEST_F(a_slow_reader_gets_all)
{
	check_slow_reader();
}

TEST_F(also_when_the_run_is_to_end)
{
	eventfd_write(stop, 1);
	check_slow_reader();
}

TEST_F(an_error_is_returned)
{
	size_t done = 1;

	assert_int_equal(write_all(-1, text, BYTES, &done), -EBADF);
	assert_int_equal(done, 0);
	assert_int_equal(write_all__unwritten(), 0);
}

/* This test must be late, because after it no write waits. */
TEST_F(a_long_line_in_a_named_pipe_is_whole)
{
	char dir[] = "/tmp/ipitest-XXXXXX", name[64];
	static char line[20000];
	size_t done = 0;
	int fd;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/fifo", dir);
	assert_int_equal(mkfifo(name, 0600), 0);
	fd = open(name, O_RDWR | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fcntl(fd, F_SETPIPE_SZ, 4096), 4096);
	eventfd_write(stop, 1);
	assert_int_equal(write_all(fd, line, sizeof(line), &done), -ETIMEDOUT);
	assert_int_equal(done, sizeof(line));
	assert_int_equal(read(fd, got, BYTES), sizeof(line));
	assert_int_equal(got[sizeof(line) - 1], '\n');
	close(fd);
	unlink(name);
	rmdir(dir);
}

/* This test must be last, because after it no write waits. */
TEST_F(without_a_reader_it_gives_up)
{
	size_t done = 0;
	ssize_t n;

	eventfd_write(stop, 1);
	assert_int_equal(write_all(ends[1], text, BYTES, &done), -ETIMEDOUT);
	assert_in_range(done, 4096, BYTES - 1);
	assert_int_equal(write_all__unwritten(), BYTES - done);
	n = read(ends[0], got, BYTES);
	/* Whole lines. */
	assert_int_equal(n, done);
	assert_int_equal(n % 100, 0);
	assert_memory_equal(got, text, n);
	/* There is room again: no reason not to write. */
	assert_int_equal(write_all(ends[1], text, 100, NULL), 0);
	assert_int_equal(write_all(ends[1], text, BYTES, NULL), -ETIMEDOUT);
}

/* In a new process. Returns 0, or the number of the check that failed. */
static int closed_check(int fd)
{
	char byte;
	int file;

	close(fd);
	output__open();
	file = open("/dev/null", O_RDWR);
	if (file <= STDERR_FILENO)
		return 1;
	if (read(fd, &byte, 1) != -1 || errno != EBADF)
		return 2;
	if (write(fd, "x", 1) != -1 || errno != EBADF)
		return 3;
	if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		return 4;
	return fd == STDOUT_FILENO && (putchar('x') == EOF || output__flush() != -EBADF) ? 5 : 0;
}

TEST(no_file_gets_the_number_of_a_closed_stream)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		pid_t pid = fork();
		int end;

		if (!pid)
			_exit(closed_check(fd));
		assert_int_equal(waitpid(pid, &end, 0), pid);
		assert_int_equal(end, 0);
	}
}

TEST_MAIN(NULL, NULL)
