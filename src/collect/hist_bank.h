/* SPDX-License-Identifier: GPL-2.0 */
/* One bank of a map's histogram, at rest: no program writes it now. */
#ifndef IPITRACE_COLLECT_HIST_BANK_H
#define IPITRACE_COLLECT_HIST_BANK_H

#include <stdbool.h>
#include "abi/hist_slots.h"
#include "abi/hot_row.h"
#include "model/hist.h"

/* Add one sample of @ns to @bank. */
void hist_bank__add(struct hist_bank *bank, uint64_t ns);

/* Whether @bank has a sample. */
bool hist_bank__touched(const struct hist_bank *bank);

/* Add @bank's samples to @hist. */
void hist_bank__read(struct hist *hist, const struct hist_bank *bank);

/* The same for a hot row's. */
void hist_bank__read_hot(struct hist *hist, const struct hot_hist *hot);

#endif /* IPITRACE_COLLECT_HIST_BANK_H */
