// SPDX-License-Identifier: GPL-2.0
#include "collect/kcore/queues/tasks.h"

/* All threads of a machine: PID_MAX_LIMIT is 4 million, but a dump may be torn. */
#define TASKS_MAX (1 << 20)

struct threads {
	const struct image *image;
	task_fn *see;
	void *ctx;
	size_t budget; /* bounds the entries of all lists */
};

/* Each entry of a list whose @head is a list_head and whose entries have theirs at @offset. */
static void list_walk(struct threads *t, uint64_t head, uint32_t offset,
		      void (*see)(struct threads *t, uint64_t entry))
{
	uint64_t at = head;

	while (image__read(t->image, at, &at, sizeof(at)) && at != head && is_kernel_address(at) &&
	       t->budget) {
		t->budget--;
		see(t, at - offset);
	}
}

static void thread_see(struct threads *t, uint64_t task)
{
	t->see(t->ctx, task);
}

static void process_see(struct threads *t, uint64_t task)
{
	const struct field *f = t->image->facts->field;
	uint64_t signal = image__number(t->image, task, FIELD_SIGNAL);

	if (is_kernel_address(signal))
		list_walk(t, signal + f[FIELD_THREAD_HEAD].offset, f[FIELD_THREADS].offset,
			  thread_see);
}

void tasks__each(const struct image *image, task_fn *see, void *ctx)
{
	const struct queue_facts *f = image->facts;
	struct threads t = { .image = image, .see = see, .ctx = ctx, .budget = TASKS_MAX };

	if (f->at[AT_INIT_TASK].at && f->field[FIELD_TASKS].size && f->field[FIELD_THREADS].size &&
	    f->field[FIELD_SIGNAL].size && f->field[FIELD_THREAD_HEAD].size)
		list_walk(&t, f->at[AT_INIT_TASK].at + f->field[FIELD_TASKS].offset,
			  f->field[FIELD_TASKS].offset, process_see);
}

bool tasks__runs(const struct image *image, uint64_t task)
{
	int cpu;

	for_each_cpu(cpu, &image->online)
		if (image->cpus[cpu].task == task)
			return true;
	return false;
}

uint64_t tasks__sp(const struct image *image, uint64_t task)
{
	enum fact_field field = image->facts->field[FIELD_SP_X86].size ? FIELD_SP_X86 :
									 FIELD_SP_ARM64;

	return image__number(image, task, field);
}
