// SPDX-License-Identifier: GPL-2.0
#include "collect/kcore/queues/target.h"
#include "collect/kcore/queues/tasks.h"

/* The frame of a csd's function begins right below the flush's, and its callees' follow. */
#define NEAR_WORDS    128
/* A return address at most so far behind a function's beginning is taken for the function's own. */
#define FUNC_BYTES    4096
/* For a stack whose end is unknown, as that of a task that sleeps on an interrupt's stack. */
#define UNKNOWN_WORDS 512

struct search {
	const struct image *image;
	struct moment *m;
	uint64_t words[STACK_WORDS];
};

static bool is_flush(const struct image *image, uint64_t addr)
{
	const struct address *at = image->facts->at;

	return (addr > at[AT_FLUSH].at && addr < at[AT_FLUSH].end) ||
	       (addr > at[AT_FLUSH_OLD].at && addr < at[AT_FLUSH_OLD].end);
}

/* Whether the first @nr words of a stack, whose first word is the innermost, run @r. */
static bool words_run(const struct search *s, size_t nr, const struct running *r, bool by_csd)
{
	for (size_t i = nr; i-- > 0;) {
		size_t end = i > NEAR_WORDS ? i - NEAR_WORDS : 0;

		if (!is_flush(s->image, s->words[i]))
			continue;
		for (size_t k = i; k-- > end;)
			if (s->words[k] == r->csd || (!by_csd && s->words[k] > r->func &&
						      s->words[k] < r->func + FUNC_BYTES))
				return true;
	}
	return false;
}

static bool stack_runs(struct search *s, uint64_t stack, const struct running *r, bool by_csd)
{
	return stack && image__read(s->image, stack, s->words, sizeof(s->words)) &&
	       words_run(s, STACK_WORDS, r, by_csd);
}

/* Whether @cpu runs @r now, in an interrupt. Of a CPU that is in none, the stack's rest is stale. */
static bool interrupt_runs(struct search *s, uint32_t cpu, const struct running *r)
{
	bool known, in = image__in_interrupt(s->image, cpu, &known);

	/* An interrupt of user space runs on the task's own stack. */
	return (in || !known) && (stack_runs(s, image__irq_stack(s->image, cpu), r, false) ||
				  stack_runs(s, s->image->cpus[cpu].stack, r, false));
}

/* Whether @cpu runs @r from its idle loop, as a CPU does that polls: do_idle() in kernel/sched/idle.c. */
static bool idle_runs(struct search *s, uint32_t cpu, const struct running *r)
{
	const struct image_cpu *c = &s->image->cpus[cpu];

	return !image__number(s->image, c->task, FIELD_PID) && stack_runs(s, c->stack, r, true);
}

static bool cpu_find(struct search *s, struct running *r,
		     bool (*runs)(struct search *s, uint32_t cpu, const struct running *r))
{
	int cpu;

	for_each_cpu(cpu, &s->image->online) {
		if ((uint32_t)cpu == r->src || (r->dst != CPU_UNKNOWN && r->dst != (uint32_t)cpu) ||
		    !runs(s, cpu, r))
			continue;
		r->dst = cpu;
		return true;
	}
	return false;
}

/* Sleeping tasks */

/* The words of the stack of a task that does not run, from its stack pointer on; 0: it runs. */
static size_t sleeper_words(struct search *s, uint64_t task)
{
	uint64_t sp = tasks__sp(s->image, task);
	uint64_t stack = image__number(s->image, task, FIELD_STACK);
	size_t nr = UNKNOWN_WORDS;

	if (tasks__runs(s->image, task))
		return 0;
	if (sp >= stack && sp - stack < STACK_BYTES)
		nr = (STACK_BYTES - (sp - stack)) / sizeof(*s->words);
	return image__read(s->image, sp, s->words, nr * sizeof(*s->words)) ? nr : 0;
}

/* @task may sleep in one of the functions that have no CPU yet. */
static void sleeper_see(void *ctx, uint64_t task)
{
	struct search *s = ctx;
	uint32_t cpu = image__number(s->image, task, FIELD_TASK_CPU);
	size_t nr = sleeper_words(s, task);

	for (size_t i = 0; nr && i < s->m->nr_running; i++) {
		struct running *r = &s->m->running[i];

		if (r->found || (r->dst != CPU_UNKNOWN && r->dst != cpu) ||
		    !words_run(s, nr, r, false))
			continue;
		r->found = r->slept = true;
		r->dst = cpu < s->image->nr_cpus ? cpu : r->dst;
		r->sleeper = image__task(s->image, task);
	}
}

void targets__find(const struct image *image, struct moment *m)
{
	struct search s = { .image = image, .m = m };
	size_t open = 0;

	for (size_t i = 0; i < m->nr_running; i++) {
		m->running[i].found = cpu_find(&s, &m->running[i], interrupt_runs);
		open += !m->running[i].found;
	}
	if (open)
		tasks__each(image, sleeper_see, &s);
	for (size_t i = 0; i < m->nr_running; i++)
		if (!m->running[i].found)
			m->running[i].found = cpu_find(&s, &m->running[i], idle_runs);
}
