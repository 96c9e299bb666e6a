/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Take from this process what it does not need, so that a fault in a parser of hostile bytes gives
 * those bytes nothing. Each function holds for all threads of the process, for good, and across
 * fork.
 */
#ifndef IPITRACE_BASE_CONFINE_H
#define IPITRACE_BASE_CONFINE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * seccomp: this process may read, write, seek and close what it has open, use memory that is not
 * executable, wait, look at the clock, ask a terminal for its size, end, and make the @nr system
 * calls of @allowed (SCMP_SYS() numbers; calls that this architecture lacks are passed over). Any
 * other call kills the process (SIGSYS). No new privileges. Returns 0 or a negative errno.
 *
 * A build with sanitizers is not confined: their runtime reads /proc.
 */
int confine__calls(const int *allowed, size_t nr);

/* The same for a process that also forks: clone(2), but without a new namespace. */
int confine__starter(const int *allowed, size_t nr);

/*
 * seccomp for a process that does much: it may make any system call but those that start a program,
 * take rights, a namespace or another root, load code into the kernel, or reach into other
 * processes (each kills the process); socket(2) is refused with EACCES unless @sockets. No new
 * privileges. Returns 0 or a negative errno.
 */
int confine__doors(bool sockets);

enum confine_files {
	CONFINE_NO_FILES, /* nothing can be opened */
	CONFINE_READ_ONLY, /* nothing can be created, changed, removed or executed */
};

/*
 * Landlock (since 5.13). It also denies ptrace_may_access() to processes outside
 * (security/landlock/ptrace.c), and with it their /proc/PID/maps. -EOPNOTSUPP: this kernel has no
 * Landlock.
 */
int confine__files(enum confine_files files);

/* The most that a process may use; no core file in any case. */
struct confine_limits {
	unsigned int cpu_s; /* CPU time over the process's life; 0: no bound */
	size_t as_bytes; /* address space; 0: no bound */
	bool writes_files; /* files may grow: standard output may be one */
};

/* Returns 0 or a negative errno. */
int confine__limits(const struct confine_limits *limits);

/*
 * End with the thread of @parent that started this process. Call this once rights are given up: a
 * change of credentials clears the signal (commit_creds()). Ends the process if @parent is gone.
 * The signal is sent with the parent's rights, and a parent that is another user and has no
 * CAP_KILL may not send it: helper_process__end_with_starter() is for that case.
 */
void confine__die_with_parent(pid_t parent);

/*
 * A seccomp filter, one rule after the other; the first rule that fits decides. Numbers of system
 * calls are SCMP_SYS() of libseccomp's header, which has those of all architectures (negative if
 * this one lacks the call). That library itself is not linked: when memory is short it loops for
 * ever (2.5.4, gen_bpf_generate()). Nothing here allocates memory.
 */
#define SECCOMP_FILTER_MAX 512

struct seccomp_filter {
	struct sock_filter code[SECCOMP_FILTER_MAX];
	unsigned short len; /* SECCOMP_FILTER_MAX: too many rules */
};

/* Calls of another architecture, x32's too, kill the process. */
void seccomp_filter__begin(struct seccomp_filter *filter);

/* Add a rule: system call @nr gets @action, SECCOMP_RET_*. A negative @nr is ignored. */
void seccomp_filter__call(struct seccomp_filter *filter, int nr, uint32_t action);

/* The same if argument @arg (from 0), of 32 bits, has @value in the bits of @mask. */
void seccomp_filter__call_with(struct seccomp_filter *filter, int nr, unsigned int arg,
			       uint32_t mask, uint32_t value, uint32_t action);

/*
 * Add a rule: any other call gets @action. Then load the filter, for all threads; from now on there
 * are no new privileges. @flags: SECCOMP_FILTER_FLAG_*. Returns 0 or a negative errno.
 */
int seccomp_filter__load(struct seccomp_filter *filter, uint32_t action, unsigned int flags);

#endif /* IPITRACE_BASE_CONFINE_H */
