// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include "cli/diag.h"
#include "command/stalls_missing.h"
#include "view/text/units.h"

uint64_t stalls_missing__say(const struct stall_totals *sum)
{
	uint64_t nr = sum->lost + sum->dropped;

	if (nr)
		fail(EXIT_DONE, "no room for %" PRIu64 " stall%s, which %s missing", nr,
		     units__plural(nr), nr == 1 ? "is" : "are");
	return nr;
}
