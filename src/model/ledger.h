/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The accounts of a window: each csd queued is found again, in flight or lost; so is each
 * call, where csds cannot be followed.
 */
#ifndef IPITRACE_MODEL_LEDGER_H
#define IPITRACE_MODEL_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/hook.h"
#include "abi/limits.h"

/*
 * Counts of csds. queued + carried_in = function + ttwu + irq_work + in_flight
 * + lost, where lost is the sum of lost_by; docs/reference.md defines each term.
 */
struct ledger {
	uint64_t queued;
	uint64_t carried_in;
	uint64_t function;
	uint64_t ttwu;
	uint64_t irq_work;
	uint64_t in_flight;
	uint64_t lost_by[NR_LOST];
	uint64_t orphans;
	uint64_t local;
	uint64_t exit_unseen; /* matched csds without a handler time */
};

uint64_t ledger__lost(const struct ledger *ledger);

/* function + ttwu + irq_work. */
uint64_t ledger__matched(const struct ledger *ledger);

/* Whether the equation holds, exactly. */
bool ledger__closed(const struct ledger *ledger);

/* To add a later window leaves carried_in. */
struct form;
extern const struct form ledger_form;

/*
 * Counts of calls. begun + carried_in = returned + under_way + lost, where lost is the sum
 * of lost_by; docs/reference.md defines each term.
 */
struct call_ledger {
	uint64_t begun;
	uint64_t carried_in;
	uint64_t returned;
	uint64_t refused; /* of those returned: nothing was sent */
	uint64_t under_way;
	uint64_t lost_by[NR_HOOK_LOST];
	uint64_t local;
};

uint64_t call_ledger__lost(const struct call_ledger *ledger);

/* Whether the equation holds, exactly. */
bool call_ledger__closed(const struct call_ledger *ledger);

/* To add a later window leaves carried_in. */
extern const struct form call_ledger_form;

#endif /* IPITRACE_MODEL_LEDGER_H */
