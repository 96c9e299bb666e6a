/* SPDX-License-Identifier: GPL-2.0 */
/* Names of code that a program made itself: its file /tmp/perf-PID.map. */
#ifndef IPITRACE_HOST_USER_PERF_MAP_H
#define IPITRACE_HOST_USER_PERF_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MADE_NAME    96
/* Some 300,000 functions. */
#define PERF_MAP_MAX (32 << 20)

struct made_name {
	uint64_t addr; /* 0: none is asked for */
	uint64_t offset; /* how far in the function it is */
	bool found;
	char name[MADE_NAME];
};

/*
 * Name the functions that have the addresses of @names, by the lines of @fd from @from, where a
 * line begins, to @to. Of several the last one counts: a compiler reuses its memory, and writes
 * behind the older lines. Returns where the last whole line ends, for the lines that will follow.
 */
off_t perf_map__read(int fd, off_t from, off_t to, struct made_name *names, size_t nr);

#endif /* IPITRACE_HOST_USER_PERF_MAP_H */
