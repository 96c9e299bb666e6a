/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine: its name, kernel and online CPUs, which of these share memory or a cache, and
 * what it has for other tracers; its threads and processes, as /proc tells.
 */
#ifndef IPITRACE_HOST_MACHINE_H
#define IPITRACE_HOST_MACHINE_H

#include "abi/limits.h"
#include "model/host.h"

/* A part that cannot be read becomes empty. */
void machine__read(struct host *host);

/* The place of the node with number @id, made if there is room; else the last place. */
uint32_t numa__place(struct numa *numa, int id);

/*
 * Read which node each online CPU belongs to, from @dir, normally NULL for
 * /sys/devices/system/node. A kernel without NUMA has no such directory: @numa stays as it is. The
 * kernel lists online CPUs only (drivers/base/node.c, node_read_cpumap()), so read again once a CPU
 * has come: nodes keep their places in @numa, new ones are added.
 */
void numa__read(struct numa *numa, const char *dir);

/*
 * Read which of @cpus share a last-level cache, from @dir, normally NULL for
 * /sys/devices/system/cpu. A group has the number of its first CPU. @groups, all zero
 * before, stays so where the files are missing.
 */
void llc__read(struct numa *groups, const struct cpuset *cpus, const char *dir);

#define TRACEFS "/sys/kernel/tracing"

/* Fill @events from the tracefs at @root. Returns 0, or a negative errno: @root has no events/. */
int tracefs_events__read(struct tracefs_events *events, const char *root);

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
 * @root: a directory in front of /proc, "" outside tests. False, and "": unknown.
 */
bool task_cgroup__read(const char *root, uint32_t tgid, char *path, size_t size);

/* The peak of this process's resident memory, bytes; 0: unknown. */
uint64_t self__rss_peak(void);

/* Its resident memory now, bytes; 0: unknown. */
uint64_t self__rss(void);

#endif /* IPITRACE_HOST_MACHINE_H */
