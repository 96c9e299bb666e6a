// SPDX-License-Identifier: GPL-2.0
/* host/user_symbols: what is asked of the reader of names, which answers are kept, and how the keeper ends. The test is the keeper. */
#include <signal.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/helper_process.h"
#include "host/symbols.h"
#include "host/user/user.h"
#include "unit.h"

static struct user_symbols *us;
static int keeper; /* its end of the socket */
static pid_t process; /* of the keeper: it waits for a signal */
static int result; /* what helper_process__start() returns, if not 0 */

pid_t __wrap_helper_process__start(int *socket)
{
	int fds[2];

	if (result)
		return result;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	process = fork();
	if (!process) {
		close(fds[0]);
		close(fds[1]);
		pause();
		_exit(0);
	}
	*socket = fds[0];
	keeper = fds[1];
	helpers__add(process);
	return process;
}

/*
 * What the keeper does for each request, in order: a: answers; o: answers an older one; n: has news; x: ends
 * by the signal SIGKILL; c: closes its socket, and goes on; -: nothing.
 */
static const char *script;
static struct name_request asked;
static int nr_asked;
static struct named_stack names; /* the answer */
static struct keeper_news news;

ssize_t __real_send(int fd, const void *data, size_t size, int flags);

static void answer_send(uint64_t id)
{
	static struct name_answer answer;

	answer = (struct name_answer){ .id = id, .named = names };
	assert_int_equal(__real_send(keeper, &answer, sizeof(answer), 0), sizeof(answer));
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
	assert_int_equal(size, sizeof(asked));
	memcpy(&asked, data, size);
	nr_asked++;
	for (; *script && *script != '-'; script++) {
		if (*script == 'a')
			answer_send(asked.id);
		if (*script == 'o')
			answer_send(asked.id - 1);
		if (*script == 'n')
			__real_send(keeper, &news, sizeof(news), 0);
		if (*script == 'x') {
			kill(process, SIGKILL);
			waitid(P_PID, process, &(siginfo_t){}, WEXITED | WNOWAIT);
		}
		if (*script == 'x' || *script == 'c') {
			close(keeper);
			keeper = -1;
		}
	}
	return size;
}

static struct stack_sample sample;
static struct user_stack stack;

static int setup(void **state)
{
	result = nr_asked = 0;
	keeper = -1;
	process = 0;
	memset(&news, 0, sizeof(news));
	memset(&sample, 0, sizeof(sample));
	sample.tgid = 7;
	stack = (struct user_stack){ .ip = 16, .sp = 32, .fp = 48, .lr = 64, .nr = 2, .words = 2 };
	stack.frames[1] = 5;
	stack.stack[1] = 6;
	names = (struct named_stack){ .nr = 2, .end = USER_END_BASE };
	names.frames[0] = (struct named_frame){ 16, 3, "main", "program" };
	names.frames[1] = (struct named_frame){ 17, 4, "", "" };
	assert_int_equal(user_symbols__open(&us), 0);
	return 0;
}

static int teardown(void **state)
{
	if (process)
		kill(process, SIGKILL);
	user_symbols__close(us);
	if (keeper >= 0)
		close(keeper);
	return 0;
}

/* Resolve @sample's stack: as the sample of a csd, or of a send. */
static void resolve(const char *keeper_does, bool send)
{
	struct snapshot snap = {};
	struct user_stack *copy = malloc(sizeof(*copy));

	assert_non_null(copy);
	*copy = stack;
	script = keeper_does;
	sample.nr_user = 99;
	sample.user_end = USER_END_NONE;
	if (send)
		snap = (struct snapshot){ .send_samples = &sample,
					  .nr_send_samples = 1,
					  .send_user_stacks = copy,
					  .nr_send_user_stacks = 1 };
	else
		snap = (struct snapshot){ .samples = &sample,
					  .nr_samples = 1,
					  .user_stacks = copy,
					  .nr_user_stacks = 1 };
	user_symbols__resolve(us, &snap);
	assert_true(!snap.user_stacks && !snap.send_user_stacks);
	assert_true(!snap.nr_user_stacks && !snap.nr_send_user_stacks);
}

#define assert_named() assert_members(sample, nr_user, 2, user_end, USER_END_BASE)
#define assert_late()  assert_members(sample, nr_user, 0, user_end, USER_END_LATE)

TEST_F(a_stack_is_asked_for_once)
{
	for (int send = 0; send < 2; send++) {
		resolve("a", send);
		assert_named();
		assert_int_equal(nr_asked, 1);
		assert_members(sample, user[0].addr, 16, user[0].offset, 3, user[0].name, "main",
			       user[0].module, "program", user[1].addr, 17, user[1].offset, 4);
		assert_null(sample.user[1].name);
		assert_null(sample.user[1].module);
	}
	assert_members(asked, tgid, 7, stack.ip, 16, stack.stack[1], 6, id, 1);
}

TEST_F(each_part_of_a_stack_tells_it_from_others)
{
	uint64_t *const parts[] = { (uint64_t *)&stack.ip,	  (uint64_t *)&stack.sp,
				    (uint64_t *)&stack.fp,	  (uint64_t *)&stack.lr,
				    (uint64_t *)&stack.frames[1], (uint64_t *)&stack.stack[1] };

	resolve("a", false);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		*parts[i] += 1;
		resolve("a", false);
		assert_named();
		assert_int_equal(nr_asked, 2 + i);
	}
	sample.tgid++;
	resolve("a", false);
	assert_int_equal(nr_asked, 8);
	/* What follows is not of the stack. */
	stack.frames[2] = stack.stack[2] = 1;
	resolve("", false);
	assert_int_equal(nr_asked, 8);
	assert_named();
}

TEST_F(some_samples_have_no_program)
{
	stack.ip = 0;
	resolve("a", false);
	assert_members(sample, nr_user, 99, user_end, USER_END_NONE);
	stack.ip = 16;
	sample.interrupt = true;
	resolve("a", false);
	assert_members(sample, nr_user, 99, user_end, USER_END_NONE);
	assert_int_equal(nr_asked, 0);
}

/* A reader that was taken over may say anything. */
TEST_F(an_answer_is_bounded)
{
	names.nr = USER_FRAMES + 1;
	names.end = NR_USER_ENDS;
	resolve("a", false);
	assert_members(sample, nr_user, USER_FRAMES, user_end, USER_END_LOST);
	stack.ip++;
	names.nr = USER_FRAMES;
	names.end = NR_USER_ENDS - 1;
	resolve("a", false);
	assert_members(sample, nr_user, USER_FRAMES, user_end, NR_USER_ENDS - 1);
}

TEST_F(a_reader_that_hangs_holds_up_once)
{
	uint64_t begun = mono_ns(), first;

	resolve("-", false);
	first = mono_ns() - begun;
	assert_late();
	/* One request at a time, and no further wait. */
	begun = mono_ns();
	for (int i = 0; i < 20; i++) {
		stack.ip++;
		resolve("a", false);
		assert_late();
	}
	/* A wait takes 200 ms, so these are the 1 s of five waits. */
	assert_true(mono_ns() - begun < 5 * first);
	assert_int_equal(nr_asked, 1);
	answer_send(1);
	resolve("oa", false);
	assert_named();
	assert_int_equal(nr_asked, 2);
	assert_int_equal(asked.id, 2);
	/* It waits again. */
	stack.ip++;
	resolve("a", false);
	assert_named();
}

/* Returns how the keeper has ended; "": it has not. */
static const char *ended(void)
{
	static char how[80];

	*how = '\0';
	return user_symbols__ended(us, how, sizeof(how)) ? how : "";
}

TEST_F(a_keeper_may_end)
{
	assert_string_equal(ended(), "");
	assert_false(user_symbols__ended(NULL, NULL, 0));
	resolve("nx", false);
	assert_late();
	process = 0;
	assert_string_equal(ended(), "ipitrace-keeper was ended by signal 9");
	stack.ip++;
	resolve("a", false);
	assert_late();
	assert_int_equal(nr_asked, 1);
}

TEST_F(a_keeper_may_close_its_socket)
{
	resolve("c", false);
	assert_late();
	assert_string_equal(ended(), "ipitrace-keeper closed its socket");
}

/* Its helpers are ipitrace's own, until others follow. */
TEST_F(a_keeper_may_start_its_helpers_again)
{
	static const struct {
		struct keeper_news news;
		const char *how;
	} rows[] = {
		{ { 103, 104, 9, KEPT_NONE, 0 }, "ipitrace-names did not answer within 1 s" },
		{ { 103, 104, 9, KEPT_READER, 9 }, "ipitrace-names was ended by signal 9" },
		{ { 103, 104, 9, KEPT_OPENER, 3 << 8 }, "ipitrace-open ended with status 3" },
	};
	char how[80];
	uint32_t tgid;

	assert_false(user_symbols__restarted(NULL, &tgid, how, sizeof(how)));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		teardown(NULL);
		setup(NULL);
		news = (struct keeper_news){ .reader = 101, .opener = 102 };
		resolve("na", false);
		assert_named();
		assert_true(helpers__have(helpers__own(), 101) &&
			    helpers__have(helpers__own(), 102));
		assert_false(user_symbols__restarted(us, &tgid, how, sizeof(how)));
		news = rows[i].news;
		stack.ip++;
		resolve("na", false);
		assert_false(helpers__have(helpers__own(), 101) ||
			     helpers__have(helpers__own(), 102));
		assert_true(helpers__have(helpers__own(), 103) &&
			    helpers__have(helpers__own(), 104));
		/* The first reason is kept. */
		news = (struct keeper_news){ 105, 106, 10, KEPT_READER, 11 };
		stack.ip++;
		resolve("na", false);
		assert_true(user_symbols__restarted(us, &tgid, how, sizeof(how)));
		assert_string_equal(how, rows[i].how);
		assert_int_equal(tgid, 9);
	}
	kill(process, SIGKILL);
	user_symbols__close(us);
	us = NULL;
	assert_false(helpers__have(helpers__own(), 105) || helpers__have(helpers__own(), 106));
	assert_false(helpers__have(helpers__own(), process));
	process = 0;
}

TEST_F(a_stack_may_be_named_early)
{
	script = "a";
	user_symbols__allow_early(NULL);
	/* There is no time yet. */
	assert_false(user_symbols__name_early(us, 7, &stack));
	user_symbols__allow_early(us);
	/* What a program may write meanwhile. */
	stack.nr = USER_DEPTH + 1;
	assert_true(user_symbols__name_early(us, 7, &stack));
	stack.nr = USER_DEPTH;
	stack.words = USER_WORDS + 1;
	assert_true(user_symbols__name_early(us, 7, &stack));
	stack.words = USER_WORDS;
	nr_asked = 0;
	script = "a";
	user_symbols__name_early(us, 7, &stack);
	user_symbols__name_early(us, 7, &stack);
	assert_int_equal(nr_asked, 1);
	resolve("", false);
	assert_named();
	assert_int_equal(nr_asked, 1);
	/* Without names it is asked for again. */
	stack.ip++;
	names.nr = 0;
	script = "a";
	user_symbols__allow_early(us);
	user_symbols__name_early(us, 7, &stack);
	names.nr = 2;
	resolve("a", false);
	assert_named();
	assert_int_equal(nr_asked, 3);
}

/* The names of a window make room when the next one could need it. */
TEST_F(old_names_go)
{
	uint64_t first = stack.ip;

	for (int i = 0; i < 513; i++) {
		stack.ip = first + i;
		resolve("a", false);
		assert_named();
	}
	stack.ip = first + 1;
	resolve("", false);
	assert_late();
	assert_int_equal(nr_asked, 513 + 1);
}

TEST(helpers_may_not_start)
{
	result = -EAGAIN;
	assert_int_equal(user_symbols__open(&us), -EAGAIN);
	user_symbols__close(NULL);
}

TEST_MAIN(NULL, NULL)
