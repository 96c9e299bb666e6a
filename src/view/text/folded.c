// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "base/sanitize.h"
#include "view/text/folded.h"

static void stack_print(const char *stack, uint64_t count)
{
	static char safe[FOLDED_BYTES];

	sanitize(safe, sizeof(safe), stack);
	printf("%s %" PRIu64 "\n", safe, count);
}

void view__folded(const struct folded *folded)
{
	folded__each(folded, stack_print);
}
