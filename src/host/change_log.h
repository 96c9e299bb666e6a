/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes of the machine while ipitrace ran: modules, CPUs online, the
 * clocksource, a few settings that cause IPIs. Read once a window.
 */
#ifndef IPITRACE_HOST_CHANGE_LOG_H
#define IPITRACE_HOST_CHANGE_LOG_H

#include "model/storm_evidence.h"

struct change_log;

/* @root is put before each path: "", except in tests. 0 and *@ch, or a negative errno. */
int change_log__open(struct change_log **ch, const char *root);
void change_log__close(struct change_log *ch);

/* Read the machine again; differences from the last time are changes at @time, which is not 0. */
void change_log__update(struct change_log *ch, uint64_t time);

/* The latest @max changes between @from and @to, oldest first. Returns how many. */
uint32_t change_log__of(const struct change_log *ch, uint64_t from, uint64_t to,
			struct change *changes, uint32_t max);

#endif /* IPITRACE_HOST_CHANGE_LOG_H */
