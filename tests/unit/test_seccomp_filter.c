// SPDX-License-Identifier: GPL-2.0
/* base/confine: seccomp_filter__*(): what the kernel makes of the rules. Each case is a process of its own. */
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/confine.h"
#include "child_status.h"
#include "unit.h"

/* Returns the errno of umask(@mask), 0 if it succeeds; 200 if the filter was not loaded. */
static int umask_under(uint32_t mask, uint32_t value, long arg)
{
	struct seccomp_filter filter;

	seccomp_filter__begin(&filter);
	seccomp_filter__call(&filter, -1, SECCOMP_RET_KILL_PROCESS);
	seccomp_filter__call_with(&filter, SCMP_SYS(umask), 0, mask, value,
				  SECCOMP_RET_ERRNO | EXDEV);
	/* After a rule that does not match, the filter must load the call's number again. */
	seccomp_filter__call(&filter, SCMP_SYS(umask), SECCOMP_RET_ERRNO | EDOM);
	if (seccomp_filter__load(&filter, SECCOMP_RET_ALLOW, 0))
		return 200;
	return syscall(SYS_umask, arg) < 0 ? errno : 0;
}

static int value_fits(void)
{
	return umask_under(UINT32_MAX, 022, 022);
}

static int value_does_not(void)
{
	return umask_under(UINT32_MAX, 022, 023);
}

static int bits_fit(void)
{
	return umask_under(4, 0, 0123);
}

static int bits_do_not(void)
{
	return umask_under(4, 0, 0124);
}

static int high_half_counts_not(void)
{
	return umask_under(UINT32_MAX, 022, 022 | 1L << 40);
}

TEST(arguments_are_compared_in_32_bits)
{
	assert_int_equal(child_status(value_fits), EXDEV);
	assert_int_equal(child_status(value_does_not), EDOM);
	assert_int_equal(child_status(bits_fit), EXDEV);
	assert_int_equal(child_status(bits_do_not), EDOM);
	assert_int_equal(child_status(high_half_counts_not), EXDEV);
}

#ifdef __x86_64__
static int x32_calls(void)
{
	struct seccomp_filter filter;

	seccomp_filter__begin(&filter);
	if (seccomp_filter__load(&filter, SECCOMP_RET_ALLOW, 0))
		return 200;
	return syscall(0x40000000 | SYS_getpid) < 0;
}

TEST(other_architectures_kill)
{
	assert_int_equal(child_status(x32_calls), 128 + SIGSYS);
}
#endif

TEST(too_many_rules_are_refused)
{
	struct seccomp_filter filter;

	seccomp_filter__begin(&filter);
	for (int i = 0; i < SECCOMP_FILTER_MAX; i++)
		seccomp_filter__call(&filter, i, SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(seccomp_filter__load(&filter, SECCOMP_RET_ALLOW, 0), -E2BIG);
}

TEST_MAIN(NULL, NULL)
