// SPDX-License-Identifier: GPL-2.0
/*
 * The helpers that write to /proc/sysrq-trigger, which is a pipe here; the test sends them any
 * request.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/helper_process.h"
#include "host/machine.h"
#include "unit.h"

static char directory[64], path[96];
static int trigger; /* what the helper wrote can be read there */

static int setup(void **state)
{
	strcpy(directory, "/tmp/test_sysrq.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/trigger", directory);
	if (mkfifo(path, 0600))
		return -1;
	trigger = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return trigger < 0;
}

static int teardown(void **state)
{
	close(trigger);
	return unlink(path) || rmdir(directory);
}

/* The socket, the trigger, and both ends of a pipe that shows when the starter ends. */
#define HELPERS_FDS 4

/* Stop @helper, and wait for its end: sysrq_helper__stop() waits 100 ms, too short for a busy machine. */
static void helper_end(struct sysrq_helper *helper)
{
	pid_t pid = helper->pid;

	sysrq_helper__stop(helper);
	helper_process__await_end(pid, 60000);
}

/* How often l was written; a failure if anything else was. */
static int letters(void)
{
	char text[4096];
	ssize_t n = read(trigger, text, sizeof(text));

	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(text[i], 'l');
	return n < 0 ? 0 : n;
}

/* Open descriptors of process @pid; *@named: one of them is of the trigger. */
static int descriptors(pid_t pid, bool *named)
{
	char name[64], target[256];
	const struct dirent *entry;
	int nr = 0;
	DIR *dir;

	*named = false;
	snprintf(name, sizeof(name), "/proc/%d/fd", pid);
	dir = opendir(name);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (len < 0)
			continue;
		target[len] = '\0';
		nr++;
		*named |= !strcmp(target, path);
	}
	closedir(dir);
	return nr;
}

TEST_F(only_the_helpers_have_the_file)
{
	struct sysrq_helper helper;
	bool named;

	assert_int_equal(sysrq_helper__start(&helper, path), 0);
	/* The test's own end, which a helper does not see. */
	close(trigger);
	descriptors(getpid(), &named);
	assert_false(named);
	if (!geteuid()) {
		assert_int_equal(descriptors(helper.pid, &named), HELPERS_FDS);
		assert_true(named);
	}
	trigger = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(sysrq_helper__ask(&helper), 0);
	assert_int_equal(letters(), 1);
	helper_end(&helper);
}

TEST_F(a_file_that_cannot_be_opened)
{
	struct sysrq_helper helper;

	assert_int_equal(sysrq_helper__start(&helper, "/nonexistent/trigger"), -ENOENT);
}

/* However many requests come, both helpers together write l at most once in SYSRQ_GAP_NS. */
TEST_F(often_is_too_soon)
{
	struct sysrq_request request = { .until = UINT64_MAX };
	struct sysrq_helper helper;
	uint64_t begun = mono_ns();
	int written = 0;

	assert_int_equal(sysrq_helper__start(&helper, path), 0);
	while (written < 3) {
		struct sysrq_answer answer;

		request.id++;
		send(helper.socket, &request, sizeof(request), MSG_DONTWAIT | MSG_NOSIGNAL);
		while (recv(helper.socket, &answer, sizeof(answer), MSG_DONTWAIT) > 0)
			;
		written += letters();
		/* The first l came at the beginning, each later one a gap after the one before. */
		assert_true(written <= 1 + (int)((mono_ns() - begun) / SYSRQ_GAP_NS));
	}
	helper_end(&helper);
}

TEST_F(requests_of_any_bytes)
{
	uint64_t seed = 1;

	for (int i = 0; i < 40; i++) {
		struct sysrq_helper helper;
		char bytes[64];
		size_t len;

		assert_int_equal(sysrq_helper__start(&helper, path), 0);
		for (size_t b = 0; b < sizeof(bytes); b++)
			bytes[b] = random_next(&seed);
		len = 1 + random_next(&seed) % sizeof(bytes);
		send(helper.socket, bytes, len, MSG_NOSIGNAL);
		send(helper.socket, "c", 1, MSG_NOSIGNAL);
		helper_end(&helper);
		assert_true(letters() <= 1);
	}
}

/* Nobody waits for this answer any more: a helper that is late must not disturb all CPUs. */
TEST_F(a_request_that_is_late)
{
	struct sysrq_request request = { .id = 7, .until = 1 };
	struct sysrq_helper helper;

	assert_int_equal(sysrq_helper__start(&helper, path), 0);
	assert_int_equal(send(helper.socket, &request, sizeof(request), 0), sizeof(request));
	assert_int_equal(sysrq_helper__ask(&helper), 0);
	assert_int_equal(letters(), 1);
	helper_end(&helper);
}

/* One helper may be on a CPU that is stuck; a stopped process answers as little. */
TEST_F(one_that_does_not_answer)
{
	struct sysrq_helper helper;

	assert_int_equal(sysrq_helper__start(&helper, path), 0);
	assert_int_equal(kill(helper.pid, SIGSTOP), 0);
	assert_int_equal(sysrq_helper__ask(&helper), 0);
	assert_int_equal(letters(), 1);
	assert_int_equal(kill(helper.pid, SIGCONT), 0);
	helper_end(&helper);
}

/* Returns the second helper, which is a child of process @first; 0 if there is none. */
static pid_t second_of(pid_t first)
{
	char name[64];
	int second = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", first, first);
	file = fopen(name, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%d", &second) != 1)
		second = 0;
	fclose(file);
	return second;
}

static struct cpuset affinity_of(pid_t pid)
{
	struct cpuset cpus = {};

	assert_int_equal(sched_getaffinity(pid, sizeof(cpus), (cpu_set_t *)&cpus), 0);
	return cpus;
}

/* One of them may be on the CPU that is stuck. */
TEST_F(each_helper_has_its_half_of_the_cpus)
{
	struct cpuset own = affinity_of(0), first, second;
	uint32_t nr = cpuset__count(&own), i = 0;
	struct sysrq_helper helper;
	int cpu;

	assert_int_equal(sysrq_helper__start(&helper, path), 0);
	first = affinity_of(helper.pid);
	/* The second one answers once it has its CPUs. */
	assert_int_equal(kill(helper.pid, SIGSTOP), 0);
	while (sysrq_helper__ask(&helper))
		;
	second = affinity_of(second_of(helper.pid));
	assert_int_equal(kill(helper.pid, SIGCONT), 0);
	assert_int_equal(cpuset__count(&first), nr > 1 ? nr / 2 : 1);
	assert_int_equal(cpuset__count(&second), nr - nr / 2);
	for_each_cpu(cpu, &own) {
		assert_int_equal(cpuset__has(&first, cpu), i < nr / 2 || nr == 1);
		assert_int_equal(cpuset__has(&second, cpu), i >= nr / 2);
		i++;
	}
	helper_end(&helper);
}

/* The kernel may refuse the letter. */
TEST_F(a_letter_that_cannot_be_written_is_an_error)
{
	struct sysrq_helper helper;

	assert_int_equal(sysrq_helper__start(&helper, "/dev/full"), 0);
	assert_int_equal(sysrq_helper__ask(&helper), -ENOSPC);
	helper_end(&helper);
}

/* Each answer has its request's number: once that a helper begins, and once that it is done. */
TEST_F(a_helper_says_that_it_begins)
{
	const struct sysrq_request request = { .id = 9, .until = UINT64_MAX };
	struct sysrq_answer answer;
	struct sysrq_helper helper;

	assert_int_equal(sysrq_helper__start(&helper, path), 0);
	assert_int_equal(send(helper.socket, &request, sizeof(request), 0), sizeof(request));
	assert_int_equal(recv(helper.socket, &answer, sizeof(answer), 0), sizeof(answer));
	assert_members(answer, id, 9, state, SYSRQ_BEGUN);
	assert_int_equal(recv(helper.socket, &answer, sizeof(answer), 0), sizeof(answer));
	assert_members(answer, id, 9, state, SYSRQ_DONE);
	assert_int_equal(letters(), 1);
	helper_end(&helper);
}

/* A process that keeps the helper's socket open, and no other descriptor of ipitrace. */
static void __attribute__((noreturn)) socket_keep(int socket)
{
	if (socket != STDERR_FILENO + 1)
		syscall(SYS_close_range, STDERR_FILENO + 1, socket - 1, 0);
	syscall(SYS_close_range, socket + 1, ~0U, 0);
	alarm(60);
	for (;;)
		pause();
}

/*
 * If the helpers' starter, which is another user by then, is killed, both helpers end, although
 * they are stopped, and another process keeps the socket open. The test becomes their parent.
 */
TEST_F(killed_with_the_starter)
{
	struct {
		pid_t helper, second, keeper;
	} pids = {};
	pid_t starter;
	int fds[2];

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(fds), 0);
	starter = fork();
	if (!starter) {
		struct sysrq_helper helper;

		if (sysrq_helper__start(&helper, path))
			_exit(1);
		pids.helper = helper.pid;
		pids.second = second_of(helper.pid);
		pids.keeper = fork();
		if (!pids.keeper)
			socket_keep(helper.socket);
		kill(pids.helper, SIGSTOP);
		/* The second answers once it has given up its rights; a busy machine may take longer. */
		for (int i = 0; sysrq_helper__ask(&helper); i++)
			if (i == 50)
				_exit(1);
		kill(pids.second, SIGSTOP);
		if (write(fds[1], &pids, sizeof(pids)) < 0 ||
		    (!geteuid() && setresuid(65533, 65533, 65533)))
			_exit(1);
		raise(SIGKILL);
	}
	/* The starter that ends early is seen, and not waited for. */
	close(fds[1]);
	assert_int_equal(read(fds[0], &pids, sizeof(pids)), sizeof(pids));
	assert_true(pids.second > 0);
	assert_int_equal(waitpid(starter, NULL, 0), starter);
	alarm(60);
	assert_int_equal(waitpid(pids.helper, NULL, 0), pids.helper);
	assert_int_equal(waitpid(pids.second, NULL, 0), pids.second);
	alarm(0);
	assert_int_equal(kill(pids.keeper, SIGKILL), 0);
	assert_int_equal(waitpid(pids.keeper, NULL, 0), pids.keeper);
	close(fds[0]);
}

TEST_MAIN(NULL, NULL)
