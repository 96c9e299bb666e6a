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
#include "view/trace.h"
#include "view/trace_names.h"

#define FUNC_WIDTH 24
#define TASK_WIDTH 15
/* A line without its part of variable length, the stack. */
#define LINE_MAX   512
#define NAME_MAX   1024

void view__trace_head(const struct host *host, time_t began, struct lines *lines)
{
	char *to = lines__begin(lines, 2 * LINE_MAX);
	char clock[16];
	struct tm tm;

	localtime_r(&began, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	to += snprintf(to, LINE_MAX, "%sipitrace trace%s: %s, %s; s from %s\n",
		       style__on(STYLE_HEAD), style__off(), safe__cut(host->name.nodename, 16).s,
		       safe__cut(host->name.release, 22).s, clock);
	to += snprintf(to, LINE_MAX, "%s%12s %4s %4s %7s %7s  %-*s %s%s\n", style__on(STYLE_HEAD),
		       "TIME", "FROM", "TO", "DELAY", "HANDLER", FUNC_WIDTH, "FUNCTION [MODULE]",
		       "TASK[PID]", style__off());
	lines__end(lines, to);
}

/* Cut @text to @width columns; "~" marks the cut. */
static void fit(char *text, size_t width)
{
	if (safe__width(text) > width)
		strcpy(text + safe__fit(text, width - 1), "~");
}

static void task_text(const struct record *r, const struct trace_stack *stack, char *text,
		      size_t size)
{
	struct safe_comm comm;
	char pid[16];

	if (trace__from_interrupt(r, stack)) {
		snprintf(text, size, "(interrupt)");
		return;
	}
	comm = safe__comm(r->comm);
	snprintf(pid, sizeof(pid), "[%" PRIu32 "]", r->tgid);
	fit(comm.s, TASK_WIDTH - strlen(pid));
	snprintf(text, size, "%s%s", comm.s, pid);
}

static void func_text(const struct record *r, const struct trace_func *fn, char *text, size_t size)
{
	if (r->kind == KIND_CALL_FUNCTION)
		snprintf(text, size, "%s", fn->text);
	else
		snprintf(text, size, "(%s) %s", kind_names[r->kind], fn->text);
	fit(text, FUNC_WIDTH);
}

static struct text known_ns(uint64_t ns)
{
	return units__ns_of(ns, ns != NOT_KNOWN);
}

void view__trace(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	const struct trace_func *fn = trace_names__func(view->names, r);
	const struct trace_stack *stack = trace_names__stack(view->names, r);
	char task[64], func[NAME_MAX];
	uint64_t since = r->time > view->began ? r->time - view->began : 0;
	char *to;

	if (!fn->text || (stack && !stack->text)) {
		lines__fail(lines, -ENOMEM);
		return;
	}
	to = lines__begin(lines, LINE_MAX + (stack ? strlen(stack->text) : 0));
	task_text(r, stack, task, sizeof(task));
	func_text(r, fn, func, sizeof(func));
	to += snprintf(to, LINE_MAX, "%5" PRIu64 ".%06" PRIu64 " %4u %4u %7s %7s  %s %s\n",
		       since / 1000000000, since / 1000 % 1000000, r->src, r->dst,
		       known_ns(r->delay).s, known_ns(r->handler).s,
		       safe__column(func, FUNC_WIDTH).s, task);
	if (stack)
		to = stpcpy(to, stack->text);
	lines__end(lines, to);
}

void view__trace_end(FILE *out, const struct trace_totals *totals)
{
	fprintf(out, "ipitrace: %" PRIu64 " records, %" PRIu64 " lost", totals->records,
		trace_totals__lost(totals));
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
