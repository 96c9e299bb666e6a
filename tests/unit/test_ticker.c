// SPDX-License-Identifier: GPL-2.0
/* A descriptor that ticks: at once, then once a period; and what a failure leaves. */
#include <fcntl.h>
#include <poll.h>
#include <sys/timerfd.h>
#include "base/clock.h"
#include "unit.h"

static int failure; /* what timerfd_settime() fails with; 0: it does not */
static struct itimerspec set;

int __real_timerfd_settime(int fd, int flags, const struct itimerspec *when,
			   struct itimerspec *was);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *when, struct itimerspec *was)
{
	set = *when;
	if (!failure)
		return __real_timerfd_settime(fd, flags, when, was);
	errno = failure;
	return -1;
}

TEST(it_is_due_at_once)
{
	int fd = ticker__open(3600000000007ULL);
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(poll(&ready, 1, 10000), 1);
	assert_true(ticker__due(fd));
	/* It does not wait for the next period. */
	assert_false(ticker__due(fd));
	assert_members(set.it_interval, tv_sec, 3600, tv_nsec, 7);
	close(fd);
}

TEST(it_is_due_again)
{
	int fd = ticker__open(1000);
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < 3; i++) {
		assert_int_equal(poll(&ready, 1, 10000), 1);
		assert_true(ticker__due(fd));
	}
	close(fd);
}

TEST(a_failure_leaves_no_descriptor)
{
	int next = dup(STDERR_FILENO), again;

	close(next);
	failure = EINVAL;
	assert_int_equal(ticker__open(1000), -EINVAL);
	failure = 0;
	again = dup(STDERR_FILENO);
	assert_int_equal(again, next);
	close(again);
}

TEST_MAIN(NULL, NULL)
