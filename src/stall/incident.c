// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "abi/call.h"
#include "abi/limits.h"
#include "abi/stall_event.h"
#include "model/callers.h"
#include "model/incident.h"
#include "model/moment.h"
#include "stall/incident.h"

static uint64_t mix(uint64_t z)
{
	/* splitmix64's finalizer. */
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

uint64_t incident__key(enum stall_phase phase, uint32_t cpu, uint64_t csd, uint64_t time)
{
	uint64_t key = mix(mix(mix((uint64_t)cpu << 8 | (phase + 1)) + csd) + time);

	return key ? key : 1;
}

/* Not qsort(), which may allocate. */
static void sort(uint64_t *values, size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		uint64_t value = values[i];
		size_t j = i;

		for (; j && values[j - 1] > value; j--)
			values[j] = values[j - 1];
		values[j] = value;
	}
}

static uint64_t median(uint64_t *values, size_t nr)
{
	sort(values, nr);
	return values[(nr - 1) / 2];
}

/* Against the median target: how much later, and whether it began or ran late. */
static void straggler_find(struct incident *in)
{
	uint64_t entries[TARGETS_MAX], ends[TARGETS_MAX], median_end, median_entry;
	const struct target_time *last = NULL;
	size_t nr = 0, nr_entries = 0;

	for (size_t i = 0; i < in->nr_listed; i++) {
		const struct target_time *target = &in->targets[i];

		if (!target->end)
			continue;
		ends[nr++] = target->end;
		if (target->entry)
			entries[nr_entries++] = target->entry;
		if (!last || target->end > last->end)
			last = target;
	}
	/* Of one there is no median but itself. */
	if (nr < 2)
		return;
	median_end = median(ends, nr);
	in->dst = last->dst;
	in->dst_known = true;
	in->straggler.known = last->entry && nr_entries == nr;
	in->straggler.later = last->end - median_end;
	if (!in->straggler.known)
		return;
	median_entry = median(entries, nr);
	in->straggler.late = last->entry > median_entry &&
			     last->entry - median_entry >= in->straggler.later / 2;
}

static struct task_id task_of(bool known, uint32_t pid, uint32_t tgid, const char *comm)
{
	struct task_id task = { .known = known, .interrupt = !known, .pid = pid, .tgid = tgid };

	memcpy(task.comm, comm, sizeof(task.comm));
	task.comm[COMM_LEN - 1] = '\0';
	return task;
}

void incident__of_event(struct incident *in, const struct stall_event *event)
{
	memset(in, 0, sizeof(*in));
	in->phase = event->phase < NR_PHASES ? event->phase : PHASE_HANDLER;
	in->time = event->time;
	in->start = event->start && event->start < event->time ? event->start : event->time;
	in->src = event->src;
	in->dst = event->dst;
	in->dst_known = true;
	in->func.addr = event->func;
	in->callsite.addr = event->callsite;
	in->csd = event->csd;
	in->call = event->call;
	in->slept = event->slept;
	in->sent = event->sent;
	in->arrived = event->arrived;
	in->cgroup = event->cgroup;
	in->wait_in = event->wait_in;
	in->sender = task_of(event->sender_known, event->sender_pid, event->sender_tgid,
			     event->sender_comm);
	if (in->phase != PHASE_WAIT)
		in->victim =
			task_of(true, event->victim_pid, event->victim_tgid, event->victim_comm);
	in->nr_targets = event->nr_targets;
	in->nr_listed = event->nr_targets < TARGETS_MAX ? event->nr_targets : TARGETS_MAX;
	in->targets = event->targets;
	in->stack_of = event->stack_of;
	in->nr = event->nr < STACK_DEPTH ? event->nr : STACK_DEPTH;
	for (uint32_t f = 0; f < in->nr; f++)
		in->stack[f].addr = event->stack[f];
	if (in->phase == PHASE_WAIT) {
		in->key = incident__key(PHASE_WAIT, in->src, 0, in->call);
		/* Nobody waits for itself: no target's end was seen. */
		in->dst_known = in->nr_targets || in->dst != in->src;
		straggler_find(in);
	} else {
		in->key = incident__key(in->phase, in->dst, in->csd, in->start);
		in->queued = in->phase == PHASE_DELIVERY ? in->start : 0;
	}
}

bool incident__believed(const struct incident *in)
{
	/* What runs the queue, 5.10 to 7.3, x86 and arm64. */
	static const char *const flushes[] = {
		"flush_smp_call_function_queue",
		"generic_smp_call_function",
		"sysvec_call_function",
		"smpcfd_dying_cpu",
		NULL,
	};

	if (!in->slept || in->stack_of != STACK_SLEEP)
		return true;
	for (uint32_t f = 0; f < in->nr; f++)
		for (const char *const *flush = flushes; *flush; flush++)
			if (in->stack[f].name && strstr(in->stack[f].name, *flush))
				return true;
	return false;
}

void incident__trim(struct incident *in)
{
	uint32_t first = callers__untraced(in->stack, in->nr);

	if (in->stack_of == STACK_INTERRUPTED && callers__interrupted(in->stack, in->nr) > first) {
		first = callers__interrupted(in->stack, in->nr);
		in->user = first == in->nr && in->nr < STACK_DEPTH;
	}
	in->nr -= first;
	memmove(in->stack, in->stack + first, in->nr * sizeof(in->stack[0]));
}

void incident__judge(struct incident *in)
{
	uint64_t half = incident__duration(in) / 2;

	if (in->phase != PHASE_DELIVERY || in->ongoing)
		return;
	/* The CPU may have taken it by an earlier IPI, before its own was sent. */
	if (in->doing.addr || in->others > half)
		in->late = LATE_BEHIND;
	else if (in->arrived && in->time - in->arrived > half)
		in->late = LATE_BEHIND;
	else if (in->stolen > half)
		in->late = LATE_STOLEN;
	else if (in->sent && in->sent > in->start + half)
		in->late = LATE_SENDER;
	else if (in->arrived && in->victim.known && !in->victim.pid)
		in->late = LATE_IDLE;
	else if (in->arrived && !in->user)
		/* In user space they are on: what was late there is not told. */
		in->late = LATE_INTERRUPTS_OFF;
}

bool incident__add_waiter(struct incident *in, const struct waiter *waiter)
{
	for (size_t i = 0; i < in->nr_waiters; i++) {
		struct waiter *known = &in->waiters[i];

		if (known->src != waiter->src || known->call != waiter->call)
			continue;
		if (waiter->until > known->until)
			known->until = waiter->until;
		if (waiter->wait_in != WAIT_UNKNOWN)
			known->wait_in = waiter->wait_in;
		if (!known->task.known)
			known->task = waiter->task;
		known->behind &= waiter->behind;
		return true;
	}
	if (in->nr_waiters == WAITERS_MAX)
		return false;
	in->waiters[in->nr_waiters++] = *waiter;
	return true;
}

uint64_t incident__overlap(const struct incident *of, const struct incident *by)
{
	uint64_t from = of->start > by->start ? of->start : by->start;
	uint64_t to = of->time < by->time ? of->time : by->time;

	return to > from ? to - from : 0;
}
