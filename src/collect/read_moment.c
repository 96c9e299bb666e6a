// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/evidence.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/stall_event.h"
#include "abi/table.h"
#include "base/clock.h"
#include "collect/maps.h"
#include "collect/read_calls.h"
#include "collect/read_moment.h"
#include "host/task_files.h"
#include "model/moment.h"

/*
 * Evidence for stalls that last: whether a csd in the maps is outstanding, or its run was
 * hidden from the programs. Nothing here allocates memory or waits for another CPU.
 */

/*
 * An ASYNC csd without a lock is about to be entered, or has run unseen. A hypervisor may
 * hold its CPU up between the two, so it is lost only after so long.
 */
#define DOUBT_NS 100000000ULL
#define DOUBTS	 32

/* An ASYNC csd without a lock. */
struct doubt {
	uint64_t csd;
	uint64_t queued;
	uint64_t since;
};

struct evidence_reader {
	const int *fd; /* of the program that asks the kernel; NULL: everything is outstanding */
	/* One watcher at a time; another one leaves the csd to the next look. */
	bool doubting;
	uint32_t next;
	struct doubt doubts[DOUBTS];
	/* By CPU: the last time at which it ran no function. */
	uint64_t free[];
};

/* NULL: no memory. */
static struct evidence_reader *evidence_open(const int *fd, uint32_t nr_cpus)
{
	struct evidence_reader *reader =
		calloc(1, sizeof(*reader) + nr_cpus * sizeof(*reader->free));

	if (reader)
		reader->fd = fd;
	return reader;
}

/* A failure is EVIDENCE_NONE. */
static enum evidence ask(const struct evidence_reader *reader,
			 const struct evidence_question *question)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = question, .ctx_size_in = sizeof(*question));

	return bpf_prog_test_run_opts(*reader->fd, &opts) ? EVIDENCE_NONE :
							    (enum evidence)opts.retval;
}

/* Whether the csd has been in doubt for long. Begins a doubt, in the place of the oldest. */
static bool doubt_is_old(struct evidence_reader *reader, uint64_t csd, uint64_t queued)
{
	uint64_t now = mono_ns();
	struct doubt *doubt = NULL;
	bool old;

	if (__atomic_exchange_n(&reader->doubting, true, __ATOMIC_ACQUIRE))
		return false;
	for (uint32_t i = 0; i < DOUBTS && !doubt; i++)
		if (reader->doubts[i].csd == csd && reader->doubts[i].queued == queued)
			doubt = &reader->doubts[i];
	if (!doubt) {
		doubt = &reader->doubts[reader->next++ % DOUBTS];
		*doubt = (struct doubt){ csd, queued, now };
	}
	old = now - doubt->since >= DOUBT_NS;
	__atomic_store_n(&reader->doubting, false, __ATOMIC_RELEASE);
	return old;
}

/*
 * Whether the csd in @slot, a copy of slot number @at, is still queued to @dst; @func: its
 * function. If it has run its slot is given back, and it is counted as run unseen.
 */
static bool evidence_of_slot(struct evidence_reader *reader, const struct slot *slot, uint32_t at,
			     uint32_t dst, uint64_t func)
{
	struct evidence_question question = {
		.of = EVIDENCE_OF_SLOT,
		.csd = slot->csd,
		.func = func,
		.dst = dst,
		.at = at,
		.queued = slot->time,
	};
	enum evidence answer;

	if (!reader->fd)
		return true;
	answer = ask(reader, &question);
	if (answer == EVIDENCE_NONE && doubt_is_old(reader, slot->csd, slot->time)) {
		question.give_back = 1;
		answer = ask(reader, &question);
	}
	return answer == EVIDENCE_SEEN || answer == EVIDENCE_UNKNOWN;
}

/* Whether the function in @frame, a copy of @cpu's, still runs. */
static bool evidence_of_frame(struct evidence_reader *reader, const struct frame *frame,
			      uint32_t cpu)
{
	const struct evidence_question question = {
		.of = EVIDENCE_OF_FRAME,
		.csd = frame->csd,
		.func = frame->func,
		.dst = cpu,
		.sync = frame->call != 0,
	};
	enum evidence answer;
	uint64_t now = mono_ns();

	if (!reader->fd)
		return true;
	/* A function that sleeps is in no interrupt; its stack showed the flush of the queue. */
	if (frame->slept && !question.sync)
		return true;
	if (!question.sync && frame->start <= __atomic_load_n(&reader->free[cpu], __ATOMIC_RELAXED))
		return false;
	answer = ask(reader, &question);
	/* Once a CPU ran a task, its functions are over, whatever interrupt it is in later. */
	if (answer == EVIDENCE_NONE && !question.sync)
		__atomic_store_n(&reader->free[cpu], now, __ATOMIC_RELAXED);
	return answer == EVIDENCE_SEEN || answer == EVIDENCE_UNKNOWN;
}

struct moment_reader {
	struct moment_maps maps;
	struct ring_buffer *ring;
	struct evidence_reader *evidence;
	void (*event)(void *ctx, const struct stall_event *event);
	void *ctx;
	uint32_t turn; /* of moment_reader__watch() */
	bool late; /* the last moment that was read whole had something */
};

static int event_take(void *ctx, void *data, size_t size)
{
	struct moment_reader *reader = ctx;
	const struct stall_event *event = data;

	if (size >= sizeof(*event) &&
	    (!stall_event_has_targets(event) || size >= sizeof(struct wait_event)))
		reader->event(reader->ctx, event);
	return 0;
}

int moment_reader__open(struct moment_reader **out, const struct moment_maps *maps)
{
	struct moment_reader *reader = calloc(1, sizeof(*reader));
	int err;

	*out = reader;
	if (!reader)
		return -ENOMEM;
	reader->maps = *maps;
	reader->evidence =
		evidence_open(maps->evidence_fd, maps->maps ? maps->maps->geo.nr_cpus : 0);
	if (reader->evidence && maps->events_fd >= 0)
		reader->ring = ring_buffer__new(maps->events_fd, event_take, reader, NULL);
	if (reader->evidence && (reader->ring || maps->events_fd < 0))
		return 0;
	err = reader->evidence ? -errno : -ENOMEM;
	moment_reader__close(reader);
	*out = NULL;
	return err;
}

void moment_reader__close(struct moment_reader *reader)
{
	if (!reader)
		return;
	ring_buffer__free(reader->ring);
	free(reader->evidence);
	free(reader);
}

int moment_reader__events(struct moment_reader *reader,
			  void (*event)(void *ctx, const struct stall_event *event), void *ctx)
{
	reader->event = event;
	reader->ctx = ctx;
	return reader->ring ? ring_buffer__consume(reader->ring) : 0;
}

bool moment_reader__knows(const struct moment_reader *reader, enum stall_phase phase)
{
	return reader->maps.phases >> phase & 1;
}

uint64_t moment_reader__lost(const struct moment_reader *reader)
{
	return __atomic_load_n(reader->maps.lost, __ATOMIC_RELAXED);
}

/* Where stalls are watched for, an origin has the task's address in place of the name. */
static void sender_of(struct task_id *task, const struct origin *origin)
{
	task->known = !origin->interrupt;
	task->interrupt = origin->interrupt;
	task->pid = origin->pid;
	task->tgid = origin->tgid;
	if (task->pid)
		thread_file__comm(task->comm, task->tgid, task->pid);
}

/*
 * Whether @src's call that began at @call is over: where a sender waits with preemption off
 * it makes one call after the other, and has begun a later one. Then the csds and frames of
 * @call that are still in the maps have run, unseen.
 */
static bool call_is_over(const struct moment_reader *reader, uint32_t src, uint64_t call)
{
	return read_calls__over(reader->maps.maps, src, call);
}

/* Whether a csd's phase since @start, or the call of its sender, lasts longer than @threshold. */
static bool is_late(const struct moment *moment, uint64_t threshold, uint64_t start, uint64_t call)
{
	return moment->now >= start + threshold || (call && moment->now >= call + threshold);
}

/* Note that @src has waited since @call for a csd that is outstanding. */
static void waiting_note(const struct moment_reader *reader, struct moment *moment,
			 uint64_t threshold, uint64_t call, uint32_t src,
			 const struct origin *origin)
{
	const struct call_rec *rec = &reader->maps.maps->calls[src];
	const struct task_call *own = read_calls__find(reader->maps.maps, src, call);
	struct waiting *waiting = &moment->waiting[moment->nr_waiting];

	if (!call || moment->now < call + threshold)
		return;
	if (moment__waiting(moment, src, call))
		return;
	if (moment->nr_waiting == MOMENT_WAITING) {
		moment->dropped++;
		return;
	}
	memset(waiting, 0, sizeof(*waiting));
	waiting->call = call;
	waiting->src = src;
	waiting->func = origin->func;
	if (own)
		waiting->wait_in = own->wait_in;
	else if (rec->begun == call)
		waiting->wait_in = rec->wait_in;
	sender_of(&waiting->sender, origin);
	moment->nr_waiting++;
}

/* Note a function that runs. @frame is a copy that was still valid after copying. */
static void running_note(const struct moment_reader *reader, struct moment *moment,
			 uint64_t threshold, const struct frame *frame, const struct origin *origin,
			 uint32_t cpu)
{
	struct running *running = &moment->running[moment->nr_running];

	if (!is_late(moment, threshold, frame->start, frame->call))
		return;
	if (!evidence_of_frame(reader->evidence, frame, cpu) ||
	    (frame->call && call_is_over(reader, frame->src, frame->call)))
		return;
	waiting_note(reader, moment, threshold, frame->call, frame->src, origin);
	if (moment->now < frame->start + threshold)
		return;
	if (moment->nr_running == MOMENT_RUNNING) {
		moment->dropped++;
		return;
	}
	memset(running, 0, sizeof(*running));
	running->start = frame->start;
	running->func = frame->func;
	running->callsite = origin->callsite;
	running->queued = frame->queued;
	running->csd = frame->csd;
	running->call = frame->call;
	running->src = frame->src;
	running->dst = cpu;
	running->slept = frame->slept;
	if (frame->slept && frame->slept <= SLEEPERS)
		running->dst = reader->maps.sleepers[frame->slept - 1].cpu;
	sender_of(&running->sender, origin);
	moment->nr_running++;
}

/* Note the functions in @frames, of which the program uses *@depth. */
static void frames_read(const struct moment_reader *reader, struct moment *moment,
			uint64_t threshold, const struct frame *frames, const uint32_t *depth,
			const struct origin *origins, uint32_t cpu)
{
	uint32_t nr = __atomic_load_n(depth, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < nr && i < FRAMES; i++) {
		struct frame frame = frames[i];
		struct origin origin = origins[i];

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* The frame was popped meanwhile, or pushed anew. */
		if (__atomic_load_n(depth, __ATOMIC_ACQUIRE) <= i ||
		    __atomic_load_n(&frames[i].start, __ATOMIC_ACQUIRE) != frame.start)
			continue;
		if (frame.row != FN_NONE)
			running_note(reader, moment, threshold, &frame, &origin, cpu);
	}
}

/* Note the csd in slot @at, if it is older than @threshold. */
static void slot_read(const struct moment_reader *reader, struct moment *moment, uint64_t threshold,
		      uint32_t dst, size_t at)
{
	const struct slot *source = &reader->maps.maps->slots[at];
	const struct cpu_rec *rec = &reader->maps.maps->cpus[dst];
	uint64_t csd = __atomic_load_n(&source->csd, __ATOMIC_ACQUIRE), call = 0;
	struct pending *pending = &moment->pending[moment->nr_pending];
	struct origin origin;
	struct slot slot;

	if (!slot_has_csd(csd))
		return;
	slot = *source;
	origin = reader->maps.maps->origins[at];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&source->csd, __ATOMIC_ACQUIRE) != csd || source->time != slot.time)
		return;
	/* The horizon has passed this csd: it has run unseen. */
	if (slot.time + HORIZON_MARGIN_NS < __atomic_load_n(&rec->flushed, __ATOMIC_RELAXED))
		return;
	if (slot.since != NO_CALL)
		call = slot.time - slot.since;
	if (!is_late(moment, threshold, slot.time, call))
		return;
	slot.csd = csd;
	/* The evidence first: without any the slot is given back. */
	if (!evidence_of_slot(reader->evidence, &slot, at, dst, origin.func) ||
	    (call && call_is_over(reader, from_src(slot.from), call)))
		return;
	waiting_note(reader, moment, threshold, call, from_src(slot.from), &origin);
	if (moment->now < slot.time + threshold)
		return;
	if (moment->nr_pending == MOMENT_PENDING) {
		moment->dropped++;
		return;
	}
	memset(pending, 0, sizeof(*pending));
	pending->csd = csd;
	pending->queued = slot.time;
	pending->func = origin.func;
	pending->callsite = origin.callsite;
	pending->call = call;
	pending->src = from_src(slot.from);
	pending->dst = dst;
	sender_of(&pending->sender, &origin);
	moment->nr_pending++;
}

/* The boxes that are read: @nr CPUs from @first on, and round. */
struct boxes {
	uint32_t first;
	uint32_t nr;
};

static bool boxes_have(const struct boxes *boxes, uint32_t cpu, uint32_t nr_cpus)
{
	return (cpu + nr_cpus - boxes->first) % nr_cpus < boxes->nr;
}

static void box_read(const struct moment_reader *reader, struct moment *moment, uint64_t threshold,
		     uint32_t cpu)
{
	uint32_t slots = reader->maps.maps->geo.mailbox_slots;

	for (uint32_t i = 0; i < slots; i++)
		slot_read(reader, moment, threshold, cpu, (size_t)cpu * slots + i);
}

static void sleepers_read(const struct moment_reader *reader, struct moment *moment,
			  uint64_t threshold)
{
	const struct moment_maps *maps = &reader->maps;

	for (uint32_t i = 0; i < SLEEPERS; i++) {
		const struct sleeper *sleeper = &maps->sleepers[i];

		if (__atomic_load_n(&sleeper->task, __ATOMIC_ACQUIRE) > SLOT_TAKEN && sleeper->away)
			frames_read(reader, moment, threshold, sleeper->frames, &sleeper->depth,
				    &maps->sleeper_origins[i * FRAMES], sleeper->cpu);
	}
}

static void moment_read(const struct moment_reader *reader, uint64_t threshold,
			struct moment *moment, struct boxes boxes)
{
	const struct moment_maps *maps = &reader->maps;
	uint32_t nr_cpus = maps->maps->geo.nr_cpus;
	int cpu;

	moment__begin(moment, mono_ns());
	for_each_cpu(cpu, maps->cpus) {
		const struct cpu_rec *rec = &maps->maps->cpus[cpu];

		frames_read(reader, moment, threshold, rec->frames, &rec->depth,
			    &maps->frame_origins[cpu * FRAMES], cpu);
		if (boxes_have(&boxes, cpu, nr_cpus))
			box_read(reader, moment, threshold, cpu);
	}
	sleepers_read(reader, moment, threshold);
	moment->read = mono_ns();
}

void moment_reader__read(const struct moment_reader *reader, uint64_t threshold,
			 struct moment *moment)
{
	if (reader->maps.fill) {
		reader->maps.fill(reader->maps.ctx, threshold, moment);
		moment->read = mono_ns();
		return;
	}
	moment_read(reader, threshold, moment,
		    (struct boxes){ .nr = reader->maps.maps->geo.nr_cpus });
}

/* Whether a sender has begun a call longer than @threshold ago that has not ended. */
static bool calls_last(const struct moment_reader *reader, uint64_t threshold)
{
	const struct moment_maps *maps = &reader->maps;
	uint64_t now = mono_ns();
	int cpu;

	for_each_cpu(cpu, maps->cpus) {
		const struct call_rec *rec = &maps->maps->calls[cpu];
		uint64_t begun = __atomic_load_n(&rec->begun, __ATOMIC_RELAXED);

		if (maps->maps->geo.task_call_slots > 1) {
			if (now > begun + threshold && !read_calls__over(maps->maps, cpu, begun))
				return true;
			continue;
		}
		if (__atomic_load_n(&rec->done, __ATOMIC_RELAXED) !=
			    __atomic_load_n(&rec->queued, __ATOMIC_RELAXED) &&
		    now > begun + threshold)
			return true;
	}
	return false;
}

/* The boxes of this call: a part of them each time. */
static struct boxes boxes_turn(struct moment_reader *reader)
{
	uint32_t nr_cpus = reader->maps.maps->geo.nr_cpus;
	uint32_t nr = (nr_cpus + MOMENT_TURN - 1) / MOMENT_TURN, turn;

	if (nr_cpus <= MOMENT_BOXES)
		return (struct boxes){ .nr = nr_cpus };
	turn = __atomic_fetch_add(&reader->turn, 1, __ATOMIC_RELAXED) % MOMENT_TURN;
	return (struct boxes){ .first = turn * nr % nr_cpus, .nr = nr };
}

void moment_reader__watch(struct moment_reader *reader, uint64_t threshold, struct moment *moment)
{
	if (!reader->maps.fill && !__atomic_load_n(&reader->late, __ATOMIC_RELAXED) &&
	    !calls_last(reader, threshold)) {
		moment_read(reader, threshold, moment, boxes_turn(reader));
		if (moment__empty(moment))
			return;
	}
	moment_reader__read(reader, threshold, moment);
	__atomic_store_n(&reader->late, !moment__empty(moment), __ATOMIC_RELAXED);
}
