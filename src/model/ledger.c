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

void ledger__add(struct ledger *to, const struct ledger *from)
{
	to->queued += from->queued;
	to->function += from->function;
	to->ttwu += from->ttwu;
	to->irq_work += from->irq_work;
	to->in_flight = from->in_flight;
	for (int i = 0; i < NR_LOST; i++)
		to->lost_by[i] += from->lost_by[i];
	to->orphans += from->orphans;
	to->local += from->local;
	to->exit_unseen += from->exit_unseen;
}
