/* SPDX-License-Identifier: GPL-2.0 */
/* Names of code that a program made itself: its file /tmp/perf-PID.map. */
#ifndef IPITRACE_HOST_USER_PERF_MAP_H
#define IPITRACE_HOST_USER_PERF_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The function that has @addr, and in *@offset how far in. Of several the last one in the file:
 * a compiler reuses its memory, and writes behind the older lines. False: none.
 */
bool perf_map__find(int fd, uint64_t addr, char *name, size_t size, uint64_t *offset);

#endif /* IPITRACE_HOST_USER_PERF_MAP_H */
