/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread, as /proc tells. These functions allocate nothing, and read only files whose
 * text the kernel makes without waiting for another CPU.
 */
#ifndef IPITRACE_HOST_THREAD_FILE_H
#define IPITRACE_HOST_THREAD_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/limits.h"

/* Its name; "": not known. */
void thread_file__comm(char comm[COMM_LEN], uint32_t tgid, uint32_t tid);

/*
 * How often it has got a CPU, in *@slices, out of @root ("": /proc). False: not known, as
 * where /proc hides the thread or the kernel has no CONFIG_SCHED_INFO.
 */
bool thread_file__slices(const char *root, uint32_t tgid, uint32_t tid, uint64_t *slices);

#endif /* IPITRACE_HOST_THREAD_FILE_H */
