// SPDX-License-Identifier: GPL-2.0
/* CPUs: what they sent, and what hit them. */
#include <stdlib.h>
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

#define CPU_NUMBER                                   \
	{                                            \
		NULL, "CPU", CELL_NUMBER, AT(cpu), 5 \
	}

static const struct column columns[] = {
	[NAME] = { NULL, "CPU", CELL_TEXT, .width = 7, .get = get_name },
	[NUMBER] = CPU_NUMBER,
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

const struct layout cpus_page = LAYOUT(columns, SHOW(SENT), SHOW(WAITED), SHOW(RECEIVED),
				       SHOW(HANDLER_SUM), SHOW(DELAY_P50), SHOW(DELAY_P99),
				       SHOW(DELAY_MAX), SHOW(HANDLER_P50), SHOW(HANDLER_P99),
				       SHOW(HANDLER_MAX));

static const struct layout report =
	LAYOUT(columns, SHOW(NUMBER), SHOW(SENT), SHOW(WAITED), SHOW(RECEIVED),
	       SHOW(DELAY_P50, .gap = 2), SHOW(DELAY_P99), SHOW(DELAY_MAX),
	       SHOW(HANDLER_P50, .gap = 2), SHOW(HANDLER_P99), SHOW(HANDLER_MAX));

#define UNGROUPED(id) SHOW(id, .width = 6, .group = "")

/* On a narrow page a CPU has two lines: one of @narrow, with its delays, one of @narrow_below. */
static const struct layout narrow = LAYOUT(columns, SHOW(NUMBER), SHOW(SENT, .width = 6),
					   SHOW(WAITED, .width = 6), SHOW(RECEIVED),
					   SHOW(DELAY_WORD), UNGROUPED(DELAY_P50),
					   UNGROUPED(DELAY_P99), UNGROUPED(DELAY_MAX));

static const struct layout narrow_below =
	LAYOUT(columns, SHOW(BLANK, .width = 28), SHOW(HANDLER_WORD), SHOW(HANDLER_P50, .width = 6),
	       SHOW(HANDLER_P99, .width = 6), SHOW(HANDLER_MAX, .width = 6));

/* Columns that a CPU needs in one line. */
#define CPUS_COLUMNS 80

static int compare_handlers(const void *a, const void *b)
{
	const struct cpu_stats *ca = a, *cb = b;

	return cmp_u64(cb->handler.sum, ca->handler.sum) ?: cmp_u64(ca->cpu, cb->cpu);
}

void view__cpu_table(const struct snapshot *snap, bool ranked)
{
	struct cpu_stats *sorted = calloc(snap->nr_cpus ? snap->nr_cpus : 1, sizeof(*sorted));
	bool wide = style__columns() >= CPUS_COLUMNS;
	const struct plain rows = { .out = stdout, .layout = wide ? &report : &narrow };
	const struct plain below = { .out = stdout, .layout = &narrow_below };
	size_t busy = 0;

	if (!sorted)
		return;
	if (snap->nr_cpus)
		memcpy(sorted, snap->cpus, snap->nr_cpus * sizeof(*sorted));
	if (ranked)
		qsort(sorted, snap->nr_cpus, sizeof(*sorted), compare_handlers);
	plain__heads(&rows, NULL);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &sorted[i];

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
	free(sorted);
}

/* The first screen */

/* The width of a CPU's figures on a wide page. */
#define CPU_WIDE 85
/* The least and the largest width of a column of functions after these figures. */
#define FUNC_MIN 18
#define FUNC_MAX 40

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

	return cell__value(ns, ns != 0);
}

/* Returns the function of a CPU's longest delay or run (@worst); "-" if it is unknown. */
static struct cell get_worst_func(const struct cell_context *ctx, unsigned int worst)
{
	const struct brief_page *page = ctx->page;
	const struct cpu_stats *cpu = ctx->row;
	bool run = worst == WORST_RUN;
	const struct hist *hist = run ? &cpu->handler : &cpu->delay;
	const struct digest_fn *fn = hist->count ? digest__whose(page->digest, hist->max, run) :
						   NULL;

	return fn ? cell__function(ctx, &fn->func, false) : cell__value(0, false);
}

static struct cell get_delay_func(const struct cell_context *ctx)
{
	return get_worst_func(ctx, WORST_DELAY);
}

static struct cell get_run_func(const struct cell_context *ctx)
{
	return get_worst_func(ctx, WORST_RUN);
}

enum {
	BRIEF_CPU,
	BRIEF_CSDS_IN,
	BRIEF_IPIS_IN,
	BRIEF_RESCHEDULES,
	BRIEF_HANDLERS,
	BRIEF_DELAY_MAX,
	BRIEF_RUN_MAX,
	BRIEF_IRQ_MAX,
	BRIEF_CSDS_OUT,
	BRIEF_WAITING,
	BRIEF_DELAY_FUNC,
	BRIEF_RUN_FUNC,
};

static const struct column brief_columns[] = {
	[BRIEF_CPU] = CPU_NUMBER,
	[BRIEF_CSDS_IN] = { NULL, "CSDS/S IN", CELL_RATE, .width = 10, .get = get_brief_received },
	[BRIEF_IPIS_IN] = { NULL, "IPIS/S IN", CELL_RATE, .width = 10, .get = get_brief_received },
	[BRIEF_RESCHEDULES] = { NULL, "RESCHED/S IN", CELL_RATE, AT(reschedules), 12 },
	[BRIEF_HANDLERS] = { NULL, "HANDLERS", CELL_SHARE, .width = 8, .get = get_brief_handlers },
	[BRIEF_DELAY_MAX] = { NULL, "MAX DELAY", CELL_NS, AT(delay), 9, FIGURE_MAX,
			      .worst = WORST_DELAY },
	[BRIEF_RUN_MAX] = { NULL, "MAX RUN", CELL_NS, .width = 8, .worst = WORST_RUN,
			    .get = get_brief_run },
	[BRIEF_IRQ_MAX] = { NULL, "MAX IRQ", CELL_NS, .width = 8, .worst = WORST_RUN,
			    .get = get_brief_run },
	[BRIEF_CSDS_OUT] = { NULL, "CSDS/S OUT", CELL_RATE, AT(sent), 10 },
	[BRIEF_WAITING] = { NULL, "WAITING", CELL_SHARE, AT(wait_away), 8 },
	[BRIEF_DELAY_FUNC] = { NULL, "MAX DELAY OF", CELL_TEXT, .get = get_delay_func },
	[BRIEF_RUN_FUNC] = { NULL, "MAX RUN OF", CELL_TEXT, .get = get_run_func },
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
	/* The width of each of the last two columns, which have functions; 0: there is no room. */
	int room = (page->columns - CPU_WIDE) / 2 - 2;
	int func = room < FUNC_MIN ? 0 : room > FUNC_MAX ? FUNC_MAX : room;
	/* Without csd tracepoints only a CPU's interrupts can be counted and timed. */
	bool irqs = page->snap->how.source == SOURCE_CALLS;
	const struct layout layout = {
		brief_columns,
		func ? 10 : 8,
		{ SHOW(BRIEF_CPU), SHOW(irqs ? BRIEF_IPIS_IN : BRIEF_CSDS_IN, .gap = gap),
		  SHOW(BRIEF_RESCHEDULES, .gap = gap), SHOW(BRIEF_HANDLERS, .gap = gap),
		  SHOW(BRIEF_DELAY_MAX, .gap = gap),
		  SHOW(irqs ? BRIEF_IRQ_MAX : BRIEF_RUN_MAX, .gap = gap),
		  SHOW(BRIEF_CSDS_OUT, .gap = 2, .from = WIDE),
		  SHOW(BRIEF_WAITING, .gap = 2, .from = WIDE),
		  SHOW(BRIEF_DELAY_FUNC, .width = func, .gap = 2),
		  SHOW(BRIEF_RUN_FUNC, .width = func, .gap = 2) },
	};
	const struct plain plain = { page->out, &layout, page->columns };
	uint64_t rest = 0;

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
		rest += cpu_stats__arrived(digest->cpus[i]);
	if (shown < digest->nr_cpus)
		fprintf(page->out, "and %s: %s %s/s together\n",
			words__number(digest->nr_cpus - shown, "more CPU").s,
			units__rate_in(&page->snap->window, rest).s, irqs ? "IPIs" : "csds");
}
