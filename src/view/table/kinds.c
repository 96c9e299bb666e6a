// SPDX-License-Identifier: GPL-2.0
#include "view/table/table.h"

#define WAKES_MAX  10
#define NAME_WIDTH style__width(22)
#define IPIS_LABEL 7

/*
 * Returns the kind that counts each interrupt of @kind, too; NULL: no kind does. On x86 a shootdown
 * is a call of a function, and since Linux 4.8 (82ba4faca1bf) both lines CAL and TLB of
 * /proc/interrupts count it.
 */
static const char *get_outer_name(const struct kind_stats *kind)
{
	return strcmp(kind->kind, "tlb_shootdown") ? NULL : kind_names[KIND_CALL_FUNCTION];
}

/* Returns the kind that get_outer_name() names; NULL: no kind, or @snap does not have it. */
static const struct kind_stats *find_outer(const struct snapshot *snap,
					   const struct kind_stats *kind)
{
	return get_outer_name(kind) ?
		       snapshot__kind((struct snapshot *)snap, get_outer_name(kind)) :
		       NULL;
}

const struct kind_stats *kinds__at(const struct snapshot *snap, size_t place)
{
	for (size_t i = 0; i < snap->nr_all_kinds; i++) {
		const struct kind_stats *kind = &snap->all_kinds[i];

		if (find_outer(snap, kind))
			continue;
		if (!place--)
			return kind;
		for (size_t j = 0; j < snap->nr_all_kinds; j++)
			if (find_outer(snap, &snap->all_kinds[j]) == kind && !place--)
				return &snap->all_kinds[j];
	}
	return NULL;
}

/* Whether the line has @kind: kinds of every machine are always there, others if any was seen. */
static bool is_in_line(const struct snapshot *snap, const struct kind_stats *kind)
{
	return kind - snap->all_kinds < NR_KINDS || kind->sent || kind->received;
}

void view__kinds_line(const struct snapshot *snap)
{
	int columns = style__columns() - IPIS_LABEL, column;
	bool any_received = false;
	uint64_t more = 0;
	const struct kind_stats *kind;

	for (size_t i = 0; (kind = kinds__at(snap, i)); i++)
		any_received |= is_in_line(snap, kind) && kind->received_known;
	printf("%s%-*s%s", style__on(STYLE_HEAD), IPIS_LABEL, "IPIs", style__off());
	column = printf(any_received ? "sent/arrived:" : "sent:");
	for (size_t i = 0; (kind = kinds__at(snap, i)); i++) {
		bool within = get_outer_name(kind);
		char text[80];
		int len;

		if (!is_in_line(snap, kind))
			continue;
		len = snprintf(text, sizeof(text), " %s%s %s%s%s%s", within ? "(of these " : "",
			       safe(kind->kind).s,
			       kind->sent_known ? units__count(kind->sent).s : "-",
			       kind->received_known ? "/" : "",
			       kind->received_known ? units__count(kind->received).s : "",
			       within ? ")" : "");
		if (i && !within)
			putchar(';');
		if (column + len + 1 > columns) {
			printf("\n%*s", IPIS_LABEL - 1, "");
			column = 0;
		}
		fputs(text, stdout);
		column += len + 1;
		if (!within && kind->received_known && kind->sent_known &&
		    kind->received > kind->sent)
			more += kind->received - kind->sent;
	}
	putchar('\n');
	if (more)
		paragraph__dim(
			IPIS_LABEL,
			"%" PRIu64
			" more arrived than were seen being sent: they were sent before the window "
			"began, or %s",
			more,
			snapshot__is_imported(snap) ? "the file lacks the send" :
						      "BPF could not see the send");
}

static struct cell get_kind(const struct cell_context *ctx)
{
	const struct kind_stats *kind = ctx->row;

	/* Indented, so that nobody adds up this kind and the kind that includes it. */
	return cell__text(ctx, "%s%s", get_outer_name(kind) ? "  " : "", kind->kind);
}

#define AT(member) .of = &kind_form, .at = PLACE(kind_stats, member)

static const struct column columns[] = {
	{ NULL, "KIND", CELL_TEXT, .width = 22, .get = get_kind },
	{ NULL, "sent", CELL_COUNT, AT(sent), 7 },
	{ NULL, "received", CELL_COUNT, AT(received), 8 },
	{ "delay", "p50", CELL_NS, AT(delay), 7, FIGURE_P50 },
	{ "delay", "p99", CELL_NS, AT(delay), 7, FIGURE_P99 },
	{ "interrupt", "p50", CELL_NS, AT(time), 7, FIGURE_P50 },
	{ "interrupt", "p99", CELL_NS, AT(time), 7, FIGURE_P99 },
	{ "interrupt", "sum", CELL_NS, AT(time), 7, FIGURE_SUM },
	{ NULL, "what is unknown, and why", CELL_TEXT, AT(why), 24 },
};

#define ALL SHOW(0), SHOW(1), SHOW(2), SHOW(3), SHOW(4), SHOW(5), SHOW(6), SHOW(7)

const struct layout kinds_pane = LAYOUT(columns, ALL, SHOW(8));
const struct layout kinds_page = LAYOUT(columns, SHOW(1), SHOW(2));

static const struct layout report = LAYOUT(columns, ALL);

/* Whether nothing is known of this kind except why nothing is known. */
static bool is_unknown(const struct kind_stats *kind)
{
	return !kind->sent_known && !kind->received && !kind->time.count && kind->why;
}

/* The index in tlb_names[] of the flushes that a CPU makes for other CPUs. */
#define REMOTE_SEND_IPI 4

/* The reasons tlb_names[] in words, by arch/x86/mm/tlb.c of Linux 6.18; the last is new in 6.14. */
static const char *const tlb_words[TLB_REASONS] = {
	"as a task is switched in", "asked for by another CPU",	 "by this CPU, all processes",
	"by this CPU, one process", "for other CPUs, see below", "the process had left the CPU",
};

static void print_flushes(const struct snapshot *snap)
{
	bool any = false, wide = style__columns() == STYLE_COLUMNS;

	for (int i = 0; i < TLB_REASONS; i++) {
		const struct tlb_stats *tlb = &snap->tlb[i];
		const char *words = wide ? tlb_words[i] : NULL;

		if (!tlb->count)
			continue;
		if (!any) {
			putchar('\n');
			style__line(STYLE_HEAD, "%-*s %7s %8s %7s", NAME_WIDTH,
				    "TLB FLUSHES BY REASON", "flushes", "pages", "full");
		}
		any = true;
		printf("%-*s %7s %8s %7s", NAME_WIDTH, tlb_names[i] ? tlb_names[i] : "other",
		       units__count(tlb->count).s, units__count(tlb->pages).s,
		       units__count(tlb->all).s);
		style__line(STYLE_DIM, "%s%s", words ? "  " : "", words ? words : "");
	}
	/*
	 * arch/x86/mm/tlb.c: native_flush_tlb_multi() counts before it checks which CPUs still have
	 * the memory loaded, and a guest of KVM leaves out vCPUs that do not run
	 * (kvm_flush_tlb_multi()).
	 */
	if (snap->tlb[REMOTE_SEND_IPI].count)
		paragraph__dim(
			2,
			"remote_send_ipi: flushes of memory that other CPUs may have loaded, each "
			"counted once; IPIs (tlb_shootdown) go only to the CPUs that still need "
			"the flush: to none, or to many");
}

/* Returns "comm[123]"; "?" for what BPF could not read. The idle task has pid 0 and a name. */
static struct words name_process(const char *comm, uint32_t pid)
{
	struct text name = safe__comm(comm);
	struct words words = { "?" };

	if (pid || *name.s)
		snprintf(words.s, sizeof(words.s), "%s[%u]", *name.s ? name.s : "?", pid);
	return words;
}

static void print_wake(const struct wake_stats *wake)
{
	struct words waker = name_process(wake->waker_comm, wake->waker);
	struct words woken = name_process(wake->woken_comm, wake->woken);
	struct text count = units__count(wake->count);

	if (wake->other)
		printf("%-55s %7s\n", "(others)", count.s);
	else
		printf("%s %s %7s\n",
		       safe__column(wake->interrupt ? "(an interrupt)" : waker.s, 27).s,
		       safe__column(woken.s, 27).s, count.s);
}

static void print_wakes(const struct snapshot *snap)
{
	uint64_t rest = 0;

	if (!snap->nr_wakes && !snap->reschedule_other)
		return;
	putchar('\n');
	style__line(STYLE_HEAD, "%-27s %-27s %7s", "RESCHEDULES BY WAKER", "WOKEN", "sent");
	for (size_t i = 0; i < snap->nr_wakes; i++) {
		if (i < WAKES_MAX)
			print_wake(&snap->wakes[i]);
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
	const struct kind_stats *kind;

	if (!snap->known.kinds)
		return;
	plain__heads(&plain, NULL);
	for (size_t i = 0; (kind = kinds__at(snap, i)); i++) {
		if (is_unknown(kind))
			continue;
		plain__row(&plain, CELL_CONTEXT(snap, kind, NULL));
		if (kind->coalesced)
			style__line(STYLE_DIM, "  sent while the last one was pending %-7s",
				    units__count(kind->coalesced).s);
		if (kind->unseen)
			style__line(STYLE_DIM, "  whose interrupt BPF did not see %-7s",
				    units__count(kind->unseen).s);
		if (kind->why)
			paragraph__dim(2, "%s", safe(kind->why).s);
	}
	if (snap->known.polled && snap->polled) {
		printf("%-*s %7s\n", NAME_WIDTH, "(without an interrupt)",
		       units__count(snap->polled).s);
		paragraph__dim(2, "wake-ups of an idle CPU that polls need no interrupt");
	}
	for (size_t i = 0; (kind = kinds__at(snap, i)); i++)
		if (is_unknown(kind))
			paragraph__dim(2, "%s%s: %s", safe(kind->kind).s,
				       kind->received_known ? " (0 received)" : "",
				       safe(kind->why).s);
	if (snap->known.tlb)
		print_flushes(snap);
	print_wakes(snap);
}
