// SPDX-License-Identifier: GPL-2.0
/*
 * The keeper: starts reader and opener again if a file hangs or ends them, and other processes keep
 * their names.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/helper_process.h"
#include "host/user/user.h"
#include "skip.h"
#include "unit.h"

#define MS     1000000ULL
#define SECOND (1000 * MS)

/*
 * Made-up pids, above those of real processes (PID_MAX_LIMIT is 4 Mi), by what happens to the
 * worker that uses the files of such a process.
 */
enum {
	PLAIN = 5000000,
	HANGS, /* the opener waits for ever */
	READER_HANGS,
	CRASHES, /* the reader ends */
	OPENER_CRASHES,
	IS_SLOW, /* the opener has so much to do, or no CPU */
};

/* The first of further made-up pids whose files end the reader. */
#define MORE_CRASHES 5001000
/* Real processes whose files end the reader, too. */
static uint32_t crashing[KEEPER_USER_MOST + 1];

/* Whether @pid's files end the reader. */
static bool ends_reader(uint32_t pid)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashing); i++)
		if (pid == crashing[i])
			return true;
	return pid == CRASHES || pid >= MORE_CRASHES;
}

static void __attribute__((noreturn)) opener_double(int socket)
{
	struct opener_request request;

	helper_process__begin("ipitest-open", &socket, 1);
	helper_process__end_with_starter();
	while (recv(0, &request, sizeof(request), 0) == sizeof(request)) {
		uint64_t begun = mono_ns();

		if (request.pid == HANGS)
			poll(NULL, 0, -1);
		if (request.pid == OPENER_CRASHES)
			kill(getpid(), SIGKILL);
		while (request.pid == IS_SLOW && mono_ns() - begun < 3 * SECOND / 2)
			;
		pass_fd__send(0, -ENOENT);
	}
	_exit(0);
}

static void __attribute__((noreturn)) reader_double(int socket, int opener)
{
	const int fds[] = { socket, opener };
	static struct name_request request;
	static struct name_answer answer;

	helper_process__begin("ipitest-names", fds, 2);
	helper_process__end_with_starter();
	while (recv(0, &request, sizeof(request), 0) == sizeof(request)) {
		const struct opener_request asked = { .file = OPEN_MAPS, .pid = request.tgid };

		if (request.tgid == READER_HANGS)
			poll(NULL, 0, -1);
		if (ends_reader(request.tgid))
			kill(getpid(), SIGKILL);
		if (opener__ask(1, &asked) != -ENOENT)
			_exit(0);
		answer.id = request.id;
		answer.named.nr = 1;
		answer.named.end = USER_END_BASE;
		send(0, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	_exit(0);
}

static pid_t keeper;
static int keeper_fd = -1;
static uint64_t ids;
static struct keeper_news news;
static int nr_news;

static void __attribute__((noreturn)) keeper_main(int socket)
{
	static const struct kept_workers workers = { reader_double, opener_double };

	helper_process__begin("ipitest-keeper", &socket, 1);
	helper_process__end_with_starter();
	if (!keeper__confine())
		keeper__run(0, &workers);
	_exit(0);
}

/* How many tenths of a second a thread has slept: a host that stops the machine stops that thread, too. */
static atomic_uint tenths;
static atomic_bool has_ended;
static pthread_t sleeper;

static void *count_tenths(void *arg)
{
	while (!has_ended) {
		usleep(100000);
		tenths++;
	}
	return arg;
}

static int setup(void **state)
{
	nr_news = 0;
	keeper = helper_process__start(&keeper_fd);
	if (!keeper)
		keeper_main(keeper_fd);
	has_ended = false;
	return keeper < 0 || pthread_create(&sleeper, NULL, count_tenths, NULL);
}

static int teardown(void **state)
{
	has_ended = true;
	pthread_join(sleeper, NULL);
	close(keeper_fd);
	waitpid(keeper, NULL, 0);
	helpers__forget(keeper);
	memset(crashing, 0, sizeof(crashing));
	return 0;
}

/*
 * Returns how many frames of process @tgid get names; negative if the keeper has ended. *@took: ns.
 * The tenths of a second begin at 0.
 */
static int ask(uint32_t tgid, uint64_t *took)
{
	struct name_request request = { .id = ++ids, .tgid = tgid };
	static union {
		struct name_answer answer;
		struct keeper_news news;
	} got;
	uint64_t begun = mono_ns();
	ssize_t n;

	tenths = 0;
	if (send(keeper_fd, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
		return -1;
	while ((n = recv(keeper_fd, &got, sizeof(got), 0)) == sizeof(got.news)) {
		news = got.news;
		nr_news++;
	}
	*took = mono_ns() - begun;
	if (n != sizeof(got.answer))
		return -1;
	assert_members(got.answer, id, ids, named.end,
		       got.answer.named.nr ? USER_END_BASE : USER_END_LATE);
	return got.answer.named.nr;
}

/* How many descriptors the keeper has open; -1: another user's process does not say. */
static int keeper_fds(void)
{
	char path[32];
	int nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", keeper);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static void check_left_out(uint32_t tgid, enum kept_worker ended)
{
	uint64_t took;
	int fds;

	assert_int_equal(ask(PLAIN, &took), 1);
	fds = keeper_fds();
	assert_int_equal(nr_news, 1);
	assert_int_equal(news.ended, KEPT_NONE);
	assert_int_equal(ask(tgid, &took), 0);
	assert_true(took >= (ended == KEPT_NONE ? SECOND : 0));
	assert_in_range(tenths, 0, 50);
	assert_int_equal(nr_news, 2);
	assert_members(news, tgid, tgid, ended, ended);
	/* That process is not tried again, and others have their names: a further attempt would be news. */
	assert_int_equal(ask(tgid, &took), 0);
	assert_int_equal(ask(PLAIN, &took), 1);
	assert_int_equal(nr_news, 2);
	assert_int_equal(keeper_fds(), fds);
}

TEST_F(an_opener_that_hangs_is_begun_anew)
{
	check_left_out(HANGS, KEPT_NONE);
}

TEST_F(a_reader_that_hangs_is_begun_anew)
{
	check_left_out(READER_HANGS, KEPT_NONE);
}

TEST_F(a_reader_that_ends_is_begun_anew)
{
	check_left_out(CRASHES, KEPT_READER);
	assert_true(WIFSIGNALED(news.status));
}

TEST_F(an_opener_that_ends_is_begun_anew)
{
	check_left_out(OPENER_CRASHES, KEPT_OPENER);
	assert_true(WIFSIGNALED(news.status));
}

TEST_F(who_waits_for_a_cpu_is_not_taken_for_one_that_hangs)
{
	uint64_t took;

	assert_int_equal(ask(IS_SLOW, &took), 1);
	assert_true(took >= 3 * SECOND / 2);
	assert_in_range(tenths, 0, 100);
	assert_int_equal(nr_news, 1);
}

/* No file was the cause, so no process is left out. */
TEST_F(one_that_somebody_killed_is_begun_anew)
{
	struct pollfd ended = { .events = POLLIN };
	uint64_t took;

	assert_int_equal(ask(PLAIN, &took), 1);
	ended.fd = syscall(SYS_pidfd_open, news.opener, 0);
	assert_true(ended.fd >= 0);
	assert_int_equal(kill(news.opener, SIGKILL), 0);
	/* An opener that ends while it works ends because of the process that it works for. */
	assert_int_equal(poll(&ended, 1, -1), 1);
	close(ended.fd);
	assert_int_equal(ask(PLAIN, &took), 1);
	assert_int_equal(nr_news, 2);
	assert_int_equal(news.ended, KEPT_OPENER);
}

/* A process of user @uid, which does nothing. */
static pid_t start_idle(uid_t uid)
{
	int changed[2];
	char none;
	pid_t pid;

	assert_int_equal(pipe2(changed, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid && !setuid(uid)) {
		close(changed[1]);
		poll(NULL, 0, -1);
	}
	if (!pid)
		_exit(0);
	close(changed[1]);
	/* The end of the pipe: the process is of that user. */
	assert_int_equal(read(changed[0], &none, 1), 0);
	close(changed[0]);
	return pid;
}

static void end_idle(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int setup_users(void **state)
{
	for (size_t i = 0; !getuid() && i < ARRAY_SIZE(crashing); i++)
		crashing[i] = start_idle(61234);
	return setup(state);
}

static int teardown_users(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashing) && crashing[i]; i++)
		end_idle(crashing[i]);
	return teardown(state);
}

TEST(a_user_does_not_try_with_one_process_after_the_other, setup_users, teardown_users)
{
	pid_t other;
	uint64_t took;

	if (skip_if(getuid(), "needs root"))
		return;
	for (size_t i = 0; i < KEEPER_USER_MOST; i++)
		assert_int_equal(ask(crashing[i], &took), 0);
	assert_int_equal(nr_news, 1 + KEEPER_USER_MOST);
	/* The user's next process is left out before its files are used. */
	assert_int_equal(ask(crashing[KEEPER_USER_MOST], &took), 0);
	assert_int_equal(nr_news, 1 + KEEPER_USER_MOST);
	other = start_idle(61235);
	assert_int_equal(ask(other, &took), 1);
	end_idle(other);
}

TEST_F(the_two_are_not_begun_for_ever)
{
	uint64_t took;

	for (int i = 0; i < KEEPER_AGAIN; i++)
		assert_int_equal(ask(MORE_CRASHES + i, &took), 0);
	assert_int_equal(ask(PLAIN, &took), 1);
	assert_int_equal(ask(MORE_CRASHES + KEEPER_AGAIN, &took), -1);
}

TEST_MAIN(NULL, NULL)
