/* SPDX-License-Identifier: GPL-2.0 */
/* Synthetic windows for the storm detector, with given rates of csds for each function. */
#ifndef IPITRACE_TESTS_STORM_FEED_H
#define IPITRACE_TESTS_STORM_FEED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "host/machine.h"
#include "model/host.h"
#include "model/names.h"
#include "model/callers.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/detector.h"
#include "unit.h"

#define SECOND	 1000000000ULL
#define FEED_MAX 400

/* The csds of one function in a second. */
struct flow {
	const char *func; /* NULL: reschedules, without a function */
	double rate;
	const char *module;
	const char *callsite; /* NULL: generic_exec_single */
	uint64_t handler; /* ns a csd; 0: 500 */
	uint64_t wait; /* the sender's wait, ns a csd */
	const char *frame; /* the sender's stack; NULL: none is sampled */
	const char *behind; /* its next frame; NULL: none */
	const char *comm; /* the sender's name; NULL: "sender" */
	uint32_t tgid; /* 0: 42 */
	double csds; /* how many csds the sample represents; 0: one */
	uint64_t addr; /* 0: the address is made from the name */
	bool unnamed; /* func has no name */
	double stolen; /* the part of the handler's time that a host took; 0: it has no clock */
	/* CPUs' own counts (struct fn_cpu): EVENLY, or 1 + the CPU that gets all; 0: there are none. */
	int to;
	double unplaced; /* the part of the csds that no CPU counted */
};

#define EVENLY -1

struct feed {
	struct storm_detector *detector;
	uint64_t now;
	uint32_t nr_cpus;
	double victim; /* part of all csds that CPU 1 gets; CPUs from 2 share the rest */
	double rescheduled; /* part of all reschedules that CPU 1 gets; 0: unknown */
	bool calls; /* SOURCE_CALLS: runs are not seen, and interrupts only when they arrive */
	bool at_most; /* of all functions */
	enum names_shown names; /* why functions without a name have none */
	struct task_moves moves;
	struct host host;
	uint32_t self; /* ipitrace's tgid */
	const struct helpers *helpers;
};

/* The storms of the latest feed, valid until the next one. */
static struct storm_detector *feed_detector;

/*
 * A feed whose detector has these limits: @note as in struct storm_limits, @self and @helpers as
 * for own_work__mark().
 */
static inline struct feed feed_limited(uint32_t nr_cpus, double victim, double note, uint32_t self,
				       const struct helpers *helpers)
{
	const struct storm_limits limits = {
		.rate = STORM_RATE_DEFAULT,
		.share = STORM_SHARE_DEFAULT,
		.rise = STORM_RISE_DEFAULT,
		.note = note,
	};
	struct feed feed = {
		.nr_cpus = nr_cpus,
		.now = 77 * SECOND,
		.victim = victim,
		.self = self,
		.helpers = helpers,
	};

	storm_detector__free(feed_detector);
	assert_int_equal(storm_detector__new(&feed_detector, &limits), 0);
	feed.detector = feed_detector;
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++)
		cpuset__add(&feed.host.online, cpu);
	return feed;
}

/* Returns a new feed, with whose limits no storm is a note. */
static inline struct feed feed_new(uint32_t nr_cpus, double victim)
{
	return feed_limited(nr_cpus, victim, 0, 0, NULL);
}

static inline uint64_t feed_addr(const struct flow *flow)
{
	uint64_t addr = 5381;

	for (const char *p = flow->func; !flow->addr && *p; p++)
		addr = addr * 33 + *p;
	return flow->addr ? flow->addr : addr;
}

static inline void feed_sample(struct stack_sample *call, size_t row, const struct flow *flow,
			       const char *sender)
{
	*call = (struct stack_sample){
		.fn = row, .tgid = flow->tgid ? flow->tgid : 42, .csds = flow->csds, .nr = 2
	};
	snprintf(call->comm, sizeof(call->comm), "%s", flow->comm ? flow->comm : "sender");
	call->nr += flow->behind != NULL;
	call->stack[0].name = sender;
	call->stack[1].name = flow->frame;
	call->stack[2].name = flow->behind;
}

/* Add @count reschedules from a new call site, with a sample if the flow has a frame. */
static inline void feed_send(struct snapshot *snap, const struct flow *flow, uint64_t count)
{
	snap->known.sends |= flow->frame != NULL;
	snap->sends[snap->nr_sends] = (struct send_stats){ .kind = KIND_RESCHEDULE,
							   .callsite.addr = snap->nr_sends + 1,
							   .count = count };
	if (flow->frame)
		feed_sample(&snap->send_samples[snap->nr_send_samples++], snap->nr_sends, flow,
			    "resched_curr");
	snap->nr_sends++;
}

static inline void feed_fn(struct snapshot *snap, uint32_t nr_cpus, const struct flow *flow,
			   double seconds)
{
	struct fn_stats *fn = &snap->fns[snap->nr_fns];
	uint64_t count = flow->rate * seconds + 0.5;

	if (!flow->func) {
		snap->kinds[KIND_RESCHEDULE] += count;
		feed_send(snap, flow, count);
		return;
	}
	if (!count)
		return;
	fn->func = (struct symbol){ .addr = feed_addr(flow),
				    .name = flow->unnamed ? NULL : flow->func,
				    .module = flow->module };
	fn->callsite =
		(struct symbol){ .addr = 1,
				 .name = flow->callsite ? flow->callsite : "generic_exec_single" };
	fn->count = count;
	fn->handler.count = fn->wait.count = count;
	fn->handler.sum = count * (flow->handler ? flow->handler : 500);
	fn->wait.sum = count * flow->wait;
	fn->stolen.known = flow->stolen > 0;
	fn->stolen.handler = fn->handler.sum * flow->stolen;
	fn->stolen.delay = 2 * fn->stolen.handler;
	if (flow->frame)
		feed_sample(&snap->samples[snap->nr_samples++], snap->nr_fns, flow,
			    "smp_call_function_single");
	for (uint32_t cpu = 0; flow->to && cpu < nr_cpus; cpu++) {
		double part = flow->to == EVENLY ? 1.0 / nr_cpus : flow->to == (int)cpu + 1;

		part *= 1 - flow->unplaced;
		snap->fn_cpus[snap->nr_fn_cpus++] = (struct fn_cpu){
			.fn = snap->nr_fns,
			.cpu = cpu,
			.received = count * part,
			.handler = fn->handler.sum * part,
			.sent = cpu ? 0 : count * (1 - flow->unplaced),
			.wait = cpu ? 0 : fn->wait.sum,
		};
	}
	snap->nr_fns++;
}

/* CPU 0 sends all csds; CPU 1 gets feed->victim of them, the other CPUs share the rest. */
static inline void feed_cpus(const struct feed *feed, struct snapshot *snap)
{
	uint64_t count = 0, handler = 0;

	for (size_t i = 0; i < snap->nr_fns; i++) {
		count += snap->fns[i].count;
		handler += snap->fns[i].handler.sum;
	}
	for (uint32_t cpu = 0; cpu < feed->nr_cpus; cpu++) {
		double part = !cpu     ? 0 :
			      cpu == 1 ? feed->victim :
					 (1 - feed->victim) / (feed->nr_cpus - 2);

		snap->cpus[cpu].cpu = cpu;
		snap->cpus[cpu].received = count * part;
		snap->cpus[cpu].handler.sum = handler * part;
		if (count * part >= 1)
			snap->edges[snap->nr_edges++] = (struct edge){ 0, cpu, count * part };
	}
	snap->nr_cpus = feed->nr_cpus;
}

/* Make as many reschedules arrive as are sent. */
static inline void feed_arrivals(const struct feed *feed, struct snapshot *snap)
{
	struct kind_stats *row = kinds__row(snap, "reschedule");

	assert_non_null(row);
	row->received_known = true;
	row->received = snap->kinds[KIND_RESCHEDULE];
	row->most_hit = (struct most_hit){ feed->rescheduled, feed->rescheduled > 0, 1 };
	if (!feed->rescheduled)
		return;
	snap->cpus[0].reschedules_sent = row->received;
	snap->cpus[1].reschedules = row->received * feed->rescheduled;
}

/* Remove what is unknown if only calls are followed. CPU 1 gets all reschedules. */
static inline void feed_calls(const struct feed *feed, struct snapshot *snap)
{
	snap->how.source = SOURCE_CALLS;
	snap->known.kinds = false;
	snap->known.irqs = true;
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		snap->cpus[i].received = 0;
		snap->cpus[i].handler = (struct hist){};
	}
	snap->cpus[1].irqs[KIND_RESCHEDULE].count = snap->kinds[KIND_RESCHEDULE];
	snap->kinds[KIND_RESCHEDULE] = 0;
	for (size_t i = 0; i < snap->nr_fns; i++) {
		snap->fns[i].handler = (struct hist){};
		snap->fns[i].at_most = feed->at_most;
	}
	for (size_t i = 0; i < snap->nr_fn_cpus; i++)
		snap->fn_cpus[i].received = snap->fn_cpus[i].handler = 0;
}

/* Feed a window of @seconds; @flows ends with a flow of rate 0. */
static inline void feed_window(struct feed *feed, double seconds, const struct flow *flows)
{
	struct snapshot snap = {
		.host = &feed->host,
		.known.kinds = true,
		.how.names = feed->names,
		.window = { .mono_start = feed->now, .mono_end = feed->now + seconds * SECOND },
		.cpus = calloc(feed->nr_cpus, sizeof(struct cpu_stats)),
		.edges = calloc(feed->nr_cpus, sizeof(struct edge)),
		.fns = calloc(FEED_MAX, sizeof(struct fn_stats)),
		.fn_cpus = calloc(FEED_MAX * 64, sizeof(struct fn_cpu)),
		.samples = calloc(FEED_MAX, sizeof(struct stack_sample)),
		.sends = calloc(FEED_MAX, sizeof(struct send_stats)),
		.send_samples = calloc(FEED_MAX, sizeof(struct stack_sample)),
	};

	assert_true(snap.fn_cpus && snap.cpus && snap.edges && snap.fns && snap.samples &&
		    snap.sends && snap.send_samples);
	for (; flows->rate > 0; flows++)
		feed_fn(&snap, feed->nr_cpus, flows, seconds);
	feed_cpus(feed, &snap);
	feed_arrivals(feed, &snap);
	if (feed->calls)
		feed_calls(feed, &snap);
	feed->now = snap.window.mono_end;
	own_work__mark(&snap, feed->self, feed->helpers);
	assert_int_equal(storm_detector__window(feed->detector, &snap, &feed->moves), 0);
	snapshot__free(&snap);
}

static inline void feed_windows(struct feed *feed, int nr, const struct flow *flows)
{
	while (nr-- > 0)
		feed_window(feed, 1, flows);
}

static inline const char *feed_name(const struct storm *storm)
{
	return storm->sig ? storm->sig->name : "unknown";
}

/* Returns the current storm with this name, which must exist. */
static inline const struct storm *feed_find(const struct feed *feed, const char *name)
{
	const struct storm *storm;

	for (size_t i = 0; (storm = storm_detector__get(feed->detector, i)); i++)
		if (!strcmp(feed_name(storm), name))
			return storm;
	fail_msg("no storm %s", name);
	return NULL;
}

/* Returns the first current storm. */
static inline const struct storm *feed_first(const struct feed *feed)
{
	return storm_detector__get(feed->detector, 0);
}

static inline size_t feed_count(const struct feed *feed)
{
	size_t n = 0;

	while (storm_detector__get(feed->detector, n))
		n++;
	return n;
}

/* Feed @nr windows, and check the number of storms after them. */
static inline void feed_has(struct feed *feed, size_t storms, int nr, const struct flow *flows)
{
	feed_windows(feed, nr, flows);
	assert_int_equal(feed_count(feed), storms);
}

#define F(f, r, ...)                              \
	{                                         \
		.func = f, .rate = r, __VA_ARGS__ \
	}
#define FLOWS(...) ((const struct flow[]){ __VA_ARGS__, { .rate = 0 } })
#define CALM	   ((const struct flow[]){ { .rate = 0 } })

#endif /* IPITRACE_TESTS_STORM_FEED_H */
