/* SPDX-License-Identifier: GPL-2.0 */
/* Synthetic moments and events for the tests of stalls. */
#ifndef IPITRACE_TESTS_STALLS_H
#define IPITRACE_TESTS_STALLS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/call.h"
#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/moment.h"
#include "stall/incident.h"
#include "unit.h"

#define MS	  1000000ULL
#define US	  1000ULL
#define T0	  (5000 * MS) /* when a test begins */
#define THRESHOLD (1 * MS)

/* Addresses of functions. */
#define SPIN  0xffffffff81000100ULL
#define FLUSH 0xffffffff81000200ULL
#define OTHER 0xffffffff81000300ULL

static inline struct task_id task_named(const char *comm, uint32_t pid)
{
	struct task_id task = { .known = true, .pid = pid, .tgid = pid };

	snprintf(task.comm, sizeof(task.comm), "%s", comm);
	return task;
}

static inline struct moment *moment_at(uint64_t now)
{
	static struct moment m;

	memset(&m, 0, sizeof(m));
	m.now = now;
	return &m;
}

/*
 * Add a function of a csd that @src sent, which has run on @dst since @start. @call: when the call
 * began; 0: @src does not wait.
 */
static inline struct running *runs(struct moment *m, uint32_t src, uint32_t dst, uint64_t func,
				   uint64_t call, uint64_t start)
{
	struct running *r = &m->running[m->nr_running++];

	*r = (struct running){ .start = start,
			       .func = func,
			       .queued = start - 5 * US,
			       .csd = 0x1000 + 0x100 * src + dst,
			       .call = call,
			       .src = src,
			       .dst = dst,
			       .sender = task_named("sender", 100 + src) };
	return r;
}

static inline struct pending *is_queued(struct moment *m, uint32_t src, uint32_t dst, uint64_t func,
					uint64_t call, uint64_t queued)
{
	struct pending *p = &m->pending[m->nr_pending++];

	*p = (struct pending){ .csd = 0x1000 + 0x100 * src + dst,
			       .queued = queued,
			       .func = func,
			       .call = call,
			       .src = src,
			       .dst = dst,
			       .sender = task_named("sender", 100 + src) };
	return p;
}

static inline struct waiting *waits(struct moment *m, uint32_t src, uint64_t func, uint64_t call,
				    enum wait_in wait_in)
{
	struct waiting *w = &m->waiting[m->nr_waiting++];

	*w = (struct waiting){ .call = call,
			       .func = func,
			       .src = src,
			       .wait_in = wait_in,
			       .sender = task_named("sender", 100 + src) };
	return w;
}

/* The event of a stall that is over; the csd is that of the functions above. */
static inline struct stall_event event_of(enum stall_phase phase, uint32_t src, uint32_t dst,
					  uint64_t func, uint64_t call, uint64_t start,
					  uint64_t end)
{
	struct stall_event e = { .time = end,
				 .start = start,
				 .func = func,
				 .csd = phase == PHASE_WAIT ? 0 : 0x1000 + 0x100 * src + dst,
				 .call = call,
				 .src = src,
				 .dst = dst,
				 .sender_pid = 100 + src,
				 .sender_tgid = 100 + src,
				 .sender_known = 1,
				 .phase = phase,
				 .victim_pid = 200 + dst,
				 .victim_tgid = 200 + dst };

	snprintf(e.sender_comm, sizeof(e.sender_comm), "sender");
	snprintf(e.victim_comm, sizeof(e.victim_comm), "victim");
	return e;
}

/* The stalls that were reported. */
struct reports {
	size_t nr;
	bool refuse; /* record() returns false */
	struct incident stalls[64];
};

static inline bool record(void *ctx, const struct incident *incident)
{
	struct reports *reports = ctx;

	assert_true(reports->nr < ARRAY_SIZE(reports->stalls));
	if (!reports->refuse)
		reports->stalls[reports->nr++] = *incident;
	return !reports->refuse;
}

static inline void record_ended(void *ctx, struct incident *incident)
{
	record(ctx, incident);
}

static inline const struct incident *report_of(const struct reports *reports,
					       enum stall_phase phase, uint32_t src)
{
	for (size_t i = 0; i < reports->nr; i++)
		if (reports->stalls[i].phase == phase && reports->stalls[i].src == src)
			return &reports->stalls[i];
	return NULL;
}

#endif /* IPITRACE_TESTS_STALLS_H */
