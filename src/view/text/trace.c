// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "model/host.h"
#include "model/names.h"
#include "model/totals.h"
#include "view/lines.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/trace.h"
#include "view/text/units.h"
#include "view/trace_names.h"

/* Widths on 80 columns; a wider terminal widens FUNC and TASK. */
#define COLUMNS	    80
#define FUNC_WIDTH  15
#define TASK_WIDTH  14
/* "comm[tgid]" at its longest. */
#define TASK_MAX    24
#define FUNC_MAX    80
/* A call's number is shown in five columns. */
#define CALLS_SHOWN 100000
/* A line without its part of variable length, the stack. */
#define LINE_MAX    512
#define NAME_MAX    1024

static int task_width(const struct trace_view *view)
{
	int more = view->columns > COLUMNS ? (view->columns - COLUMNS) / 2 : 0;

	return more < TASK_MAX - TASK_WIDTH ? TASK_WIDTH + more : TASK_MAX;
}

static int func_width(const struct trace_view *view)
{
	int more = view->columns > COLUMNS ? view->columns - COLUMNS : 0;

	more -= task_width(view) - TASK_WIDTH;
	return more < FUNC_MAX - FUNC_WIDTH ? FUNC_WIDTH + more : FUNC_MAX;
}

void view__trace_head(const struct trace_view *view, const struct host *host,
		      const struct timespec *began, struct lines *lines)
{
	char *to = lines__begin(lines, 2 * LINE_MAX);
	char clock[16];
	struct tm tm;

	localtime_r(&began->tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	to += snprintf(to, LINE_MAX, "%sipitrace trace%s: %s, %s; s from %s.%06ld\n",
		       style__on(STYLE_HEAD), style__off(), safe__cut(host->name.nodename, 16).s,
		       safe__cut(host->name.release, 22).s, clock, began->tv_nsec / 1000);
	to += snprintf(to, LINE_MAX, "%s%12s %4s %5s %4s %-6s%7s %6s %-*s %s%s\n",
		       style__on(STYLE_HEAD), "TIME", "FROM", "CALL", "TO", "DELAY", "HANDLER",
		       "WAIT", func_width(view), "FUNCTION", "TASK[PID]", style__off());
	lines__end(lines, to);
}

/* Cut @text to @width columns; "~" marks the cut. */
static void fit(char *text, size_t width)
{
	if (safe__width(text) > width)
		strcpy(text + safe__fit(text, width - 1), "~");
}

static void task_text(const struct record *r, const struct trace_stack *stack, size_t width,
		      char *text, size_t size)
{
	struct safe_comm comm;
	char pid[16];

	if (trace__from_interrupt(r, stack)) {
		snprintf(text, size, "(interrupt)");
		return;
	}
	comm = safe__comm(r->comm);
	snprintf(pid, sizeof(pid), "[%" PRIu32 "]", r->tgid);
	fit(comm.s, width - strlen(pid));
	snprintf(text, size, "%s%s", comm.s, pid);
}

static void func_text(const struct record *r, const struct trace_func *fn, size_t width, char *text,
		      size_t size)
{
	if (r->kind == KIND_CALL_FUNCTION)
		snprintf(text, size, "%s", fn->text);
	else
		snprintf(text, size, "(%s) %s", kind_names[r->kind], fn->text);
	fit(text, width);
}

/* The last digits of the call's number: a sender's next call with the same ones is long after. */
static void call_text(const struct record *r, char *text, size_t size)
{
	snprintf(text, size, "%u", (unsigned int)(r->call % CALLS_SHOWN));
	if (!r->call)
		strcpy(text, "-");
}

static struct text known_ns(uint64_t ns)
{
	return units__ns_of(ns, ns != NOT_KNOWN);
}

void view__trace(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	const struct trace_func *fn = trace_names__func(view->names, r);
	const struct trace_stack *stack = trace_names__stack(view->names, r);
	char task[64], func[NAME_MAX], call[16];
	uint64_t since = r->time > view->began ? r->time - view->began : 0;
	char *to;

	if (!fn->text || (stack && !stack->text)) {
		lines__fail(lines, -ENOMEM);
		return;
	}
	to = lines__begin(lines, LINE_MAX + (stack ? strlen(stack->text) : 0));
	task_text(r, stack, task_width(view), task, sizeof(task));
	func_text(r, fn, func_width(view), func, sizeof(func));
	call_text(r, call, sizeof(call));
	to += snprintf(to, LINE_MAX, "%5" PRIu64 ".%06" PRIu64 " %4u %5s %4u %6s %6s %6s %s %s\n",
		       since / 1000000000, since / 1000 % 1000000, r->src, call, r->dst,
		       known_ns(r->delay).s, known_ns(r->handler).s, known_ns(r->wait).s,
		       safe__column(func, func_width(view)).s, task);
	if (stack)
		to = stpcpy(to, stack->text);
	lines__end(lines, to);
}

void view__trace_end(FILE *out, const struct trace_totals *totals)
{
	fprintf(out, "ipitrace: %" PRIu64 " record%s, %" PRIu64 " lost", totals->records,
		units__plural(totals->records), trace_totals__lost(totals));
	for (int i = 0; i < NR_LOST; i++)
		if (totals->lost_by[i])
			fprintf(out, ", %s %" PRIu64, lost_names[i], totals->lost_by[i]);
	if (totals->dropped)
		fprintf(out, ", buffer_full %" PRIu64 " (--buffer)", totals->dropped);
	if (totals->csds_wanted)
		fprintf(out, "; %" PRIu64 " in flight at the end", totals->in_flight);
	if (totals->brief)
		fprintf(out, "; %" PRIu64 " were too brief", totals->brief);
	if (totals->late)
		fprintf(out, "; %" PRIu64 " are out of order", totals->late);
	fputc('\n', out);
}
