// SPDX-License-Identifier: GPL-2.0
/* The cost of synchronous calls: a row for each function and call site, and their sum. */
#include "view/table/table.h"
#include "view/text/views.h"

#define ROWS_MAX    12
#define CALLERS_MAX 2
#define LABEL	    7 /* columns of a label below the table */

/*
 * Returns for how long all targets of all calls of @fn ran the function, ns, by the mean run: the
 * sum of the runs may include csds for which nobody waits.
 */
static double get_handlers_ns(const struct fn_stats *fn)
{
	const struct hist *handler = &fn->handler;

	return handler->count ? (double)handler->sum / handler->count * fn->calls.csds : 0;
}

static uint64_t get_mean_ns(const struct wait_sum *wait)
{
	return wait->count ? wait->sum / wait->count : 0;
}

/* Returns @ns as a share of all CPUs' time. */
static struct text format_share(const struct snapshot *snap, double ns)
{
	double all = window__seconds(&snap->window) * snap->nr_cpus * 1e9;

	return units__percent(all ? ns / all : 0);
}

/* Print the call that took longest, and the CPU for which its sender waited longest. */
static void print_worst(const struct snapshot *snap, const struct call_sum *calls)
{
	const struct worst_call *call = &calls->worst;
	int64_t began = call->begun + window__realtime(&snap->window);
	const char *comm = calls__worst_comm(snap, calls);
	char last[32] = "", sender[80] = "";

	if (!call_sum__knows_worst(calls))
		return;
	if (call->last == call->src)
		snprintf(last, sizeof(last), "; its own run ended last");
	else if (call->last != LAST_UNKNOWN)
		snprintf(last, sizeof(last), "; CPU %u ended last", call->last);
	if (call->tgid)
		snprintf(sender, sizeof(sender), "%s[%u] on ",
			 comm ? safe__comm(comm).s : "process ", (unsigned int)call->tgid);
	paragraph__dim(2, "worst at %s.%06d, %sCPU %u to %s%s", clock__at(began).s,
		       (int)(began % 1000000000 / 1000), sender, call->src,
		       words__number(call->csds, "CPU").s, last);
}

static struct cell get_wait_mean(const struct cell_context *ctx)
{
	const struct fn_stats *fn = ctx->row;

	return cell__value(get_mean_ns(&fn->wait), fn->wait.count);
}

static struct cell get_handler(const struct cell_context *ctx)
{
	const struct fn_stats *fn = ctx->row;

	return cell__value(get_handlers_ns(fn) / fn->calls.count + 0.5, fn->handler.count);
}

#define TARGETS " - targets -"
#define WAITS	"----- sender waits ----"

#define AT(member) .of = &fn_form, .at = PLACE(fn_stats, member)

static const struct column columns[] = {
	{ NULL, "FUNCTION [MODULE]", CELL_TEXT, .width = 23, .get = function__name },
	{ NULL, "calls/s", CELL_RATE, AT(calls.count), 7 },
	{ TARGETS, "mean", CELL_MEAN, AT(calls.csds), 6, KNOWN(fn_stats, calls.count) },
	{ TARGETS, "max", CELL_NUMBER, AT(calls.csds_max), 5 },
	{ WAITS, "mean", CELL_NS, .width = 7, .get = get_wait_mean },
	{ WAITS, "worst", CELL_NS, AT(wait.max), 7, KNOWN(fn_stats, wait.count) },
	{ WAITS, "sum", CELL_NS, AT(wait.sum), 7, KNOWN(fn_stats, wait.count) },
	{ "handler", "a call", CELL_NS, .width = 7, .get = get_handler },
};

static const struct layout report = LAYOUT(columns, SHOW(0), SHOW(1), SHOW(2), SHOW(3),
					   SHOW(4, .gap = 2), SHOW(5), SHOW(6), SHOW(7, .gap = 2));

/* Print the lines below the row of snap->fns[@fn]. */
static void print_call_site(const struct snapshot *snap, size_t fn)
{
	const struct fn_stats *stats = &snap->fns[fn];
	struct caller callers[CALLERS_MAX];
	size_t samples, nr = callers__of(snap, fn, !ALL_ROWS, callers, CALLERS_MAX, &samples);

	if (stats->callsite.addr || stats->callsite.name)
		paragraph__dim(2, "at %s", safe__cut(words__frame(&stats->callsite).s, 72).s);
	view__via(callers, nr, samples);
	print_worst(snap, &stats->calls);
	view__stolen(stdout, &stats->stolen, stats->delay.sum, stats->handler.sum);
}

/* Print the sums of all calls; @handlers: time of the functions that are called, ns. */
static void print_total(const struct snapshot *snap, double handlers)
{
	struct call_sum calls;
	struct wait_sum wait;

	calls__total(snap, &calls, &wait);
	putchar('\n');
	paragraph__labelled("calls", LABEL,
			    "%s a second, to %.1f CPUs on average, %" PRIu64 " at most",
			    units__rate_in(&snap->window, calls.count).s, call_sum__targets(&calls),
			    calls.csds_max);
	paragraph__labelled("", LABEL, "a sender waits %s on average, %s at most",
			    units__ns_of(get_mean_ns(&wait), wait.count).s,
			    units__ns_of(wait.max, wait.count).s);
	if (snap->begin_unseen)
		paragraph__labelled("", LABEL,
				    "%s timed from the first csd: the entry was not seen",
				    units__counted(snap->begin_unseen, "call").s);
	if (snap->waits_unseen)
		paragraph__labelled("lost", LABEL,
				    "waits_unseen %s: no room for the records of waiting tasks",
				    units__count(snap->waits_unseen).s);
	paragraph__labelled("cost", LABEL, "senders wait %s of all CPUs' time, handlers take %s",
			    format_share(snap, wait_sum__spun(&wait)).s,
			    format_share(snap, handlers).s);
}

/* Compare pointers to rows of a snapshot: the most waited for first. */
static int compare_waits(const void *pa, const void *pb)
{
	const struct fn_stats *a = *(const struct fn_stats *const *)pa;
	const struct fn_stats *b = *(const struct fn_stats *const *)pb;
	int order = cmp_u64(b->wait.sum, a->wait.sum) ?: cmp_u64(b->calls.count, a->calls.count);

	return order ?: (a > b) - (a < b);
}

void view__calls(const struct snapshot *snap, const struct view_options *opts)
{
	const struct plain plain = { .out = stdout, .layout = &report };
	const struct fn_stats **order = calloc(snap->nr_fns ? snap->nr_fns : 1, sizeof(*order));
	double handlers = 0;
	size_t nr = 0;

	if (!order)
		return;
	if (!opts->quiet)
		view__head(snap, "calls", opts->asked, opts->ran);
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (!fn->calls.count)
			continue;
		order[nr++] = fn;
		handlers += get_handlers_ns(fn);
	}
	qsort(order, nr, sizeof(*order), compare_waits);
	if (nr)
		plain__heads(&plain, NULL);
	for (size_t i = 0; i < nr && i < ROWS_MAX; i++) {
		plain__row(&plain, CELL_CONTEXT(snap, order[i], NULL));
		print_call_site(snap, order[i] - snap->fns);
	}
	if (nr > ROWS_MAX)
		printf("and %s with shorter waits\n",
		       words__number(nr - ROWS_MAX, "more call site").s);
	if (nr) {
		print_total(snap, handlers);
	} else if (snapshot__is_imported(snap)) {
		puts("\nnot known: the file does not say which csds their senders waited for");
	} else {
		puts("\nno CPU waited for another one: no synchronous call");
	}
	putchar('\n');
	free(order);
}
