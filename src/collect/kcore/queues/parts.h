/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One look at all csds of a kernel by reading its memory: which csds are queued to each CPU, which
 * are locked, and which senders wait for them.
 *
 * A locked csd is in use: a synchronous csd is locked from the queueing to the end of its function
 * (kernel/smp.c). A sender may also wait until a csd of its own is free (csd_lock()) before it
 * queues anything. Such a sender looks like a task that goes on: it is only counted, as blocked.
 */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_PARTS_H
#define IPITRACE_COLLECT_KCORE_QUEUES_PARTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cpuset.h"
#include "collect/kcore/memory.h"
#include "model/moment.h"

struct symbols;

/* The address of a variable or function of the kernel, by name. */
struct address {
	const char *name;
	uint64_t at; /* address; 0 if not found */
	uint64_t end; /* where the next symbol begins; 0 if unknown */
};

/* A search for all names of a list in one pass over the kernel's symbols. */
struct address_search {
	struct address *list;
	size_t nr;
	struct address *last; /* the last address found, while its end is unknown; else NULL */
};

/*
 * Pass the next symbol to @search, a struct address_search. Symbols must come in the order of
 * /proc/kallsyms, which has those of the kernel proper by address. A hidden address, 0, is ignored.
 */
void address_search__see(void *search, uint64_t at, const char *name);

enum fact_address {
	/* A walk needs all of these. The first three are per CPU. */
	AT_QUEUE,
	AT_CFD_DATA,
	AT_RUNQUEUES,
	AT_PER_CPU_OFFSET,
	AT_NR_CPU_IDS,
	AT_ONLINE,
	NR_NEEDED_ADDRESSES,
	/* Each kernel lacks some of these. */
	AT_CSD_DATA = NR_NEEDED_ADDRESSES,
	AT_PCPU_HOT, /* x86, 6.2 to 6.14 */
	AT_PREEMPT_COUNT, /* x86, before 6.2 and after 6.14 */
	AT_IRQ_DISABLE, /* 7.3: exists if the preempt count also counts local_interrupt_disable() */
	AT_IRQ_STAT, /* x86 */
	AT_KSTAT,
	AT_HRTIMERS,
	AT_WAIT_MANY, /* the function in which the sender of a call to many CPUs waits */
	AT_CALL_SINGLE, /* the same, of a call to one CPU */
	AT_TTWU,
	AT_FLUSH, /* the function that takes csds from the queue and calls their functions */
	AT_FLUSH_OLD, /* the same function, by its name before 5.19 */
	AT_IRQ_STACK_TOP, /* x86, in kernels without pcpu_hot */
	AT_IRQ_STACK, /* arm64: lowest address of the stack */
	AT_INIT_TASK,
	AT_POSSIBLE,
	AT_JIFFIES_UPDATE, /* CLOCK_MONOTONIC at the last tick of any CPU */
	AT_TEXT, /* where the kernel's code begins and ends, without modules' */
	AT_TEXT_END,
	/* Needed for names and members, not for the walk. */
	AT_MODULES,
	AT_BTF,
	AT_BTF_END,
	NR_FACT_ADDRESSES,
};

enum fact_field {
	/* A walk needs all of these. */
	FIELD_LLIST,
	FIELD_FLAGS,
	FIELD_FUNC,
	FIELD_CFD_CSD,
	FIELD_CURR,
	FIELD_PID,
	FIELD_TGID,
	FIELD_COMM,
	FIELD_STACK,
	NR_NEEDED_FIELDS,
	/* Each kernel lacks some of these. */
	FIELD_CLOCK = NR_NEEDED_FIELDS,
	FIELD_ARRIVAL,
	FIELD_WORK_FUNC,
	FIELD_HOT_COUNT, /* x86, 6.2 to 6.14 */
	FIELD_TASK_COUNT, /* arm64: the preempt count is a member of the task */
	FIELD_CALLS, /* x86: call-function interrupts taken */
	FIELD_IRQS, /* interrupts taken that have a descriptor; on arm64 IPIs have one, too */
	FIELD_EXPIRES,
	FIELD_HOT_IRQ_STACK, /* x86, 6.2 to 6.14 */
	FIELD_TASKS, /* the list of all processes */
	FIELD_THREADS, /* a thread's place in the list of its process's threads */
	FIELD_SIGNAL, /* the structure with the head of the list of a process's threads */
	FIELD_THREAD_HEAD, /* that head */
	FIELD_SP_X86, /* stack pointer of a task that does not run */
	FIELD_SP_ARM64,
	FIELD_TASK_CPU,
	FIELD_STATE,
	FIELD_IPI_MASK, /* 7.3, where a task may be preempted while it waits for others */
	FIELD_CLOCK_BASES, /* needed for the time of day, not for the walk */
	FIELD_CLOCK_OFFSET,
	NR_FACT_FIELDS,
};

/* Where a kernel keeps its csds: addresses of variables, offsets of members. */
struct queue_facts {
	struct address at[NR_FACT_ADDRESSES];
	struct field field[NR_FACT_FIELDS];
	/* functions of the kernel and its modules; NULL if unknown */
	const struct symbols *symbols;
};

/* Set the names to look up; addresses are unknown yet. */
void queue_facts__names(struct queue_facts *facts);

/* Set the offsets of the members of structures, from @btf. */
void queue_facts__fields(struct queue_facts *facts, const struct btf *btf);

/* Whether @facts lack what a walk needs. @why (@size bytes) gets what is missing. */
bool queue_facts__lack(const struct queue_facts *facts, char *why, size_t size);

/* The symbols of a kernel, from its memory: addresses of variables, names of functions. */
struct queue_names {
	struct symbols *symbols; /* functions */
	struct address_search search; /* finds the addresses of a struct queue_facts */
	struct symbol_sink sink; /* receives the symbols of all tables, and passes them on */
};

/* Begin without symbols; addresses go to @facts. @names must not move. Returns 0 or -ENOMEM. */
int queue_names__open(struct queue_names *names, struct queue_facts *facts);

/*
 * Add the functions of modules, whose list is known once the addresses are, and sort. Returns 0,
 * -ENOMEM, or -E2BIG: there are more than any kernel has, and the rest is missing.
 */
int queue_names__finish(struct queue_names *names, const struct queue_facts *facts,
			const struct memory *memory, const struct btf *btf);

/*
 * Look once, into @m. The caller sets @m->now: CLOCK_MONOTONIC of the kernel, 0 if unknown.
 * @earlier is the previous look, NULL for the first. No content is trusted: each walk has a maximum
 * length, and a queue that changes meanwhile is read as far as possible, and counted. Returns 0;
 * -EFAULT if the memory lacks even the CPUs; another negative errno of reading.
 */
int walk__read(const struct queue_facts *facts, const struct memory *memory,
	       const struct moment *earlier, struct moment *m);

/*
 * THREAD_SIZE and IRQ_STACK_SIZE of x86-64, and of arm64 with pages of 4 KiB; only the lower part
 * of a larger stack is read.
 */
#define STACK_BYTES 16384
#define STACK_WORDS (STACK_BYTES / sizeof(uint64_t))

struct image_cpu {
	uint64_t task; /* the task that the CPU runs, or that was interrupted; 0 if unknown */
	uint64_t stack; /* the task's stack; 0 if unknown */
	/* the csds of the CPU's calls to many CPUs: cfd_data.csd, a per-CPU pointer; 0: unknown */
	uint64_t csds;
};

/* A kernel in memory, as far as it is needed to find csds: its CPUs, their tasks and stacks. */
struct image {
	const struct queue_facts *facts;
	const struct memory *memory;
	struct cpuset online;
	uint32_t nr_cpus;
	uint64_t *offsets; /* __per_cpu_offset */
	struct image_cpu *cpus; /* indexed by CPU; zero if the CPU is not online */
	uint64_t clock; /* the latest clock of all runqueues: the time now, or up to a tick ago */
};

/* Read the CPUs. Returns 0, -EFAULT if they are not where @facts say, or -ENOMEM. */
int image__open(struct image *image, const struct queue_facts *facts, const struct memory *memory);
void image__close(struct image *image);

bool image__read(const struct image *image, uint64_t at, void *buf, size_t size);

/* Returns @field, of 8 bytes at most, of the structure at @at; 0 if it cannot be read. */
uint64_t image__number(const struct image *image, uint64_t at, enum fact_field field);

/* Returns the address of @cpu's copy of @var. */
uint64_t image__per_cpu(const struct image *image, enum fact_address var, uint32_t cpu);

struct task_id image__task(const struct image *image, uint64_t task);

/* Whether there is a process @tgid: 1 or 0; -ENODATA if the lists of tasks cannot be read. */
int image__has_process(const struct image *image, uint32_t tgid);

/* Returns the lowest address of the stack for @cpu's interrupts; 0 if unknown. */
uint64_t image__irq_stack(const struct image *image, uint32_t cpu);

/* Whether @cpu is in a hard interrupt or an NMI. *@known: false if the kernel does not say. */
bool image__in_interrupt(const struct image *image, uint32_t cpu, bool *known);

/* Whether a function may begin at @addr; true if the facts have no symbols. */
bool image__is_func(const struct image *image, uint64_t addr);

/* Whether @addr is in the kernel's half of the addresses, on x86-64 and arm64. */
static inline bool is_kernel_address(uint64_t addr)
{
	return addr >> 63;
}

/* include/linux/smp_types.h: the flags of a csd, and its type within them. */
#define CSD_LOCK     0x01U
#define CSD_TYPE     0xf0U
#define CSD_SYNC     0x10U
#define CSD_IRQ_WORK 0x20U
#define CSD_TTWU     0x30U

/* A csd's alignment is its size: include/linux/smp.h. */
#define CSD_BYTES 32

/* A csd as it is in memory. */
struct csd {
	uint64_t at;
	uint64_t next;
	uint64_t func;
	uint32_t flags;
};

/* Read the csd at @at. Returns false if there is no memory at @at. */
bool csd__read(const struct image *image, uint64_t at, struct csd *csd);

/*
 * Whether a sender waits for this csd. Words of a stack may look like a csd, but seldom have the
 * address of a function.
 */
bool csd__is_waited_for(const struct image *image, const struct csd *csd);

/* @task: the address of a task_struct. */
typedef void task_fn(void *ctx, uint64_t task);

/*
 * Call @see for each thread, running or not. The lists may change while they are read: threads that
 * begin or end meanwhile may be missed. Returns whether all lists were read to their ends; false,
 * too, if @image's facts lack the lists.
 */
bool tasks__each(const struct image *image, task_fn *see, void *ctx);

/* Whether a CPU runs @task. */
bool tasks__runs(const struct image *image, uint64_t task);

/* Returns the stack pointer of @task, which does not run; 0 if unknown. */
uint64_t tasks__sp(const struct image *image, uint64_t task);

/* The state of one look. */
struct walk {
	struct image image;
	struct moment *m;
	uint64_t words[STACK_WORDS]; /* the stack that is searched */
};

/*
 * Find the senders that wait for a csd. A call to many CPUs has its csds in cfd_data; a call to one
 * CPU has its csd on the sender's stack, where the csd is recognised by its content. From Linux 7.3
 * on a sender may be preempted while it waits, so the stacks of tasks that are ready to run are
 * read, too.
 *
 * Adds to @w->m, whose pending[] is complete, the waiting senders, and the csds for which they wait
 * and that have left their queue. @earlier is the previous look, NULL for the first.
 */
void senders__find(struct walk *w, const struct moment *earlier);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_PARTS_H */
