// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include "view/json/json.h"

static json_t *word_json(const void *items, size_t i)
{
	char *const *words = items;

	return parts__text(words[i]);
}

json_t *json__capture(const struct capture_head *head)
{
	json_t *rest = json_pack("{s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:I}", "minor", head->minor,
				 "part", (int)head->part, "version", VERSION, "host",
				 parts__host(head->host), "options",
				 parts__array(head->nr_options, word_json, head->options),
				 "program", parts__text_or_null(head->program), "started",
				 parts__date(&head->started), "mono", (json_int_t)head->mono);

	if (head->import)
		parts__add(&rest, "import",
			   json_pack("{s:o, s:n}", "kind", parts__text(head->import->kind),
				     "clock"));
	return stamp__line("capture", head->mono, rest);
}

json_t *json__capture_end(const struct capture_foot *foot)
{
	const struct capture_import *import = foot->import;
	json_t *object = json_pack("{s:I, s:I, s:I}", "lines", (json_int_t)foot->lines,
				   "stalls_dropped", (json_int_t)foot->stalls_dropped, "mono",
				   (json_int_t)foot->mono);

	if (foot->lost)
		parts__add(&object, "lost", json_integer(*foot->lost));
	if (foot->unwatched) {
		parts__add(&object, "detached", parts__text_or_null(foot->unwatched->detached));
		parts__add(&object, "stretched", json_integer(foot->unwatched->stretched));
	}
	if (import)
		parts__add(&object, "import",
			   json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "events",
				     (json_int_t)import->events, "lost", (json_int_t)import->lost,
				     "gaps", (json_int_t)import->gaps, "unread",
				     (json_int_t)import->unread, "set_back",
				     (json_int_t)import->set_back, "paused",
				     (json_int_t)import->paused, "cut", import->cut));
	return stamp__line("capture_end", foot->mono, object);
}

size_t json__trigger(char *buf, size_t size, const struct trigger *trigger,
		     const struct trigger_span *span)
{
	json_t *rest = json_fields__object(&(struct json_fields){}, &trigger_form, trigger);

	parts__update(&rest,
		      json_pack("{s:I, s:I, s:I}", "before", (json_int_t)span->before, "after",
				(json_int_t)span->after, "from", (json_int_t)span->from));
	return json__line(buf, size, stamp__line("trigger", trigger->time, rest));
}

/* The most bytes of a line, without the two parts of variable length: function and stack. */
#define LINE_MAX (640 + STAMP_BYTES)

/*
 * The text before the value of a key: a constant, because `trace` may write 100,000 records a
 * second. A key that TRACE_KEYS lacks does not compile.
 */
#define KEY(name) ((void)TRACE_##name, ",\"" #name "\":")

static char *append_number(char *to, const char *key, uint64_t n, bool known)
{
	to = stpcpy(to, key);
	return known ? json__u64(to, n) : stpcpy(to, "null");
}

static char *append_ns(char *to, const char *key, uint64_t ns)
{
	return append_number(to, key, ns, ns != NOT_KNOWN);
}

void json__trace(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	const struct trace_func *fn = trace_names__func(view->names, r);
	const struct trace_stack *stack = trace_names__stack(view->names, r);
	const char *comm = trace_names__comm(view->names, r);
	bool type_known = r->kind == KIND_CALL_FUNCTION && r->type != CSD_TYPE_NOT_KNOWN;
	bool interrupt = trace__from_interrupt(r, stack);
	/* Captures of other tracers have the thread, but not always its process. */
	bool process_known = !interrupt && r->tgid != TGID_NOT_KNOWN;
	char *to;

	if (!fn->json || !comm || (stack && !stack->json)) {
		lines__fail(lines, -ENOMEM);
		return;
	}
	to = lines__begin(lines, LINE_MAX + strlen(fn->json) + (stack ? strlen(stack->json) : 0));
	to = stpcpy(to, "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",");
	to = stamp__text(to, r->time);
	to = stpcpy(stpcpy(stpcpy(stpcpy(to, KEY(kind)), "\""), kind_names[r->kind]), "\"");
	to = json__u64(stpcpy(to, KEY(src)), r->src);
	to = json__u64(stpcpy(to, KEY(dst)), r->dst);
	to = stpcpy(to, fn->json);
	to = append_number(to, KEY(pid), r->tgid, process_known);
	to = append_number(to, KEY(tgid), r->tgid, process_known);
	to = append_number(to, KEY(tid), r->pid, !interrupt);
	to = stpcpy(stpcpy(to, KEY(comm)), interrupt ? "null" : comm);
	to = stpcpy(to, KEY(interrupt));
	to = stpcpy(to, interrupt ? "true" : view->sees_interrupts || stack ? "false" : "null");
	to = append_ns(to, KEY(delay), r->delay);
	to = append_ns(to, KEY(handler), r->handler);
	to = stpcpy(to, KEY(call));
	/* All csds of a call have the same "SRC-NUMBER", which no other call of the run has. */
	if (r->call) {
		to = json__u64(stpcpy(to, "\""), r->src);
		to = json__u64(stpcpy(to, "-"), r->call);
	}
	to = stpcpy(to, r->call ? "\"" : "null");
	to = append_ns(to, KEY(wait), r->wait);
	to = stpcpy(to, KEY(csd));
	if (type_known)
		to = stpcpy(stpcpy(stpcpy(to, "\""),
				   csd_type_names[r->type >> 4 & (CSD_TYPES - 1)]),
			    "\"");
	else
		to = stpcpy(to, "null");
	/* These are null if the host gives no steal time, or if nothing followed this csd. */
	to = append_ns(to, KEY(delay_stolen), r->delay_stolen);
	to = append_ns(to, KEY(handler_stolen), r->handler_stolen);
	to = append_ns(to, KEY(src_stolen), r->src_stolen);
	to = stpcpy(to, KEY(preempted));
	to = stpcpy(to, r->delay_stolen == NOT_KNOWN ? "null" : r->preempted ? "true" : "false");
	if (stack)
		to = stpcpy(to, stack->json);
	lines__end(lines, stpcpy(to, "}\n"));
}

char *json__trace_end_line(const struct trace_totals *totals)
{
	return json__owned_line(
		stamp__line("trace_end", totals->ended,
			    json_fields__object(&(struct json_fields){ .root = totals },
						&trace_totals_form, totals)));
}
