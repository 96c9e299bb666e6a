/* SPDX-License-Identifier: GPL-2.0 */
/* Moments and events made up for the tests of stalls. */
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
#define T0	  (5000 * MS) /* when it all begins */
#define THRESHOLD (1 * MS)

/* Functions, which a test may name. */
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

/* @src called @func on @dst at @call (0: and does not wait); it began at @start. */
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
				    enum wait_in in)
{
	struct waiting *w = &m->waiting[m->nr_waiting++];

	*w = (struct waiting){ .call = call,
			       .func = func,
			       .src = src,
			       .wait_in = in,
			       .sender = task_named("sender", 100 + src) };
	return w;
}

/* What is over; the csd is that of the moments above. */
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

/* What was told. */
struct told {
	size_t nr;
	bool refuse;
	struct incident incidents[64];
};

static inline bool tell(void *ctx, const struct incident *in)
{
	struct told *told = ctx;

	assert_true(told->nr < ARRAY_SIZE(told->incidents));
	if (!told->refuse)
		told->incidents[told->nr++] = *in;
	return !told->refuse;
}

static inline void tell_over(void *ctx, struct incident *in)
{
	tell(ctx, in);
}

static inline const struct incident *told_of(const struct told *told, enum stall_phase phase,
					     uint32_t src)
{
	for (size_t i = 0; i < told->nr; i++)
		if (told->incidents[i].phase == phase && told->incidents[i].src == src)
			return &told->incidents[i];
	return NULL;
}

#endif /* IPITRACE_TESTS_STALLS_H */
