// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "abi/ipi.h"
#include "abi/limits.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "view/table/tables.h"
#include "view/text/block.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/units.h"

#define WAKES_MAX  10
#define NAME_WIDTH style__width(22)

static struct text count_or_dash(uint64_t n, bool known)
{
	return known ? units__count(n) : (struct text){ "-" };
}

/* Columns before a break. " sent/arrived" follows the last kind and must fit too. */
#define LINE_WIDTH style__width(60)

void view__kinds_line(const struct snapshot *snap)
{
	bool any_received = false, more = false;
	int column = 0;

	printf("%sIPIs%s  ", style__on(STYLE_HEAD), style__off());
	for (size_t i = 0; i < snap->nr_all_kinds; i++) {
		const struct kind_stats *kind = &snap->all_kinds[i];
		char text[64];
		int len;

		/* Kinds that every machine has are always shown, others only if any was seen. */
		if (i >= NR_KINDS && !kind->sent && !kind->received)
			continue;
		len = snprintf(text, sizeof(text), " %s %s%s%s", safe(kind->kind).s,
			       count_or_dash(kind->sent, kind->sent_known).s,
			       kind->received_known ? "/" : "",
			       kind->received_known ? units__count(kind->received).s : "");
		if (column && column + len > LINE_WIDTH) {
			fputs(";\n      ", stdout);
			column = 0;
		} else if (column) {
			putchar(';');
		}
		fputs(text, stdout);
		column += len + 1;
		any_received |= kind->received_known;
		more |= kind->received_known && kind->sent_known && kind->received > kind->sent;
	}
	puts(any_received ? " sent/arrived" : " sent");
	if (more)
		paragraph__dim(7, "more arrived than were seen sent: at the window's edges, or by "
				  "sends that the kernel hides from BPF");
}

static struct cell name(const struct row_of *of)
{
	return cell__text(of, "%s", ((const struct kind_stats *)of->row)->kind);
}

static struct cell sent(const struct row_of *of)
{
	const struct kind_stats *kind = of->row;

	return cell__known(kind->sent, kind->sent_known);
}

static struct cell received(const struct row_of *of)
{
	const struct kind_stats *kind = of->row;

	return cell__known(kind->received, kind->received_known);
}

static struct cell why(const struct row_of *of)
{
	const struct kind_stats *kind = of->row;

	return kind->why ? cell__text(of, "%s", kind->why) : cell__ns(0, 0);
}

#define AT(member) .at = offsetof(struct kind_stats, member)

static const struct column columns[] = {
	{ NULL, "KIND", name, .width = 22, .text = true },
	{ NULL, "sent", sent, .width = 7 },
	{ NULL, "received", received, .width = 8 },
	{ "delay", "p50", cell__p50, AT(delay), 7 },
	{ "delay", "p99", cell__p99, AT(delay), 7 },
	{ "interrupt", "p50", cell__p50, AT(time), 7 },
	{ "interrupt", "p99", cell__p99, AT(time), 7 },
	{ "interrupt", "sum", cell__sum, AT(time), 7 },
	{ NULL, "what is unknown, and why", why, .width = 24, .text = true },
};

#define FIGURES SHOW(0), SHOW(1), SHOW(2), SHOW(3), SHOW(4), SHOW(5), SHOW(6), SHOW(7)

const struct layout kinds_pane = LAYOUT(columns, FIGURES, SHOW(8));

static const struct layout report = LAYOUT(columns, FIGURES);

static void below(const struct kind_stats *kind)
{
	if (kind->coalesced)
		printf("%s  sent while one was pending there %-*s%s\n", style__on(STYLE_DIM), 7,
		       units__count(kind->coalesced).s, style__off());
	if (kind->unseen)
		printf("%s  that must have come unseen %-*s%s\n", style__on(STYLE_DIM), 7,
		       units__count(kind->unseen).s, style__off());
	if (kind->why)
		paragraph__dim(2, "%s", safe(kind->why).s);
}

/* Nothing is known of this kind but the reason why. */
static bool is_silent(const struct kind_stats *kind)
{
	return !kind->sent_known && !kind->received && !kind->time.count && kind->why;
}

static void silent_row(const struct kind_stats *kind)
{
	paragraph__dim(2, "%s%s: %s", safe(kind->kind).s,
		       kind->received_known ? " (0 received)" : "", safe(kind->why).s);
}

/* As tlb_names[]: the reasons of arch/x86/mm/tlb.c in 6.18, of which the last is new in 6.14. */
static const char *const tlb_words[TLB_REASONS] = {
	"a task's, which comes to run", "asked for by another CPU", "on its own, of all processes",
	"on its own, of one process",	"sent to other CPUs",	    "the process had left the CPU",
};

static void tlb(const struct snapshot *snap)
{
	bool any = false, wide = style__columns() == STYLE_COLUMNS;

	for (int i = 0; i < TLB_REASONS; i++) {
		const struct tlb_stats *tlb = &snap->tlb[i];
		const char *words = wide ? tlb_words[i] : NULL;

		if (!tlb->count)
			continue;
		if (!any)
			printf("\n%s%-*s %7s %8s %7s%s\n", style__on(STYLE_HEAD), NAME_WIDTH,
			       "TLB FLUSHES BY REASON", "flushes", "pages", "full", style__off());
		any = true;
		printf("%-*s %7s %8s %7s", NAME_WIDTH, tlb_names[i] ? tlb_names[i] : "other",
		       units__count(tlb->count).s, units__count(tlb->pages).s,
		       units__count(tlb->all).s);
		printf("%s%s%s%s\n", style__on(STYLE_DIM), words ? "  " : "", words ? words : "",
		       style__off());
	}
}

static void wake_row(const struct wake_stats *wake)
{
	char waker[40] = "(an interrupt)", woken[40];

	if (wake->other) {
		printf("%-55s %7s\n", "(others)", units__count(wake->count).s);
		return;
	}
	if (!wake->interrupt)
		snprintf(waker, sizeof(waker), "%s[%" PRIu32 "]", safe__comm(wake->waker_comm).s,
			 wake->waker);
	snprintf(woken, sizeof(woken), "%s[%" PRIu32 "]", safe__comm(wake->woken_comm).s,
		 wake->woken);
	printf("%s %s %7s\n", safe__column(waker, 27).s, safe__column(woken, 27).s,
	       units__count(wake->count).s);
}

static void wakes(const struct snapshot *snap)
{
	uint64_t rest = 0;

	if (!snap->nr_wakes && !snap->reschedule_other)
		return;
	printf("\n%s%-27s %-27s %7s%s\n", style__on(STYLE_HEAD), "RESCHEDULES BY WAKER", "WOKEN",
	       "sent", style__off());
	for (size_t i = 0; i < snap->nr_wakes; i++) {
		if (i < WAKES_MAX)
			wake_row(&snap->wakes[i]);
		else
			rest += snap->wakes[i].count;
	}
	if (rest)
		printf("and %zu more with less %33s %7s\n", snap->nr_wakes - WAKES_MAX, "",
		       units__count(rest).s);
	if (snap->reschedule_other)
		printf("%-55s %7s\n", "not to wake a task", units__count(snap->reschedule_other).s);
}

void view__kinds(const struct snapshot *snap)
{
	const struct plain plain = { .out = stdout, .layout = &report };

	if (!snap->known.kinds)
		return;
	plain__heads(&plain, NULL);
	for (size_t i = 0; i < snap->nr_all_kinds; i++) {
		const struct kind_stats *kind = &snap->all_kinds[i];

		if (is_silent(kind))
			continue;
		plain__row(&plain, ROW_OF(snap, kind, NULL));
		below(kind);
	}
	if (snap->known.polled && snap->polled) {
		printf("%-*s %7s\n", NAME_WIDTH, "(without an interrupt)",
		       units__count(snap->polled).s);
		paragraph__dim(2, "wake-ups of a CPU that was idle and polled");
	}
	for (size_t i = 0; i < snap->nr_all_kinds; i++)
		if (is_silent(&snap->all_kinds[i]))
			silent_row(&snap->all_kinds[i]);
	if (snap->known.tlb)
		tlb(snap);
	wakes(snap);
}
