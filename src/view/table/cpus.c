// SPDX-License-Identifier: GPL-2.0
/* CPUs: what they sent, and what hit them. */
#include <stdlib.h>
#include <string.h>
#include "view/table/table.h"

#define CPUS_MAX 24

static struct cell get_number(const struct cell_context *ctx)
{
	return (struct cell){ .kind = CELL_NUMBER, .n = *(const uint32_t *)ctx->member };
}

static struct cell get_name(const struct cell_context *ctx)
{
	return cell__text(ctx, "CPU %u", *(const uint32_t *)ctx->member);
}

static struct cell get_waited(const struct cell_context *ctx)
{
	const struct cpu_stats *cpu = ctx->row;

	return cell__ns(cpu_stats__spun(cpu), cpu->wait.count);
}

/* Where calls are seen, and no csds, nothing is known to arrive. */
static struct cell get_received(const struct cell_context *ctx)
{
	return cell__known(*(const uint64_t *)ctx->member, ctx->snap->how.source != SOURCE_CALLS);
}

static struct cell say_delay(const struct cell_context *ctx)
{
	return cell__text(ctx, "delay");
}

static struct cell say_handler(const struct cell_context *ctx)
{
	return cell__text(ctx, "handler");
}

static struct cell say_nothing(const struct cell_context *ctx)
{
	return cell__text(ctx, "%s", "");
}

enum {
	NAME,
	NUMBER,
	SENT,
	WAITED,
	RECEIVED,
	ARRIVED,
	HIST_IDS(DELAY),
	HIST_IDS(HANDLER),
	LOCALLY,
	DELAY_WORD,
	HANDLER_WORD,
	BLANK,
};

#define AT(member) .at = offsetof(struct cpu_stats, member)

static const struct column columns[] = {
	[NAME] = { NULL, "CPU", get_name, AT(cpu), 7, .text = true },
	[NUMBER] = { NULL, "CPU", get_number, AT(cpu), 5 },
	[SENT] = { NULL, "sent", cell__count, AT(sent), 7 },
	[WAITED] = { NULL, "waited", get_waited, .width = 7 },
	[RECEIVED] = { NULL, "received", get_received, AT(received), 8 },
	[ARRIVED] = { NULL, "received", cell__count, AT(received), 8 },
	HIST_COLUMNS(DELAY, "delay", AT(delay)),
	HIST_COLUMNS(HANDLER, "handler", AT(handler)),
	[LOCALLY] = { NULL, "locally", cell__count, AT(local), 7 },
	[DELAY_WORD] = { NULL, "", say_delay, .width = 7, .text = true },
	[HANDLER_WORD] = { NULL, "", say_handler, .width = 7, .text = true },
	[BLANK] = { NULL, "", say_nothing },
};

const struct layout cpus_pane = LAYOUT(columns, SHOW(NAME), SHOW(SENT), SHOW(WAITED), SHOW(ARRIVED),
				       SHOW(DELAY_P50), SHOW(DELAY_P99), SHOW(DELAY_MAX),
				       SHOW(HANDLER_P50), SHOW(HANDLER_P99), SHOW(HANDLER_MAX),
				       SHOW(HANDLER_SUM), SHOW(LOCALLY));

static const struct layout report =
	LAYOUT(columns, SHOW(NUMBER), SHOW(SENT), SHOW(WAITED), SHOW(RECEIVED),
	       SHOW(DELAY_P50, .gap = 2), SHOW(DELAY_P99), SHOW(DELAY_MAX),
	       SHOW(HANDLER_P50, .gap = 2), SHOW(HANDLER_P99), SHOW(HANDLER_MAX));

/* On a narrow page a CPU has two lines. */
#define UNGROUPED(id) SHOW(id, .width = 6, .group = "")

static const struct layout narrow = LAYOUT(columns, SHOW(NUMBER), SHOW(SENT, .width = 6),
					   SHOW(WAITED, .width = 6), SHOW(ARRIVED),
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

	if (ca->handler.sum != cb->handler.sum)
		return ca->handler.sum < cb->handler.sum ? 1 : -1;
	return ca->cpu < cb->cpu ? -1 : 1;
}

static void print_cpu(const struct snapshot *snap, const struct cpu_stats *cpu)
{
	const struct cell_context *of = CELL_CONTEXT(snap, cpu, NULL);

	if (style__columns() >= CPUS_COLUMNS) {
		plain__row(&(struct plain){ .out = stdout, .layout = &report }, of);
	} else {
		plain__row(&(struct plain){ .out = stdout, .layout = &narrow }, of);
		plain__row(&(struct plain){ .out = stdout, .layout = &narrow_below }, of);
	}
	view__stolen(stdout, &cpu->stolen, cpu->delay.sum, cpu->handler.sum);
}

void view__cpu_table(const struct snapshot *snap, bool ranked)
{
	struct cpu_stats *order = calloc(snap->nr_cpus ? snap->nr_cpus : 1, sizeof(*order));
	const struct plain heads = { .out = stdout,
				     .layout = style__columns() >= CPUS_COLUMNS ? &report :
										  &narrow };
	size_t busy = 0;

	if (!order)
		return;
	if (snap->nr_cpus)
		memcpy(order, snap->cpus, snap->nr_cpus * sizeof(*order));
	if (ranked)
		qsort(order, snap->nr_cpus, sizeof(*order), by_handler);
	plain__heads(&heads, NULL);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		if (!order[i].sent && !order[i].received && !order[i].local)
			continue;
		if (busy++ < CPUS_MAX)
			print_cpu(snap, &order[i]);
	}
	if (busy > CPUS_MAX)
		printf("and %s (-c LIST shows them)\n",
		       words__number(busy - CPUS_MAX, "more CPU").s);
	else if (!busy)
		puts("  no CPU sent or received one");
	free(order);
}

/* The first screen */

/* Columns of a CPU's figures on a wide page; the least and the most of a name after them. */
#define CPU_WIDE  85
#define WHOSE_MIN 18
#define WHOSE_MAX 40

static struct cell get_share(double ns, bool known, const struct cell_context *ctx)
{
	double all = ctx->snap->window.mono_end - ctx->snap->window.mono_start;

	return cell__real(CELL_SHARE, all > 0 ? ns / all : 0, known);
}

static bool arrivals_known(const struct snapshot *snap)
{
	return snap->how.source == SOURCE_CSD || snap->known.irqs;
}

static struct cell brief_received(const struct cell_context *ctx)
{
	return cell__real(CELL_RATE, cpu_stats__arrived(ctx->row) / brief__seconds(ctx->page),
			  arrivals_known(ctx->snap));
}

static struct cell brief_reschedules(const struct cell_context *ctx)
{
	const struct cpu_stats *cpu = ctx->row;

	return cell__real(CELL_RATE, cpu->reschedules / brief__seconds(ctx->page),
			  cpu->reschedules_known);
}

static struct cell brief_handlers(const struct cell_context *ctx)
{
	return get_share(cpu_stats__arrived_ns(ctx->row), arrivals_known(ctx->snap), ctx);
}

static bool is_worst(const struct cell_context *ctx, const struct digest_worst *worst)
{
	return worst->known && worst->dst == ((const struct cpu_stats *)ctx->row)->cpu;
}

static struct cell brief_delay(const struct cell_context *ctx)
{
	const struct brief_page *page = ctx->page;
	struct cell cell = cell__max(ctx);

	cell.mark = is_worst(ctx, &page->digest->delay);
	return cell;
}

static struct cell brief_run(const struct cell_context *ctx)
{
	const struct brief_page *page = ctx->page;
	struct cell cell =
		cell__ns(cpu_stats__arrived_worst(ctx->row), cpu_stats__arrived_worst(ctx->row));

	cell.mark = is_worst(ctx, &page->digest->run);
	return cell;
}

static struct cell brief_waiting(const struct cell_context *ctx)
{
	const struct cpu_stats *cpu = ctx->row;

	return get_share(cpu_stats__spun(cpu), cpu->wait.count, ctx);
}

/* The function of a CPU's longest delay, or run; "-" if that is not known. */
static struct cell get_whose(const struct cell_context *ctx, bool run)
{
	const struct brief_page *page = ctx->page;
	const struct hist *hist = ctx->member;
	const struct digest_fn *fn = hist->count ? digest__whose(page->digest, hist->max, run) :
						   NULL;

	return fn ? cell__symbol(ctx, &fn->func) : cell__ns(0, 0);
}

static struct cell whose_delay(const struct cell_context *ctx)
{
	return get_whose(ctx, false);
}

static struct cell whose_run(const struct cell_context *ctx)
{
	return get_whose(ctx, true);
}

static const struct column brief_columns[] = {
	{ NULL, "CPU", get_number, AT(cpu), 5 },
	{ NULL, "CSDS/S IN", brief_received, .width = 10 },
	{ NULL, "IPIS/S IN", brief_received, .width = 10 },
	{ NULL, "RESCHED/S IN", brief_reschedules, .width = 12 },
	{ NULL, "HANDLERS", brief_handlers, .width = 8 },
	{ NULL, "MAX DELAY", brief_delay, AT(delay), 9 },
	{ NULL, "MAX RUN", brief_run, .width = 8 },
	{ NULL, "MAX IRQ", brief_run, .width = 8 },
	{ NULL, "CSDS/S OUT", brief__rate, AT(sent), 10 },
	{ NULL, "WAITING", brief_waiting, .width = 8 },
	{ NULL, "MAX DELAY OF", whose_delay, AT(delay), .text = true },
	{ NULL, "MAX RUN OF", whose_run, AT(handler), .text = true },
};

void brief__cpus(const struct brief_page *page, size_t lines)
{
	const struct digest *digest = page->digest;
	size_t shown = digest->nr_cpus <= lines ? digest->nr_cpus : lines - 1;
	int gap = page->columns < NARROW ? 1 : 2;
	/* For the function of the longest delay, and for that of the longest run. */
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
	for (size_t i = 0; i < shown; i++)
		plain__row(&plain, CELL_CONTEXT(page->snap, digest->cpus[i], page));
	for (size_t i = shown; i < digest->nr_cpus; i++)
		calls += cpu_stats__arrived(digest->cpus[i]);
	if (shown < digest->nr_cpus)
		fprintf(page->out, "and %s: %s %s/s together\n",
			words__number(digest->nr_cpus - shown, "more CPU").s,
			units__rate(calls / brief__seconds(page)).s, irqs ? "IPIs" : "csds");
}
