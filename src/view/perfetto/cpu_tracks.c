// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "view/perfetto/cpu_tracks.h"

/* Places among the tracks: the CPUs come behind rates, storms and stalls. */
#define RANK_CPU 100

enum rank {
	RANK_SENDS = 1,
	RANK_WAITS,
	RANK_QUEUED,
	RANK_RUNS,
};

static struct cpu_tracks *tracks_of(struct cpus_tracks *t, uint32_t cpu)
{
	struct cpu_tracks *found = t->cpus[cpu];
	char name[32];
	uint64_t parent;

	if (found)
		return found;
	found = calloc(1, sizeof(*found));
	if (!found)
		return NULL;
	snprintf(name, sizeof(name), "CPU %u", cpu);
	parent = packets__track(t->packets, t->parent, RANK_CPU + cpu, name);
	found->sends = packets__track(t->packets, parent, RANK_SENDS, "sends");
	found->runs = packets__track(t->packets, parent, RANK_RUNS, "runs");
	found->waits = (struct lanes){ .parent = parent, .rank = RANK_WAITS, .name = "waits" };
	found->queued = (struct lanes){ .parent = parent, .rank = RANK_QUEUED, .name = "queued" };
	t->cpus[cpu] = found;
	return found;
}

/* A slice in a lane, with one number as annotation. */
static void lane_slice(struct cpus_tracks *t, struct lanes *lanes, const char *name, uint64_t start,
		       uint64_t end, const char *key, uint64_t value)
{
	uint64_t track = lanes__take(lanes, t->packets, start, end);

	if (!track) {
		t->crowded++;
		return;
	}
	packets__event(t->packets, EVENT_BEGIN, start, track, name);
	packets__uint(t->packets, key, value);
	packets__done(t->packets);
	packets__end(t->packets, end, track);
}

static void draw_run(struct cpus_tracks *t, const struct cpu_tracks *dst,
		     const struct sent_csd *csd, uint64_t flow)
{
	uint64_t entry = csd->time + csd->delay;

	packets__event(t->packets, csd->has_handler ? EVENT_BEGIN : EVENT_INSTANT, entry, dst->runs,
		       csd->func);
	packets__flow_to(t->packets, flow);
	packets__uint(t->packets, "from CPU", csd->src);
	packets__uint(t->packets, "delay ns", csd->delay);
	packets__done(t->packets);
	if (csd->has_handler)
		packets__end(t->packets, entry + csd->handler, dst->runs);
}

/* The queue's slice, the run and the end of the arrow for each csd of the send, in its order. */
static int draw_targets(struct cpus_tracks *t, struct cpu_tracks *src, struct send *send,
			uint64_t flow)
{
	struct cpu_tracks *dst;
	struct sent_csd csd;

	for (size_t i = 0; i < send->nr; i++) {
		sent_csd__read(&csd, send->lines[i]);
		if (csd.has_wait)
			lane_slice(t, &src->waits, csd.func, send->first.time, send->end,
				   "last CPU", csd.dst);
		if (!csd.has_delay)
			continue;
		dst = tracks_of(t, csd.dst);
		if (!dst)
			return -ENOMEM;
		lane_slice(t, &dst->queued, csd.func, csd.time, csd.time + csd.delay, "from CPU",
			   csd.src);
		draw_run(t, dst, &csd, flow++);
	}
	return 0;
}

static void draw_task(struct packets *p, const struct record_line *line)
{
	const char *comm = record_line__text(line, RECORD_COMM);
	uint64_t pid;

	if (comm)
		packets__text(p, "task", comm);
	if (record_line__number(line, RECORD_PID, &pid) && pid <= INT32_MAX)
		packets__uint(p, "pid", pid);
	else
		packets__text(p, "task", "interrupt");
}

/* Draw a send of @src, and what became of its csds; clear it. */
static int draw_send(struct cpus_tracks *t, struct cpu_tracks *src, struct send *send)
{
	struct packets *p = t->packets;
	uint64_t flow = t->flows + 1;
	struct sent_csd csd;
	int err;

	if (!send->nr)
		return 0;
	packets__event(p, EVENT_INSTANT, send->first.time, src->sends, send->first.func);
	for (size_t i = 0; i < send->nr; i++) {
		sent_csd__read(&csd, send->lines[i]);
		if (csd.has_delay)
			packets__flow_from(p, ++t->flows);
	}
	draw_task(p, send->lines[0]);
	if (send->first.callsite)
		packets__text(p, "call site", send->first.callsite);
	if (send->nr > 1)
		packets__uint(p, "targets", send->nr);
	else
		packets__uint(p, "to CPU", send->first.dst);
	packets__done(p);
	err = draw_targets(t, src, send, flow);
	send__clear(send);
	return err;
}

int cpus_tracks__add(struct cpus_tracks *t, const struct sent_csd *csd,
		     const struct record_line *line)
{
	struct cpu_tracks *src = tracks_of(t, csd->src);
	struct send alone = { 0 };
	int err;

	if (!src)
		return -ENOMEM;
	/* An interrupt may send a csd between those of a broadcast, which goes on behind. */
	if (!sent_csd__may_be_many(csd)) {
		err = send__add(&alone, csd, line);
		return err ? err : draw_send(t, src, &alone);
	}
	if (!send__takes(&src->send, csd, line)) {
		err = draw_send(t, src, &src->send);
		if (err)
			return err;
	}
	return send__add(&src->send, csd, line);
}

int cpus_tracks__settle(struct cpus_tracks *t, uint64_t now)
{
	int err = 0;

	for (uint32_t cpu = 0; cpu < CPUSET_MAX && !err; cpu++)
		if (t->cpus[cpu] && t->cpus[cpu]->send.nr && send__over(&t->cpus[cpu]->send, now))
			err = draw_send(t, t->cpus[cpu], &t->cpus[cpu]->send);
	return err;
}

void cpus_tracks__free(struct cpus_tracks *t)
{
	for (uint32_t cpu = 0; cpu < CPUSET_MAX; cpu++) {
		if (!t->cpus[cpu])
			continue;
		send__clear(&t->cpus[cpu]->send);
		lanes__free(&t->cpus[cpu]->waits);
		lanes__free(&t->cpus[cpu]->queued);
		free(t->cpus[cpu]);
	}
}
