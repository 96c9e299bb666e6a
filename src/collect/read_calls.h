/* SPDX-License-Identifier: GPL-2.0 */
/* Synchronous calls at a cut: how long each sender has waited. */
#ifndef IPITRACE_COLLECT_READ_CALLS_H
#define IPITRACE_COLLECT_READ_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include "collect/maps.h"
#include "model/hist.h"

/*
 * Add @epoch's waits of the sender @cpu to @wait, and clear them. The latest call
 * belongs to this window if it is over; @cut: when the window ended,
 * CLOCK_MONOTONIC ns.
 */
void read_calls(struct maps *maps, uint32_t cpu, uint32_t epoch, uint64_t cut, struct hist *wait);

/* The same for calls that have records of their own (struct task_call), of all CPUs; before that. */
void read_calls__settle(struct maps *maps, uint32_t epoch, uint64_t cut);

/* The part of the waits of @cpu in @epoch in which it ran other tasks, ns. Clears it. */
uint64_t read_calls__away(struct maps *maps, uint32_t cpu, uint32_t epoch);

/* The record of @src's call that began at @begun; NULL: calls have none, or it is given back. */
const struct task_call *read_calls__find(const struct maps *maps, uint32_t src, uint64_t begun);

/* Whether @src's call that began at @begun is over. */
bool read_calls__over(const struct maps *maps, uint32_t src, uint64_t begun);

/* The end of a csd of that call will not be seen: count it as done. @part: it has a slot. */
void read_calls__lost(struct maps *maps, uint32_t src, uint64_t begun, bool part);

#endif /* IPITRACE_COLLECT_READ_CALLS_H */
