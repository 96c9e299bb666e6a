// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "base/clock.h"
#include "base/shared_copy.h"
#include "collect/read_bank.h"
#include "collect/read_moment.h"
#include "host/machine.h"

/*
 * Evidence for stalls that go on: whether a csd in the maps is outstanding, or has run without
 * being seen by the programs. Nothing here allocates memory or waits for another CPU.
 */

/*
 * An ASYNC csd without a lock is about to be entered, or has run unseen. A hypervisor may stop its
 * CPU just before the entry, so the csd counts as lost only after this time.
 */
#define DOUBT_NS 100000000ULL
#define DOUBTS	 32

/*
 * An event may come into the ring buffer so much later than an event that is younger: a hypervisor
 * may stop the CPU of the older one between the reading of the clock and the ring buffer.
 */
#define OVERTAKEN_NS 1000000ULL

/* Since when an ASYNC csd has been seen without a lock. */
struct doubt {
	uint64_t csd;
	uint64_t queued;
	uint64_t since;
};

struct moment_reader {
	struct moment_maps maps;
	struct ring_buffer *ring;
	void (*event)(void *ctx, const struct stall_event *event);
	void *ctx;
	uint64_t until; /* CLOCK_MONOTONIC: an event that is younger ends moment_reader__events() */
	uint32_t turn; /* counts the calls of moment_reader__watch() */
	bool late; /* the last moment that was read completely was not empty */
	/*
	 * The doubts. One thread at a time uses them; a thread that finds them in use decides about
	 * its csd when it reads the next moment.
	 */
	bool doubting;
	uint32_t next;
	struct doubt doubts[DOUBTS];
	/* Indexed by CPU: the last time at which the CPU is known to have run no function. */
	uint64_t free[];
};

/*
 * Ask the program `evidence`. Returns its answer; 0 if it cannot run, which means EVIDENCE_NONE, or
 * a word of LOOK_* without any figure.
 */
static uint32_t evidence_ask(const struct moment_reader *reader,
			     const struct evidence_question *question)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = question, .ctx_size_in = sizeof(*question));

	return bpf_prog_test_run_opts(*reader->maps.evidence_fd, &opts) ? 0 : opts.retval;
}

static struct cpu_look cpu_look_ask(const struct moment_reader *reader, uint32_t cpu)
{
	const struct evidence_question question = { .of = EVIDENCE_OF_CPU, .dst = cpu };
	uint32_t word = reader->maps.evidence_fd ? evidence_ask(reader, &question) : 0;

	return (struct cpu_look){
		.counts_known = word & LOOK_COUNTS_KNOWN,
		.interrupt_known = word & LOOK_INTERRUPT_KNOWN,
		.interrupt = word & LOOK_INTERRUPT,
		.preempted = word & LOOK_PREEMPTED,
		.timers = LOOK_TIMERS(word),
		.calls = LOOK_CALLS(word),
	};
}

/* Whether the csd has been in doubt for DOUBT_NS. A new doubt replaces the oldest one. */
static bool doubt_is_old(struct moment_reader *reader, uint64_t csd, uint64_t queued)
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
 * Whether the csd in @slot, a copy of slot number @at, is still queued to @dst; @func is its
 * function. If the csd has run, frees its slot, and counts the csd as run unseen.
 */
static bool slot_is_outstanding(struct moment_reader *reader, const struct slot *slot, uint32_t at,
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

	if (!reader->maps.evidence_fd)
		return true;
	answer = evidence_ask(reader, &question);
	if (answer == EVIDENCE_NONE && doubt_is_old(reader, slot->csd, slot->time)) {
		question.give_back = 1;
		answer = evidence_ask(reader, &question);
	}
	return answer == EVIDENCE_SEEN || answer == EVIDENCE_UNKNOWN;
}

/* Whether the function in @frame, a copy of @cpu's, still runs. */
static bool frame_is_outstanding(struct moment_reader *reader, const struct frame *frame,
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

	if (!reader->maps.evidence_fd)
		return true;
	/* A function that sleeps is in no interrupt; its stack has shown that a flush runs it. */
	if (frame->slept && !question.sync)
		return true;
	if (!question.sync && frame->start <= __atomic_load_n(&reader->free[cpu], __ATOMIC_RELAXED))
		return false;
	answer = evidence_ask(reader, &question);
	/* The CPU runs a task, so the function is over, even if an interrupt comes later. */
	if (answer == EVIDENCE_NONE && !question.sync)
		__atomic_store_n(&reader->free[cpu], now, __ATOMIC_RELAXED);
	return answer == EVIDENCE_SEEN || answer == EVIDENCE_UNKNOWN;
}

static int event_take(void *ctx, void *data, size_t size)
{
	struct moment_reader *reader = ctx;
	const struct stall_event *event = data;

	if (size >= sizeof(*event) &&
	    (!stall_event_has_targets(event) || size >= sizeof(struct wait_event)))
		reader->event(reader->ctx, event);
	/* A negative value ends ring_buffer__consume() after this event. */
	return size >= sizeof(*event) && event->time > reader->until ? -ECANCELED : 0;
}

int moment_reader__open(struct moment_reader **out, const struct moment_maps *maps)
{
	uint32_t nr_cpus = maps->maps ? maps->maps->geo.nr_cpus : 0;
	struct moment_reader *reader = calloc(1, sizeof(*reader) + nr_cpus * sizeof(*reader->free));
	int err;

	*out = reader;
	if (!reader)
		return -ENOMEM;
	reader->maps = *maps;
	if (maps->events_fd >= 0)
		reader->ring = ring_buffer__new(maps->events_fd, event_take, reader, NULL);
	if (reader->ring || maps->events_fd < 0)
		return 0;
	err = -errno;
	free(reader);
	*out = NULL;
	return err;
}

void moment_reader__close(struct moment_reader *reader)
{
	if (!reader)
		return;
	ring_buffer__free(reader->ring);
	free(reader);
}

void moment_reader__events(struct moment_reader *reader,
			   void (*event)(void *ctx, const struct stall_event *event), void *ctx)
{
	reader->event = event;
	reader->ctx = ctx;
	/* Stalls may end faster than @event takes them, and the ring buffer never be empty. */
	reader->until = mono_ns() + OVERTAKEN_NS;
	if (reader->ring)
		ring_buffer__consume(reader->ring);
}

bool moment_reader__knows(const struct moment_reader *reader, enum stall_phase phase)
{
	return reader->maps.phases >> phase & 1;
}

uint64_t moment_reader__lost(const struct moment_reader *reader)
{
	return __atomic_load_n(reader->maps.lost, __ATOMIC_RELAXED);
}

/* The arguments of the functions that scan the maps for a moment. */
struct scan {
	struct moment_reader *reader;
	const struct maps *maps;
	struct moment *moment;
	uint64_t threshold;
};

/* Returns a csd's sender. If stalls are watched for, @origin has the task's address, no name. */
static struct task_id sender_read(const struct origin *origin)
{
	struct task_id task = {
		.known = !origin->interrupt,
		.interrupt = origin->interrupt,
		.pid = origin->interrupt ? 0 : origin->pid,
		.tgid = origin->interrupt ? 0 : origin->tgid,
	};

	if (task.pid)
		thread_file__comm(task.comm, task.tgid, task.pid);
	return task;
}

/* Whether the phase since @start, or the sender's wait since @call, is too long. */
static bool is_late(const struct scan *scan, uint64_t start, uint64_t call)
{
	uint64_t now = scan->moment->now;

	return now >= start + scan->threshold || (call && now >= call + scan->threshold);
}

/* Note that @src has waited since @call for a csd that is outstanding. */
static void waiting_note(const struct scan *scan, uint64_t call, uint32_t src,
			 const struct origin *origin)
{
	struct moment *moment = scan->moment;
	const struct call_rec *rec = &scan->maps->calls[src];
	const struct task_call *own = read_calls__find(scan->maps, src, call);
	struct waiting waiting = { .call = call, .src = src, .func = origin->func };

	if (!call || moment->now < call + scan->threshold || moment__waiting(moment, src, call) ||
	    !moment__has_room(moment, moment->nr_waiting, MOMENT_WAITING))
		return;
	if (own)
		waiting.wait_in = own->wait_in;
	else if (__atomic_load_n(&rec->begun, __ATOMIC_RELAXED) == call)
		waiting.wait_in = __atomic_load_n(&rec->wait_in, __ATOMIC_RELAXED);
	waiting.sender = sender_read(origin);
	moment->waiting[moment->nr_waiting++] = waiting;
}

/* Note a function that runs. @frame is a copy; the frame did not change during the copy. */
static void running_note(const struct scan *scan, const struct frame *frame,
			 const struct origin *origin, uint32_t cpu)
{
	struct moment *moment = scan->moment;
	bool sleeps = frame->slept && frame->slept <= SLEEPERS;

	if (!is_late(scan, frame->start, frame->call))
		return;
	if (!frame_is_outstanding(scan->reader, frame, cpu) ||
	    (frame->call && read_calls__over(scan->maps, frame->src, frame->call)))
		return;
	waiting_note(scan, frame->call, frame->src, origin);
	if (moment->now < frame->start + scan->threshold ||
	    !moment__has_room(moment, moment->nr_running, MOMENT_RUNNING))
		return;
	moment->running[moment->nr_running++] = (struct running){
		.start = frame->start,
		.func = frame->func,
		.callsite = origin->callsite,
		.queued = frame->queued,
		.csd = frame->csd,
		.call = frame->call,
		.src = frame->src,
		.dst = sleeps ? scan->reader->maps.sleepers[frame->slept - 1].cpu : cpu,
		.slept = frame->slept,
		.sender = sender_read(origin),
	};
}

/* Note the functions in @frames, of which the first *@depth are in use. */
static void frames_read(const struct scan *scan, const struct frame *frames, const uint32_t *depth,
			const struct origin *origins, uint32_t cpu)
{
	uint32_t nr = __atomic_load_n(depth, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < nr && i < FRAMES; i++) {
		struct frame frame;
		struct origin origin;

		shared_copy__load(&frame, &frames[i], sizeof(frame));
		shared_copy__load(&origin, &origins[i], sizeof(origin));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* The frame was removed meanwhile, or now has another function. */
		if (__atomic_load_n(depth, __ATOMIC_ACQUIRE) <= i ||
		    __atomic_load_n(&frames[i].start, __ATOMIC_ACQUIRE) != frame.start)
			continue;
		if (frame.row != FN_NONE)
			running_note(scan, &frame, &origin, cpu);
	}
}

/*
 * Add to @pending, the moment's next csd, the state of its two CPUs. Successive csds with the same
 * CPU share a look at it.
 */
static void pending_add_looks(const struct scan *scan, struct pending *pending)
{
	const struct moment *moment = scan->moment;
	const struct pending *last = moment->nr_pending ? pending - 1 : NULL;

	pending->src_look = last && last->src == pending->src ?
				    last->src_look :
				    cpu_look_ask(scan->reader, pending->src);
	pending->dst_look = last && last->dst == pending->dst ?
				    last->dst_look :
				    cpu_look_ask(scan->reader, pending->dst);
}

/* Whether @slot still has the instance of @csd that was queued at @time. */
static bool slot_is_same(const struct slot *slot, uint64_t csd, uint64_t time)
{
	return __atomic_load_n(&slot->csd, __ATOMIC_ACQUIRE) == csd &&
	       __atomic_load_n(&slot->time, __ATOMIC_RELAXED) == time;
}

/* Note the csd in slot @at, if it is older than the threshold. */
static void slot_read(const struct scan *scan, uint32_t dst, size_t at)
{
	const struct slot *source = &scan->maps->slots[at];
	const struct cpu_rec *rec = &scan->maps->cpus[dst];
	struct moment *moment = scan->moment;
	uint64_t csd = __atomic_load_n(&source->csd, __ATOMIC_ACQUIRE), call = 0;
	struct pending *pending = &moment->pending[moment->nr_pending];
	struct origin origin;
	struct slot slot;

	if (!slot_has_csd(csd))
		return;
	shared_copy__load(&slot, source, sizeof(slot));
	shared_copy__load(&origin, &scan->maps->origins[at], sizeof(origin));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!slot_is_same(source, csd, slot.time))
		return;
	/* The horizon has passed this csd, so the csd has run unseen. */
	if (slot.time + HORIZON_MARGIN_NS < __atomic_load_n(&rec->flushed, __ATOMIC_RELAXED))
		return;
	if (slot.since != NO_CALL)
		call = slot.time - slot.since;
	if (!is_late(scan, slot.time, call))
		return;
	slot.csd = csd;
	/* Ask for the evidence first, because that frees the slot if the csd has run. */
	if (!slot_is_outstanding(scan->reader, &slot, at, dst, origin.func) ||
	    (call && read_calls__over(scan->maps, from_src(slot.from), call)))
		return;
	waiting_note(scan, call, from_src(slot.from), &origin);
	if (moment->now < slot.time + scan->threshold ||
	    !moment__has_room(moment, moment->nr_pending, MOMENT_PENDING))
		return;
	*pending = (struct pending){
		.csd = csd,
		.queued = slot.time,
		.func = origin.func,
		.callsite = origin.callsite,
		.call = call,
		.src = from_src(slot.from),
		.dst = dst,
		.sender = sender_read(&origin),
	};
	pending_add_looks(scan, pending);
	/* If the csd was entered meanwhile, the looks may include the interrupt that brought it. */
	if (!slot_is_same(source, csd, slot.time))
		return;
	moment->nr_pending++;
}

/* The mailboxes to read: those of @nr CPUs from @first on; after the last CPU comes CPU 0. */
struct boxes {
	uint32_t first;
	uint32_t nr;
};

static void moment_read(struct moment_reader *reader, uint64_t threshold, struct moment *moment,
			struct boxes boxes)
{
	const struct moment_maps *maps = &reader->maps;
	const struct scan scan = { reader, maps->maps, moment, threshold };
	uint32_t nr_cpus = maps->maps->geo.nr_cpus, slots = maps->maps->geo.mailbox_slots;
	int cpu;

	moment__begin(moment, mono_ns());
	for_each_cpu(cpu, maps->cpus) {
		const struct cpu_rec *rec = &maps->maps->cpus[cpu];

		frames_read(&scan, rec->frames, &rec->depth, &maps->frame_origins[cpu * FRAMES],
			    cpu);
		if ((cpu + nr_cpus - boxes.first) % nr_cpus >= boxes.nr)
			continue;
		for (uint32_t i = 0; i < slots; i++)
			slot_read(&scan, cpu, (size_t)cpu * slots + i);
	}
	for (uint32_t i = 0; i < SLEEPERS; i++) {
		const struct sleeper *sleeper = &maps->sleepers[i];

		if (__atomic_load_n(&sleeper->task, __ATOMIC_ACQUIRE) > SLOT_TAKEN && sleeper->away)
			frames_read(&scan, sleeper->frames, &sleeper->depth,
				    &maps->sleeper_origins[i * FRAMES], sleeper->cpu);
	}
	moment->read = mono_ns();
}

void moment_reader__read(struct moment_reader *reader, uint64_t threshold, struct moment *moment)
{
	if (reader->maps.fill) {
		reader->maps.fill(reader->maps.ctx, threshold, moment);
		moment->read = mono_ns();
		return;
	}
	moment_read(reader, threshold, moment,
		    (struct boxes){ .nr = reader->maps.maps->geo.nr_cpus });
}

/* Whether a sender began a call more than @threshold ns ago that has not ended. */
static bool has_late_call(const struct moment_reader *reader, uint64_t threshold)
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

void moment_reader__watch(struct moment_reader *reader, uint64_t threshold, struct moment *moment)
{
	if (!reader->maps.fill && !__atomic_load_n(&reader->late, __ATOMIC_RELAXED) &&
	    !has_late_call(reader, threshold)) {
		uint32_t nr_cpus = reader->maps.maps->geo.nr_cpus;
		struct boxes boxes = { .nr = nr_cpus };

		if (nr_cpus > MOMENT_BOXES) {
			uint32_t turn = __atomic_fetch_add(&reader->turn, 1, __ATOMIC_RELAXED);

			boxes.nr = (nr_cpus + MOMENT_TURN - 1) / MOMENT_TURN;
			boxes.first = turn % MOMENT_TURN * boxes.nr % nr_cpus;
		}
		moment_read(reader, threshold, moment, boxes);
		if (moment__empty(moment))
			return;
	}
	moment_reader__read(reader, threshold, moment);
	__atomic_store_n(&reader->late, !moment__empty(moment), __ATOMIC_RELAXED);
}
