/* SPDX-License-Identifier: GPL-2.0 */
/* One bank of a map's histogram, at rest. */
#ifndef IPITRACE_COLLECT_HIST_BANK_H
#define IPITRACE_COLLECT_HIST_BANK_H

#include <stdbool.h>
#include "abi/hist_slots.h"
#include "model/hist.h"

/* Add one sample, ns, to a bank at rest. */
void hist_bank__add(struct hist_bank *bank, uint64_t ns);

/* Whether anything was added since it was cleared. */
bool hist_bank__touched(const struct hist_bank *bank);

/* Add @bank to @hist. */
void hist_bank__read(struct hist *hist, const struct hist_bank *bank);

#endif /* IPITRACE_COLLECT_HIST_BANK_H */
