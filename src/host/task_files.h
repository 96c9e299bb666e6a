/* SPDX-License-Identifier: GPL-2.0 */
/* Threads and processes, as /proc tells. */
#ifndef IPITRACE_HOST_TASK_FILES_H
#define IPITRACE_HOST_TASK_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/limits.h"

/*
 * The functions about a thread allocate nothing, and read only files whose text the kernel makes
 * without waiting for another CPU. Its name; "": not known.
 */
void thread_file__comm(char comm[COMM_LEN], uint32_t tgid, uint32_t tid);

/*
 * How often a thread has got a CPU, in *@slices, out of @root ("": /proc). False: not known, as
 * where /proc hides the thread or the kernel has no CONFIG_SCHED_INFO.
 */
bool thread_file__slices(const char *root, uint32_t tgid, uint32_t tid, uint64_t *slices);

/*
 * The path of process @tgid's cgroup in cgroup2, into @path, cut to @size.
 * @root: a directory in front of /proc; NULL: none. False, and "": unknown.
 */
bool task_cgroup__read(const char *root, uint32_t tgid, char *path, size_t size);

/* The peak of this process's resident memory, bytes; 0: unknown. */
uint64_t self__rss_peak(void);

/* Its resident memory now, bytes; 0: unknown. */
uint64_t self__rss(void);

#endif /* IPITRACE_HOST_TASK_FILES_H */
