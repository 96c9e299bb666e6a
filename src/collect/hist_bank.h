/* SPDX-License-Identifier: GPL-2.0 */
/* One bank of a map's histogram, at rest: no program writes it now. */
#ifndef IPITRACE_COLLECT_HIST_BANK_H
#define IPITRACE_COLLECT_HIST_BANK_H

#include <stdbool.h>
#include "abi/hist_slots.h"
#include "abi/table.h"
#include "model/hist.h"

/* Add one sample of @ns to @bank. */
static inline void hist_bank__add(struct hist_bank *bank, uint64_t ns)
{
	bank->sum += ns;
	if (bank->max < ns)
		bank->max = ns;
	bank->slots[hist_slot(ns)]++;
}

/* Whether @bank has a sample. */
static inline bool hist_bank__touched(const struct hist_bank *bank)
{
	return bank->sum || bank->slots[0];
}

/* Add @bank's samples to @hist. */
static inline void hist_bank__read(struct hist *hist, const struct hist_bank *bank)
{
	if (bank->max > hist->max)
		hist->max = bank->max;
	hist->sum += bank->sum;
	for (int i = 0; i < HIST_SLOTS; i++) {
		hist->count += bank->slots[i];
		hist->slots[i] += bank->slots[i];
	}
}

/* The same for a hot row's. */
static inline void hist_bank__read_hot(struct hist *hist, const struct hot_hist *hot)
{
	if (hot->max > hist->max)
		hist->max = hot->max;
	hist->sum += hot->sum;
	for (int i = 0; i < HOT_SLOTS; i++) {
		hist->count += hot->slots[i];
		hist->slots[HOT_FIRST + i] += hot->slots[i];
	}
}

#endif /* IPITRACE_COLLECT_HIST_BANK_H */
