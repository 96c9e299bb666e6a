// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "fail.h"
#include "machine.h"
#include "reader.h"
#include "smp.h"
#include "timeline.h"

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

/* The kernel's struct __call_single_data. */
struct csd {
	uint64_t next;
	uint32_t flags;
	uint16_t src, dst;
	uint64_t func, info;
};

static const struct {
	uint32_t type;
	uint64_t func, callsite;
} kinds[NR_CSD_KINDS] = {
	[CSD_SYNC] = { TYPE_SYNC, 0xffffffff81095d10ULL, 0xffffffff810962a7ULL },
	[CSD_ASYNC] = { TYPE_ASYNC, 0xffffffff810f4c30ULL, 0xffffffff81196b12ULL },
	[CSD_TTWU] = { TYPE_TTWU, 0xffffffff810e21a0ULL, 0xffffffff810e3355ULL },
};

enum what {
	CALL, /* a CPU begins its synchronous call */
	QUEUE, /* its next csd */
	SEND, /* its IPIs */
	RETURN,
	ASYNC, /* a CPU queues the ASYNC csd of the CPU in arg */
	WAKE, /* a CPU wakes the task in arg */
	IRQ, /* the IPI in arg arrives */
	RUN, /* the next csd of a flush */
	ENTRY,
	EXIT,
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
		bool on, many;
		uint32_t to; /* of a single call */
		uint32_t next; /* the target to queue for */
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

void smp_reset(void (*over)(void))
{
	memset(cpus, 0, sizeof(cpus));
	memset(waking, 0, sizeof(waking));
	memset(&smp_counts, 0, sizeof(smp_counts));
	call_over = over;
}

bool smp_is_calling(uint32_t cpu)
{
	return cpus[cpu].call.on;
}

bool smp_is_waking(uint32_t task)
{
	return waking[task];
}

uint32_t smp_cpu_of(uint32_t task)
{
	return task % sim.nr_cpus;
}

static uint64_t *mask_of(uint32_t cpu)
{
	return (uint64_t *)(kmem + MASKS + cpu * MASK_STRIDE);
}

static struct csd *csd_at(uint64_t at)
{
	return (struct csd *)(kmem + at);
}

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

/* send_call_function_single_ipi(), kernel/sched/core.c. */
static void ipi_single(uint32_t src, uint32_t dst, enum csd_kind kind)
{
	const uint64_t args[6] = { dst, kinds[kind].callsite, IPI_CALLBACK };

	timeline_plan(sim.now + chance_spread(700, 1.5), IRQ, dst, IPI_SINGLE);
	fire(EV_SEND_CPU, src, args);
	smp_counts.ipis++;
}

static void call_fire(uint32_t cpu, enum event single, enum event many)
{
	const uint64_t args_many[6] = { (uint64_t)mask_of(cpu), kinds[CSD_SYNC].func, 0, 1, 0 };
	const uint64_t args_single[6] = { cpus[cpu].call.to, kinds[CSD_SYNC].func, 0, 1 };

	if (cpus[cpu].call.many)
		fire(many, cpu, args_many);
	else
		fire(single, cpu, args_single);
}

static void call_begin(uint32_t cpu)
{
	struct cpu *c = &cpus[cpu];

	call_fire(cpu, EV_SINGLE_BEGIN, EV_MANY_BEGIN);
	memset(mask_of(cpu), 0, MASK_STRIDE);
	c->call.pending = c->call.many ? sim.nr_cpus - 1 : 1;
	c->call.next = c->call.many ? cpu == 0 : c->call.to;
	timeline_plan(sim.now + STEP_NS, QUEUE, cpu, 0);
}

static void call_queue(uint32_t src)
{
	struct cpu *c = &cpus[src];
	uint32_t dst = c->call.next, next = dst + 1;
	struct csd *csd = csd_at(c->call.many ? dst * AREA_STRIDE + AREA_MANY + src * sizeof(*csd) :
						STACKS + src * STACK_STRIDE + STACK_CSD);

	if (queue(src, dst, csd, CSD_SYNC))
		mask_of(src)[dst / 64] |= 1ULL << dst % 64;
	if (next == src)
		next++;
	c->call.next = next;
	timeline_plan(sim.now + STEP_NS, c->call.many && next < sim.nr_cpus ? QUEUE : SEND, src, 0);
}

/* The end of smp_call_function_many_cond(): one IPI, or a mask of them. */
static void call_send(uint32_t src)
{
	uint64_t *mask = mask_of(src);
	const uint64_t args[6] = { (uint64_t)mask, kinds[CSD_SYNC].callsite, IPI_CALLBACK };
	uint32_t nr = 0, last = 0;

	for (uint32_t cpu = 0; cpu < sim.nr_cpus; cpu++)
		if (mask[cpu / 64] >> cpu % 64 & 1) {
			last = cpu;
			nr++;
		}
	if (nr == 1)
		ipi_single(src, last, CSD_SYNC);
	if (nr <= 1)
		return;
	for (uint32_t cpu = 0; cpu < sim.nr_cpus; cpu++)
		if (mask[cpu / 64] >> cpu % 64 & 1)
			timeline_plan(sim.now + chance_spread(700, 1.5), IRQ, cpu, IPI_MANY);
	fire(EV_SEND_MASK, src, args);
	smp_counts.ipis += nr;
}

static void call_return(uint32_t cpu)
{
	call_fire(cpu, EV_SINGLE_END, EV_MANY_END);
	cpus[cpu].call.on = false;
	call_over();
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
	timeline_plan(sim.now + chance_spread(UNLOCK_NS / 8, 5), ASYNC, c->async_wanted[0], dst);
	memmove(c->async_wanted, c->async_wanted + 1,
		--c->nr_async_wanted * sizeof(*c->async_wanted));
}

static uint32_t task_of(const struct csd *csd)
{
	return ((uint8_t *)csd - kmem - TASKS) / TASK_STRIDE;
}

static uint64_t task_at(uint32_t task)
{
	return TASKS + task * TASK_STRIDE;
}

static void task_fire(enum event event, uint32_t cpu, uint32_t task)
{
	const uint64_t args[6] = { (uint64_t)kmem + task_at(task) };

	fire(event, cpu, args);
}

/* try_to_wake_up() and __ttwu_queue_wakelist(), kernel/sched/core.c. */
static void wake(uint32_t src, uint32_t task)
{
	task_fire(EV_WAKING, src, task);
	if (queue(src, smp_cpu_of(task), csd_at(task_at(task) + TASK_CSD), CSD_TTWU))
		ipi_single(src, smp_cpu_of(task), CSD_TTWU);
}

/* sched_ttwu_pending(), of the batch that begins at [at]. */
static void wake_all(uint32_t cpu)
{
	const struct cpu *c = &cpus[cpu];

	for (uint32_t i = c->at; i < c->nr_flush; i++)
		task_fire(EV_WAKEUP, cpu, task_of(c->flush[i].csd));
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
		timeline_plan(sim.now + NEXT_NS, IRQ, cpu, c->pending);
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
static void irq(uint32_t cpu, enum ipi ipi)
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
		timeline_plan(sim.now, RUN, cpu, 0);
	else
		irq_end(cpu);
}

static void run(uint32_t cpu)
{
	const struct queued *q = &cpus[cpu].flush[cpus[cpu].at];

	if (q->kind == CSD_ASYNC)
		async_unlock(cpu, q->csd);
	timeline_plan(sim.now + (q->kind == CSD_ASYNC ? UNLOCK_NS : 0), ENTRY, cpu, 0);
}

/* The csds of the run that [at] begins: one, or all wake-ups. */
static uint32_t run_length(const struct cpu *c)
{
	return c->flush[c->at].kind == CSD_TTWU ? c->nr_flush - c->at : 1;
}

static void entry(uint32_t cpu)
{
	struct cpu *c = &cpus[cpu];
	const struct queued *q = &c->flush[c->at];
	const uint64_t args[6] = { kinds[q->kind].func, (uint64_t)q->csd };

	c->async_unlocked = false;
	fire(EV_ENTRY, cpu, args);
	smp_counts.csds += run_length(c);
	smp_counts.by_kind[q->kind] += run_length(c);
	smp_counts.batches += q->kind == CSD_TTWU;
	timeline_plan(sim.now + chance_spread(200, 3), EXIT, cpu, 0);
}

/* A SYNC csd is unlocked after its exit event (:517). */
static void ended(const struct queued *q)
{
	switch (q->kind) {
	case CSD_SYNC:
		q->csd->flags = 0;
		if (!--cpus[q->from].call.pending)
			timeline_plan(sim.now + STEP_NS, RETURN, q->from, 0);
		break;
	case CSD_TTWU:
		waking[task_of(q->csd)] = false;
		call_over();
		break;
	default:
		call_over();
	}
}

static void leave(uint32_t cpu)
{
	struct cpu *c = &cpus[cpu];
	const struct queued *q = &c->flush[c->at];
	const uint64_t args[6] = { kinds[q->kind].func, (uint64_t)q->csd };

	if (q->kind == CSD_TTWU)
		wake_all(cpu);
	fire(EV_EXIT, cpu, args);
	reader_empties(cpu);
	for (uint32_t n = run_length(c); n; n--)
		ended(&c->flush[c->at++]);
	if (c->at < c->nr_flush) {
		timeline_plan(sim.now + NEXT_NS, RUN, cpu, 0);
		return;
	}
	c->nr_flush = 0;
	irq_end(cpu);
}

static void call_plan(uint64_t at, uint32_t from, bool many, uint32_t to)
{
	cpus[from].call.on = true;
	cpus[from].call.many = many;
	cpus[from].call.to = to;
	timeline_plan(at, CALL, from, 0);
}

void smp_call_single(uint64_t at, uint32_t from, uint32_t to)
{
	call_plan(at, from, false, to);
}

void smp_call_many(uint64_t at, uint32_t from)
{
	call_plan(at, from, true, 0);
}

void smp_call_async(uint64_t at, uint32_t from, uint32_t to)
{
	timeline_plan(at, ASYNC, from, to);
}

void smp_wake(uint64_t at, uint32_t from, uint32_t task)
{
	waking[task] = true;
	timeline_plan(at, WAKE, from, task);
}

static void happen(const struct todo *t)
{
	switch ((enum what)t->what) {
	case CALL:
		return call_begin(t->cpu);
	case QUEUE:
		return call_queue(t->cpu);
	case SEND:
		return call_send(t->cpu);
	case RETURN:
		return call_return(t->cpu);
	case ASYNC:
		return async(t->cpu, t->arg);
	case WAKE:
		return wake(t->cpu, t->arg);
	case IRQ:
		return irq(t->cpu, t->arg);
	case RUN:
		return run(t->cpu);
	case ENTRY:
		return entry(t->cpu);
	case EXIT:
		return leave(t->cpu);
	}
}

/* The time that programs take on one CPU delays nothing on another. */
void smp_run(void)
{
	struct todo t;

	while (timeline_take(&t)) {
		sim.now = t.at;
		happen(&t);
	}
}
