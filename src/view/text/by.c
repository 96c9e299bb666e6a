// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "abi/limits.h"
#include "model/callers.h"
#include "model/container.h"
#include "model/hist.h"
#include "model/snapshot.h"
#include "model/symbol.h"
#include "view/text/by.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/units.h"
#include "view/text/words.h"

#define ROWS_MAX   24
#define STACKS_MAX 12
#define NAME_WIDTH style__width(23)

static void process(const struct by_stats *by, bool victim, char *buf, size_t size)
{
	if (by->other)
		snprintf(buf, size, "(others)");
	else if (by->interrupt)
		snprintf(buf, size, "(in interrupts)");
	else if (!by->tgid)
		snprintf(buf, size, victim ? "(idle)" : "(idle task)");
	else
		snprintf(buf, size, "%s[%" PRIu32 "]", safe__comm(by->comm).s, by->tgid);
}

/* A long path loses its beginning, since the end names the unit or container. */
static void cgroup_line(const struct by_stats *by)
{
	const char *path = by->cgroup_path;
	char label[64];

	if (!path || !strcmp(path, "/") || by->interrupt || by->other)
		return;
	printf("%s  in %s", style__on(STYLE_DIM), safe__tail(path, style__width(60)).s);
	if (container__label(path, label, sizeof(label)))
		printf("\n     %s", safe(label).s);
	printf("%s\n", style__off());
}

static void row(const struct snapshot *snap, const struct by_stats *by)
{
	const struct hist *delay = &by->delay, *handler = &by->handler;
	char name[160];

	if (snap->how.by_key == BY_CGROUP && !by->other && !by->interrupt)
		snprintf(name, sizeof(name), "cgroup %" PRIu64, by->cgroup);
	else
		process(by, snap->how.by_key == BY_VICTIM, name, sizeof(name));
	printf("%s %7s %7s %7s %7s %7s %7s", safe__name(name, NAME_WIDTH).s,
	       units__count(by->count).s, units__ns_of(hist__percentile(delay, 50), delay->count).s,
	       units__ns_of(hist__percentile(delay, 99), delay->count).s,
	       units__ns_of(hist__percentile(handler, 50), handler->count).s,
	       units__ns_of(hist__percentile(handler, 99), handler->count).s,
	       units__ns_of(handler->sum, handler->count).s);
	if (by_key_sends(snap->how.by_key))
		printf(" %7s", units__ns_of(wait_sum__spun(&by->wait), by->wait.count).s);
	putchar('\n');
	cgroup_line(by);
	if (by->local)
		printf("%s  locally, without an IPI %13s%s\n", style__on(STYLE_DIM),
		       units__count(by->local).s, style__off());
}

void view__by(const struct snapshot *snap)
{
	static const char *const heads[] = {
		[BY_SENDER] = "SENT BY",
		[BY_CGROUP] = "SENT FROM",
		[BY_VICTIM] = "INTERRUPTED",
	};
	size_t shown = snap->nr_by < ROWS_MAX ? snap->nr_by : ROWS_MAX;
	bool sends = by_key_sends(snap->how.by_key);

	if (snap->how.by_key == BY_NONE)
		return;
	printf("\n%s%*s %15s %23s%s%s\n", style__on(STYLE_HEAD), NAME_WIDTH + 8, "",
	       "---- delay ----", "------- handler -------", sends ? " senders" : "", style__off());
	printf("%s%s %7s %7s %7s %7s %7s %7s%s%s\n", style__on(STYLE_HEAD),
	       safe__name(heads[snap->how.by_key], NAME_WIDTH).s, "csds", "p50", "p99", "p50",
	       "p99", "sum", sends ? "  waited" : "", style__off());
	for (size_t i = 0; i < shown; i++)
		row(snap, &snap->by[i]);
	if (snap->nr_by > shown)
		printf("and %zu more with less\n", snap->nr_by - shown);
}

static bool same_stack(const struct stack_sample *a, const struct stack_sample *b)
{
	if (a->fn != b->fn || a->nr != b->nr)
		return false;
	if (a->nr_user != b->nr_user || (a->nr_user && a->tgid != b->tgid))
		return false;
	for (uint32_t f = 0; f < a->nr; f++)
		if (a->stack[f].addr != b->stack[f].addr)
			return false;
	for (uint32_t f = 0; f < a->nr_user; f++)
		if (a->user[f].addr != b->user[f].addr)
			return false;
	return true;
}

static void frame_print(const struct symbol *frame)
{
	if (frame->name)
		printf("%s    %s+0x%" PRIx64 "%s%s%s%s\n", style__on(STYLE_DIM),
		       safe(frame->name).s, frame->offset, frame->module ? " [" : "",
		       frame->module ? safe(frame->module).s : "", frame->module ? "]" : "",
		       style__off());
	else
		printf("%s    0x%" PRIx64 "%s\n", style__on(STYLE_DIM), frame->addr, style__off());
}

/* The program's frames, behind those of the kernel, and why there are no more. */
static void user_print(const struct stack_sample *call)
{
	const char *end = words__user_end(call->user_end);
	char frame[160];

	for (uint32_t f = 0; f < call->nr_user; f++) {
		view__user(frame, sizeof(frame), &call->user[f]);
		printf("%s   %s%s\n", style__on(STYLE_DIM), frame, style__off());
	}
	if (end)
		printf("%s    (%s)%s\n", style__on(STYLE_DIM), end, style__off());
}

static void stack(const struct snapshot *snap, size_t first)
{
	const struct stack_sample *call = &snap->samples[first];
	const struct symbol *func = &snap->fns[call->fn].func;
	size_t samples = 0;

	for (size_t i = first; i < snap->nr_samples; i++)
		samples += same_stack(call, &snap->samples[i]);
	printf("  %s, ", safe(func->name).s);
	if (callers__interrupt(call))
		printf("in an interrupt, %zu sample%s\n", samples, units__plural(samples));
	else
		printf("%s[%" PRIu32 "], %zu sample%s\n", safe__comm(call->comm).s, call->tgid,
		       samples, units__plural(samples));
	for (uint32_t f = callers__first(call); f < call->nr; f++)
		frame_print(&call->stack[f]);
	user_print(call);
}

void view__stacks(const struct snapshot *snap)
{
	size_t shown = 0;

	printf("\n%sSTACKS%s (of the 1st, 2nd, 4th, 8th ... csd of each function)\n",
	       style__on(STYLE_HEAD), style__off());
	for (size_t i = 0; i < snap->nr_samples && shown < STACKS_MAX; i++) {
		bool before = false;

		for (size_t j = 0; j < i && !before; j++)
			before = same_stack(&snap->samples[i], &snap->samples[j]);
		if (before)
			continue;
		stack(snap, i);
		shown++;
	}
}
