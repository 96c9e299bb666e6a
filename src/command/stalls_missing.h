/* SPDX-License-Identifier: GPL-2.0 */
/* Says that stalls are missing, where no report and no last line has their number. */
#ifndef IPITRACE_COMMAND_STALLS_MISSING_H
#define IPITRACE_COMMAND_STALLS_MISSING_H

#include <stdint.h>
#include "model/totals.h"

/* One line on stderr if any stall found no room. Returns how many did not. */
uint64_t stalls_missing__say(const struct stall_totals *sum);

#endif /* IPITRACE_COMMAND_STALLS_MISSING_H */
