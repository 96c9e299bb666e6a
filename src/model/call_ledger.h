/* SPDX-License-Identifier: GPL-2.0 */
/* The account of a window's calls, where their csds cannot be followed. */
#ifndef IPITRACE_MODEL_CALL_LEDGER_H
#define IPITRACE_MODEL_CALL_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/hook.h"

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
struct form;
extern const struct form call_ledger_form;

#endif /* IPITRACE_MODEL_CALL_LEDGER_H */
