/* SPDX-License-Identifier: GPL-2.0 */
/* Records as lines, for people and as NDJSON; docs/reference.md has the keys. */
#ifndef IPITRACE_VIEW_TRACE_H
#define IPITRACE_VIEW_TRACE_H

#include "abi/record.h"
#include "model/host.h"
#include "view/lines.h"
#include "view/trace_names.h"

struct trace_view {
	struct trace_names *names;
	uint64_t began; /* text's times count from here, CLOCK_MONOTONIC ns */
	bool sees_interrupts; /* records show whether an interrupt is behind them */
};

/* No task is behind the record. Its stack may show that where the kernel does not. */
static inline bool trace__from_interrupt(const struct record *r, const struct trace_stack *stack)
{
	return r->interrupt || (stack && stack->interrupt);
}

void view__trace_head(const struct host *host, struct lines *lines);
void view__trace_text(const struct trace_view *view, const struct record *r, struct lines *lines);
void view__trace_json(const struct trace_view *view, const struct record *r, struct lines *lines);

#endif /* IPITRACE_VIEW_TRACE_H */
