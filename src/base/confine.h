/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Take from this process what it does not need, so that hostile input gains nothing from a fault in
 * a parser. Each function affects all threads of the process, cannot be undone, and is inherited
 * across fork.
 */
#ifndef IPITRACE_BASE_CONFINE_H
#define IPITRACE_BASE_CONFINE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * seccomp: this process may read, write, seek and close its open files, use memory that is not
 * executable, wait, read the clock, ask a terminal for its size, end, and make the @nr system calls
 * of @allowed (SCMP_SYS() numbers; calls that this architecture lacks are ignored). Any other call
 * kills the process (SIGSYS). Sets no_new_privs. Returns 0 or a negative errno.
 *
 * A build with sanitizers is not confined, because their runtime reads /proc.
 */
int confine__calls(const int *allowed, size_t nr);

/* Do what confine__calls() does, and allow fork, too: clone(2) without a new namespace. */
int confine__starter(const int *allowed, size_t nr);

/*
 * seccomp for a process that needs many system calls: all are allowed, except those that start a
 * program, take privileges, a namespace or another root, load code into the kernel, or access other
 * processes. These kill the process. socket(2) is refused with EACCES unless @sockets. Sets
 * no_new_privs. Returns 0 or a negative errno.
 */
int confine__privileges(bool sockets);

/*
 * Let this process open no file, with Landlock (since 5.13). Landlock also denies
 * ptrace_may_access() to processes outside (security/landlock/ptrace.c), and therefore their
 * /proc/PID/maps. Returns 0; -EOPNOTSUPP if this kernel has no Landlock; another negative errno.
 */
int confine__files(void);

/* Limits of a process; a core file is never written. */
struct confine_limits {
	unsigned int cpu_s; /* CPU time over the process's life, seconds; 0: no limit */
	size_t as_bytes; /* address space, bytes; 0: no limit */
	bool writes_files; /* files may grow, because standard output may be a file */
};

/* Returns 0 or a negative errno. */
int confine__limits(const struct confine_limits *limits);

/*
 * Let this process end with the thread of @parent that started it. Call this after giving up
 * privileges, because a change of credentials clears the signal (commit_creds()). Ends the process
 * if @parent has ended. The signal is sent with the parent's rights, and a parent that is another
 * user and has no CAP_KILL may not send it: helper_process__end_with_starter() is for that case.
 */
void confine__die_with_parent(pid_t parent);

/*
 * A seccomp filter is a list of rules; the first rule that matches decides. Numbers of
 * system calls are SCMP_SYS() of libseccomp's header, which has those of all architectures
 * (negative if this one lacks the call). That library itself is not linked, because it loops for
 * ever if memory is short (2.5.4, gen_bpf_generate()). Nothing here allocates memory.
 */
#define SECCOMP_FILTER_MAX 512

struct seccomp_filter {
	struct sock_filter code[SECCOMP_FILTER_MAX];
	unsigned short len; /* SECCOMP_FILTER_MAX if there were too many rules */
};

/* Begin a filter in which calls of another architecture, including x32, kill the process. */
void seccomp_filter__begin(struct seccomp_filter *filter);

/* Add a rule: system call @nr gets @action, SECCOMP_RET_*. A negative @nr is ignored. */
void seccomp_filter__call(struct seccomp_filter *filter, int nr, uint32_t action);

/*
 * Add a rule as seccomp_filter__call() does, for calls whose argument @arg (from 0), of 32 bits,
 * has @value in the bits of @mask.
 */
void seccomp_filter__call_with(struct seccomp_filter *filter, int nr, unsigned int arg,
			       uint32_t mask, uint32_t value, uint32_t action);

/*
 * Add a rule that any other call gets @action. Then load the filter for all threads, and set
 * no_new_privs. @flags: SECCOMP_FILTER_FLAG_*. Returns 0 or a negative errno.
 */
int seccomp_filter__load(struct seccomp_filter *filter, uint32_t action, unsigned int flags);

#endif /* IPITRACE_BASE_CONFINE_H */
