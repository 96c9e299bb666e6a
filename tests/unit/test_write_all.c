// SPDX-License-Identifier: GPL-2.0
/* Everything is written; a reader that does not read is waited for until the run is to end. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/write_all.h"
#include "unit.h"

#define BYTES 100000

static bool is_noted; /* the waits are noted, and end at once if they have an end */
static int waits[8]; /* ms; -1: without end */
static int nr_waits;

int __real_poll(struct pollfd *fds, nfds_t nr, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t nr, int ms)
{
	if (!is_noted)
		return __real_poll(fds, nr, ms);
	if (nr_waits < 8)
		waits[nr_waits++] = ms;
	return __real_poll(fds, nr, ms > 0 ? 0 : ms);
}

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

/* In a new process, in which no write has given up yet. Returns 0, or the number of the check that failed. */
static int give_up(void)
{
	static const char x[5000] = "x";
	size_t done = 9;
	int room;

	if (write(ends[1], text, 4096) != 4096 || eventfd_write(stop, 1))
		return 2;
	is_noted = true;
	/* The line before ended in the pipe: nothing of the next one is added. */
	if (write_all(ends[1], "abc\n", 4, &done) != -ETIMEDOUT || done)
		return 3;
	if (write_all__unwritten() != 4)
		return 4;
	/* The look for room, the wait until the run must end, then a second for the reader. */
	if (nr_waits < 2 || waits[nr_waits - 1] != 1000 || waits[nr_waits - 2] != -1)
		return 5;
	nr_waits = 0;
	if (write_all(ends[1], "d\n", 2, &done) != -ETIMEDOUT || done || waits[nr_waits - 1])
		return 6;
	if (write_all__unwritten() != 6)
		return 7;
	/* The line that was begun is completed. */
	if (read(ends[0], got, 4096) != 4096 ||
	    write_all(ends[1], text, BYTES, &done) != -ETIMEDOUT || done != 4100)
		return 8;
	/* The pipe is larger now. */
	room = fcntl(ends[1], F_GETPIPE_SZ);
	if (room != 8192 || read(ends[0], got, BYTES) != 4100)
		return 9;
	if (write_all(ends[1], x, sizeof(x), &done) || done != sizeof(x) ||
	    read(ends[0], got, BYTES) != sizeof(x))
		return 10;
	/* A line without an end cannot be. */
	memset(got, 'y', BYTES);
	if (write_all(ends[1], got, BYTES, &done) != -ETIMEDOUT || done != (size_t)room ||
	    fcntl(ends[1], F_GETPIPE_SZ) != room)
		return 11;
	return 0;
}

TEST_F(a_write_that_gives_up_completes_its_line)
{
	pid_t pid = fork();
	int end;

	if (!pid)
		_exit(give_up());
	assert_int_equal(waitpid(pid, &end, 0), pid);
	assert_int_equal(end, 0);
}

TEST_F(a_pause_ends_with_the_run)
{
	is_noted = true;
	nr_waits = 0;
	assert_true(write_all__pause(70));
	eventfd_write(stop, 1);
	assert_false(write_all__pause(80));
	is_noted = false;
	assert_int_equal(nr_waits, 2);
	assert_int_equal(waits[0], 70);
	assert_int_equal(waits[1], 80);
}

/* In a new process. Returns 0, or the number of the check that failed. */
static int print_much(void)
{
	static char half[1 << 15];
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), large[2];

	memset(half, 'h', sizeof(half));
	if (pipe2(large, O_CLOEXEC) || fcntl(large[1], F_SETPIPE_SZ, 1 << 18) < 0 || full < 0)
		return 1;
	fcntl(large[0], F_SETFL, O_NONBLOCK);
	dup2(large[1], STDOUT_FILENO);
	dup2(large[1], STDERR_FILENO);
	output__open();
	/* A message is written at once, and a report as a whole. */
	if (fputs("said", stderr) < 0 || read(large[0], got, BYTES) != 4)
		return 2;
	if (fwrite(half, 1, sizeof(half), stdout) != sizeof(half) ||
	    fwrite(half, 1, sizeof(half) - 1, stdout) != sizeof(half) - 1)
		return 3;
	if (read(large[0], got, BYTES) != -1 || errno != EAGAIN)
		return 4;
	if (output__flush() || read(large[0], got, BYTES) != 2 * sizeof(half) - 1)
		return 5;
	/* The first error is the one that is known, and nothing is written after that. */
	dup2(full, STDOUT_FILENO);
	if (putchar('x') != 'x' || output__flush() != -ENOSPC)
		return 6;
	dup2(large[1], STDOUT_FILENO);
	clearerr(stdout);
	if (putchar('y') != 'y' || output__flush() != -ENOSPC || read(large[0], got, BYTES) != -1)
		return 7;
	dup2(full, STDERR_FILENO);
	return fputs("said", stderr) < 0 ? 0 : 8;
}

TEST(output_is_written_as_a_whole_and_its_error_kept)
{
	pid_t pid = fork();
	int end;

	if (!pid)
		_exit(print_much());
	assert_int_equal(waitpid(pid, &end, 0), pid);
	assert_int_equal(end, 0);
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
