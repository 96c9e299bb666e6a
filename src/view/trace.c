// SPDX-License-Identifier: GPL-2.0
/*
 * There may be a hundred thousand records a second. jansson takes 3.3 us for
 * one, a third of a CPU; so it makes the parts of a line that come again
 * once, they are kept, and a line takes 0.07 us.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../callers.h"
#include "../host.h"
#include "json.h"
#include "style.h"
#include "trace.h"
#include "units.h"

#define NAMES	   1024 /* powers of two */
#define COMMS	   256
#define FUNC_WIDTH 24
#define TASK_WIDTH 15
#define LINE_MAX   512 /* without what is of variable length */
#define NAME_MAX   1024

/* A function and its call site. */
struct name {
	uint64_t func;
	uint64_t callsite;
	char *json;
	char *text;
};

struct comm {
	char comm[COMM_LEN];
	char *json;
};

struct stack {
	char *json;
	char *text;
	bool interrupt;
};

struct trace_view {
	struct trace_names names;
	bool sees_interrupts;
	uint64_t began;
	struct name name[NAMES];
	struct comm comm[COMMS];
	struct stack *stacks; /* by number; NULL: not asked for */
};

/* By CSD_TYPE_*, 0x00 to 0x30 (include/linux/smp_types.h, since 5.8). */
static const char *const types[] = { "async", "sync", "irq_work", "ttwu" };

struct trace_view *view__trace_open(const struct trace_names *names, uint64_t began,
				    bool sees_interrupts)
{
	struct trace_view *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view->names = *names;
	view->began = began;
	view->sees_interrupts = sees_interrupts;
	view->stacks = names->stack ? calloc(STACKS, sizeof(*view->stacks)) : NULL;
	if (names->stack && !view->stacks) {
		free(view);
		return NULL;
	}
	return view;
}

void view__trace_close(struct trace_view *view)
{
	if (!view)
		return;
	for (int i = 0; i < NAMES; i++) {
		free(view->name[i].json);
		free(view->name[i].text);
	}
	for (int i = 0; i < COMMS; i++)
		free(view->comm[i].json);
	for (int i = 0; view->stacks && i < STACKS; i++) {
		free(view->stacks[i].json);
		free(view->stacks[i].text);
	}
	free(view->stacks);
	free(view);
}

static void symbol_text(const struct symbol *s, bool offset, char *text, size_t size)
{
	if (!s->name)
		snprintf(text, size, "0x%" PRIx64, s->addr);
	else if (offset)
		snprintf(text, size, "%s+0x%" PRIx64, s->name, s->offset);
	else
		snprintf(text, size, "%s", s->name);
}

/* As JSON's null or string; to be freed. */
static char *quoted(const struct symbol *s, bool offset)
{
	char text[NAME_MAX];

	if (!s->addr)
		return strdup("null");
	symbol_text(s, offset, text, sizeof(text));
	return json__quoted(text);
}

static void name_make(struct trace_view *view, struct name *name)
{
	struct symbol func = { .addr = name->func }, site = { .addr = name->callsite };
	char *func_json, *site_json, *module;
	char text[NAME_MAX];

	free(name->json);
	free(name->text);
	view->names.name(view->names.ctx, &func, true);
	func_json = quoted(&func, false);
	symbol_text(&func, false, text, sizeof(text));
	module = func.module ? json__quoted(func.module) : NULL;
	if (asprintf(&name->text, "%s%s%s%s", func.addr ? text : "", func.module ? " [" : "",
		     func.module ? func.module : "", func.module ? "]" : "") < 0)
		name->text = NULL;
	/* This may move the names of before. */
	view->names.name(view->names.ctx, &site, false);
	site_json = quoted(&site, true);
	if (!func_json || !site_json ||
	    asprintf(&name->json, "\"func\":%s,\"module\":%s,\"callsite\":%s", func_json,
		     module ? module : "null", site_json) < 0)
		name->json = NULL;
	free(func_json);
	free(site_json);
	free(module);
}

static const struct name *name_of(struct trace_view *view, const struct record *r)
{
	uint64_t hash = (r->func ^ r->callsite << 7) * 0x61c8864680b583ebULL;
	struct name *name = &view->name[hash >> 32 & (NAMES - 1)];

	if (!name->json || name->func != r->func || name->callsite != r->callsite) {
		name->func = r->func;
		name->callsite = r->callsite;
		name_make(view, name);
	}
	return name;
}

static const char *comm_of(struct trace_view *view, const struct record *r)
{
	struct comm *comm;
	uint64_t words[2], hash;

	memcpy(words, r->comm, sizeof(words));
	hash = (words[0] ^ words[1] << 7) * 0x61c8864680b583ebULL;
	comm = &view->comm[hash >> 32 & (COMMS - 1)];
	if (!comm->json || memcmp(comm->comm, r->comm, COMM_LEN)) {
		memcpy(comm->comm, r->comm, COMM_LEN);
		free(comm->json);
		comm->json = json__quoted(comm->comm);
	}
	return comm->json ? comm->json : "null";
}

/* Appends to a string that grows; NULL stays NULL. */
static char *append(char *to, const char *format, const char *a, const char *b)
{
	char *more, *all = NULL;

	if (!to || asprintf(&more, format, a, b) < 0) {
		free(to);
		return NULL;
	}
	if (asprintf(&all, "%s%s", to, more) < 0)
		all = NULL;
	free(to);
	free(more);
	return all;
}

static void stack_make(struct trace_view *view, int32_t id, struct stack *stack)
{
	const struct symbol *caller;
	struct call call = {};
	char text[NAME_MAX];
	char *json;

	view->names.stack(view->names.ctx, id, &call);
	/* Twice: to read the symbols anew moves the names of before. */
	for (uint32_t i = 0; i < 2 * call.nr; i++)
		view->names.name(view->names.ctx, &call.stack[i % call.nr], false);
	caller = callers__frame(&call);
	stack->interrupt = callers__interrupt(&call);
	json = caller ? json__quoted(caller->name) : strdup("null");
	stack->json = append(strdup(""), ",\"caller\":%s,\"stack\":%s", json ? json : "null",
			     call.nr ? "[" : "null");
	free(json);
	stack->text = strdup("");
	for (uint32_t i = callers__first(&call), first = i; i < call.nr; i++) {
		symbol_text(&call.stack[i], true, text, sizeof(text));
		json = json__quoted(text);
		stack->json =
			append(stack->json, "%s%s", i == first ? "" : ",", json ? json : "null");
		free(json);
		stack->text = append(stack->text, "              %s%s\n", text, "");
	}
	if (call.nr)
		stack->json = append(stack->json, "%s%s", "]", "");
}

/* NULL: none was asked for. */
static const struct stack *stack_of(struct trace_view *view, const struct record *r)
{
	static const struct stack none = { .json = ",\"caller\":null,\"stack\":null", .text = "" };
	struct stack *stack;

	if (!view->stacks)
		return NULL;
	if (r->stack < 0 || r->stack >= STACKS)
		return &none;
	stack = &view->stacks[r->stack];
	if (!stack->json || !stack->text)
		stack_make(view, r->stack, stack);
	return stack->json && stack->text ? stack : &none;
}

static char *ns_json(char *to, const char *key, uint64_t ns)
{
	to = stpcpy(to, key);
	return ns == NOT_KNOWN ? stpcpy(to, "null") : lines__u64(to, ns);
}

/* No task is behind it. Its stack may know where the kernel does not tell. */
static bool from_interrupt(const struct record *r, const struct stack *stack)
{
	return r->interrupt || (stack && stack->interrupt);
}

static char *task_json(struct trace_view *view, const struct record *r, const struct stack *stack,
		       char *to)
{
	if (from_interrupt(r, stack))
		return stpcpy(to, ",\"pid\":null,\"tid\":null,\"comm\":null,\"interrupt\":true");
	to = lines__u64(stpcpy(to, ",\"pid\":"), r->tgid);
	to = lines__u64(stpcpy(to, ",\"tid\":"), r->pid);
	to = stpcpy(stpcpy(to, ",\"comm\":"), comm_of(view, r));
	return stpcpy(to, view->sees_interrupts || stack ? ",\"interrupt\":false" :
							   ",\"interrupt\":null");
}

void view__trace_json(struct trace_view *view, const struct record *r, struct lines *lines)
{
	const struct name *name = name_of(view, r);
	const struct stack *stack = stack_of(view, r);
	const char *names = name->json ? name->json :
					 "\"func\":null,\"module\":null,"
					 "\"callsite\":null";
	bool csd = r->kind == KIND_CALL_FUNCTION;
	char *to =
		lines__begin(lines, LINE_MAX + strlen(names) + (stack ? strlen(stack->json) : 0));

	to = stpcpy(to, "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":");
	to = lines__u64(to, r->time);
	to = stpcpy(stpcpy(to, ",\"kind\":\""), kind_names[r->kind]);
	to = lines__u64(stpcpy(to, "\",\"src\":"), r->src);
	to = lines__u64(stpcpy(to, ",\"dst\":"), r->dst);
	*to++ = ',';
	to = stpcpy(to, names);
	to = task_json(view, r, stack, to);
	to = ns_json(to, ",\"delay\":", r->delay);
	to = ns_json(to, ",\"handler\":", r->handler);
	to = ns_json(to, ",\"wait\":", r->wait);
	to = stpcpy(to, ",\"csd\":");
	if (csd)
		to = stpcpy(stpcpy(stpcpy(to, "\""), types[r->type >> 4 & 3]), "\"");
	else
		to = stpcpy(to, "null");
	if (stack)
		to = stpcpy(to, stack->json);
	lines__end(lines, stpcpy(to, "}\n"));
}

void view__trace_head(const struct host *host, struct lines *lines)
{
	char *to = lines__begin(lines, 2 * LINE_MAX);
	time_t now = time(NULL);
	char clock[16];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	to += snprintf(to, LINE_MAX, "%sipitrace trace%s: %.16s, %.22s; s from %s\n",
		       style__on(STYLE_HEAD), style__off(), host->name.nodename, host->name.release,
		       clock);
	to += snprintf(to, LINE_MAX, "%s%12s %4s %4s %7s %7s  %-*s %s%s\n", style__on(STYLE_HEAD),
		       "TIME", "FROM", "TO", "DELAY", "HANDLER", FUNC_WIDTH, "FUNCTION [MODULE]",
		       "TASK[PID]", style__off());
	lines__end(lines, to);
}

/* What does not fit is cut off, and the cut shown. */
static void fit(char *text, size_t width)
{
	if (strlen(text) <= width)
		return;
	text[width - 1] = '~';
	text[width] = '\0';
}

static void task_text(const struct record *r, const struct stack *stack, char *text, size_t size)
{
	char comm[COMM_LEN], pid[16];

	if (from_interrupt(r, stack)) {
		snprintf(text, size, "(interrupt)");
		return;
	}
	snprintf(comm, sizeof(comm), "%.15s", r->comm);
	for (char *p = comm; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	snprintf(pid, sizeof(pid), "[%" PRIu32 "]", r->tgid);
	fit(comm, TASK_WIDTH - strlen(pid));
	snprintf(text, size, "%s%s", comm, pid);
}

static void func_text(const struct record *r, const struct name *name, char *text, size_t size)
{
	const char *func = name->text ? name->text : "?";

	if (r->kind == KIND_CALL_FUNCTION)
		snprintf(text, size, "%s", func);
	else
		snprintf(text, size, "(%s) %s", kind_names[r->kind], func);
	fit(text, FUNC_WIDTH);
}

static struct text known_ns(uint64_t ns)
{
	return units__ns_of(ns, ns != NOT_KNOWN);
}

void view__trace_text(struct trace_view *view, const struct record *r, struct lines *lines)
{
	const struct name *name = name_of(view, r);
	const struct stack *stack = stack_of(view, r);
	char task[64], func[NAME_MAX];
	uint64_t since = r->time > view->began ? r->time - view->began : 0;
	char *to = lines__begin(lines, LINE_MAX + (stack ? strlen(stack->text) : 0));

	task_text(r, stack, task, sizeof(task));
	func_text(r, name, func, sizeof(func));
	to += snprintf(to, LINE_MAX, "%5" PRIu64 ".%06" PRIu64 " %4u %4u %7s %7s  %-*s %s\n",
		       since / 1000000000, since / 1000 % 1000000, r->src, r->dst,
		       known_ns(r->delay).s, known_ns(r->handler).s, FUNC_WIDTH, func, task);
	if (stack)
		to = stpcpy(to, stack->text);
	lines__end(lines, to);
}

uint64_t trace_end__lost(const struct trace_end *end)
{
	uint64_t sum = end->dropped;

	for (int i = 0; i < NR_LOST; i++)
		sum += end->lost_by[i];
	return sum;
}
