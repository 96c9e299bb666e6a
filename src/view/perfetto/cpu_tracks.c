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

/* Returns @ns; 0 if the time is not known. */
static uint64_t known_or_0(uint64_t ns)
{
	return ns == NOT_KNOWN ? 0 : ns;
}

/* The csds of one CPU's latest send. All zero bytes: none. */
struct send {
	size_t nr;
	struct parsed_record *csds;
	uint64_t end; /* of the synchronous call; UINT64_MAX: not known */
};

struct cpu_tracks {
	uint64_t sends;
	uint64_t runs;
	struct lanes waits;
	struct lanes queued;
	struct send send; /* the latest, which may be incomplete */
};

bool csd__is_drawable(const struct parsed_record *parsed)
{
	const struct record *r = &parsed->record;
	uint64_t delay = known_or_0(r->delay), run = delay + known_or_0(r->handler);

	/* Sums of times must be below 2^63; a damaged number may be anything. */
	return parsed->time_known && parsed->src_known && parsed->dst_known && parsed->kind_known &&
	       r->time + known_or_0(r->wait) <= INT64_MAX && r->time + delay <= INT64_MAX &&
	       r->time + run <= INT64_MAX;
}

static const char *name_of(const struct parsed_record *csd)
{
	return csd->func_text ? csd->func_text : kind_names[csd->record.kind];
}

static bool has_run(const struct parsed_record *csd)
{
	return csd->record.delay != NOT_KNOWN;
}

static bool has_end(const struct parsed_record *csd)
{
	return has_run(csd) && csd->record.handler != NOT_KNOWN;
}

/*
 * Whether the csd may be one of several that were sent at once. Only smp_call_function_many_cond()
 * queues several, and their call site is its caller. The call site of a csd for one target is
 * generic_exec_single(), the caller of __smp_call_single_queue() (kernel/smp.c, Linux 6.5).
 */
static bool may_be_many(const struct parsed_record *csd)
{
	unsigned int type = csd->record.type >> 4;

	return csd->callsite_text && (type == CSD_NAME_SYNC || type == CSD_NAME_ASYNC) &&
	       strncmp(csd->callsite_text, "generic_exec_single", strlen("generic_exec_single"));
}

/* Whether no record of @now or later can belong to @send. */
static bool is_complete(const struct send *send, uint64_t now)
{
	return now > send->csds->record.time && now - send->csds->record.time > SEND_LONGEST;
}

/* Whether @csd and the csds that @send has were sent at once. */
static bool is_of_send(const struct send *send, const struct parsed_record *csd)
{
	const struct record *r = &csd->record, *first;

	if (!send->nr)
		return false;
	first = &send->csds->record;
	if (first->call && r->call)
		return first->call == r->call && !is_complete(send, r->time);
	return may_be_many(send->csds) && may_be_many(csd) &&
	       r->dst > send->csds[send->nr - 1].record.dst && r->time < send->end &&
	       r->time >= first->time && !is_complete(send, r->time) &&
	       !strcmp(name_of(csd), name_of(send->csds)) &&
	       !strcmp(csd->callsite_text, send->csds->callsite_text) && r->type == first->type &&
	       r->pid == first->pid;
}

/* Add @csd to @send. 0 or -ENOMEM. */
static int add_to_send(struct send *send, const struct parsed_record *csd)
{
	struct parsed_record *csds = send->csds;

	/* The room is doubled when the number of csds is a power of two. */
	if (!(send->nr & (send->nr - 1)))
		csds = realloc(csds, (send->nr ? 2 * send->nr : 1) * sizeof(*csds));
	if (!csds)
		return -ENOMEM;
	send->csds = csds;
	csds[send->nr] = *csd;
	if (!send->nr++)
		send->end = UINT64_MAX;
	/* One record of the call has the wait, which began when the first csd was queued. */
	if (csd->record.wait != NOT_KNOWN)
		send->end = csds->record.time + csd->record.wait;
	return 0;
}

static void clear_send(struct send *send)
{
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
		     const struct parsed_record *csd, uint64_t flow)
{
	const struct record *r = &csd->record;
	uint64_t entry = r->time + r->delay;

	packets__event(t->packets, has_end(csd) ? EVENT_BEGIN : EVENT_INSTANT, entry, dst->runs,
		       name_of(csd));
	packets__flow_to(t->packets, flow);
	packets__uint(t->packets, "from CPU", r->src);
	packets__uint(t->packets, "delay ns", r->delay);
	if (known_or_0(r->delay_stolen))
		packets__uint(t->packets, "delay stolen by the host ns", r->delay_stolen);
	if (known_or_0(r->src_stolen))
		packets__uint(t->packets, "delay stolen from the sender ns", r->src_stolen);
	if (known_or_0(r->handler_stolen))
		packets__uint(t->packets, "stolen by the host ns", r->handler_stolen);
	packets__done(t->packets);
	if (has_end(csd))
		packets__end(t->packets, entry + r->handler, dst->runs);
}

/* Draw each csd of the send, in its order: in the queue, its run, and the end of its arrow. */
static int draw_targets(struct cpus_tracks *t, struct cpu_tracks *src, struct send *send,
			uint64_t flow)
{
	struct cpu_tracks *dst;

	for (size_t i = 0; i < send->nr; i++) {
		const struct parsed_record *csd = &send->csds[i];
		const struct record *r = &csd->record;

		if (r->wait != NOT_KNOWN)
			draw_slice(t, &src->waits, name_of(csd), send->csds->record.time, send->end,
				   "last CPU", r->dst);
		if (!has_run(csd))
			continue;
		dst = tracks_of(t, r->dst);
		if (!dst)
			return -ENOMEM;
		draw_slice(t, &dst->queued, name_of(csd), r->time, r->time + r->delay, "from CPU",
			   r->src);
		draw_run(t, dst, csd, flow++);
	}
	return 0;
}

/* Draw a send of @src, and what became of its csds; then clear the send. */
static int draw_send(struct cpus_tracks *t, struct cpu_tracks *src, struct send *send)
{
	struct packets *p = t->packets;
	const struct parsed_record *first;
	const struct record *r;
	uint64_t flow = t->flows + 1;
	int err;

	if (!send->nr)
		return 0;
	first = send->csds;
	r = &first->record;
	packets__event(p, EVENT_INSTANT, first->record.time, src->sends, name_of(first));
	for (size_t i = 0; i < send->nr; i++)
		if (has_run(&send->csds[i]))
			packets__flow_from(p, ++t->flows);
	if (*r->comm)
		packets__text(p, "task", r->comm);
	if (!r->interrupt && r->tgid <= INT32_MAX)
		packets__uint(p, "pid", r->tgid);
	else
		packets__text(p, "task", "interrupt");
	if (first->callsite_text)
		packets__text(p, "call site", first->callsite_text);
	if (send->nr > 1)
		packets__uint(p, "targets", send->nr);
	else
		packets__uint(p, "to CPU", first->record.dst);
	packets__done(p);
	err = draw_targets(t, src, send, flow);
	clear_send(send);
	return err;
}

int cpus_tracks__add(struct cpus_tracks *t, const struct parsed_record *csd)
{
	struct cpu_tracks *src = tracks_of(t, csd->record.src);
	struct send single = { 0 };
	int err;

	if (!src)
		return -ENOMEM;
	/* Draw other csds at once: an interrupt may send one between those of a broadcast. */
	if (!may_be_many(csd)) {
		err = add_to_send(&single, csd);
		return err ? err : draw_send(t, src, &single);
	}
	if (!is_of_send(&src->send, csd)) {
		err = draw_send(t, src, &src->send);
		if (err)
			return err;
	}
	return add_to_send(&src->send, csd);
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
