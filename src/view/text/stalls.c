// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/text/views.h"

#define FUNC_WIDTH     style__width(34)
#define FAMILIES_SHOWN 20

void view__stalls_calls(void)
{
	paragraph__labelled("", 0,
			    "NOT KNOWN (-): when functions begin and how long they run, for this "
			    "kernel has no csd tracepoints (Linux 6.5); senders' waits and long "
			    "interrupts are");
	putchar('\n');
}

void view__stalls_head(const char *command, const char *what, const struct host *host,
		       uint64_t threshold, const struct timespec *began)
{
	char title[32];

	snprintf(title, sizeof(title), "ipitrace %s", command);
	paragraph__labelled(title, strlen(title), ": %s, %s; %s longer than %s, from %s",
			    safe__cut(host->name.nodename, 16).s,
			    safe__cut(host->name.release, 22).s, what, view__duration(threshold).s,
			    clock__date(began, 0).s);
	putchar('\n');
}

/* "delivery -, handler 3, wait 1": of the phases that were asked for; "-": not known. */
static void phases_add(struct block *b, const uint64_t found[NR_PHASES],
		       const struct stall_scope *scope)
{
	const char *comma = "";

	for (int i = 0; i < NR_PHASES; i++) {
		if (!stall_scope__asks(scope, i) || !stall_scope__has(scope, i))
			continue;
		if (stall_scope__knows(scope, i))
			block__add(b, "%s%s %" PRIu64, comma, phase_names[i], found[i]);
		else
			block__add(b, "%s%s -", comma, phase_names[i]);
		comma = ", ";
	}
}

size_t view__stalls_untold(char *buf, size_t size, const struct stalls_untold *untold,
			   uint64_t span)
{
	const uint64_t *by = untold->stalls;
	uint64_t all =
		by[PHASE_DELIVERY] + by[PHASE_HANDLER] + by[PHASE_WAIT] + by[PHASE_INTERRUPT];
	struct block line, words = BLOCK(200);

	block__begin(&line, buf, size);
	block__add(&words, "%s in %s: ", words__number(all, "more stall").s,
		   view__duration(span).s);
	phases_add(&words, by, &untold->scope);
	block__add(&words, "; longest %s", units__ns(untold->longest).s);
	if (all) {
		block__wrap(&line, words.buf, 0);
		block__add(&line, "\n");
	}
	return line.len;
}

void view__no_wait(const struct stall_totals *totals, uint64_t stalls)
{
	struct block words = BLOCK(192);

	if (!totals) {
		printf("no wait; other stalls: %" PRIu64 "\n", stalls);
		return;
	}
	phases_add(&words, totals->found, &totals->scope);
	paragraph__labelled("", 0, "no wait; stalls over %s in the whole capture: %s",
			    view__duration(totals->threshold).s, words.buf);
}

static void family_row(const struct stall_family *family)
{
	const struct text comm = safe__comm(family->sender);
	const char *sender = family->phase == PHASE_INTERRUPT ? "-" :
			     family->interrupt		      ? "(interrupt)" :
			     *comm.s			      ? comm.s :
								"?";

	if (family->other)
		printf("%-9s %-*s  %-15s", "", FUNC_WIDTH, "(others)", "");
	else
		printf("%-9s %s  %s", phase_names[family->phase],
		       safe__column(family->func, FUNC_WIDTH).s, safe__column(sender, 15).s);
	printf(" %7" PRIu64 " %9s\n", family->stalls, units__ns(family->longest).s);
}

/* Print the families, the worst first; nothing if each stall was reported above. */
static void families_table(const struct stall_totals *totals)
{
	uint64_t stalls = 0, told = 0, more = 0;
	size_t shown = totals->nr_families < FAMILIES_SHOWN ? totals->nr_families : FAMILIES_SHOWN;

	for (size_t i = 0; i < totals->nr_families; i++) {
		stalls += totals->families[i].stalls;
		told += totals->families[i].told;
		more += i < shown ? 0 : totals->families[i].stalls;
	}
	if (told == stalls)
		return;
	style__line(STYLE_HEAD, "%-9s %-*s  %-15s %7s %9s", "PHASE", FUNC_WIDTH, "FUNCTION",
		    "SENDER", "STALLS", "LONGEST");
	for (size_t i = 0; i < shown; i++)
		family_row(&totals->families[i]);
	if (more)
		printf("and %s of %s, none longer\n", words__number(more, "stall").s,
		       words__number(totals->nr_families - shown, "more kind").s);
	putchar('\n');
	paragraph__labelled("", 0,
			    "%s above (waits under their cause), %" PRIu64
			    " only counted; -j has each",
			    words__number(told, "stall").s, stalls - told);
}

void view__stalls_end(const struct stall_totals *totals)
{
	uint64_t found = 0;
	char title[128];
	struct words csds = words__number(totals->csds, "csd");
	struct block words = BLOCK(192);

	families_table(totals);
	phases_add(&words, totals->found, &totals->scope);
	if (totals->folded)
		block__add(&words, "; %" PRIu64 " of them %s of another stall", totals->folded,
			   totals->folded == 1 ? "the result" : "results");
	for (int i = 0; i < NR_PHASES; i++)
		found += totals->found[i];
	snprintf(title, sizeof(title), "%.24s over %s%s%.40s",
		 found ? words__number(found, "stall").s : "no stall",
		 view__duration(totals->threshold).s, totals->csds_known ? " in " : "",
		 totals->csds_known ? csds.s : "");
	paragraph__labelled(title, strlen(title), ": %s", words.buf);
	if (totals->lost || totals->dropped)
		printf("%slost%s %s (no room), %s (too many at once)\n", style__on(STYLE_ALERT),
		       style__off(), words__number(totals->lost, "event").s,
		       words__number(totals->dropped, "stall").s);
	if (totals->run_unseen)
		paragraph__labelled("", 0,
				    "%s ran unseen and %s not judged: run_unseen in the ledger",
				    words__number(totals->run_unseen, "csd").s,
				    totals->run_unseen == 1 ? "is" : "are");
	if (totals->doubted)
		paragraph__labelled("", 0,
				    "%" PRIu64
				    " that seemed to sleep left out: their exit was not seen",
				    totals->doubted);
}
