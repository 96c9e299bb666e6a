// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <string.h>
#include "machine.h"
#include "smp.h"

/* include/linux/smp_types.h:14 */
#define FLAG_LOCK  0x01
#define TYPE_ASYNC 0x00
#define TYPE_SYNC  0x10
#define TYPE_TTWU  0x30

/* ns, where nothing else is said. */
#define STEP_NS	  100 /* from one step of a call to the next */
#define NEXT_NS	  50 /* from an exit to the next entry of a flush */
#define UNLOCK_NS 40 /* from the unlock of an ASYNC csd to its entry event */

#define VECTOR_MANY   0xfc /* arch/x86/include/asm/irq_vectors.h */
#define VECTOR_SINGLE 0xfb

#define IPI_CALLBACK 0xffffffff8119c5e0ULL /* generic_smp_call_function_single_interrupt */

/*
 * Where things lie in kmem: the per-CPU areas, each with the csds of calls to
 * many (by sender) and one ASYNC csd; the stacks, with the csds of single
 * calls; masks; tasks, with the csds of their wake-ups.
 */
#define AREA_STRIDE  0x40000UL
#define AREA_MANY    0x1a000UL
#define AREA_ASYNC   0x2c440UL
#define STACKS	     (CPUS_MAX * AREA_STRIDE)
#define STACK_STRIDE 0x8000UL
#define STACK_CSD    0x3da0UL
#define MASKS	     (STACKS + CPUS_MAX * STACK_STRIDE)
#define MASK_STRIDE  4096UL
#define TASKS	     (MASKS + CPUS_MAX * MASK_STRIDE)
#define TASK_STRIDE  0x2700UL
#define TASK_CSD     0x38UL

#define QUEUE_MAX (CPUS_MAX + 1 + TASKS_MAX)
#define TODO_MAX  (1 << 18)

/* The kernel's struct __call_single_data. */
struct csd {
	uint64_t next;
	uint32_t flags;
	uint16_t src, dst;
	uint64_t func, info;
};

/* A csd's way to another CPU. Each has a function and a call site of its own. */
enum csd_kind {
	CSD_SYNC, /* the sender waits */
	CSD_ASYNC, /* unlocked before its function is called */
	CSD_TTWU, /* a wake-up; all those of a flush are one run */
	NR_CSD_KINDS,
};

static const struct {
	uint32_t type;
	uint64_t func, callsite;
} kinds[NR_CSD_KINDS] = {
	[CSD_SYNC] = { TYPE_SYNC, 0xffffffff81095d10ULL, 0xffffffff810962a7ULL },
	[CSD_ASYNC] = { TYPE_ASYNC, 0xffffffff810f4c30ULL, 0xffffffff81196b12ULL },
	[CSD_TTWU] = { TYPE_TTWU, 0xffffffff810e21a0ULL, 0xffffffff810e3355ULL },
};

/* x86 has a vector for one target, and one for a mask (arch/x86/kernel/smp.c). */
enum ipi { IPI_NONE, IPI_SINGLE, IPI_MANY };

struct queued {
	struct csd *csd;
	enum csd_kind kind;
	uint32_t from;
};

static struct cpu {
	/* The synchronous call that this CPU makes. */
	struct {
		bool on;
		uint32_t to; /* TO_ALL: to many */
		uint32_t pending; /* targets that have not ended */
	} call;
	/* The queue, and the flush that runs: [at] is next, or runs. */
	struct queued queue[QUEUE_MAX], flush[QUEUE_MAX];
	uint32_t nr_queue, nr_flush, at;
	enum ipi irq; /* the interrupt whose handler runs */
	enum ipi pending; /* the one that came meanwhile */
	/* Its ASYNC csd: taken, or unlocked and not entered; and the CPUs that want it next. */
	bool async_taken, async_unlocked;
	uint32_t async_wanted[CPUS_MAX], nr_async_wanted;
} cpus[CPUS_MAX];

static bool waking[TASKS_MAX];
static void (*call_over)(void);

struct smp_counts smp_counts;

bool smp_is_calling(uint32_t cpu)
{
	return cpus[cpu].call.on;
}

bool smp_is_waking(uint32_t task)
{
	return waking[task];
}

/* What is to come: the soonest is the last. */
static struct todo {
	uint64_t at; /* ns */
	void (*what)(uint32_t cpu, uint32_t arg);
	uint32_t cpu, arg;
} todo[TODO_MAX];

static uint32_t nr_todo;
static uint64_t state; /* of an xorshift generator */

static void plan(uint64_t at, void (*what)(uint32_t cpu, uint32_t arg), uint32_t cpu, uint32_t arg)
{
	uint32_t i = nr_todo++;

	if (nr_todo == TODO_MAX)
		fail("more than %d events to come", TODO_MAX);
	for (; i && todo[i - 1].at <= at; i--)
		todo[i] = todo[i - 1];
	todo[i] = (struct todo){ at, what, cpu, arg };
}

void smp_reset(void (*over)(void))
{
	memset(cpus, 0, sizeof(cpus));
	memset(waking, 0, sizeof(waking));
	memset(&smp_counts, 0, sizeof(smp_counts));
	call_over = over;
	nr_todo = 0;
	state = 0x9e3779b97f4a7c15ULL;
}

uint64_t chance(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

uint64_t chance_spread(double low, double octaves)
{
	return low * exp2(octaves * (chance() >> 11) * 0x1p-53);
}

static uint64_t *mask_of(uint32_t cpu)
{
	return (uint64_t *)(kmem + MASKS + cpu * MASK_STRIDE);
}

static bool in_mask(uint32_t src, uint32_t cpu)
{
	return mask_of(src)[cpu / 64] >> cpu % 64 & 1;
}

static struct csd *csd_at(uint64_t at)
{
	return (struct csd *)(kmem + at);
}

/* In a flush, an irq has its run of csds; the functions of one call another. */
static void irq(uint32_t cpu, uint32_t ipi);
static void run(uint32_t cpu, uint32_t unused);

/*
 * __smp_call_single_queue(), and the loop of smp_call_function_many_cond() (:851):
 * the event, then llist_add(). Returns whether the queue was empty, so that
 * @src must send an IPI.
 */
static bool queue(uint32_t src, uint32_t dst, struct csd *csd, enum csd_kind kind)
{
	const uint64_t args[6] = { dst, kinds[kind].callsite, kinds[kind].func, (uint64_t)csd };
	struct cpu *c = &cpus[dst];

	*csd = (struct csd){ .flags = kinds[kind].type | (kind == CSD_TTWU ? 0 : FLAG_LOCK),
			     .src = src,
			     .dst = dst,
			     .func = kinds[kind].func };
	fire(EV_QUEUE, src, args);
	if (c->nr_queue == QUEUE_MAX)
		fail("more than %d csds in a queue", (int)QUEUE_MAX);
	c->queue[c->nr_queue] = (struct queued){ csd, kind, src };
	return !c->nr_queue++;
}

static void ipi_plan(uint32_t dst, enum ipi ipi)
{
	plan(sim.now + chance_spread(700, 1.5), irq, dst, ipi);
}

/* send_call_function_single_ipi(), kernel/sched/core.c. */
static void ipi_single(uint32_t src, uint32_t dst, enum csd_kind kind)
{
	const uint64_t args[6] = { dst, kinds[kind].callsite, IPI_CALLBACK };

	ipi_plan(dst, IPI_SINGLE);
	fire(EV_SEND_CPU, src, args);
}

static bool is_many(uint32_t cpu)
{
	return cpus[cpu].call.to == TO_ALL;
}

static void call_fire(uint32_t cpu, enum event single, enum event many)
{
	const uint64_t args[6] = { is_many(cpu) ? (uint64_t)mask_of(cpu) : cpus[cpu].call.to,
				   kinds[CSD_SYNC].func, 0, 1 };

	fire(is_many(cpu) ? many : single, cpu, args);
}

static void call_return(uint32_t cpu, uint32_t unused)
{
	(void)unused;
	call_fire(cpu, EV_SINGLE_END, EV_MANY_END);
	cpus[cpu].call.on = false;
	call_over();
}

/* The end of smp_call_function_many_cond(): one IPI, or a mask of them. */
static void call_send(uint32_t src, uint32_t unused)
{
	const uint64_t args[6] = { (uint64_t)mask_of(src), kinds[CSD_SYNC].callsite, IPI_CALLBACK };
	uint32_t nr = 0, last = 0;

	(void)unused;
	for (uint32_t cpu = 0; cpu < sim.nr_cpus; cpu++)
		if (in_mask(src, cpu)) {
			last = cpu;
			nr++;
		}
	if (nr == 1)
		ipi_single(src, last, CSD_SYNC);
	if (nr <= 1)
		return;
	for (uint32_t cpu = 0; cpu < sim.nr_cpus; cpu++)
		if (in_mask(src, cpu))
			ipi_plan(cpu, IPI_MANY);
	fire(EV_SEND_MASK, src, args);
}

/* The next csd of the call, to @dst. */
static void call_queue(uint32_t src, uint32_t dst)
{
	struct csd *csd = csd_at(is_many(src) ? dst * AREA_STRIDE + AREA_MANY + src * sizeof(*csd) :
						STACKS + src * STACK_STRIDE + STACK_CSD);
	uint32_t next = dst + 1 + (dst + 1 == src);

	if (queue(src, dst, csd, CSD_SYNC))
		mask_of(src)[dst / 64] |= 1ULL << dst % 64;
	plan(sim.now + STEP_NS, is_many(src) && next < sim.nr_cpus ? call_queue : call_send, src,
	     next);
}

static void call_begin(uint32_t cpu, uint32_t unused)
{
	struct cpu *c = &cpus[cpu];

	(void)unused;
	call_fire(cpu, EV_SINGLE_BEGIN, EV_MANY_BEGIN);
	memset(mask_of(cpu), 0, MASK_STRIDE);
	c->call.pending = is_many(cpu) ? sim.nr_cpus - 1 : 1;
	plan(sim.now + STEP_NS, call_queue, cpu, is_many(cpu) ? cpu == 0 : c->call.to);
}

/* smp_call_function_single_async(); @src comes again if the csd is locked. */
static void async(uint32_t src, uint32_t dst)
{
	struct cpu *c = &cpus[dst];

	if (c->async_taken) {
		if (c->nr_async_wanted == CPUS_MAX)
			fail("more than %d CPUs want an ASYNC csd", CPUS_MAX);
		c->async_wanted[c->nr_async_wanted++] = src;
		return;
	}
	c->async_taken = true;
	smp_counts.again += c->async_unlocked;
	if (queue(src, dst, csd_at(dst * AREA_STRIDE + AREA_ASYNC), CSD_ASYNC))
		ipi_single(src, dst, CSD_ASYNC);
}

/* From here (:549) to its entry event the csd may be queued again, by a CPU that waits for it. */
static void async_unlock(uint32_t dst, struct csd *csd)
{
	struct cpu *c = &cpus[dst];

	csd->flags = 0;
	c->async_taken = false;
	c->async_unlocked = true;
	if (!c->nr_async_wanted)
		return;
	plan(sim.now + chance_spread(UNLOCK_NS / 8, 5), async, c->async_wanted[0], dst);
	memmove(c->async_wanted, c->async_wanted + 1,
		--c->nr_async_wanted * sizeof(*c->async_wanted));
}

static uint64_t task_at(uint32_t task)
{
	return TASKS + task * TASK_STRIDE;
}

static uint32_t task_of(const struct csd *csd)
{
	return ((uint8_t *)csd - kmem - TASKS) / TASK_STRIDE;
}

static void task_fire(enum event event, uint32_t cpu, uint32_t task)
{
	const uint64_t args[6] = { (uint64_t)kmem + task_at(task) };

	fire(event, cpu, args);
}

/* try_to_wake_up() and __ttwu_queue_wakelist(), kernel/sched/core.c. */
static void wake(uint32_t src, uint32_t task)
{
	uint32_t dst = task % sim.nr_cpus;

	task_fire(EV_WAKING, src, task);
	if (queue(src, dst, csd_at(task_at(task) + TASK_CSD), CSD_TTWU))
		ipi_single(src, dst, CSD_TTWU);
}

static void irq_fire(uint32_t cpu, enum event single, enum event many)
{
	const uint64_t args[6] = { cpus[cpu].irq == IPI_SINGLE ? VECTOR_SINGLE : VECTOR_MANY };

	fire(cpus[cpu].irq == IPI_SINGLE ? single : many, cpu, args);
}

static void irq_end(uint32_t cpu)
{
	struct cpu *c = &cpus[cpu];

	irq_fire(cpu, EV_IRQ_SINGLE_END, EV_IRQ_MANY_END);
	c->irq = IPI_NONE;
	if (c->pending)
		plan(sim.now + NEXT_NS, irq, cpu, c->pending);
	c->pending = IPI_NONE;
}

/* The list is taken whole, to be run by type: SYNC, ASYNC, TTWU (:474 to :566). */
static void flush(struct cpu *c)
{
	struct csd *before = NULL;

	for (int kind = 0; kind < NR_CSD_KINDS; kind++)
		for (uint32_t i = 0; i < c->nr_queue; i++)
			if ((int)c->queue[i].kind == kind)
				c->flush[c->nr_flush++] = c->queue[i];
	c->nr_queue = c->at = 0;
	/* The nodes linked in the end are those still there when the wake-ups run. */
	for (uint32_t i = 0; i < c->nr_flush; i++) {
		c->flush[i].csd->next = 0;
		if (before && c->flush[i].kind == CSD_TTWU)
			before->next = (uint64_t)c->flush[i].csd;
		before = c->flush[i].kind == CSD_TTWU ? c->flush[i].csd : NULL;
	}
}

/* While a handler runs, interrupts are off. */
static void irq(uint32_t cpu, uint32_t ipi)
{
	struct cpu *c = &cpus[cpu];

	if (c->irq) {
		c->pending = ipi;
		return;
	}
	c->irq = ipi;
	irq_fire(cpu, EV_IRQ_SINGLE_BEGIN, EV_IRQ_MANY_BEGIN);
	flush(c);
	if (c->nr_flush)
		plan(sim.now, run, cpu, 0);
	else
		irq_end(cpu);
}

/* The csds of the run that [at] begins: one, or all wake-ups. */
static uint32_t run_length(const struct cpu *c)
{
	return c->flush[c->at].kind == CSD_TTWU ? c->nr_flush - c->at : 1;
}

/* A SYNC csd is unlocked after its exit event (:517). */
static void ended(const struct queued *q)
{
	if (q->kind != CSD_SYNC) {
		if (q->kind == CSD_TTWU)
			waking[task_of(q->csd)] = false;
		call_over();
		return;
	}
	q->csd->flags = 0;
	if (!--cpus[q->from].call.pending)
		plan(sim.now + STEP_NS, call_return, q->from, 0);
}

/* The exit event; of wake-ups, after sched_ttwu_pending(). */
static void leave(uint32_t cpu, uint32_t unused)
{
	struct cpu *c = &cpus[cpu];
	const struct queued *q = &c->flush[c->at];
	const uint64_t args[6] = { kinds[q->kind].func, (uint64_t)q->csd };
	uint32_t n = run_length(c);

	(void)unused;
	for (uint32_t i = 0; q->kind == CSD_TTWU && i < n; i++)
		task_fire(EV_WAKEUP, cpu, task_of(q[i].csd));
	fire(EV_EXIT, cpu, args);
	rings_empty(cpu);
	for (; n; n--)
		ended(&c->flush[c->at++]);
	if (c->at < c->nr_flush) {
		plan(sim.now + NEXT_NS, run, cpu, 0);
		return;
	}
	c->nr_flush = 0;
	irq_end(cpu);
}

static void entry(uint32_t cpu, uint32_t unused)
{
	struct cpu *c = &cpus[cpu];
	const struct queued *q = &c->flush[c->at];
	const uint64_t args[6] = { kinds[q->kind].func, (uint64_t)q->csd };

	(void)unused;
	c->async_unlocked = false;
	fire(EV_ENTRY, cpu, args);
	smp_counts.csds += run_length(c);
	if (q->kind == CSD_TTWU) {
		smp_counts.wakeups += run_length(c);
		smp_counts.batches++;
	}
	plan(sim.now + chance_spread(200, 3), leave, cpu, 0);
}

static void run(uint32_t cpu, uint32_t unused)
{
	const struct queued *q = &cpus[cpu].flush[cpus[cpu].at];

	(void)unused;
	if (q->kind == CSD_ASYNC)
		async_unlock(cpu, q->csd);
	plan(sim.now + (q->kind == CSD_ASYNC ? UNLOCK_NS : 0), entry, cpu, 0);
}

void smp_call(uint64_t at, uint32_t from, uint32_t to)
{
	cpus[from].call.on = true;
	cpus[from].call.to = to;
	plan(at, call_begin, from, 0);
}

void smp_call_async(uint64_t at, uint32_t from, uint32_t to)
{
	plan(at, async, from, to);
}

void smp_wake(uint64_t at, uint32_t from, uint32_t task)
{
	waking[task] = true;
	plan(at, wake, from, task);
}

/* The time that programs take on one CPU delays nothing on another. */
void smp_run(void)
{
	while (nr_todo) {
		struct todo next = todo[--nr_todo];

		sim.now = next.at;
		next.what(next.cpu, next.arg);
	}
}
