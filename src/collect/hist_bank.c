// SPDX-License-Identifier: GPL-2.0
#include "abi/hist_slots.h"
#include "abi/hot_row.h"
#include "collect/hist_bank.h"
#include "model/hist.h"

void hist_bank__add(struct hist_bank *bank, uint64_t ns)
{
	bank->sum += ns;
	if (bank->max < ns)
		bank->max = ns;
	bank->slots[hist_slot(ns)]++;
}

bool hist_bank__touched(const struct hist_bank *bank)
{
	return bank->sum || bank->slots[0];
}

void hist_bank__read(struct hist *hist, const struct hist_bank *bank)
{
	if (bank->max > hist->max)
		hist->max = bank->max;
	hist->sum += bank->sum;
	for (int i = 0; i < HIST_SLOTS; i++) {
		hist->count += bank->slots[i];
		hist->slots[i] += bank->slots[i];
	}
}

void hist_bank__read_hot(struct hist *hist, const struct hot_hist *hot)
{
	if (hot->max > hist->max)
		hist->max = hot->max;
	hist->sum += hot->sum;
	for (int i = 0; i < HOT_SLOTS; i++) {
		hist->count += hot->slots[i];
		hist->slots[HOT_FIRST + i] += hot->slots[i];
	}
}
