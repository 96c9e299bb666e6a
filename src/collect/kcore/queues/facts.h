/* SPDX-License-Identifier: GPL-2.0 */
/* Where a kernel keeps its csds: addresses of variables, offsets of members. */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_FACTS_H
#define IPITRACE_COLLECT_KCORE_QUEUES_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "collect/kcore/kernel_symbols.h"
#include "collect/kcore/memory.h"
#include "collect/layout.h"

struct symbols;

/* Addresses of the kernel's variables and functions, by name. */
struct address {
	const char *name;
	uint64_t at; /* 0: not found */
	uint64_t end; /* where the next symbol begins; 0: unknown */
};

/* A search for all names of a list in one pass over the kernel's symbols. */
struct address_search {
	struct address *list;
	size_t nr;
	struct address *last; /* that has no end yet */
};

/*
 * The next symbol, in the order of /proc/kallsyms, where those of the kernel
 * proper come by address. A hidden address is 0, and finds nothing.
 */
void address_search__see(struct address_search *search, uint64_t at, const char *name);

enum fact_address {
	/* Without these there is no walk. The first three are per CPU. */
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
	AT_PREEMPT_COUNT, /* x86, before and after these */
	AT_IRQ_DISABLE, /* 7.3: a preempt count counts who keeps interrupts off, too */
	AT_IRQ_STAT, /* x86 */
	AT_KSTAT,
	AT_HRTIMERS,
	AT_WAIT_MANY, /* the function in which the sender of a call to many CPUs waits */
	AT_TTWU,
	AT_FLUSH, /* the function that takes csds from the queue and calls their functions */
	AT_FLUSH_OLD, /* its name before 5.19 */
	AT_IRQ_STACK_TOP, /* x86, before pcpu_hot and after it */
	AT_IRQ_STACK, /* arm64: its lowest address */
	AT_INIT_TASK,
	AT_POSSIBLE,
	AT_JIFFIES_UPDATE, /* CLOCK_MONOTONIC at the last tick of any CPU */
	AT_TEXT, /* where the kernel's code begins and ends, without modules' */
	AT_TEXT_END,
	/* For names and members, not for the walk. */
	AT_MODULES,
	AT_BTF,
	AT_BTF_END,
	NR_FACT_ADDRESSES,
};

enum fact_field {
	/* Without these there is no walk. */
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
	FIELD_TASK_COUNT, /* where the preempt count is the task's: arm64 */
	FIELD_CALLS, /* x86: call-function interrupts taken */
	FIELD_IRQS, /* interrupts taken that have a descriptor: on arm64 these include IPIs */
	FIELD_EXPIRES,
	FIELD_HOT_IRQ_STACK, /* x86, 6.2 to 6.14 */
	FIELD_TASKS, /* the list of all processes */
	FIELD_THREADS, /* a process's place in the list of its threads, whose head is in */
	FIELD_SIGNAL,
	FIELD_THREAD_HEAD,
	FIELD_SP_X86, /* the stack pointer of a task that does not run */
	FIELD_SP_ARM64,
	FIELD_TASK_CPU,
	FIELD_STATE,
	FIELD_IPI_MASK, /* 7.3, where a task may be preempted while it waits for others */
	FIELD_CLOCK_BASES, /* for the time of day, not for the walk */
	FIELD_CLOCK_OFFSET,
	NR_FACT_FIELDS,
};

struct queue_facts {
	struct address at[NR_FACT_ADDRESSES];
	struct field field[NR_FACT_FIELDS];
	const struct symbols *symbols; /* the kernel's functions, its modules' too; NULL: not known */
};

/* The names to look up, with no addresses. */
void queue_facts__names(struct queue_facts *facts);

/* Fill in the members of structures. */
void queue_facts__fields(struct queue_facts *facts, const struct layout *layout);

/* Whether @facts lack an address or a member that a walk needs; @why: the first of them. */
bool queue_facts__lack(const struct queue_facts *facts, char *why, size_t size);

/* The symbols of a kernel, out of its memory: where its variables are, how its functions are called. */
struct queue_names {
	struct symbols *symbols; /* functions */
	struct address_search search; /* of a facts' addresses */
	struct symbol_sink sink; /* of all tables: the names themselves */
};

/* Begin with no symbols; the addresses found go to @facts. 0 or -ENOMEM. @names must not move. */
int queue_names__open(struct queue_names *names, struct queue_facts *facts);

/*
 * Add the functions of modules, which are there once the addresses are known, and sort. 0,
 * -ENOMEM, or -E2BIG: there are more than any kernel has, and the rest is missing.
 */
int queue_names__finish(struct queue_names *names, const struct queue_facts *facts,
			const struct memory *memory, const struct layout *layout);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_FACTS_H */
