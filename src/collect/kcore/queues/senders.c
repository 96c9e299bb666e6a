// SPDX-License-Identifier: GPL-2.0
#include "collect/kcore/queues/parts.h"

/*
 * On machines of up to this many CPUs the csds in cfd_data of all CPUs are read; on larger machines
 * only those of CPUs whose stack shows a call to many CPUs.
 */
#define READ_ALL 64
/* The clock in a CPU's runqueue was last set at the CPU's last tick, at most this long ago. */
#define TICK_NS	 10000000ULL

/* A task that may wait, and the used part of its stack. */
struct sender {
	uint32_t cpu;
	uint64_t task;
	uint64_t stack;
	uint32_t from; /* offset of the first used word, bytes; a multiple of CSD_BYTES */
};

/* Add a csd that left its queue and is locked: its function runs, or one before it in the flush. */
static void running_add(struct moment *m, const struct csd *csd, uint64_t call, uint32_t src,
			uint32_t dst)
{
	if (!moment__has_room(m, m->nr_running, MOMENT_RUNNING))
		return;
	m->running[m->nr_running++] = (struct running){
		.func = csd->func, .csd = csd->at, .call = call, .src = src, .dst = dst
	};
}

/* Note @src as the sender of @csd, of a call to one CPU. The csd may have left its queue. */
static void single_note(struct moment *m, const struct csd *csd, uint32_t src)
{
	for (size_t i = 0; i < m->nr_pending; i++) {
		if (m->pending[i].csd == csd->at) {
			m->pending[i].src = src;
			m->pending[i].call = csd->at;
			return;
		}
	}
	for (size_t i = 0; i < m->nr_running; i++) {
		if (m->running[i].csd == csd->at) {
			m->running[i].src = src;
			m->running[i].call = csd->at;
			return;
		}
	}
	running_add(m, csd, csd->at, src, CPU_UNKNOWN);
}

/*
 * Whether a sender may leave its CPU while it waits. Up to Linux 7.2 a sender waits with preemption
 * off. Linux 7.3 gives each task a mask for its calls (struct task_ipi_mask), turns preemption on
 * and then waits: another task may run there, and the sender may move to another CPU.
 */
static bool may_leave(const struct image *image)
{
	return image->facts->field[FIELD_IPI_MASK].size;
}

/* Whether a sender on @src waits in @call. Up to Linux 7.2 a CPU has only one sender that waits. */
static bool is_noted(const struct walk *w, uint32_t src, uint64_t call)
{
	const struct moment *m = w->m;
	size_t i = 0;

	if (may_leave(&w->image))
		return moment__waiting(m, src, call);
	while (i < m->nr_waiting && m->waiting[i].src != src)
		i++;
	return i < m->nr_waiting;
}

/* Note that a sender on @src waits for @csd. @task is 0 if unknown. */
static void waiting_add(struct walk *w, uint32_t src, const struct csd *csd, enum wait_in wait_in,
			uint64_t task)
{
	struct moment *m = w->m;
	uint64_t arrival = task ? image__number(&w->image, task, FIELD_ARRIVAL) : 0;
	uint64_t call = wait_in == WAIT_SINGLE ? csd->at : CALL_MANY;
	struct waiting *waiting;

	if (is_noted(w, src, call) || !moment__has_room(m, m->nr_waiting, MOMENT_WAITING))
		return;
	waiting = &m->waiting[m->nr_waiting++];
	*waiting =
		(struct waiting){ .call = call, .func = csd->func, .src = src, .wait_in = wait_in };
	waiting->sender = image__task(&w->image, task);
	/* A sender has waited at most for as long as it has been on its CPU. */
	if (arrival && arrival < w->image.clock && !may_leave(&w->image))
		waiting->at_most = w->image.clock - arrival + TICK_NS;
}

/* Whether the stack in w->words has an address in the function @at, in which senders wait. */
static bool stack_calls(const struct walk *w, const struct sender *s, enum fact_address at)
{
	const struct address *func = &w->image.facts->at[at];

	for (size_t i = s->from / sizeof(*w->words); func->end && i < STACK_WORDS; i++)
		if (w->words[i] > func->at && w->words[i] < func->end)
			return true;
	return false;
}

/* Whether the csd at @at is in use, and no sender waits for its function. */
static bool is_in_use(const struct image *image, uint64_t at)
{
	struct csd csd;

	return csd__read(image, at, &csd) && (csd.flags & (CSD_TYPE | CSD_LOCK)) == CSD_LOCK;
}

/*
 * Count the sender on @cpu, whose stack is in w->words, as blocked if a csd of its own may not be
 * free: csd_lock() waits for the end of the CPU's earlier call, for whose end nobody waited.
 */
static void blocked_count(struct walk *w, const struct sender *s, bool many)
{
	const struct image *image = &w->image;
	uint64_t single = image->facts->at[AT_CSD_DATA].at, csds = image->cpus[s->cpu].csds;
	bool blocked = single && stack_calls(w, s, AT_CALL_SINGLE) &&
		       is_in_use(image, image__per_cpu(image, AT_CSD_DATA, s->cpu));
	int dst;

	for_each_cpu(dst, &image->online)
		blocked |= many && csds && is_in_use(image, csds + image->offsets[dst]);
	w->m->blocked += blocked;
}

/*
 * Find the csd of a call to one CPU on the sender's stack, by the csd's content. If the task does
 * not run meanwhile, words that only look like a csd are found in each look, too.
 */
static void single_walk(struct walk *w, const struct sender *s)
{
	uint32_t flags = w->image.facts->field[FIELD_FLAGS].offset;

	/* The offset may come from the BTF of a dump, which may have any number. */
	if (flags > CSD_BYTES - sizeof(uint32_t))
		return;
	for (uint32_t at = s->from; at + CSD_BYTES <= STACK_BYTES; at += CSD_BYTES) {
		uint32_t value;
		struct csd csd;

		memcpy(&value, (const char *)w->words + at + flags, sizeof(value));
		if (value != (CSD_SYNC | CSD_LOCK) || !csd__read(&w->image, s->stack + at, &csd) ||
		    !csd__is_waited_for(&w->image, &csd) || !image__is_func(&w->image, csd.func))
			continue;
		single_note(w->m, &csd, s->cpu);
		waiting_add(w, s->cpu, &csd, WAIT_SINGLE, s->task);
	}
}

static void many_walk(struct walk *w, uint32_t cpu, uint64_t task)
{
	const struct image *image = &w->image;
	const struct moment *m = w->m;
	int dst;

	for_each_cpu(dst, &image->online) {
		struct csd csd;
		size_t i = 0;

		if (dst == (int)cpu ||
		    !csd__read(image, image->cpus[cpu].csds + image->offsets[dst], &csd) ||
		    !csd__is_waited_for(image, &csd))
			continue;
		while (i < m->nr_pending &&
		       (m->pending[i].csd != csd.at || m->pending[i].dst != (uint32_t)dst))
			i++;
		if (i == m->nr_pending)
			running_add(w->m, &csd, CALL_MANY, cpu, dst);
		waiting_add(w, cpu, &csd, WAIT_MANY, task);
	}
}

static bool stack_read(struct walk *w, const struct sender *s)
{
	return s->stack && image__read(&w->image, s->stack, w->words, sizeof(w->words));
}

static void sender_walk(struct walk *w, uint32_t cpu)
{
	const struct image_cpu *c = &w->image.cpus[cpu];
	const struct sender s = { .cpu = cpu, .task = c->task, .stack = c->stack };
	bool many = false;

	if (stack_read(w, &s)) {
		single_walk(w, &s);
		many = stack_calls(w, &s, AT_WAIT_MANY);
		blocked_count(w, &s, many);
	}
	if (c->csds &&
	    (many || w->image.nr_cpus <= READ_ALL || !w->image.facts->at[AT_WAIT_MANY].end))
		many_walk(w, cpu, many ? c->task : 0);
}

/* If a call to many CPUs that began on @src goes on, note the call, with @sender as its sender. */
static void many_note(struct walk *w, uint32_t src, const struct task_id *sender)
{
	struct moment *m = w->m;

	if (!moment__waiting(m, src, CALL_MANY) && cpuset__has(&w->image.online, src) &&
	    w->image.cpus[src].csds)
		many_walk(w, src, 0);
	for (size_t i = 0; i < m->nr_waiting; i++) {
		struct waiting *waiting = &m->waiting[i];

		if (waiting->src == src && waiting->wait_in == WAIT_MANY && !waiting->sender.known)
			waiting->sender = *sender;
	}
}

/* Find a call of @task, if it was preempted: it is ready (TASK_RUNNING is 0) but does not run. */
static void preempted_see(void *ctx, uint64_t task)
{
	struct walk *w = ctx;
	const struct image *image = &w->image;
	struct sender s = { .task = task };
	struct task_id id;
	uint64_t sp;

	if (image__number(image, task, FIELD_STATE) || tasks__runs(image, task))
		return;
	sp = tasks__sp(image, task);
	s.cpu = image__number(image, task, FIELD_TASK_CPU);
	s.stack = image__number(image, task, FIELD_STACK);
	if (!cpuset__has(&image->online, s.cpu) || sp < s.stack || sp - s.stack >= STACK_BYTES)
		return;
	s.from = (sp - s.stack) / CSD_BYTES * CSD_BYTES;
	if (!stack_read(w, &s))
		return;
	if (stack_calls(w, &s, AT_WAIT_MANY)) {
		id = image__task(image, task);
		many_note(w, s.cpu, &id);
	} else {
		single_walk(w, &s);
	}
}

/*
 * Note that the sender of @before still waits, if its csd is still locked. Its src stays the same,
 * even if the task is on another CPU now.
 */
static void single_follow(struct walk *w, const struct waiting *before)
{
	struct moment *m = w->m;
	struct csd csd;
	size_t i = 0;

	if (moment__waiting(m, before->src, before->call) ||
	    !csd__read(&w->image, before->call, &csd) || !csd__is_waited_for(&w->image, &csd) ||
	    csd.func != before->func)
		return;
	while (i < m->nr_waiting && m->waiting[i].call != before->call)
		i++;
	if (!moment__has_room(m, i, MOMENT_WAITING))
		return;
	if (i < m->nr_waiting)
		m->waiting[i].src = before->src;
	else
		m->waiting[m->nr_waiting++] = *before;
	single_note(m, &csd, before->src);
}

void senders__find(struct walk *w, const struct moment *earlier)
{
	int cpu;

	for_each_cpu(cpu, &w->image.online)
		sender_walk(w, cpu);
	if (!may_leave(&w->image))
		return;
	/* There are many tasks, so later looks follow only the tasks that are known to wait. */
	if (!earlier)
		tasks__each(&w->image, preempted_see, w);
	for (size_t i = 0; earlier && i < earlier->nr_waiting; i++) {
		const struct waiting *before = &earlier->waiting[i];

		if (before->wait_in == WAIT_MANY)
			many_note(w, before->src, &before->sender);
		else
			single_follow(w, before);
	}
}
