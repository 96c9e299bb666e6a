// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/cpuset.h"
#include "collect/kcore/queues/image.h"
#include "collect/kcore/queues/target.h"
#include "collect/kcore/queues/walk.h"
#include "model/moment.h"

/* include/linux/smp_types.h: the flags of a csd, and its type within them. */
#define CSD_LOCK     0x01U
#define CSD_TYPE     0xf0U
#define CSD_SYNC     0x10U
#define CSD_IRQ_WORK 0x20U
#define CSD_TTWU     0x30U

/* A longer queue is taken for one that goes in a circle, because it changed. */
#define QUEUE_MAX  4096
/* A csd's alignment is its size: include/linux/smp.h. */
#define CSD_BYTES  32
/* On machines of so many CPUs all csds of cfd_data are read, else only those of senders by their stack. */
#define READ_ALL   64
/* A timer that is so late shows that interrupts are off; a hypervisor may hold a CPU up for less. */
#define OVERDUE_NS 100000000ULL
/* A CPU's clock in its runqueue is as old as its last tick. */
#define TICK_NS	   10000000ULL

struct walk {
	struct image image;
	struct moment *m;
	uint64_t stack[STACK_WORDS];
};

/* A csd as it stands in memory. */
struct csd {
	uint64_t at;
	uint64_t next;
	uint64_t func;
	uint32_t flags;
};

static uint64_t part_of(const struct walk *w, const char *bytes, enum fact_field field)
{
	const struct field *f = &w->image.facts->field[field];
	uint64_t value = 0;

	if (f->size <= sizeof(value) && f->offset + f->size <= CSD_BYTES)
		memcpy(&value, bytes + f->offset, f->size);
	return value;
}

static bool csd_fetch(const struct walk *w, uint64_t at, struct csd *csd)
{
	char bytes[CSD_BYTES];

	*csd = (struct csd){ .at = at };
	if (!image__read(&w->image, at, bytes, sizeof(bytes)))
		return false;
	csd->next = part_of(w, bytes, FIELD_LLIST);
	csd->func = part_of(w, bytes, FIELD_FUNC);
	csd->flags = part_of(w, bytes, FIELD_FLAGS);
	return true;
}

/* A sender waits for this csd. Words of a stack may look like one, but for the function. */
static bool is_waited_for(const struct walk *w, const struct csd *csd)
{
	return (csd->flags & (CSD_TYPE | CSD_LOCK)) == (CSD_SYNC | CSD_LOCK) &&
	       image__may_be_func(&w->image, csd->func);
}

/* The queues */

static struct pending *pending_add(struct moment *m)
{
	if (m->nr_pending == MOMENT_PENDING) {
		m->dropped++;
		return NULL;
	}
	m->pending[m->nr_pending] = (struct pending){};
	return &m->pending[m->nr_pending++];
}

/* The function that a node of a queue stands for; 0: none. */
static uint64_t func_of(const struct walk *w, const struct csd *csd)
{
	switch (csd->flags & CSD_TYPE) {
	case CSD_TTWU:
		/* The node is a task's wake_entry. */
		return w->image.facts->at[AT_TTWU].at;
	case CSD_IRQ_WORK:
		return image__number(&w->image, csd->at, FIELD_WORK_FUNC);
	default:
		return csd->func;
	}
}

/* The csd's owner by its place: on the sender's stack, in its cfd_data or csd_data. */
static uint32_t src_of(const struct walk *w, uint64_t csd, uint32_t dst)
{
	const struct image *image = &w->image;
	uint64_t csd_data = image->facts->at[AT_CSD_DATA].at;
	int cpu;

	for_each_cpu(cpu, &image->online) {
		const struct image_cpu *c = &image->cpus[cpu];

		if ((c->stack && csd - c->stack < STACK_BYTES) ||
		    (c->csds && csd == c->csds + image->offsets[dst]) ||
		    (csd_data && csd == csd_data + image->offsets[cpu]))
			return cpu;
	}
	return CPU_UNKNOWN;
}

static void queue_walk(struct walk *w, uint32_t cpu)
{
	uint64_t node = 0, head = image__per_cpu(&w->image, AT_QUEUE, cpu);
	size_t first = w->m->nr_pending;

	image__read(&w->image, head, &node, sizeof(node));
	for (int i = 0; node; i++) {
		struct csd csd;
		struct pending *p;

		if (i == QUEUE_MAX || !is_kernel_address(node) ||
		    !csd_fetch(w, node - w->image.facts->field[FIELD_LLIST].offset, &csd) ||
		    (csd.flags & CSD_TYPE) > CSD_TTWU) {
			w->m->torn++;
			break;
		}
		p = pending_add(w->m);
		if (p)
			*p = (struct pending){ .csd = csd.at,
					       .func = func_of(w, &csd),
					       .call = is_waited_for(w, &csd),
					       .src = src_of(w, csd.at, cpu),
					       .dst = cpu };
		node = csd.next;
	}
	/* The queue is a stack: the node that was queued first is the last. */
	for (size_t a = first, b = w->m->nr_pending; a + 1 < b; a++, b--) {
		struct pending p = w->m->pending[a];

		w->m->pending[a] = w->m->pending[b - 1];
		w->m->pending[b - 1] = p;
	}
}

static bool is_pending(const struct moment *m, uint64_t csd, uint32_t dst)
{
	for (size_t i = 0; i < m->nr_pending; i++)
		if (m->pending[i].csd == csd && (m->pending[i].dst == dst || dst == CPU_UNKNOWN))
			return true;
	return false;
}

/* The senders */

/* A csd that has left its queue and is locked: its function runs, or another of the same flush. */
static void running_add(struct moment *m, const struct csd *csd, uint32_t src, uint32_t dst)
{
	if (m->nr_running == MOMENT_RUNNING) {
		m->dropped++;
		return;
	}
	m->running[m->nr_running++] = (struct running){
		.func = csd->func, .csd = csd->at, .call = 1, .src = src, .dst = dst
	};
}

/* The sender on @src waits in @func. @task: 0 is unknown. */
static void waiting_add(struct walk *w, uint32_t src, uint64_t func, enum wait_in in, uint64_t task)
{
	struct moment *m = w->m;
	uint64_t arrival = task ? image__number(&w->image, task, FIELD_ARRIVAL) : 0;
	struct waiting *waiting;

	if (moment__waiting(m, src, 1))
		return;
	if (m->nr_waiting == MOMENT_WAITING) {
		m->dropped++;
		return;
	}
	waiting = &m->waiting[m->nr_waiting++];
	*waiting = (struct waiting){ .call = 1, .func = func, .src = src, .wait_in = in };
	waiting->sender = image__task(&w->image, task);
	/* Up to Linux 7.2 a sender waits with preemption off: not longer than it has been on its CPU. */
	if (arrival && arrival < w->image.clock)
		waiting->at_most = w->image.clock - arrival + TICK_NS;
}

/* Whether the stack in w->stack has an address in the function that calls many CPUs. */
static bool calls_many(const struct walk *w)
{
	const struct address *many = &w->image.facts->at[AT_WAIT_MANY];

	for (size_t i = 0; many->end && i < STACK_WORDS; i++)
		if (w->stack[i] > many->at && w->stack[i] < many->end)
			return true;
	return false;
}

/* The csd of a call to one CPU is on the sender's stack: known by its own contents. */
static void single_walk(struct walk *w, uint32_t cpu)
{
	const struct image_cpu *c = &w->image.cpus[cpu];
	uint32_t flags = w->image.facts->field[FIELD_FLAGS].offset;

	for (uint32_t at = 0; at + CSD_BYTES <= STACK_BYTES; at += CSD_BYTES) {
		uint32_t value;
		struct csd csd;

		memcpy(&value, (const char *)w->stack + at + flags, sizeof(value));
		if (value != (CSD_SYNC | CSD_LOCK) || !csd_fetch(w, c->stack + at, &csd) ||
		    !is_waited_for(w, &csd))
			continue;
		if (!is_pending(w->m, csd.at, CPU_UNKNOWN))
			running_add(w->m, &csd, cpu, CPU_UNKNOWN);
		waiting_add(w, cpu, csd.func, WAIT_SINGLE, c->task);
	}
}

static void many_walk(struct walk *w, uint32_t cpu, uint64_t task)
{
	const struct image *image = &w->image;
	int dst;

	for_each_cpu(dst, &image->online) {
		struct csd csd;

		if (dst == (int)cpu ||
		    !csd_fetch(w, image->cpus[cpu].csds + image->offsets[dst], &csd) ||
		    !is_waited_for(w, &csd))
			continue;
		if (!is_pending(w->m, csd.at, dst))
			running_add(w->m, &csd, cpu, dst);
		waiting_add(w, cpu, csd.func, WAIT_MANY, task);
	}
}

static void sender_walk(struct walk *w, uint32_t cpu)
{
	const struct image_cpu *c = &w->image.cpus[cpu];
	bool many = false;

	if (c->stack && image__read(&w->image, c->stack, w->stack, sizeof(w->stack))) {
		single_walk(w, cpu);
		many = calls_many(w);
	}
	if (c->csds &&
	    (many || w->image.nr_cpus <= READ_ALL || !w->image.facts->at[AT_WAIT_MANY].end))
		many_walk(w, cpu, many ? c->task : 0);
}

/* The CPUs */

static uint64_t calls_read(const struct walk *w, uint32_t cpu)
{
	const struct image *image = &w->image;
	const struct queue_facts *f = image->facts;

	if (f->at[AT_IRQ_STAT].at && f->field[FIELD_CALLS].size)
		return image__number(image, image__per_cpu(image, AT_IRQ_STAT, cpu), FIELD_CALLS);
	if (!f->at[AT_KSTAT].at)
		return 0;
	return image__number(image, image__per_cpu(image, AT_KSTAT, cpu), FIELD_IRQS);
}

/* How long ago the next timer of @cpu should have expired. A CPU without a timer has KTIME_MAX. */
static uint64_t overdue_read(const struct walk *w, uint32_t cpu)
{
	const struct image *image = &w->image;
	uint64_t expires = 0;

	if (image->facts->at[AT_HRTIMERS].at)
		expires = image__number(image, image__per_cpu(image, AT_HRTIMERS, cpu),
					FIELD_EXPIRES);
	return expires && expires + OVERDUE_NS < w->m->now ? w->m->now - expires : 0;
}

static bool is_target(const struct moment *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->nr_pending; i++)
		if (m->pending[i].dst == cpu)
			return true;
	for (size_t i = 0; i < m->nr_running; i++)
		if (m->running[i].dst == cpu)
			return true;
	return false;
}

/* CPUs that have something to do for others, or that are late for themselves. */
static void state_read(struct walk *w, uint32_t cpu)
{
	struct moment *m = w->m;
	struct cpu_state state = { .cpu = cpu, .overdue = overdue_read(w, cpu) };

	if (!state.overdue && !is_target(m, cpu))
		return;
	if (m->nr_cpus == MOMENT_CPUS) {
		m->dropped++;
		return;
	}
	state.task = image__task(&w->image, w->image.cpus[cpu].task);
	state.calls = calls_read(w, cpu);
	state.interrupt = image__in_interrupt(&w->image, cpu, &state.interrupt_known);
	m->cpus[m->nr_cpus++] = state;
}

int walk__read(const struct queue_facts *facts, const struct memory *memory, struct moment *m)
{
	struct walk *w = calloc(1, sizeof(*w));
	int cpu, err;

	if (!w)
		return -ENOMEM;
	w->m = m;
	m->from_queues = true;
	m->nr_pending = m->nr_running = m->nr_waiting = m->nr_cpus = m->dropped = m->torn = 0;
	err = image__open(&w->image, facts, memory);
	if (err)
		goto out;
	for_each_cpu(cpu, &w->image.online)
		queue_walk(w, cpu);
	for_each_cpu(cpu, &w->image.online)
		sender_walk(w, cpu);
	targets__find(&w->image, m);
	for_each_cpu(cpu, &w->image.online)
		state_read(w, cpu);
	image__close(&w->image);
out:
	free(w);
	return err;
}
