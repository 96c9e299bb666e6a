// SPDX-License-Identifier: GPL-2.0
/* run/confined: what bounds the process that reads a stranger's file. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include "cli/diag.h"
#include "run/parts.h"
#include "child_status.h"
#include "fork_fails.h"
#include "printed.h"
#include "skip.h"

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
	/* Its limits, and what it has; 0: none was found. */
	unsigned long cpu_s, bytes;
	unsigned int uid, no_new_privs, seccomp;
	unsigned long long caps;
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
	pid_t pid = 0;

	watch->uid = watch->no_new_privs = watch->seccomp = watch->caps = 77;
	(void)!read(watch->said, &pid, sizeof(pid));
	for (int i = 0; i < 2; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/%s", pid, i ? "status" : "limits");
		file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file)) {
			sscanf(line, "Max cpu time %lu", &watch->cpu_s);
			sscanf(line, "Max address space %lu", &watch->bytes);
			sscanf(line, "Uid: %u", &watch->uid);
			sscanf(line, "CapPrm: %llx", &watch->caps);
			sscanf(line, "NoNewPrivs: %u", &watch->no_new_privs);
			sscanf(line, "Seccomp: %u", &watch->seccomp);
		}
		if (file)
			fclose(file);
	}
	return write(watch->ends, "", 1) == 1 ? ctx : NULL;
}

TEST(the_reader_has_that_limit)
{
	int said[2], ends[2], fds[2], own = dup(STDIN_FILENO);
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
	assert_members(watch, cpu_s, 700, caps, 0, no_new_privs, 1);
	if (!SANITIZED)
		assert_members(watch, bytes, 1 << 30, seccomp, 2);
	if (geteuid())
		assert_int_equal(watch.uid, geteuid());
	else
		assert_true(watch.uid);
	assert_int_equal(dup2(own, STDIN_FILENO), STDIN_FILENO);
	close(own);
	close(fds[0]);
	for (int i = 0; i < 2; i++) {
		close(said[i]);
		close(ends[i]);
	}
}

/* How the confined process ends, and after how much CPU time; 0: as it does. */
static int made_status;
static struct rusage made_usage;

static int wait_errors; /* how many calls of wait4(2) a signal interrupts */
static int wait_error; /* errno of wait4(2); 0: the call succeeds */

pid_t __real_wait4(pid_t pid, int *status, int options, struct rusage *used);
pid_t __wrap_wait4(pid_t pid, int *status, int options, struct rusage *used)
{
	pid_t ended;

	if (wait_errors) {
		wait_errors--;
		errno = EINTR;
		return -1;
	}
	ended = __real_wait4(pid, status, options, used);
	if (wait_error) {
		errno = wait_error;
		return -1;
	}
	if (made_status) {
		*status = made_status;
		*used = made_usage;
	}
	return ended;
}

static int work_status;

static int end_at_once(void *ctx)
{
	return work_status;
}

static int status;

static void confine(const void *fd)
{
	status = confined__run(end_at_once, NULL, "night.zst", fd, 1);
	fputc('\n', stderr);
}

TEST(the_work_has_a_status)
{
	const int none = -1;

	made_status = 0;
	for (work_status = EXIT_DONE; work_status <= EXIT_FAILED; work_status++) {
		assert_string_equal(printed_to(stderr, confine, &none), "\n");
		assert_int_equal(status, work_status);
	}
	work_status = EXIT_DONE;
}

TEST(a_process_that_cannot_be_made_or_awaited_is_an_error)
{
	const int none = -1;

	fork_error = ENOMEM;
	assert_string_equal(printed_to(stderr, confine, &none),
			    "ipitrace: fork: Cannot allocate memory\n\n");
	assert_int_equal(status, EXIT_FAILED);
	fork_error = 0;
	/* A signal does not end the wait. */
	wait_errors = 2;
	work_status = EXIT_FOUND;
	assert_string_equal(printed_to(stderr, confine, &none), "\n");
	assert_int_equal(status, EXIT_FOUND);
	assert_int_equal(wait_errors, 0);
	work_status = EXIT_DONE;
	wait_error = ECHILD;
	assert_string_equal(printed_to(stderr, confine, &none),
			    "ipitrace: wait: No child processes\n\n");
	assert_int_equal(status, EXIT_FAILED);
	wait_error = 0;
}

static int print_and_end(void *ctx)
{
	printf("during ");
	return work_status;
}

static void print_around(const void *of)
{
	printf("before ");
	status = confined__run(print_and_end, NULL, "night.zst", NULL, 0);
	printf("after");
}

/* Both processes have the same buffer, which is written once. */
TEST(text_is_written_once)
{
	for (work_status = EXIT_DONE; work_status <= EXIT_FAILED; work_status++) {
		assert_string_equal(printed(print_around, NULL), "before during after");
		assert_int_equal(status, work_status);
	}
	work_status = EXIT_DONE;
}

static const char *zone; /* TZ in the work */

/* Returns 0 if signals end the work, and its time zone is that one. */
static int look_around(void *ctx)
{
	static const int signals[] = { SIGINT, SIGTERM };
	const char *tz = getenv("TZ");

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction action;

		if (sigaction(signals[i], NULL, &action) || action.sa_handler != SIG_DFL)
			return 1;
	}
	return !tz || strcmp(tz, zone) ? 2 : 0;
}

static void ignore(int signo)
{
}

static int run_looking(void)
{
	signal(SIGINT, ignore);
	signal(SIGTERM, ignore);
	unsetenv("TZ");
	zone = ":/etc/localtime";
	if (confined__run(look_around, NULL, "a file", NULL, 0))
		return 1;
	setenv("TZ", "UTC", 1);
	zone = "UTC";
	return confined__run(look_around, NULL, "a file", NULL, 0);
}

/* A time zone that is not set would be looked for at each time that is written. */
TEST(the_work_has_a_time_zone_and_no_handlers)
{
	assert_int_equal(child_status(run_looking), 0);
}

TEST(a_reader_that_is_ended)
{
	static const char late[] =
		"ipitrace: night.zst: its reader had not ended after 600 s of CPU time";
	const int none = -1;

	made_status = SIGSYS;
	assert_has(printed_to(stderr, confine, &none), "made a forbidden system call (SIGSYS)");
	assert_int_equal(status, EXIT_FAILED);
	/* The kernel ends it in the second before the limit, too. */
	made_status = SIGKILL;
	made_usage = (struct rusage){ .ru_utime.tv_sec = 300, .ru_stime.tv_sec = 299 };
	assert_has(printed_to(stderr, confine, &none), late);
	assert_int_equal(status, EXIT_FAILED);
	made_usage.ru_stime.tv_sec = 298;
	assert_has(printed_to(stderr, confine, &none),
		   "ipitrace: night.zst: its reader was ended by signal 9: Killed");
	made_usage.ru_stime.tv_sec = 300;
	made_status = SIGSEGV;
	assert_has(printed_to(stderr, confine, &none), "by signal 11: Segmentation fault");
	assert_int_equal(status, EXIT_FAILED);
}

/* Who gave it no limit was not the one that ended it. */
TEST(a_reader_of_a_pipe_that_is_ended)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	made_status = SIGKILL;
	made_usage = (struct rusage){ .ru_utime.tv_sec = 9999 };
	assert_has(printed_to(stderr, confine, &ends[0]), "by signal 9: Killed");
	close(ends[0]);
	close(ends[1]);
}

static int end_by_signal(void)
{
	confined__run(end_at_once, NULL, "a file", NULL, 0);
	return 0;
}

/* They were meant for the whole run. */
TEST(signals_that_end_the_run)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		made_status = signals[i];
		assert_int_equal(child_status(end_by_signal), 128 + signals[i]);
	}
	made_status = 0;
}

/* Of the descriptors that are open the work has those that it needs. */
static int count_open(void *ctx)
{
	int nr = 0;

	for (int fd = 0; fd < 64; fd++)
		nr += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF;
	return nr;
}

static int run_counting(void)
{
	int fds[] = { 20, -1, 9, 12 };

	for (int fd = 5; fd < 32; fd++)
		dup2(STDERR_FILENO, fd);
	return confined__run(count_open, NULL, "a file", fds, ARRAY_SIZE(fds));
}

/* Each part of a capture and each picture has a descriptor, so that there may be many. */
static int run_counting_many(void)
{
	int fds[20];

	for (int fd = 5; fd < 64; fd++)
		dup2(STDERR_FILENO, fd);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = 60 - 2 * i;
	return confined__run(count_open, NULL, "a file", fds, ARRAY_SIZE(fds));
}

TEST(other_descriptors_are_closed)
{
	assert_int_equal(child_status(run_counting), 3 + 3);
	assert_int_equal(child_status(run_counting_many), 3 + 20);
}

TEST_MAIN(NULL, NULL)
