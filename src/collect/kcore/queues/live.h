/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The queues of the running kernel, through /proc/kcore: nothing is attached, no
 * kernel text is patched, no executable memory is allocated and no IPI is sent,
 * so a look returns at once while a CPU is stuck.
 */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_LIVE_H
#define IPITRACE_COLLECT_KCORE_QUEUES_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/host.h"
#include "model/moment.h"
#include "model/symbol.h"

struct live_queues;

/*
 * 0 and *@q; a negative errno, with one line in @why (@size bytes) that says
 * what keeps the queues from being read.
 */
int live_queues__open(struct live_queues **q, char *why, size_t size);
void live_queues__close(struct live_queues *q);

/*
 * Look several times within @span ns. @m has what lasted all that time; its
 * cpus are those of the last look. 0 or a negative errno.
 */
int live_queues__look(struct live_queues *q, uint64_t span, struct moment *m);

/* Name @symbol by its address. @func: the address is the start of a function. */
void live_queues__name(const struct live_queues *q, struct symbol *symbol, bool func);

/* For `check`. */
void live_queues__feature(struct feature *feature);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_LIVE_H */
