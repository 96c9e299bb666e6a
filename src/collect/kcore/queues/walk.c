// SPDX-License-Identifier: GPL-2.0
#include "collect/kcore/queues/parts.h"

/*
 * Find which CPU took a csd from its queue. The csd does not show that: its src and dst are set
 * only with CONFIG_CSD_LOCK_WAIT_DEBUG. The stack of the CPU that runs the csd's function does:
 * below a return address into the flush of the queue (__flush_smp_call_function_queue() in
 * kernel/smp.c) it has return addresses into the function itself, and the csd's address, which the
 * flush needs again later.
 */

/*
 * How many words below the flush's frame are searched: there the frame of the csd's function
 * begins, and the frames of its callees follow.
 */
#define NEAR_WORDS    128
/* A return address less than this after a function's beginning belongs to that function, bytes. */
#define FUNC_BYTES    4096
/* Words read of a stack whose end is unknown, as when a task sleeps on an interrupt's stack. */
#define UNKNOWN_WORDS 512

/* Which words next to the flush's frame show that a csd's function runs. */
enum proof {
	FUNC_OR_CSD, /* a return address into the function, or the csd's address */
	CSD_ONLY, /* only the csd's address */
};

/* Whether the first @nr words of a stack, the innermost first, show that @r runs. */
static bool words_run(const struct walk *w, size_t nr, const struct running *r, enum proof proof)
{
	const struct address *flush = &w->image.facts->at[AT_FLUSH];
	const struct address *old = &w->image.facts->at[AT_FLUSH_OLD];

	for (size_t i = nr; i-- > 0;) {
		size_t end = i > NEAR_WORDS ? i - NEAR_WORDS : 0;
		uint64_t addr = w->words[i];

		if ((addr <= flush->at || addr >= flush->end) &&
		    (addr <= old->at || addr >= old->end))
			continue;
		for (size_t k = i; k-- > end;)
			if (w->words[k] == r->csd ||
			    (proof == FUNC_OR_CSD && w->words[k] > r->func &&
			     w->words[k] < r->func + FUNC_BYTES))
				return true;
	}
	return false;
}

static bool stack_runs(struct walk *w, uint64_t stack, const struct running *r, enum proof proof)
{
	return stack && image__read(&w->image, stack, w->words, sizeof(w->words)) &&
	       words_run(w, STACK_WORDS, r, proof);
}

/* Whether @cpu runs @r now, in an interrupt. Without an interrupt, words on its stack are stale. */
static bool interrupt_runs(struct walk *w, uint32_t cpu, const struct running *r)
{
	bool known, interrupt = image__in_interrupt(&w->image, cpu, &known);

	/* An interrupt of user space runs on the stack of the interrupted task. */
	return (interrupt || !known) &&
	       (stack_runs(w, image__irq_stack(&w->image, cpu), r, FUNC_OR_CSD) ||
		stack_runs(w, w->image.cpus[cpu].stack, r, FUNC_OR_CSD));
}

/* Whether @cpu runs @r from its idle loop, as a polling CPU does (do_idle(), sched/idle.c). */
static bool idle_runs(struct walk *w, uint32_t cpu, const struct running *r)
{
	const struct image_cpu *c = &w->image.cpus[cpu];

	return !image__number(&w->image, c->task, FIELD_PID) &&
	       stack_runs(w, c->stack, r, CSD_ONLY);
}

static bool cpu_find(struct walk *w, struct running *r,
		     bool (*runs)(struct walk *w, uint32_t cpu, const struct running *r))
{
	int cpu;

	for_each_cpu(cpu, &w->image.online) {
		if ((uint32_t)cpu == r->src || (r->dst != CPU_UNKNOWN && r->dst != (uint32_t)cpu) ||
		    !runs(w, cpu, r))
			continue;
		r->dst = cpu;
		return true;
	}
	return false;
}

/* Read the stack of @task from its stack pointer on. Returns the number of words; 0: it runs. */
static size_t sleeper_read(struct walk *w, uint64_t task)
{
	uint64_t sp = tasks__sp(&w->image, task);
	uint64_t stack = image__number(&w->image, task, FIELD_STACK);
	size_t nr = UNKNOWN_WORDS;

	if (tasks__runs(&w->image, task))
		return 0;
	if (sp >= stack && sp - stack < STACK_BYTES)
		nr = (STACK_BYTES - (sp - stack)) / sizeof(*w->words);
	return image__read(&w->image, sp, w->words, nr * sizeof(*w->words)) ? nr : 0;
}

/* If @task sleeps in a function whose CPU is not found yet, note the task and its CPU. */
static void sleeper_see(void *ctx, uint64_t task)
{
	struct walk *w = ctx;
	uint32_t cpu = image__number(&w->image, task, FIELD_TASK_CPU);
	size_t nr = sleeper_read(w, task);

	for (size_t i = 0; nr && i < w->m->nr_running; i++) {
		struct running *r = &w->m->running[i];

		if (r->found || (r->dst != CPU_UNKNOWN && r->dst != cpu) ||
		    !words_run(w, nr, r, FUNC_OR_CSD))
			continue;
		r->found = r->slept = true;
		r->dst = cpu < w->image.nr_cpus ? cpu : r->dst;
		r->sleeper = image__task(&w->image, task);
	}
}

/*
 * Find where each function in running[] runs: its dst, if that is CPU_UNKNOWN, and the task that
 * sleeps in the function. A function that is not found stays unchanged.
 */
static void targets_find(struct walk *w)
{
	struct moment *m = w->m;
	size_t open = 0;

	for (size_t i = 0; i < m->nr_running; i++) {
		m->running[i].found = cpu_find(w, &m->running[i], interrupt_runs);
		open += !m->running[i].found;
	}
	if (open)
		tasks__each(&w->image, sleeper_see, w);
	for (size_t i = 0; i < m->nr_running; i++)
		if (!m->running[i].found)
			m->running[i].found = cpu_find(w, &m->running[i], idle_runs);
}

/* Maximum length of a queue. A longer queue changed while it was read, and seems to be a circle. */
#define QUEUE_MAX  4096
/* A timer this late, ns, shows that interrupts are off. A hypervisor stops CPUs for less time. */
#define OVERDUE_NS 100000000ULL

/* Returns the function that a node of a queue will run; 0 if there is none. */
static uint64_t func_find(const struct walk *w, const struct csd *csd)
{
	switch (csd->flags & CSD_TYPE) {
	case CSD_TTWU:
		/* The node is the wake_entry of a task. */
		return w->image.facts->at[AT_TTWU].at;
	case CSD_IRQ_WORK:
		return image__number(&w->image, csd->at, FIELD_WORK_FUNC);
	default:
		return csd->func;
	}
}

/* Returns the CPU that owns the csd: it is on the sender's stack, in its cfd_data or csd_data. */
static uint32_t src_find(const struct walk *w, uint64_t csd, uint32_t dst)
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

		if (i == QUEUE_MAX || !is_kernel_address(node) ||
		    !csd__read(&w->image, node - w->image.facts->field[FIELD_LLIST].offset, &csd) ||
		    (csd.flags & CSD_TYPE) > CSD_TTWU) {
			w->m->torn++;
			break;
		}
		if (moment__has_room(w->m, w->m->nr_pending, MOMENT_PENDING))
			w->m->pending[w->m->nr_pending++] = (struct pending){
				.csd = csd.at,
				.func = func_find(w, &csd),
				/* If the call is to one CPU, single_note() sets it. */
				.call = csd__is_waited_for(&w->image, &csd) ? CALL_MANY : 0,
				.src = src_find(w, csd.at, cpu),
				.dst = cpu,
			};
		node = csd.next;
	}
	/* A queue is a stack: the node that was queued first comes last. */
	for (size_t a = first, b = w->m->nr_pending; a + 1 < b; a++, b--) {
		struct pending p = w->m->pending[a];

		w->m->pending[a] = w->m->pending[b - 1];
		w->m->pending[b - 1] = p;
	}
}

/* Returns for how long @cpu's next timer is overdue. Without a timer (KTIME_MAX) it is not. */
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

/* Note the state of @cpu if other CPUs wait for it, or if its own timer is overdue. */
static void state_read(struct walk *w, uint32_t cpu)
{
	struct moment *m = w->m;
	const struct image *image = &w->image;
	const struct queue_facts *f = image->facts;
	struct cpu_state state = { .cpu = cpu, .overdue = overdue_read(w, cpu) };

	if ((!state.overdue && !is_target(m, cpu)) || !moment__has_room(m, m->nr_cpus, MOMENT_CPUS))
		return;
	state.task = image__task(image, image->cpus[cpu].task);
	if (f->at[AT_IRQ_STAT].at && f->field[FIELD_CALLS].size)
		state.calls =
			image__number(image, image__per_cpu(image, AT_IRQ_STAT, cpu), FIELD_CALLS);
	else if (f->at[AT_KSTAT].at)
		state.calls =
			image__number(image, image__per_cpu(image, AT_KSTAT, cpu), FIELD_IRQS);
	state.interrupt = image__in_interrupt(image, cpu, &state.interrupt_known);
	m->cpus[m->nr_cpus++] = state;
}

/* Whether the queue and the current task of @cpu can be read: a dump may lack pages. */
static bool is_readable(struct walk *w, uint32_t cpu)
{
	const struct image *image = &w->image;
	uint64_t stack = image->cpus[cpu].stack, word;

	if (!image__read(image, image__per_cpu(image, AT_QUEUE, cpu), &word, sizeof(word)) ||
	    !image__read(image,
			 image__per_cpu(image, AT_RUNQUEUES, cpu) +
				 image->facts->field[FIELD_CURR].offset,
			 &word, sizeof(word)))
		return false;
	/* A CPU that never came online may have no task. */
	return !word || (stack && image__read(image, stack, w->words, sizeof(w->words)));
}

int walk__read(const struct queue_facts *facts, const struct memory *memory,
	       const struct moment *earlier, struct moment *m)
{
	struct walk w = { .m = m };
	int cpu, err;

	m->from_queues = true;
	m->nr_pending = m->nr_running = m->nr_waiting = m->nr_cpus = m->dropped = 0;
	m->torn = m->unread = m->unplaced = m->blocked = 0;
	err = image__open(&w.image, facts, memory);
	if (err)
		return err;
	m->searched = w.image.online;
	for_each_cpu(cpu, &w.image.online) {
		m->unread += !is_readable(&w, cpu);
		queue_walk(&w, cpu);
	}
	senders__find(&w, earlier);
	targets_find(&w);
	for_each_cpu(cpu, &w.image.online)
		state_read(&w, cpu);
	image__close(&w.image);
	return 0;
}
