/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A seccomp filter, a rule after the other; the first rule that fits decides. Numbers of system
 * calls are SCMP_SYS() of libseccomp's header, which has those of all architectures (negative
 * where this one lacks the call). That library itself is not linked: where memory is short it
 * loops for ever (2.5.4, gen_bpf_generate()). Nothing here allocates memory.
 */
#ifndef IPITRACE_BASE_SECCOMP_FILTER_H
#define IPITRACE_BASE_SECCOMP_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#define SECCOMP_FILTER_MAX 512

struct seccomp_filter {
	struct sock_filter code[SECCOMP_FILTER_MAX];
	unsigned short len; /* SECCOMP_FILTER_MAX: too many rules */
};

/* Calls of another architecture, x32's too, kill the process. */
void seccomp_filter__begin(struct seccomp_filter *filter);

/* System call @nr: @action, SECCOMP_RET_*. A negative @nr is passed over. */
void seccomp_filter__call(struct seccomp_filter *filter, int nr, uint32_t action);

/* The same where argument @arg (from 0), of which the kernel takes 32 bits, has @value in @mask. */
void seccomp_filter__call_with(struct seccomp_filter *filter, int nr, unsigned int arg,
			       uint32_t mask, uint32_t value, uint32_t action);

/*
 * Any other call: @action. The filter holds for all threads from now on, and there are no new
 * privileges. @flags: SECCOMP_FILTER_FLAG_*, besides. Returns 0 or a negative errno.
 */
int seccomp_filter__load(struct seccomp_filter *filter, uint32_t action, unsigned int flags);

#endif /* IPITRACE_BASE_SECCOMP_FILTER_H */
