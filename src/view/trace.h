/* SPDX-License-Identifier: GPL-2.0 */
/* Records as lines, for people and as NDJSON; docs/reference.md has the keys. */
#ifndef IPITRACE_VIEW_TRACE_H
#define IPITRACE_VIEW_TRACE_H

#include "../snapshot.h"
#include "lines.h"

/* How a record's addresses are named, and where it has its stack. */
struct trace_names {
	void *ctx;
	/* Names symbol->addr; @func: a function begins there. */
	void (*name)(void *ctx, struct symbol *symbol, bool func);
	/* Fills call->stack's addresses and call->nr: stack @id; NULL: there are none. */
	void (*stack)(void *ctx, int32_t id, struct call *call);
};

/* What became of all that was queued; docs/reference.md tells how it adds up. */
struct trace_end {
	uint64_t records;
	uint64_t csds; /* of these */
	uint64_t queued;
	uint64_t in_flight;
	uint64_t brief; /* did not last as long as was asked for */
	uint64_t late; /* records that came behind a later one */
	uint64_t lost_by[NR_LOST];
	uint64_t dropped; /* records that found no place in the buffer */
	bool csds_wanted;
	bool filtered;
};

struct trace_view;

/*
 * NULL without memory. @began: CLOCK_MONOTONIC ns that people's times begin at.
 * @sees_interrupts: records tell whether an interrupt is behind them.
 */
struct trace_view *view__trace_open(const struct trace_names *names, uint64_t began,
				    bool sees_interrupts);
void view__trace_close(struct trace_view *view);

struct host;
void view__trace_head(const struct host *host, struct lines *lines);
void view__trace_text(struct trace_view *view, const struct record *r, struct lines *lines);
void view__trace_json(struct trace_view *view, const struct record *r, struct lines *lines);

uint64_t trace_end__lost(const struct trace_end *end);

#endif /* IPITRACE_VIEW_TRACE_H */
