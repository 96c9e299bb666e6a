/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Take from this process what it does not need, so that a fault in a parser of hostile bytes gives
 * those bytes nothing. Each function holds for all threads of the process, for good, and across fork.
 */
#ifndef IPITRACE_BASE_CONFINE_H
#define IPITRACE_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
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

/*
 * seccomp for a process that does much: it may make any system call but those that start a program,
 * take rights or another root, load code into the kernel, or reach into other processes (each kills
 * the process); socket(2) is refused with EACCES unless @sockets. No new privileges. Returns 0 or a
 * negative errno.
 */
int confine__doors(bool sockets);

enum confine_files {
	CONFINE_NO_FILES, /* nothing can be opened */
	CONFINE_READ_ONLY, /* nothing can be created, changed, removed or executed */
};

/*
 * Landlock (since 5.13). It also keeps the process from ptrace_may_access() to processes outside
 * (security/landlock/ptrace.c), so from their /proc/PID/maps. -EOPNOTSUPP: this kernel has none.
 */
int confine__files(enum confine_files files);

/* What a process may use; no core file in any case. */
struct confine_limits {
	unsigned int cpu_s; /* CPU time over the process's life; 0: no bound */
	size_t as_bytes; /* address space; 0: no bound */
	bool writes_files; /* files may grow: standard output may be one */
};

/* Returns 0 or a negative errno. */
int confine__limits(const struct confine_limits *limits);

/*
 * End with the thread of @parent that started this process. To be called once rights are given up:
 * a change of credentials clears the signal (commit_creds()). Ends the process if @parent is gone.
 * The signal is sent with the parent's rights: it does not come from a parent that is another user
 * without CAP_KILL. For that there is helper_process__end_with_starter().
 */
void confine__die_with_parent(pid_t parent);

#endif /* IPITRACE_BASE_CONFINE_H */
