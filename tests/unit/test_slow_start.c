// SPDX-License-Identifier: GPL-2.0
/* A message if the kernel holds a thread, and none if it does not; Ctrl-C meanwhile. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "cli/exit_status.h"
#include "run/parts.h"
#include "skip.h"
#include "unit.h"

static int saved, end;
static const char *unread; /* a file whose name ends so cannot be read; NULL: all can */

static bool is_unread(const char *path)
{
	size_t len = strlen(path), tail = unread ? strlen(unread) : len + 1;

	return tail <= len && !strcmp(path + len - tail, unread);
}

#define MS    1000000ULL
#define LOOKS 4

/* What the looks at a thread find; later looks find what the last one did. */
struct made_looks {
	uint64_t limit; /* ns */
	uint64_t now[LOOKS]; /* ns */
	bool woken[LOOKS]; /* whether the thread has slept once more since the look before */
};
static const struct made_looks *made; /* NULL: looks find what there is */
static int made_look; /* the index of the look; -1: none was made yet */

bool __real_sysfile__line(char *buf, size_t size, const char *path, ...);
bool __wrap_sysfile__line(char *buf, size_t size, const char *path, int tid)
{
	static char first[512]; /* the thread in its first look */

	if (is_unread(path))
		return false;
	if (!made)
		return __real_sysfile__line(buf, size, path, tid);
	if (made_look < 0 && !__real_sysfile__line(first, sizeof(first), path, tid))
		return false;
	snprintf(buf, size, "%s", first);
	return true;
}

bool __real_sysfile__rest(char *buf, size_t size, const char *key, const char *path, ...);
bool __wrap_sysfile__rest(char *buf, size_t size, const char *key, const char *path, int tid)
{
	static int sleeps;

	if (is_unread(path))
		return false;
	if (!made)
		return __real_sysfile__rest(buf, size, key, path, tid);
	if (made_look < LOOKS - 1)
		made_look++;
	sleeps += made->woken[made_look];
	snprintf(buf, size, "%d", sleeps);
	return true;
}

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!made)
		return __real_clock_gettime(clock, time);
	time->tv_sec = made->now[made_look] / (1000 * MS);
	time->tv_nsec = made->now[made_look] % (1000 * MS);
	return 0;
}

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

/* The thread sleeps in read(2) until the message is there: nothing else ends the wait. */
TEST(a_message_says_where_the_kernel_waits)
{
	static const char want[] = "ipitrace: it does not answer for 0 s";
	char text[512] = "";
	struct slow_start *s;

	stderr_catch();
	s = slow_start__begin(60 * MS, "it does not answer", -1, false);
	assert_non_null(s);
	assert_true(read(end, text, sizeof(text) - 1) > 0);
	slow_start__end(s);
	stderr_back();
	close(end);
	assert_memory_equal(text, want, strlen(want));
	if (skip_if(access("/proc/self/stack", R_OK) || geteuid(),
		    "a kernel that shows stacks, to root"))
		return;
	assert_has(text, ": the kernel waits in ", "pipe_read");
}

/* The thread sleeps in read(2) of the terminal until the message is there, which comes after the note. */
TEST(a_terminal_shows_what_is_waited_for)
{
	static const char note[] = "loading BPF programs ...", erase[] = "\r\033[K";

	for (int noting = 0; noting < 2; noting++) {
		int out = dup(STDOUT_FILENO), master, slave;
		char text[512] = "";
		size_t len = 0;
		struct slow_start *s;

		fflush(stdout);
		saved = dup(STDERR_FILENO);
		assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
		dup2(slave, STDOUT_FILENO);
		dup2(slave, STDERR_FILENO);
		setenv("TERM", "xterm", 1);
		s = slow_start__begin(60 * MS, "it does not answer", -1, noting);
		while (!strchr(text, '\n'))
			len += read(master, text + len, sizeof(text) - 1 - len);
		slow_start__end(s);
		stderr_back();
		dup2(out, STDOUT_FILENO);
		close(out);
		close(slave);
		close(master);
		if (noting)
			assert_memory_equal(text, note, strlen(note));
		else
			assert_null(strstr(text, note));
		assert_int_equal(!!strstr(text, erase), noting);
		assert_has(text, "ipitrace: it does not answer for 0 s");
	}
}

/* Real-time tasks may keep a thread off its CPU for seconds. */
TEST(a_thread_without_a_cpu_is_not_held_by_the_kernel)
{
	char text[600];

	slow_start__where('R', 1, "do_check_common < bpf_check", text, sizeof(text));
	assert_string_equal(text,
			    ": ipitrace is ready to run on CPU 1, which other tasks may have, in "
			    "do_check_common < bpf_check");
	slow_start__where('D', 1, "synchronize_rcu", text, sizeof(text));
	assert_string_equal(text, ": the kernel waits in synchronize_rcu");
	slow_start__where('R', 1, "", text, sizeof(text));
	assert_has(text, "the kernel is busy on CPU 1");
	slow_start__where('D', 1, "", text, sizeof(text));
	assert_string_equal(text, "");
}

/* A thread that comes back to user mode, or sleeps once more, is in no call for long. */
TEST(none_while_the_kernel_answers)
{
	char text[512];
	struct slow_start *s;

	stderr_catch();
	s = slow_start__begin(3600 * 1000ULL * MS, "it does not answer", -1, false);
	for (int i = 0; i < 100; i++)
		usleep(1000);
	slow_start__end(s);
	slow_start__end(NULL);
	/* Many short sleeps are as many calls, here for more than the limit, and for less than four limits. */
	s = slow_start__begin(500 * MS, "it does not answer", -1, false);
	for (uint64_t end = mono_ns() + 600 * MS; mono_ns() < end;)
		usleep(1000);
	slow_start__end(s);
	stderr_back();
	/* All writers are gone: the end of the file. */
	assert_int_equal(read(end, text, sizeof(text)), 0);
	close(end);
}

/* The thread sleeps in read(2) until the message is there. The clock and its waits are made. */
TEST(a_thread_is_held_for_its_limit_or_slow_for_four)
{
	/* 1.5 s are rounded to 2 s, and one ns less to 1 s. */
	static const char said[] = "ipitrace: it does not answer for 2 s";
	static const struct made_looks cases[] = {
		/* In one wait. */
		{
			.limit = 1500 * MS,
			.now = { 0, 1500 * MS - 1, 1500 * MS, 100000 * MS },
		},
		/* From wait to wait. */
		{
			.limit = 375 * MS,
			.now = { 0, 1500 * MS - 1, 1500 * MS, 100000 * MS },
			.woken = { true, true, true, true },
		},
		/* The time before the wait does not count. */
		{
			.limit = 1500 * MS,
			.now = { 0, 3000 * MS, 4500 * MS, 100000 * MS },
			.woken = { false, true, false, false },
		},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[512] = "";
		struct slow_start *s;

		stderr_catch();
		made_look = -1;
		made = &cases[i];
		s = slow_start__begin(made->limit, "it does not answer", -1, false);
		assert_non_null(s);
		assert_true(read(end, text, sizeof(text) - 1) > 0);
		slow_start__end(s);
		made = NULL;
		stderr_back();
		assert_memory_equal(text, said, strlen(said));
		/* One message is enough. */
		assert_int_equal(read(end, text, sizeof(text)), 0);
		close(end);
	}
}

/* A thread whose state cannot be read may be anywhere. */
TEST(nothing_is_said_of_a_thread_that_is_not_seen)
{
	char text[512];

	for (int file = 0; file < 2; file++) {
		struct slow_start *s;

		unread = file ? "/status" : "/stat";
		stderr_catch();
		s = slow_start__begin(500 * MS, "it does not answer", -1, false);
		poll(NULL, 0, 700); /* more than the limit, and less than four limits */
		slow_start__end(s);
		stderr_back();
		unread = NULL;
		assert_int_equal(read(end, text, sizeof(text)), 0);
		close(end);
	}
}

/* Held for good: the message, then a signal, which ends the process. */
TEST(a_signal_ends_a_process_that_is_held)
{
	int stop[2], never[2], status;
	char text[1024] = "", c;
	ssize_t len = 0, got;
	pid_t pid;

	assert_int_equal(pipe(stop), 0);
	assert_int_equal(pipe(never), 0);
	stderr_catch();
	pid = fork();
	if (!pid) {
		slow_start__begin(60 * MS, "it does not answer", stop[0], false);
		_exit(read(never[0], &c, 1) == 1 ? 1 : 2);
	}
	stderr_back();
	/* It is held once the message is there. */
	len = read(end, text, sizeof(text) - 1);
	assert_true(len > 0);
	assert_int_equal(write(stop[1], "", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	while ((got = read(end, text + len, sizeof(text) - 1 - len)) > 0)
		len += got;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_FAILED);
	assert_has(text, "ipitrace: stopped before collection began");
	for (int i = 0; i < 2; i++) {
		close(stop[i]);
		close(never[i]);
	}
	close(end);
}

TEST_MAIN(NULL, NULL)
