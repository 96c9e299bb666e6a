/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What else changed while we looked: modules, CPUs that come and go, the
 * clocksource, a few settings that make IPIs. Looked at once a window.
 */
#ifndef IPITRACE_HOST_CHANGE_LOG_H
#define IPITRACE_HOST_CHANGE_LOG_H

#include "model/storm_evidence.h"

struct change_log;

/* @root: in front of each path, "" but in tests. 0 and *@ch, or a negative errno. */
int change_log__open(struct change_log **ch, const char *root);
void change_log__close(struct change_log *ch);

/* Look; what differs from the last time gets @time. */
void change_log__look(struct change_log *ch, uint64_t time);

/* Those of @from to @to, oldest first, the latest @max of them. Returns how many. */
uint32_t change_log__of(const struct change_log *ch, uint64_t from, uint64_t to,
			struct change *told, uint32_t max);

#endif /* IPITRACE_HOST_CHANGE_LOG_H */
