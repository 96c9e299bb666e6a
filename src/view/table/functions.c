// SPDX-License-Identifier: GPL-2.0
/* Functions: who sent them, and what they cost. */
#include "view/table/table.h"

#define FUNCTIONS_MAX 20
#define CALLERS_SHOWN 3
#define CALLERS_MAX   16

struct cell function__name(const struct cell_context *ctx)
{
	const struct fn_stats *fn = ctx->row;

	return cell__function(ctx, &fn->func, fn->other);
}

/* Returns the most frequent caller of the function whose first row is @ctx->page. */
static struct cell get_caller(const struct cell_context *ctx)
{
	size_t samples, fn = (const struct fn_stats *)ctx->page - ctx->snap->fns;
	struct caller caller;

	if (!callers__of(ctx->snap, fn, ALL_ROWS, &caller, 1, &samples) || !*caller.reason.name)
		return cell__value(0, false);
	return cell__text(ctx, "%s%s, %s  %zu/%zu", caller.reason.name,
			  words__user(caller.interrupt ? NULL : caller.user).s,
			  words__sender(caller.call).s, caller.samples, samples);
}

enum {
	NAME,
	CSDS,
	HIST_IDS(DELAY),
	HIST_IDS(HANDLER),
	WAITED,
	LOCALLY,
	RATE,
	VIA,
};

#define AT(member) .of = &fn_form, .at = PLACE(fn_stats, member)

static const struct column columns[] = {
	[NAME] = { NULL, "FUNCTION [MODULE]", CELL_TEXT, .width = 23, .get = function__name },
	[CSDS] = { NULL, "csds", CELL_COUNT, AT(count), 7 },
	HIST_COLUMNS(DELAY, "delay", AT(delay)),
	HIST_COLUMNS(HANDLER, "handler", AT(handler)),
	[WAITED] = { "senders", "waited", CELL_NS, AT(wait.away), 7 },
	[LOCALLY] = { NULL, "locally", CELL_COUNT, AT(local), 7 },
	[RATE] = { NULL, "csds/s", CELL_RATE, AT(count), 7 },
	[VIA] = { NULL, "via", CELL_TEXT, .width = 40, .get = get_caller },
};

const struct layout functions_pane = LAYOUT(columns, SHOW(NAME), FIGURES, SHOW(WAITED),
					    SHOW(DELAY_MAX), SHOW(HANDLER_MAX), SHOW(LOCALLY),
					    SHOW(VIA));

const struct layout functions_page = LAYOUT(columns, SHOW(CSDS), SHOW(RATE), SHOW(HANDLER_SUM),
					    SHOW(WAITED), SHOW(DELAY_P50), SHOW(DELAY_P99),
					    SHOW(DELAY_MAX), SHOW(HANDLER_P50), SHOW(HANDLER_P99),
					    SHOW(HANDLER_MAX));

#define HANDLERS "------ handler -----"

static const struct layout report = LAYOUT(columns, SHOW(NAME), SHOW(CSDS, .width = 6),
					   SHOW(DELAY_MEAN, .width = 6),
					   SHOW(DELAY_P50, .width = 6), SHOW(DELAY_P99, .width = 6),
					   SHOW(HANDLER_P50, .width = 6, .group = HANDLERS),
					   SHOW(HANDLER_P99, .width = 6, .group = HANDLERS),
					   SHOW(HANDLER_SUM, .width = 6, .group = HANDLERS),
					   SHOW(WAITED, .width = 6, .group = "sender"));

void view__stolen(FILE *out, const struct steal_sum *stolen, uint64_t delay, uint64_t handler)
{
	bool of_delay = stolen->delay && stolen->delay >= delay / 100;
	bool of_handler = stolen->handler && stolen->handler >= handler / 100;

	if (!stolen->known || !(of_delay || of_handler))
		return;
	fprintf(out, "%s  stolen:", style__on(STYLE_DIM));
	if (of_delay)
		fprintf(out, " %s of %s delay%s", units__ns(stolen->delay).s, units__ns(delay).s,
			of_handler ? "," : "");
	if (of_handler)
		fprintf(out, " %s of %s handler", units__ns(stolen->handler).s,
			units__ns(handler).s);
	fprintf(out, "%s\n", style__off());
}

/* Print the lines below the row of @sum, the function whose first row in @snap is number @first. */
static void print_below(const struct snapshot *snap, size_t first, const struct fn_stats *sum)
{
	struct caller callers[CALLERS_SHOWN];
	size_t samples, nr = callers__of(snap, first, ALL_ROWS, callers, CALLERS_SHOWN, &samples);

	view__via(callers, nr, samples);
	if (sum->local)
		style__line(STYLE_DIM, "  also run on the sender's own CPU %7s",
			    units__count(sum->local).s);
	if (sum->at_most)
		style__line(STYLE_DIM, "  upper bound: the caller may have skipped some CPUs");
	view__stolen(stdout, &sum->stolen, sum->delay.sum, sum->handler.sum);
}

void view__functions(const struct snapshot *snap)
{
	const struct plain plain = { stdout, &report, 0 };
	size_t shown = 0, hidden = 0;
	struct fn_rows *rows;
	struct fn_stats sum;
	uint64_t rest = 0;

	if (!snap->nr_fns)
		return;
	rows = fn_rows__new(snap);
	plain__heads(&plain, NULL);
	for (size_t i = 0; i < snap->nr_fns; i++) {
		/* A line sums all rows of the function; JSON has a row for each call site. */
		if (!snapshot__function(snap, rows, i, &sum))
			continue;
		if (shown < FUNCTIONS_MAX) {
			plain__row(&plain, CELL_CONTEXT(snap, &sum, &snap->fns[i]));
			print_below(snap, i, &sum);
			shown++;
		} else {
			hidden++;
			rest += sum.count;
		}
	}
	fn_rows__free(rows);
	if (hidden)
		printf("and %s with less %10s\n", words__number(hidden, "more function").s,
		       units__count(rest).s);
}

/* The first screen */

/* The callers of a row's function, for the cells WHO and VIA. */
struct row_callers {
	struct caller callers[CALLERS_MAX];
	size_t nr, samples;
	bool only_own; /* ipitrace itself is the only sender */
};

/* Remove ipitrace's own callers. */
static void drop_own_callers(struct row_callers *callers)
{
	size_t left = 0;

	for (size_t i = 0; i < callers->nr; i++) {
		const struct caller *caller = &callers->callers[i];

		if (caller->call->own)
			callers->samples -= caller->samples;
		else
			callers->callers[left++] = *caller;
	}
	callers->only_own = callers->nr && !left;
	callers->nr = left;
}

/* Join callers that @same() does not tell apart. Returns how many are left. */
static size_t join_callers(struct caller *callers, size_t nr,
			   bool (*same)(const struct caller *a, const struct caller *b))
{
	size_t left = 0;

	for (size_t i = 0; i < nr; i++) {
		size_t j = 0;

		while (j < left && !same(&callers[j], &callers[i]))
			j++;
		if (j == left) {
			callers[left++] = callers[i];
			continue;
		}
		callers[j].samples += callers[i].samples;
		callers[j].csds += callers[i].csds;
	}
	return left;
}

static bool has_same_sender(const struct caller *a, const struct caller *b)
{
	return a->sender == b->sender;
}

/* Returns the sender of most csds, and how many others there are unless the page is narrow. */
static struct cell get_brief_who(const struct cell_context *ctx)
{
	const struct brief_page *page = ctx->page;
	struct row_callers senders = *ctx->callers;
	const struct caller *most = senders.callers;
	int others;

	senders.nr = join_callers(senders.callers, senders.nr, has_same_sender);
	if (!senders.nr)
		return cell__text(ctx, senders.only_own ? "(ipitrace)" : "-");
	for (size_t i = 1; i < senders.nr; i++)
		if (senders.callers[i].csds > most->csds)
			most = &senders.callers[i];
	others = page->columns < NARROW ? 0 : senders.nr - 1;
	if (!most->interrupt)
		return cell__text(
			ctx, "%s",
			brief__sender(most->call, others, brief__name_widths(page->columns).who).s);
	return others ? cell__text(ctx, "(interrupt) +%d", others) : cell__text(ctx, "(interrupt)");
}

/* Returns why a csd was sent: "munmap < arena_purge (libjemalloc.so.2)". */
static struct safe format_why(const struct caller *caller)
{
	struct safe why;

	snprintf(why.s, sizeof(why.s), "%.48s%s",
		 safe__cut(*caller->reason.name ? caller->reason.name : NULL, 48).s,
		 words__user(caller->user).s);
	return why;
}

static bool has_same_why(const struct caller *a, const struct caller *b)
{
	return !strcmp(format_why(a).s, format_why(b).s);
}

/* Returns why csds were sent: "munmap < arena_purge (libjemalloc.so.2) 7/10, exit_mmap 3/10". */
static struct cell get_brief_via(const struct cell_context *ctx)
{
	struct row_callers joined = *ctx->callers;
	size_t len = 0;

	*ctx->text = '\0';
	joined.nr = join_callers(joined.callers, joined.nr, has_same_why);
	for (size_t i = 0; i < joined.nr && len < CELL_TEXT_BYTES; i++)
		len += snprintf(ctx->text + len, CELL_TEXT_BYTES - len, "%s%s %zu/%zu",
				i ? ", " : "", format_why(&joined.callers[i]).s,
				joined.callers[i].samples, joined.samples);
	return (struct cell){ .kind = CELL_TEXT, .text = ctx->text };
}

static struct cell get_brief_name(const struct cell_context *ctx)
{
	const struct digest_fn *fn = ctx->row;

	return cell__function(ctx, &fn->func, fn->other);
}

/* Returns, for a narrow page, the longer one of the longest delay and the longest run. */
static struct cell get_brief_worst(const struct cell_context *ctx)
{
	const struct digest_fn *fn = ctx->row;
	bool run = fn->ran && (!fn->delayed || fn->run_max > fn->delay_max);
	struct cell cell = run ? cell__value(fn->run_max, true) :
				 cell__value(fn->delay_max, fn->delayed);

	cell.mark = cell.kind && (ctx->worst & (run ? WORST_RUN : WORST_DELAY));
	return cell;
}

#define IN_DIGEST(member, known) .at = PLACE(digest_fn, member), KNOWN(digest_fn, known)

enum {
	BRIEF_WHO,
	BRIEF_FUNCTION,
	BRIEF_IDS,
	BRIEF_VIA,
};

static const struct column brief_columns[] = {
	[BRIEF_WHO] = { NULL, "WHO", CELL_TEXT, .get = get_brief_who },
	[BRIEF_FUNCTION] = { NULL, "FUNCTION", CELL_TEXT, .get = get_brief_name },
	[BRIEF_RATE] = { NULL, "PER S", CELL_RATE, .at = PLACE(digest_fn, count), .width = 6 },
	[BRIEF_WAIT] = { NULL, "WAIT", CELL_SHARE, IN_DIGEST(wait, waited), .width = 6 },
	[BRIEF_HANDLERS] = { NULL, "HANDLERS", CELL_SHARE, IN_DIGEST(handler, ran), .width = 8 },
	[BRIEF_WORST] = { NULL, "MAX", CELL_NS, .width = 7, .get = get_brief_worst },
	[BRIEF_DELAY_MAX] = { NULL, "MAX DELAY, RUN", CELL_NS, IN_DIGEST(delay_max, delayed),
			      .width = 7, .worst = WORST_DELAY },
	[BRIEF_RUN_MAX] = { NULL, NULL, CELL_NS, IN_DIGEST(run_max, ran), .width = 7,
			    .worst = WORST_RUN },
	[BRIEF_VIA] = { NULL, "VIA (samples)", CELL_TEXT, .dim = true, .get = get_brief_via },
};

void brief__functions(const struct brief_page *page, size_t lines)
{
	const struct digest *digest = page->digest;
	struct name_widths w = brief__name_widths(page->columns);
	const struct layout layout =
		LAYOUT(brief_columns, SHOW(BRIEF_WHO, .width = w.who),
		       SHOW(BRIEF_FUNCTION, .width = w.func),
		       SHOW(BRIEF_RATE, .width = RATE_WIDTH(page)), SHOW(BRIEF_WAIT), BRIEF_FIGURES,
		       SHOW(BRIEF_VIA, .width = w.via, .gap = 2, .from = WIDE));
	const struct plain plain = { page->out, &layout, page->columns };
	size_t shown = digest->nr_fns <= lines ? digest->nr_fns : lines - 1;
	/* Without csd tracepoints only the senders' wait is known, by which the rows are sorted. */
	const char *others = page->snap->how.source == SOURCE_CALLS ?
				     "(all others, with less WAIT)" :
				     "(all others, which cost less)";
	uint64_t rest = 0;

	if (!digest->nr_fns)
		return;
	plain__heads(&plain, NULL);
	for (size_t i = 0; i < shown; i++) {
		const struct digest_fn *fn = &digest->fns[i];
		bool delay = digest->delay.fn_known && digest->delay.fn == i;
		bool run = digest->run.fn_known && digest->run.fn == i;
		struct row_callers callers = {};

		if (!fn->other)
			callers.nr = callers__of(page->snap, fn->row, ALL_ROWS, callers.callers,
						 CALLERS_MAX, &callers.samples);
		drop_own_callers(&callers);
		plain__row(&plain, &(struct cell_context){ .snap = page->snap,
							   .row = fn,
							   .page = page,
							   .callers = &callers,
							   .cpu_ns = digest->cpu_ns,
							   .worst = delay * WORST_DELAY |
								    run * WORST_RUN });
	}
	for (size_t i = shown; i < digest->nr_fns; i++)
		rest += digest->fns[i].count;
	if (shown < digest->nr_fns)
		fprintf(page->out, "%s %*s\n", safe__column(others, w.who + 1 + w.func).s,
			RATE_WIDTH(page), units__rate_in(&page->snap->window, rest).s);
}
