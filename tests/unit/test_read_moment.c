// SPDX-License-Identifier: GPL-2.0
/* Late csds at a moment, on a machine with many CPUs: the boxes are read in turn. */
#include <pthread.h>
#include <bpf/bpf.h>
#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "base/clock.h"
#include "base/cpuset.h"
#include "base/shared_copy.h"
#include "collect/read_moment.h"
#include "maps_memory.h"
#include "model/moment.h"
#include "unit.h"

#define NR_CPUS	  67 /* no multiple of MOMENT_TURN */
#define NEVER_ON  5 /* possible, but never online */
#define THRESHOLD 1000000ULL
#define FUNC	  0xffffffff81000000ULL
#define CSD	  0xffff888000000100ULL

static struct maps maps;
static struct cpuset cpus;
static struct moment_maps moment_maps;
static struct moment_reader *reader;
static struct moment moment;
static uint64_t lost;

/* What the program `evidence` says of csds that are queued, and how often csds were given back. */
static enum evidence answer;
static int given_back;
static uint64_t later; /* ns that have passed besides the real time */

int __real_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int err = __real_clock_gettime(clock, ts);

	ts->tv_sec += (ts->tv_nsec + later) / 1000000000;
	ts->tv_nsec = (ts->tv_nsec + later) % 1000000000;
	return err;
}

int __wrap_bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *opts)
{
	const struct evidence_question *question = opts->ctx_in;

	/* A CPU's look is its number. */
	opts->retval = question->of == EVIDENCE_OF_SLOT ? answer : question->dst;
	if (question->give_back) {
		assert_int_equal(answer, EVIDENCE_NONE);
		given_back++;
		opts->retval = EVIDENCE_LOST;
	}
	return 0;
}

static int setup(void **state)
{
	struct geometry geo = geometry__of(NR_CPUS);

	geo.origins = geometry__slots(&geo);
	maps = maps_make(geo);
	cpus = (struct cpuset){};
	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		if (cpu != NEVER_ON)
			cpuset__add(&cpus, cpu);
	moment_maps = (struct moment_maps){
		.maps = &maps,
		.cpus = &cpus,
		.frame_origins = zeroed(NR_CPUS * FRAMES, sizeof(struct origin)),
		.sleepers = zeroed(SLEEPERS, sizeof(struct sleeper)),
		.sleeper_origins = zeroed(SLEEPERS * FRAMES, sizeof(struct origin)),
		.lost = &lost,
		.events_fd = -1,
	};
	return moment_reader__open(&reader, &moment_maps);
}

static int teardown(void **state)
{
	moment_reader__close(reader);
	free((void *)moment_maps.frame_origins);
	free((void *)moment_maps.sleepers);
	free((void *)moment_maps.sleeper_origins);
	maps_free(&maps);
	return 0;
}

static struct slot *queue(uint32_t dst, uint64_t age)
{
	struct slot *slot = box_slot(&maps, dst, 300);

	slot->time = mono_ns() - age;
	slot->since = NO_CALL;
	slot->csd = CSD;
	maps.origins[slot - maps.slots].func = FUNC;
	return slot;
}

static void watch(void)
{
	moment_reader__watch(reader, THRESHOLD, &moment);
}

/* The calls until something is found; more than MOMENT_TURN: nothing was. */
static int calls_until_found(void)
{
	int calls = 0;

	do
		watch();
	while (++calls <= MOMENT_TURN && !moment.nr_pending);
	return calls;
}

TEST_F(a_late_csd_is_found_within_a_turn_on_each_cpu)
{
	for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++) {
		struct slot *slot = queue(cpu, 2 * THRESHOLD);

		if (cpu == NEVER_ON) {
			assert_true(calls_until_found() > MOMENT_TURN);
		} else {
			assert_in_range(calls_until_found(), 1, MOMENT_TURN);
			assert_members(moment.pending[0], dst, cpu, func, FUNC);
		}
		slot->csd = SLOT_FREE;
		watch();
		assert_int_equal(moment.nr_pending, 0);
	}
}

TEST_F(while_one_is_late_all_are_found_at_once)
{
	queue(40, 2 * THRESHOLD);
	assert_in_range(calls_until_found(), 1, MOMENT_TURN);
	for (uint32_t cpu = 0, nr = 1; cpu < NR_CPUS; cpu++) {
		if (cpu == 40 || cpu == NEVER_ON)
			continue;
		queue(cpu, 2 * THRESHOLD);
		watch();
		assert_int_equal(moment.nr_pending, ++nr);
	}
}

TEST_F(a_young_csd_is_not_late)
{
	struct slot *slot = queue(40, 0);

	slot->time = mono_ns() + 1000 * THRESHOLD;
	assert_true(calls_until_found() > MOMENT_TURN);
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(moment.nr_pending, 0);
}

static void read_with_evidence(void)
{
	static const int fd = 3;

	moment_reader__close(reader);
	moment_maps.evidence_fd = &fd;
	assert_int_equal(moment_reader__open(&reader, &moment_maps), 0);
}

TEST_F(a_ring_that_cannot_be_read_leaves_no_reader)
{
	struct moment_reader *none = reader;
	struct moment_maps maps_without_ring = moment_maps;

	maps_without_ring.events_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(maps_without_ring.events_fd >= 0);
	assert_true(moment_reader__open(&none, &maps_without_ring) < 0);
	assert_null(none);
	close(maps_without_ring.events_fd);
}

/* Csds one after the other may have the same CPU, or not. */
TEST_F(each_csd_has_a_look_at_its_own_cpus)
{
	static const uint32_t dsts[] = { 40, 41 };

	read_with_evidence();
	answer = EVIDENCE_SEEN;
	for (int i = 0; i < 2; i++)
		for (uint32_t src = 7; src < 9; src++) {
			struct slot *first = queue(dsts[i], 2 * THRESHOLD), *slot = first + src;

			*slot = *first;
			slot->from = FROM(src, 0, 0);
			slot->csd = CSD + 64 * src;
			maps.origins[slot - maps.slots].func = FUNC;
			first->csd = SLOT_FREE;
		}
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(moment.nr_pending, 4);
	for (size_t i = 0; i < moment.nr_pending; i++) {
		const struct pending *p = &moment.pending[i];

		assert_members(*p, src_look.timers, p->src, dst_look.timers, p->dst);
	}
}

/*
 * The hypervisor may have stopped the CPU just before it enters the csd: only a csd that is in doubt
 * for 100 ms is lost. Each csd has a doubt of its own.
 */
TEST_F(a_csd_is_lost_only_after_a_while)
{
	struct slot *slots[2];

	read_with_evidence();
	given_back = 0;
	answer = EVIDENCE_SEEN;
	slots[0] = queue(40, 2 * THRESHOLD);
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(moment.nr_pending, 1);
	answer = EVIDENCE_NONE;
	moment_reader__read(reader, THRESHOLD, &moment);
	later += 60000000;
	slots[1] = queue(41, 3 * THRESHOLD);
	slots[1]->csd = CSD + 64;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(moment.nr_pending, 0);
	assert_int_equal(given_back, 0);
	later += 50000000;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(given_back, 1);
	slots[0]->csd = SLOT_FREE;
	later += 60000000;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(given_back, 2);
	/* The same csd, queued again, is in a new doubt. */
	slots[1] = queue(41, 3 * THRESHOLD);
	slots[1]->csd = CSD + 64;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(given_back, 2);
}

TEST_F(a_sender_that_waits_is_found_at_once)
{
	for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++) {
		struct slot *slot = queue(cpu, 2 * THRESHOLD);
		uint32_t src = cpu ? 0 : 1;

		if (cpu == NEVER_ON) {
			slot->csd = SLOT_FREE;
			continue;
		}
		slot->from = FROM(src, 0, 0);
		slot->since = 0;
		maps.calls[src].begun = slot->time;
		maps.calls[src].queued++;
		watch();
		assert_members(moment, nr_waiting, 1, waiting[0].src, src, nr_pending, 1);
		slot->csd = SLOT_FREE;
		maps.calls[src].done++;
		watch();
		assert_int_equal(moment.nr_waiting, 0);
	}
}

TEST_F(a_function_that_runs_long_is_found_at_once)
{
	struct cpu_rec *rec = &maps.cpus[60];

	queue(7, 2 * THRESHOLD);
	rec->frames[0].start = mono_ns() - 2 * THRESHOLD;
	rec->frames[0].func = FUNC;
	rec->depth = 1;
	watch();
	assert_members(moment, nr_running, 1, running[0].dst, 60, nr_pending, 1);
}

/* A csd to CPU 40 that belongs to a call of CPU 3, which began @before ns earlier. Returns when it began. */
static uint64_t queue_of_call(uint64_t before)
{
	struct slot *slot = queue(40, 2 * THRESHOLD);

	slot->from = FROM(3, 0, 0);
	slot->since = before;
	maps.origins[slot - maps.slots] =
		(struct origin){ .func = FUNC, .callsite = FUNC + 16, .pid = 7, .tgid = 11 };
	return slot->time - before;
}

TEST_F(a_sender_waits_in_the_function_that_its_call_has)
{
	const struct slot *slot = box_slot(&maps, 40, 300);
	const uint64_t call = queue_of_call(1234);

	maps.calls[3].begun = call;
	maps.calls[3].wait_in = WAIT_MANY;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_members(moment, nr_waiting, 1, nr_pending, 1, nr_running, 0);
	assert_members(moment.waiting[0], call, call, src, 3, func, FUNC, wait_in, WAIT_MANY,
		       sender.known, true, sender.interrupt, false, sender.pid, 7, sender.tgid, 11);
	assert_members(moment.pending[0], csd, CSD, queued, slot->time, func, FUNC, callsite,
		       FUNC + 16, call, call, src, 3, dst, 40, sender.pid, 7, sender.tgid, 11);
	/* The record is still that of the call before this one. */
	maps.calls[3].begun = call - 1;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_members(moment, nr_waiting, 1, waiting[0].wait_in, WAIT_UNKNOWN);
	/* The call after this one has begun. */
	maps.calls[3].begun = call + 1;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_members(moment, nr_waiting, 0, nr_pending, 0);
}

/* Where a task may be preempted while it waits, each call has a record. */
TEST_F(a_sender_waits_in_the_function_that_its_record_has)
{
	const uint64_t call = queue_of_call(1234), key = task_call_key(3, call);
	struct task_call *own;

	maps.geo.task_call_slots = TASK_CALLS_MIN;
	free(maps.task_calls);
	maps.task_calls = aligned_alloc(CACHE_LINE, TASK_CALLS_MIN * sizeof(*maps.task_calls));
	assert_non_null(maps.task_calls);
	memset(maps.task_calls, 0, TASK_CALLS_MIN * sizeof(*maps.task_calls));
	own = &maps.task_calls[(uint32_t)hash64(key) & (TASK_CALLS_MIN - 1)];
	*own = (struct task_call){ .key = key, .begun = call, .csds = 2, .src = 3, .sealed = 1 };
	own->wait_in = WAIT_MANY;
	own->done = 1;
	maps.calls[3].begun = call;
	maps.calls[3].wait_in = WAIT_UNKNOWN;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_members(moment, nr_waiting, 1, waiting[0].wait_in, WAIT_MANY, waiting[0].src, 3,
		       waiting[0].call, call, nr_pending, 1);
	own->done = 2;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_members(moment, nr_waiting, 0, nr_pending, 0);
}

TEST_F(an_interrupt_that_sent_a_csd_is_no_task)
{
	struct slot *slot;

	queue_of_call(1234);
	slot = box_slot(&maps, 40, 300);
	maps.origins[slot - maps.slots].interrupt = 1;
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_members(moment, nr_pending, 1, nr_waiting, 1);
	assert_members(moment.pending[0].sender, known, false, interrupt, true, pid, 0, tgid, 0,
		       comm, "");
}

/* Its task was interrupted on CPU 9, and is on no CPU now. */
TEST_F(a_function_that_sleeps_is_of_the_cpu_that_it_interrupted)
{
	struct sleeper *sleeper = (struct sleeper *)&moment_maps.sleepers[3];

	*sleeper = (struct sleeper){ .task = CSD, .away = 1, .cpu = 9, .depth = 1 };
	sleeper->frames[0] =
		(struct frame){ .start = mono_ns() - 2 * THRESHOLD, .func = FUNC, .slept = 1 + 3 };
	watch();
	assert_members(moment, nr_running, 1, running[0].dst, 9, running[0].slept, 1);
	/* Once the task is on a CPU again, its functions are among those of the CPU. */
	sleeper->away = 0;
	watch();
	assert_int_equal(moment.nr_running, 0);
	*sleeper = (struct sleeper){ .task = SLOT_TAKEN, .away = 1, .cpu = 9, .depth = 1 };
	watch();
	assert_int_equal(moment.nr_running, 0);
}

/* CPU NEVER_ON is among these. */
#define BUSY	 8 /* CPUs that queue and run functions while watchers look */
#define WATCHERS 2
#define ROUNDS	 200

static _Atomic bool enough;

/* A csd's function depends on its time, so that a copy that mixes two csds is noticed. */
static uint64_t func_of(uint64_t time)
{
	return FUNC + time % 4096;
}

/* A csd is queued to @cpu, into a slot that another had: queued_put() in bpf/queue.bpf.h. */
static void requeue(uint32_t cpu)
{
	struct slot *place = box_slot(&maps, cpu, 0);
	const uint64_t now = mono_ns();
	const struct slot slot = { .csd = SLOT_CLAIMED, .time = now, .since = NO_CALL };
	const struct origin origin = { .func = func_of(now), .callsite = now };

	__atomic_store_n(&place->csd, SLOT_CLAIMED, __ATOMIC_SEQ_CST);
	shared_copy__store(&maps.origins[place - maps.slots], &origin, sizeof(origin));
	shared_copy__store(place, &slot, sizeof(slot));
	__atomic_store_n(&place->csd, CSD, __ATOMIC_RELEASE);
}

/* A function ends on @cpu, and another begins: frame_pop() and frame_push() in bpf/frames.bpf.h. */
static void run_next(uint32_t cpu)
{
	struct cpu_rec *rec = &maps.cpus[cpu];
	const uint64_t now = mono_ns();
	const struct frame frame = { .start = now, .func = func_of(now) };

	__atomic_store_n(&rec->depth, 0, __ATOMIC_SEQ_CST);
	shared_copy__store(&rec->frames[0], &frame, sizeof(frame));
	__atomic_store_n(&rec->depth, 1, __ATOMIC_RELEASE);
}

/* A watcher. Returns how many late csds it found, or -1 if one was a mix of two. */
static void *look_often(void *arg)
{
	struct moment *own = calloc(1, sizeof(*own));
	bool mixed = !own;
	intptr_t found = 0;

	while (!enough && own) {
		moment_reader__watch(reader, THRESHOLD, own);
		found += own->nr_pending + own->nr_running;
		for (size_t i = 0; i < own->nr_pending; i++)
			mixed |= own->pending[i].func != func_of(own->pending[i].queued) ||
				 own->pending[i].callsite != own->pending[i].queued;
		for (size_t i = 0; i < own->nr_running; i++)
			mixed |= own->running[i].func != func_of(own->running[i].start);
	}
	free(own);
	return (void *)(mixed ? -1 : found);
}

TEST_F(no_csd_is_a_mix_of_two_while_the_maps_change)
{
	pthread_t watchers[WATCHERS];

	enough = false;
	for (int i = 0; i < WATCHERS; i++)
		assert_int_equal(pthread_create(&watchers[i], NULL, look_often, NULL), 0);
	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t cpu = 0; cpu < BUSY; cpu++) {
			requeue(cpu);
			run_next(cpu);
		}
		/* All of these become late. */
		usleep(2 * THRESHOLD / 1000);
	}
	enough = true;
	for (int i = 0; i < WATCHERS; i++) {
		void *found;

		pthread_join(watchers[i], &found);
		assert_in_range((intptr_t)found, 1, INTPTR_MAX);
	}
}

TEST_MAIN(NULL, NULL)
