// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/text/views.h"

#define SENDS_MAX     8
#define CALLERS_SHOWN 3
/* The columns for a function's name: the count, the kind and blanks take the other 22. */
#define FUNC_WIDTH    style__width(STYLE_COLUMNS - 22)
#define HEAD	      "SENT WITHOUT A CSD"
#define HEAD_MORE     " (so without delay and handler)"

/* "    12.3k  irq_work perf_pending_irq  at irq_work_queue+0x4d" */
static void print_send(const struct snapshot *snap, size_t i)
{
	const struct send_stats *send = &snap->sends[i];
	struct caller callers[CALLERS_SHOWN];
	size_t samples, nr = callers__of_send(snap, i, callers, CALLERS_SHOWN, &samples);

	printf("%10s  %s", units__count(send->count).s, kind_names[send->kind]);
	if (send->func.addr || send->func.name)
		printf(" %s", safe__cut(words__symbol(&send->func).s, FUNC_WIDTH).s);
	if (!send->callsite.addr && !send->callsite.name && !nr)
		printf(", place not known");
	putchar('\n');
	view__via(callers, nr, samples);
}

void view__sends(const struct snapshot *snap)
{
	uint64_t rest = 0;

	if (!snap->known.sends || !snap->nr_sends)
		return;
	printf("\n%s" HEAD "%s%s\n", style__on(STYLE_HEAD), style__off(),
	       strlen(HEAD HEAD_MORE) > (size_t)style__columns() ? "" : HEAD_MORE);
	for (size_t i = 0; i < snap->nr_sends; i++) {
		if (i < SENDS_MAX)
			print_send(snap, i);
		else
			rest += snap->sends[i].count;
	}
	if (rest)
		printf("%10s  by %s\n", units__count(rest).s,
		       words__number(snap->nr_sends - SENDS_MAX, "other place").s);
}
