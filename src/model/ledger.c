// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "model/ledger.h"

uint64_t ledger__lost(const struct ledger *ledger)
{
	uint64_t lost = 0;

	for (int i = 0; i < NR_LOST; i++)
		lost += ledger->lost_by[i];
	return lost;
}

uint64_t ledger__matched(const struct ledger *ledger)
{
	return ledger->function + ledger->ttwu + ledger->irq_work;
}

bool ledger__closed(const struct ledger *ledger)
{
	return ledger->queued + ledger->carried_in ==
	       ledger__matched(ledger) + ledger->in_flight + ledger__lost(ledger);
}

uint64_t call_ledger__lost(const struct call_ledger *ledger)
{
	uint64_t lost = 0;

	for (int i = 0; i < NR_HOOK_LOST; i++)
		lost += ledger->lost_by[i];
	return lost;
}

bool call_ledger__closed(const struct call_ledger *ledger)
{
	return ledger->begun + ledger->carried_in ==
	       ledger->returned + ledger->under_way + call_ledger__lost(ledger);
}
