// SPDX-License-Identifier: GPL-2.0
/* CPUs: what they sent, and what hit them. */
#include <stdlib.h>
#include <string.h>
#include "view/table/table.h"

#define CPUS_MAX 24

static struct cell get_name(const struct cell_context *ctx)
{
	return cell__text(ctx, "CPU %u", ((const struct cpu_stats *)ctx->row)->cpu);
}

enum {
	NAME,
	NUMBER,
	SENT,
	WAITED,
	RECEIVED,
	HIST_IDS(DELAY),
	HIST_IDS(HANDLER),
	LOCALLY,
	DELAY_WORD,
	HANDLER_WORD,
	BLANK,
};

#define AT(member) .of = &cpu_form, .at = PLACE(cpu_stats, member)

static const struct column columns[] = {
	[NAME] = { NULL, "CPU", CELL_TEXT, .width = 7, .get = get_name },
	[NUMBER] = { NULL, "CPU", CELL_NUMBER, AT(cpu), 5 },
	[SENT] = { NULL, "sent", CELL_COUNT, AT(sent), 7 },
	[WAITED] = { NULL, "waited", CELL_NS, AT(wait_away), 7 },
	[RECEIVED] = { NULL, "received", CELL_COUNT, AT(received), 8 },
	HIST_COLUMNS(DELAY, "delay", AT(delay)),
	HIST_COLUMNS(HANDLER, "handler", AT(handler)),
	[LOCALLY] = { NULL, "locally", CELL_COUNT, AT(local), 7 },
	[DELAY_WORD] = { NULL, "", CELL_TEXT, .width = 7, .word = "delay" },
	[HANDLER_WORD] = { NULL, "", CELL_TEXT, .width = 7, .word = "handler" },
	[BLANK] = { NULL, "", .word = "" },
};

const struct layout cpus_pane = LAYOUT(columns, SHOW(NAME), SHOW(SENT), SHOW(WAITED),
				       SHOW(RECEIVED), SHOW(DELAY_P50), SHOW(DELAY_P99),
				       SHOW(DELAY_MAX), SHOW(HANDLER_P50), SHOW(HANDLER_P99),
				       SHOW(HANDLER_MAX), SHOW(HANDLER_SUM), SHOW(LOCALLY));

static const struct layout report =
	LAYOUT(columns, SHOW(NUMBER), SHOW(SENT), SHOW(WAITED), SHOW(RECEIVED),
	       SHOW(DELAY_P50, .gap = 2), SHOW(DELAY_P99), SHOW(DELAY_MAX),
	       SHOW(HANDLER_P50, .gap = 2), SHOW(HANDLER_P99), SHOW(HANDLER_MAX));

/* On a narrow page a CPU has two lines. */
#define UNGROUPED(id) SHOW(id, .width = 6, .group = "")

static const struct layout narrow = LAYOUT(columns, SHOW(NUMBER), SHOW(SENT, .width = 6),
					   SHOW(WAITED, .width = 6), SHOW(RECEIVED),
					   SHOW(DELAY_WORD), UNGROUPED(DELAY_P50),
					   UNGROUPED(DELAY_P99), UNGROUPED(DELAY_MAX));

static const struct layout narrow_below =
	LAYOUT(columns, SHOW(BLANK, .width = 28), SHOW(HANDLER_WORD), SHOW(HANDLER_P50, .width = 6),
	       SHOW(HANDLER_P99, .width = 6), SHOW(HANDLER_MAX, .width = 6));

/* Columns that a CPU needs in one line. */
#define CPUS_COLUMNS 80

static int by_handler(const void *a, const void *b)
{
	const struct cpu_stats *ca = a, *cb = b;

	return cmp_u64(cb->handler.sum, ca->handler.sum) ?: cmp_u64(ca->cpu, cb->cpu);
}

void view__cpu_table(const struct snapshot *snap, bool ranked)
{
	struct cpu_stats *order = calloc(snap->nr_cpus ? snap->nr_cpus : 1, sizeof(*order));
	bool wide = style__columns() >= CPUS_COLUMNS;
	const struct plain rows = { .out = stdout, .layout = wide ? &report : &narrow };
	const struct plain below = { .out = stdout, .layout = &narrow_below };
	size_t busy = 0;

	if (!order)
		return;
	if (snap->nr_cpus)
		memcpy(order, snap->cpus, snap->nr_cpus * sizeof(*order));
	if (ranked)
		qsort(order, snap->nr_cpus, sizeof(*order), by_handler);
	plain__heads(&rows, NULL);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &order[i];

		if ((!cpu->sent && !cpu->received && !cpu->local) || busy++ >= CPUS_MAX)
			continue;
		plain__row(&rows, CELL_CONTEXT(snap, cpu, NULL));
		if (!wide)
			plain__row(&below, CELL_CONTEXT(snap, cpu, NULL));
		view__stolen(stdout, &cpu->stolen, cpu->delay.sum, cpu->handler.sum);
	}
	if (busy > CPUS_MAX)
		printf("and %s (-c LIST shows them)\n",
		       words__number(busy - CPUS_MAX, "more CPU").s);
	else if (!busy)
		puts("  no CPU sent or received one");
	free(order);
}

/* The first screen */

/*
 * The width of a CPU's figures on a wide page; the least and the largest width of a name after
 * them.
 */
#define CPU_WIDE  85
#define WHOSE_MIN 18
#define WHOSE_MAX 40

static bool knows_arrivals(const struct snapshot *snap)
{
	return snap->how.source == SOURCE_CSD || snap->known.irqs;
}

static struct cell get_brief_received(const struct cell_context *ctx)
{
	return cell__value(cpu_stats__arrived(ctx->row), knows_arrivals(ctx->snap));
}

static struct cell get_brief_handlers(const struct cell_context *ctx)
{
	return cell__value(cpu_stats__arrived_ns(ctx->row), knows_arrivals(ctx->snap));
}

static struct cell get_brief_run(const struct cell_context *ctx)
{
	uint64_t ns = cpu_stats__arrived_worst(ctx->row);

	return cell__value(ns, ns);
}

/* Returns the function of a CPU's longest delay, or run; "-" if it is unknown. */
static struct cell get_worst_func(const struct cell_context *ctx, const struct hist *hist, bool run)
{
	const struct brief_page *page = ctx->page;
	const struct digest_fn *fn = hist->count ? digest__whose(page->digest, hist->max, run) :
						   NULL;

	return fn ? cell__function(ctx, &fn->func, false) : cell__value(0, false);
}

static struct cell get_delay_func(const struct cell_context *ctx)
{
	return get_worst_func(ctx, &((const struct cpu_stats *)ctx->row)->delay, false);
}

static struct cell get_run_func(const struct cell_context *ctx)
{
	return get_worst_func(ctx, &((const struct cpu_stats *)ctx->row)->handler, true);
}

static const struct column brief_columns[] = {
	{ NULL, "CPU", CELL_NUMBER, AT(cpu), 5 },
	{ NULL, "CSDS/S IN", CELL_RATE, .width = 10, .get = get_brief_received },
	{ NULL, "IPIS/S IN", CELL_RATE, .width = 10, .get = get_brief_received },
	{ NULL, "RESCHED/S IN", CELL_RATE, AT(reschedules), 12 },
	{ NULL, "HANDLERS", CELL_SHARE, .width = 8, .get = get_brief_handlers },
	{ NULL, "MAX DELAY", CELL_NS, AT(delay), 9, FIGURE_MAX, .worst = WORST_DELAY },
	{ NULL, "MAX RUN", CELL_NS, .width = 8, .worst = WORST_RUN, .get = get_brief_run },
	{ NULL, "MAX IRQ", CELL_NS, .width = 8, .worst = WORST_RUN, .get = get_brief_run },
	{ NULL, "CSDS/S OUT", CELL_RATE, AT(sent), 10 },
	{ NULL, "WAITING", CELL_SHARE, AT(wait_away), 8 },
	{ NULL, "MAX DELAY OF", CELL_TEXT, .get = get_delay_func },
	{ NULL, "MAX RUN OF", CELL_TEXT, .get = get_run_func },
};

static bool is_worst(const struct digest_worst *worst, const struct cpu_stats *cpu)
{
	return worst->known && worst->dst == cpu->cpu;
}

void brief__cpus(const struct brief_page *page, size_t lines)
{
	const struct window *window = &page->snap->window;
	const struct digest *digest = page->digest;
	size_t shown = digest->nr_cpus <= lines ? digest->nr_cpus : lines - 1;
	int gap = page->columns < NARROW ? 1 : 2;
	/* The room for the function of the longest delay; that of the longest run has as much. */
	int room = (page->columns - CPU_WIDE) / 2 - 2;
	int whose = room < WHOSE_MIN ? 0 : room > WHOSE_MAX ? WHOSE_MAX : room;
	bool irqs = page->snap->how.source == SOURCE_CALLS;
	const struct layout layout = {
		brief_columns,
		whose ? 10 : 8,
		{ SHOW(0), SHOW(irqs ? 2 : 1, .gap = gap), SHOW(3, .gap = gap), SHOW(4, .gap = gap),
		  SHOW(5, .gap = gap), SHOW(irqs ? 7 : 6, .gap = gap),
		  SHOW(8, .gap = 2, .from = WIDE), SHOW(9, .gap = 2, .from = WIDE),
		  SHOW(10, .width = whose, .gap = 2), SHOW(11, .width = whose, .gap = 2) },
	};
	const struct plain plain = { page->out, &layout, page->columns };
	uint64_t calls = 0;

	if (!digest->nr_cpus)
		return;
	plain__heads(&plain, NULL);
	for (size_t i = 0; i < shown; i++) {
		const struct cpu_stats *cpu = digest->cpus[i];

		plain__row(&plain, &(struct cell_context){
					   .snap = page->snap,
					   .row = cpu,
					   .page = page,
					   .cpu_ns = window->mono_end - window->mono_start,
					   .worst = is_worst(&digest->delay, cpu) * WORST_DELAY |
						    is_worst(&digest->run, cpu) * WORST_RUN,
				   });
	}
	for (size_t i = shown; i < digest->nr_cpus; i++)
		calls += cpu_stats__arrived(digest->cpus[i]);
	if (shown < digest->nr_cpus)
		fprintf(page->out, "and %s: %s %s/s together\n",
			words__number(digest->nr_cpus - shown, "more CPU").s,
			view__rate(page->snap, calls).s, irqs ? "IPIs" : "csds");
}
