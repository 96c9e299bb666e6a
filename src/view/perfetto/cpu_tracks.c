// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "view/perfetto/timeline.h"

/* A sender queues all csds of a broadcast with preemption off: in far less time than this, ns. */
#define SEND_LONGEST 100000000ULL

/* The place among the tracks: CPUs follow rates, storms and stalls. */
#define RANK_CPU 100

enum rank { RANK_SENDS = 1, RANK_WAITS, RANK_QUEUED, RANK_RUNS };

/* The csds of one CPU's latest send. All zero bytes: none. */
struct send {
	size_t nr;
	struct sent {
		struct record_line *line; /* a copy, which has the strings of csd */
		struct sent_csd csd;
	} * csds;
	uint64_t end; /* of the synchronous call; UINT64_MAX: not known */
};

struct cpu_tracks {
	uint64_t sends;
	uint64_t runs;
	struct lanes waits;
	struct lanes queued;
	struct send send; /* the latest, which may be incomplete */
};

static bool read_cpu_key(const struct record_line *line, enum record_key key, uint32_t *cpu)
{
	uint64_t n;

	if (!record_line__number(line, key, &n) || n >= CPUSET_MAX)
		return false;
	*cpu = n;
	return true;
}

bool sent_csd__read(struct sent_csd *csd, const struct record_line *line)
{
	const char *kind = record_line__text(line, RECORD_KIND);

	*csd = (struct sent_csd){ .func = record_line__text(line, RECORD_FUNC),
				  .callsite = record_line__text(line, RECORD_CALLSITE),
				  .type = record_line__text(line, RECORD_CSD),
				  .call = record_line__text(line, RECORD_CALL) };
	if (!record_line__number(line, RECORD_TIME, &csd->time) ||
	    !read_cpu_key(line, RECORD_SRC, &csd->src) ||
	    !read_cpu_key(line, RECORD_DST, &csd->dst) || !kind)
		return false;
	if (!csd->func)
		csd->func = kind;
	csd->has_delay = record_line__number(line, RECORD_DELAY, &csd->delay);
	csd->has_handler = csd->has_delay &&
			   record_line__number(line, RECORD_HANDLER, &csd->handler);
	record_line__number(line, RECORD_DELAY_STOLEN, &csd->delay_stolen);
	record_line__number(line, RECORD_HANDLER_STOLEN, &csd->handler_stolen);
	csd->has_wait = record_line__number(line, RECORD_WAIT, &csd->wait);
	/* Sums of times must be below 2^63; a damaged number may be anything. */
	return csd->time + csd->wait <= INT64_MAX && csd->time + csd->delay <= INT64_MAX &&
	       csd->time + csd->delay + csd->handler <= INT64_MAX;
}

/*
 * Whether the csd may be one of several that were sent at once. Only
 * smp_call_function_many_cond() queues several; its caller is their call site.
 */
static bool may_be_many(const struct sent_csd *csd)
{
	return csd->callsite && csd->type &&
	       (!strcmp(csd->type, "sync") || !strcmp(csd->type, "async")) &&
	       strncmp(csd->callsite, "generic_exec_single", strlen("generic_exec_single"));
}

static int64_t tid_of(const struct record_line *line)
{
	uint64_t tid;

	return record_line__number(line, RECORD_TID, &tid) && tid <= INT32_MAX ? (int64_t)tid : -1;
}

/* Whether @send is certainly complete when records of @now arrive. */
static bool is_complete(const struct send *send, uint64_t now)
{
	return now > send->csds->csd.time && now - send->csds->csd.time > SEND_LONGEST;
}

/* Whether @csd, from @line, belongs to @send like the csds so far. */
static bool is_of_send(const struct send *send, const struct sent_csd *csd,
		       const struct record_line *line)
{
	const struct sent_csd *first;

	if (!send->nr)
		return false;
	first = &send->csds->csd;
	if (first->call && csd->call)
		return !strcmp(first->call, csd->call) && !is_complete(send, csd->time);
	return may_be_many(first) && may_be_many(csd) &&
	       csd->dst > send->csds[send->nr - 1].csd.dst && csd->time < send->end &&
	       csd->time >= first->time && !is_complete(send, csd->time) &&
	       !strcmp(csd->func, first->func) && !strcmp(csd->callsite, first->callsite) &&
	       !strcmp(csd->type, first->type) && tid_of(line) == tid_of(send->csds->line);
}

/* 0 or -ENOMEM. */
static int add_to_send(struct send *send, const struct record_line *line)
{
	size_t size = record_line__size(line);
	struct sent *csds = send->csds, *sent;

	/* The room is doubled when the number of csds is a power of two. */
	if (!(send->nr & (send->nr - 1)))
		csds = realloc(csds, (send->nr ? 2 * send->nr : 1) * sizeof(*csds));
	if (!csds)
		return -ENOMEM;
	send->csds = csds;
	sent = &csds[send->nr];
	sent->line = malloc(size);
	if (!sent->line)
		return -ENOMEM;
	memcpy(sent->line, line, size);
	sent_csd__read(&sent->csd, sent->line);
	if (!send->nr++)
		send->end = UINT64_MAX;
	/* The call's wait begins when its first csd is queued. */
	if (sent->csd.has_wait)
		send->end = csds->csd.time + sent->csd.wait;
	return 0;
}

static void clear_send(struct send *send)
{
	for (size_t i = 0; i < send->nr; i++)
		free(send->csds[i].line);
	free(send->csds);
	*send = (struct send){ 0 };
}

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

/* Draw a slice in a lane, with one number as annotation. */
static void draw_slice(struct cpus_tracks *t, struct lanes *lanes, const char *name, uint64_t start,
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
	if (csd->delay_stolen)
		packets__uint(t->packets, "delay stolen by the host ns", csd->delay_stolen);
	if (csd->handler_stolen)
		packets__uint(t->packets, "stolen by the host ns", csd->handler_stolen);
	packets__done(t->packets);
	if (csd->has_handler)
		packets__end(t->packets, entry + csd->handler, dst->runs);
}

/* For each csd of the send, in its order, draw the slice in the queue, the run, and the arrow's end. */
static int draw_targets(struct cpus_tracks *t, struct cpu_tracks *src, struct send *send,
			uint64_t flow)
{
	struct cpu_tracks *dst;

	for (size_t i = 0; i < send->nr; i++) {
		const struct sent_csd *csd = &send->csds[i].csd;

		if (csd->has_wait)
			draw_slice(t, &src->waits, csd->func, send->csds->csd.time, send->end,
				   "last CPU", csd->dst);
		if (!csd->has_delay)
			continue;
		dst = tracks_of(t, csd->dst);
		if (!dst)
			return -ENOMEM;
		draw_slice(t, &dst->queued, csd->func, csd->time, csd->time + csd->delay,
			   "from CPU", csd->src);
		draw_run(t, dst, csd, flow++);
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

/* Draw a send of @src, and what became of its csds; then clear the send. */
static int draw_send(struct cpus_tracks *t, struct cpu_tracks *src, struct send *send)
{
	struct packets *p = t->packets;
	const struct sent_csd *first;
	uint64_t flow = t->flows + 1;
	int err;

	if (!send->nr)
		return 0;
	first = &send->csds->csd;
	packets__event(p, EVENT_INSTANT, first->time, src->sends, first->func);
	for (size_t i = 0; i < send->nr; i++)
		if (send->csds[i].csd.has_delay)
			packets__flow_from(p, ++t->flows);
	draw_task(p, send->csds->line);
	if (first->callsite)
		packets__text(p, "call site", first->callsite);
	if (send->nr > 1)
		packets__uint(p, "targets", send->nr);
	else
		packets__uint(p, "to CPU", first->dst);
	packets__done(p);
	err = draw_targets(t, src, send, flow);
	clear_send(send);
	return err;
}

int cpus_tracks__add(struct cpus_tracks *t, const struct sent_csd *csd,
		     const struct record_line *line)
{
	struct cpu_tracks *src = tracks_of(t, csd->src);
	struct send single = { 0 };
	int err;

	if (!src)
		return -ENOMEM;
	/* An interrupt may send a csd between those of a broadcast, which goes on afterwards. */
	if (!may_be_many(csd)) {
		err = add_to_send(&single, line);
		return err ? err : draw_send(t, src, &single);
	}
	if (!is_of_send(&src->send, csd, line)) {
		err = draw_send(t, src, &src->send);
		if (err)
			return err;
	}
	return add_to_send(&src->send, line);
}

int cpus_tracks__settle(struct cpus_tracks *t, uint64_t now)
{
	int err = 0;

	for (uint32_t cpu = 0; cpu < CPUSET_MAX && !err; cpu++)
		if (t->cpus[cpu] && t->cpus[cpu]->send.nr && is_complete(&t->cpus[cpu]->send, now))
			err = draw_send(t, t->cpus[cpu], &t->cpus[cpu]->send);
	return err;
}

void cpus_tracks__free(struct cpus_tracks *t)
{
	for (uint32_t cpu = 0; cpu < CPUSET_MAX; cpu++) {
		if (!t->cpus[cpu])
			continue;
		clear_send(&t->cpus[cpu]->send);
		lanes__free(&t->cpus[cpu]->waits);
		lanes__free(&t->cpus[cpu]->queued);
		free(t->cpus[cpu]);
	}
}
