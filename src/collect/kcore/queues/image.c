// SPDX-License-Identifier: GPL-2.0
#include "collect/kcore/queues/parts.h"
#include "host/symbols.h"

/* include/linux/err.h: an address from here on is an error code. */
#define ERROR_POINTERS (-4095ULL)
/* How far modules are from the kernel: Documentation/arch/x86/x86_64/mm.rst, module_alloc(). */
#define MODULES_BYTES  (2ULL << 30)

bool image__read(const struct image *image, uint64_t at, void *buf, size_t size)
{
	return !memory__read(image->memory, at, buf, size);
}

uint64_t image__number(const struct image *image, uint64_t at, enum fact_field field)
{
	return memory__number(image->memory, at, &image->facts->field[field]);
}

uint64_t image__per_cpu(const struct image *image, enum fact_address var, uint32_t cpu)
{
	return image->facts->at[var].at + image->offsets[cpu];
}

static int image_cpus_read(struct image *image)
{
	const struct address *at = image->facts->at;
	size_t words;

	if (!image__read(image, at[AT_NR_CPU_IDS].at, &image->nr_cpus, sizeof(image->nr_cpus)) ||
	    !image->nr_cpus || image->nr_cpus > CPUSET_MAX)
		return -EFAULT;
	image->offsets = calloc(image->nr_cpus, sizeof(*image->offsets));
	image->cpus = calloc(image->nr_cpus, sizeof(*image->cpus));
	if (!image->offsets || !image->cpus)
		return -ENOMEM;
	words = (image->nr_cpus + CPUSET_WORD_BITS - 1) / CPUSET_WORD_BITS;
	if (!image__read(image, at[AT_PER_CPU_OFFSET].at, image->offsets,
			 image->nr_cpus * sizeof(*image->offsets)) ||
	    !image__read(image, at[AT_ONLINE].at, image->online.words,
			 words * sizeof(*image->online.words)) ||
	    !cpuset__count(&image->online) || cpuset__end(&image->online) > image->nr_cpus)
		return -EFAULT;
	return 0;
}

static void image_cpu_read(struct image *image, uint32_t cpu)
{
	uint64_t rq = image__per_cpu(image, AT_RUNQUEUES, cpu);
	uint64_t task = image__number(image, rq, FIELD_CURR);
	uint64_t clock = image__number(image, rq, FIELD_CLOCK);

	image->cpus[cpu] = (struct image_cpu){
		.task = task,
		.stack = is_kernel_address(task) ? image__number(image, task, FIELD_STACK) : 0,
		.csds = image__number(image, image__per_cpu(image, AT_CFD_DATA, cpu),
				      FIELD_CFD_CSD),
	};
	if (clock > image->clock)
		image->clock = clock;
}

int image__open(struct image *image, const struct queue_facts *facts, const struct memory *memory)
{
	int cpu, err;

	*image = (struct image){ .facts = facts, .memory = memory };
	err = image_cpus_read(image);
	if (err) {
		image__close(image);
		return err;
	}
	for_each_cpu(cpu, &image->online)
		image_cpu_read(image, cpu);
	return 0;
}

void image__close(struct image *image)
{
	free(image->offsets);
	free(image->cpus);
	image->offsets = NULL;
	image->cpus = NULL;
}

struct task_id image__task(const struct image *image, uint64_t task)
{
	const struct field *comm = &image->facts->field[FIELD_COMM];
	size_t len = comm->size < COMM_LEN ? comm->size : COMM_LEN;
	struct task_id id = { .known = true };

	if (!is_kernel_address(task) || !image__read(image, task + comm->offset, id.comm, len))
		return (struct task_id){};
	id.comm[COMM_LEN - 1] = '\0';
	id.pid = image__number(image, task, FIELD_PID);
	id.tgid = image__number(image, task, FIELD_TGID);
	return id;
}

/*
 * Whether a function may be at @addr: in the kernel's code, or near enough for a
 * module. For any kernel address if the symbols do not say where the code is.
 */
static bool may_be_func(const struct image *image, uint64_t addr)
{
	uint64_t text = image->facts->at[AT_TEXT].at;
	uint64_t end = image->facts->at[AT_TEXT_END].at;

	if (!is_kernel_address(addr) || addr >= ERROR_POINTERS)
		return false;
	if (!text || !end || (addr >= text && addr < end))
		return true;
	return addr >= end ? addr - end < MODULES_BYTES : text - addr < MODULES_BYTES;
}

bool image__is_func(const struct image *image, uint64_t addr)
{
	struct symbol symbol = { .addr = addr };

	return !image->facts->symbols || symbols__name(image->facts->symbols, &symbol, true);
}

uint64_t image__irq_stack(const struct image *image, uint32_t cpu)
{
	const struct queue_facts *f = image->facts;
	uint64_t top = 0, lowest = 0;

	/* arch/x86/kernel/irq_64.c: the pointer points to the last word of the stack. */
	if (f->at[AT_PCPU_HOT].at && f->field[FIELD_HOT_IRQ_STACK].size)
		top = image__number(image, image__per_cpu(image, AT_PCPU_HOT, cpu),
				    FIELD_HOT_IRQ_STACK);
	else if (f->at[AT_IRQ_STACK_TOP].at)
		image__read(image, image__per_cpu(image, AT_IRQ_STACK_TOP, cpu), &top, sizeof(top));
	if (top)
		return top + sizeof(top) - STACK_BYTES;
	if (f->at[AT_IRQ_STACK].at)
		image__read(image, image__per_cpu(image, AT_IRQ_STACK, cpu), &lowest,
			    sizeof(lowest));
	return lowest;
}

bool image__in_interrupt(const struct image *image, uint32_t cpu, bool *known)
{
	const struct queue_facts *f = image->facts;
	uint32_t count = 0;

	*known = true;
	if (f->at[AT_PCPU_HOT].at && f->field[FIELD_HOT_COUNT].size)
		count = image__number(image, image__per_cpu(image, AT_PCPU_HOT, cpu),
				      FIELD_HOT_COUNT);
	else if (f->at[AT_PREEMPT_COUNT].at)
		*known = image__read(image, image__per_cpu(image, AT_PREEMPT_COUNT, cpu), &count,
				     sizeof(count));
	else if (f->field[FIELD_TASK_COUNT].size)
		count = image__number(image, image->cpus[cpu].task, FIELD_TASK_COUNT);
	else
		*known = false;
	return count & (f->at[AT_IRQ_DISABLE].at ? PREEMPT_INTERRUPTS_7_3 : PREEMPT_INTERRUPTS);
}

static uint64_t member_copy(const struct image *image, const char *bytes, enum fact_field field)
{
	const struct field *f = &image->facts->field[field];
	uint64_t value = 0;

	/* The offset may come from the BTF of a dump, which may have any number. */
	if (f->size <= sizeof(value) && (uint64_t)f->offset + f->size <= CSD_BYTES)
		memcpy(&value, bytes + f->offset, f->size);
	return value;
}

bool csd__read(const struct image *image, uint64_t at, struct csd *csd)
{
	char bytes[CSD_BYTES];

	*csd = (struct csd){ .at = at };
	if (!image__read(image, at, bytes, sizeof(bytes)))
		return false;
	csd->next = member_copy(image, bytes, FIELD_LLIST);
	csd->func = member_copy(image, bytes, FIELD_FUNC);
	csd->flags = member_copy(image, bytes, FIELD_FLAGS);
	return true;
}

bool csd__is_waited_for(const struct image *image, const struct csd *csd)
{
	return (csd->flags & (CSD_TYPE | CSD_LOCK)) == (CSD_SYNC | CSD_LOCK) &&
	       may_be_func(image, csd->func);
}

/* The most tasks to read, because the lists of a torn dump may not end. */
#define TASKS_MAX (1 << 20)

/* A walk through all processes and their threads. */
struct threads {
	const struct image *image;
	task_fn *see;
	void *ctx;
	size_t budget; /* entries of all lists that may still be read */
	bool whole; /* each list was read to its end */
};

/* Call @see for each entry of the list @head. Each entry has its list_head at @offset. */
static void list_walk(struct threads *t, uint64_t head, uint32_t offset,
		      void (*see)(struct threads *t, uint64_t entry))
{
	uint64_t at = head;

	while (image__read(t->image, at, &at, sizeof(at)) && at != head && is_kernel_address(at) &&
	       t->budget) {
		t->budget--;
		see(t, at - offset);
	}
	t->whole &= at == head;
}

static void thread_see(struct threads *t, uint64_t task)
{
	t->see(t->ctx, task);
}

static void process_see(struct threads *t, uint64_t task)
{
	const struct field *f = t->image->facts->field;
	uint64_t signal = image__number(t->image, task, FIELD_SIGNAL);

	if (!is_kernel_address(signal))
		t->whole = false;
	else
		list_walk(t, signal + f[FIELD_THREAD_HEAD].offset, f[FIELD_THREADS].offset,
			  thread_see);
}

bool tasks__each(const struct image *image, task_fn *see, void *ctx)
{
	const struct queue_facts *f = image->facts;
	struct threads t = {
		.image = image, .see = see, .ctx = ctx, .budget = TASKS_MAX, .whole = true
	};

	if (!f->at[AT_INIT_TASK].at || !f->field[FIELD_TASKS].size ||
	    !f->field[FIELD_THREADS].size || !f->field[FIELD_SIGNAL].size ||
	    !f->field[FIELD_THREAD_HEAD].size)
		return false;
	list_walk(&t, f->at[AT_INIT_TASK].at + f->field[FIELD_TASKS].offset,
		  f->field[FIELD_TASKS].offset, process_see);
	return t.whole;
}

/* A search for the process @tgid. */
struct process_search {
	const struct image *image;
	uint32_t tgid;
	bool found;
};

static void process_compare(void *ctx, uint64_t task)
{
	struct process_search *search = ctx;

	search->found |= image__number(search->image, task, FIELD_TGID) == search->tgid;
}

int image__has_process(const struct image *image, uint32_t tgid)
{
	struct process_search search = { .image = image, .tgid = tgid };
	bool whole = tasks__each(image, process_compare, &search);
	int cpu;

	/* A task that ends is in no list any more. */
	for_each_cpu(cpu, &image->online)
		process_compare(&search, image->cpus[cpu].task);
	return search.found || whole ? search.found : -ENODATA;
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
