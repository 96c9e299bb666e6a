/* SPDX-License-Identifier: GPL-2.0 */
/* The cgroup of a process that lives now. */
#ifndef IPITRACE_HOST_TASK_CGROUP_H
#define IPITRACE_HOST_TASK_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The path of process @tgid's cgroup in cgroup2, into @path, cut to @size.
 * @root: a directory in front of /proc; NULL: none. False, and "": unknown.
 */
bool task_cgroup__read(const char *root, uint32_t tgid, char *path, size_t size);

#endif /* IPITRACE_HOST_TASK_CGROUP_H */
