// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/seccomp_filter.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define X32_FIRST    0x40000000 /* __X32_SYSCALL_BIT */
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static void add(struct seccomp_filter *filter, struct sock_filter instruction)
{
	if (filter->len < SECCOMP_FILTER_MAX)
		filter->code[filter->len++] = instruction;
}

static void load_word(struct seccomp_filter *filter, uint32_t offset)
{
	add(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void decide(struct seccomp_filter *filter, uint32_t action)
{
	add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Unless the word loaded is @value, pass over @nr instructions. */
static void unless_skip(struct seccomp_filter *filter, uint32_t value, uint8_t nr)
{
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, nr));
}

void seccomp_filter__begin(struct seccomp_filter *filter)
{
	filter->len = 0;
	load_word(filter, offsetof(struct seccomp_data, arch));
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	decide(filter, SECCOMP_RET_KILL_PROCESS);
	load_word(filter, offsetof(struct seccomp_data, nr));
#ifdef X32_FIRST
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_FIRST, 0, 1));
	decide(filter, SECCOMP_RET_KILL_PROCESS);
#endif
}

void seccomp_filter__call(struct seccomp_filter *filter, int nr, uint32_t action)
{
	if (nr < 0)
		return;
	unless_skip(filter, nr, 1);
	decide(filter, action);
}

void seccomp_filter__call_with(struct seccomp_filter *filter, int nr, unsigned int arg,
			       uint32_t mask, uint32_t value, uint32_t action)
{
	if (nr < 0)
		return;
	unless_skip(filter, nr, 5);
	/* Both architectures are little-endian: the low half comes first. */
	load_word(filter, offsetof(struct seccomp_data, args) + arg * sizeof(__u64));
	add(filter, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
	unless_skip(filter, value, 1);
	decide(filter, action);
	load_word(filter, offsetof(struct seccomp_data, nr));
}

int seccomp_filter__load(struct seccomp_filter *filter, uint32_t action, unsigned int flags)
{
	struct sock_fprog program = { .filter = filter->code };
	long failed;

	decide(filter, action);
	if (filter->len == SECCOMP_FILTER_MAX)
		return -E2BIG;
	program.len = filter->len;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | flags,
			 &program);
	/* Above 0: the thread that could not take the filter. */
	return failed < 0 ? -errno : failed ? -ESRCH : 0;
}
