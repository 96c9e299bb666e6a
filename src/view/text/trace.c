// SPDX-License-Identifier: GPL-2.0
/* The lines of `trace`: a head, a line for each record, and the last line. */
#include <errno.h>
#include "view/text/views.h"

/* Widths on 80 columns; a wider terminal widens FUNC and TASK. */
#define COLUMNS	    80
#define FUNC_WIDTH  15
#define TASK_WIDTH  14
/* "comm[tgid]" at its longest. */
#define TASK_MAX    24
#define FUNC_MAX    80
/* A call's number is shown in five columns. */
#define CALLS_SHOWN 100000
/* Bytes of a line without its function's name; of that name; of both. A stack comes on top. */
#define LINE_MAX    512
#define NAME_MAX    1024
#define LINE_BYTES  (LINE_MAX + NAME_MAX)

static int get_task_width(const struct trace_view *view)
{
	int more = view->columns > COLUMNS ? (view->columns - COLUMNS) / 2 : 0;

	return more < TASK_MAX - TASK_WIDTH ? TASK_WIDTH + more : TASK_MAX;
}

static int get_func_width(const struct trace_view *view)
{
	int more = view->columns > COLUMNS ? view->columns - COLUMNS : 0;

	more -= get_task_width(view) - TASK_WIDTH;
	return more < FUNC_MAX - FUNC_WIDTH ? FUNC_WIDTH + more : FUNC_MAX;
}

void view__trace_head(const struct trace_view *view, const struct host *host,
		      const struct timespec *began, struct lines *lines)
{
	struct safe node = safe__cut(host__word(host, nodename), 16);
	struct words date = began->tv_sec ? clock__date(began, 6) :
					    (struct words){ "the capture began" };
	/* If there is no room, the kernel's release is cut, down to its version. */
	int room = STYLE_COLUMNS - (int)(strlen("ipitrace trace: , ; s since ") +
					 safe__width(node.s) + strlen(date.s));
	char *end = lines__begin(lines, 2 * LINE_MAX);

	room = room > 22 ? 22 : room > 4 ? room : 4;
	end += snprintf(end, LINE_MAX, "%sipitrace trace%s: %s; s since %s\n",
			style__on(STYLE_HEAD), style__off(), view__host_name(host, room).s, date.s);
	end += snprintf(end, LINE_MAX, "%s%12s %4s %5s %4s %-6s%7s %6s %-*s %s%s\n",
			style__on(STYLE_HEAD), "TIME", "FROM", "CALL", "TO", "DELAY", "HANDLER",
			"WAIT", get_func_width(view), "FUNCTION", "TASK[PID]", style__off());
	lines__end(lines, end);
}

/* Cut @text to @width columns if the line goes to a terminal; "~" marks the cut. */
static void cut_text(const struct trace_view *view, char *text, size_t width)
{
	if (view->columns && safe__width(text) > width)
		strcpy(text + safe__fit(text, width - 1), "~");
}

static struct words format_task(const struct trace_view *view, const struct record *r,
				const struct trace_stack *stack)
{
	struct text comm = safe__comm(r->comm);
	struct words text;
	char pid[16];

	if (trace__from_interrupt(r, stack))
		return (struct words){ "(interrupt)" };
	if (r->tgid == TGID_NOT_KNOWN)
		snprintf(pid, sizeof(pid), "[?]");
	else
		snprintf(pid, sizeof(pid), "[%u]", r->tgid);
	cut_text(view, comm.s, get_task_width(view) - strlen(pid));
	snprintf(text.s, sizeof(text.s), "%s%s", comm.s, pid);
	return text;
}

static struct text format_ns(uint64_t ns)
{
	return units__ns_of(ns, ns != NOT_KNOWN);
}

/* The column at which DELAY begins. */
#define DELAY_COLUMN 29

/* Whether @stolen and @whole are known, and @stolen is more than 1 % of @whole. */
static bool is_stolen(uint64_t stolen, uint64_t whole)
{
	return stolen != NOT_KNOWN && whole != NOT_KNOWN && stolen > whole / 100;
}

/*
 * Returns "(stolen: delay 9.80ms, handler 2.10ms, sender 1.10ms; preempted)", with the parts that
 * are more than 1 %; "" if there are none.
 */
static struct words format_stolen(const struct record *r)
{
	const struct {
		const char *name;
		uint64_t stolen, whole;
	} parts[] = {
		{ "delay", r->delay_stolen, r->delay },
		{ "handler", r->handler_stolen, r->handler },
		{ "sender", r->src == r->dst ? NOT_KNOWN : r->src_stolen, r->delay },
	};
	struct words text = { "" };
	struct block b = { .buf = text.s, .size = sizeof(text.s) };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (is_stolen(parts[i].stolen, parts[i].whole))
			block__add(&b, "%s%s %s", b.len ? ", " : "(stolen: ", parts[i].name,
				   format_ns(parts[i].stolen).s);
	if (is_stolen(r->delay_stolen, r->delay) && r->preempted)
		block__add(&b, "; preempted");
	if (b.len)
		block__add(&b, ")");
	return text;
}

/*
 * Append the stolen times to the line that ends at @end; on a line of their own if the terminal has
 * no room. Returns the new end.
 */
static char *append_stolen(const struct trace_view *view, const struct record *r, const char *task,
			   char *end)
{
	size_t width = COLUMNS - TASK_WIDTH - FUNC_WIDTH + get_func_width(view) + safe__width(task);
	struct words text = format_stolen(r);

	if (*text.s && view->columns && width + 1 + strlen(text.s) > (size_t)view->columns)
		end += snprintf(end, sizeof(text) + DELAY_COLUMN + 2, "\n%*s%s", DELAY_COLUMN, "",
				text.s);
	else if (*text.s)
		end += snprintf(end, sizeof(text) + 2, " %s", text.s);
	return stpcpy(end, "\n");
}

void view__trace(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	const struct trace_func *fn = trace_names__func(view->names, r);
	const struct trace_stack *stack = trace_names__stack(view->names, r);
	struct words task;
	char func[NAME_MAX], call[16];
	uint64_t since = r->time > view->began ? r->time - view->began : 0;
	int padding;
	char *end;

	if (!fn->text || (stack && !stack->text)) {
		lines__fail(lines, -ENOMEM);
		return;
	}
	end = lines__begin(lines, LINE_BYTES + (stack ? strlen(stack->text) : 0));
	task = format_task(view, r, stack);
	if (r->kind == KIND_CALL_FUNCTION)
		snprintf(func, sizeof(func), "%s", fn->text);
	else
		snprintf(func, sizeof(func), "(%s) %s", kind_names[r->kind], fn->text);
	cut_text(view, func, get_func_width(view));
	/* Five digits are enough: the sender's next call with the same digits comes much later. */
	snprintf(call, sizeof(call), "%u", (unsigned int)(r->call % CALLS_SHOWN));
	if (!r->call)
		strcpy(call, "-");
	padding = get_func_width(view) - (int)safe__width(func);
	end += snprintf(end, LINE_BYTES,
			"%5" PRIu64 ".%06" PRIu64 " %4u %5s %4u %6s %6s %6s %s%*s %s",
			since / 1000000000, since / 1000 % 1000000, r->src, call, r->dst,
			format_ns(r->delay).s, format_ns(r->handler).s, format_ns(r->wait).s, func,
			padding > 0 ? padding : 0, "", task.s);
	end = append_stolen(view, r, task.s, end);
	if (stack)
		end = stpcpy(end, stack->text);
	lines__end(lines, end);
}

void view__trace_end(FILE *out, const struct trace_totals *totals)
{
	static const char *const lost_why[NR_LOST] = {
		[LOST_QUEUE_UNSEEN] = "queued unseen",
		[LOST_MAILBOX_FULL] = "found no room",
		[LOST_RUN_UNSEEN] = "ran unseen",
	};
	const char *before = " (";

	fprintf(out, "ipitrace: %s, %" PRIu64 " lost", words__number(totals->records, "record").s,
		trace_totals__lost(totals));
	for (int i = 0; i < NR_LOST; i++) {
		if (!totals->lost_by[i])
			continue;
		fprintf(out, "%s%" PRIu64 " %s", before, totals->lost_by[i], lost_why[i]);
		before = ", ";
	}
	if (totals->dropped)
		fprintf(out, "%s%" PRIu64 " found the buffer full: use a larger --buffer", before,
			totals->dropped);
	if (trace_totals__lost(totals))
		fputc(')', out);
	if (totals->csds_wanted)
		fprintf(out, "; %" PRIu64 " in flight at the end", totals->in_flight);
	if (totals->orphans && totals->orphans != NOT_KNOWN)
		fprintf(out, "; %s ran whose queueing was not seen",
			words__number(totals->orphans, "csd").s);
	if (totals->brief)
		fprintf(out, "; %" PRIu64 " were below the --min options", totals->brief);
	if (totals->late)
		fprintf(out, "; %" PRIu64 " are written out of order", totals->late);
	fputc('\n', out);
}
