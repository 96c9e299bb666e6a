/* SPDX-License-Identifier: GPL-2.0 */
/* A kernel in memory, as far as csds need it: its CPUs, tasks and stacks, and the csds themselves. */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_IMAGE_H
#define IPITRACE_COLLECT_KCORE_QUEUES_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cpuset.h"
#include "collect/kcore/memory.h"
#include "collect/kcore/queues/facts.h"
#include "model/moment.h"

/*
 * THREAD_SIZE and IRQ_STACK_SIZE of x86-64, and of arm64 with pages of 4 KiB; of
 * a larger stack its lower part is read.
 */
#define STACK_BYTES 16384
#define STACK_WORDS (STACK_BYTES / sizeof(uint64_t))

struct image_cpu {
	uint64_t task; /* that the CPU runs, or that an interrupt interrupted; 0: unknown */
	uint64_t stack; /* the task's; 0: unknown */
	uint64_t csds; /* of its calls to many CPUs: cfd_data.csd, a per-CPU pointer; 0: unknown */
};

struct image {
	const struct queue_facts *facts;
	const struct memory *memory;
	struct cpuset online;
	uint32_t nr_cpus;
	uint64_t *offsets; /* __per_cpu_offset */
	struct image_cpu *cpus; /* of those that are online */
	uint64_t clock; /* the latest clock of a runqueue: now, or up to a tick ago */
};

/* Read the CPUs. 0; -EFAULT: they are not where @facts say; -ENOMEM. */
int image__open(struct image *image, const struct queue_facts *facts, const struct memory *memory);
void image__close(struct image *image);

bool image__read(const struct image *image, uint64_t at, void *buf, size_t size);

/* The number @field of the structure at @at, of 8 bytes at most; 0 where there is none. */
uint64_t image__number(const struct image *image, uint64_t at, enum fact_field field);

/* The address of @cpu's copy of @var. */
uint64_t image__per_cpu(const struct image *image, enum fact_address var, uint32_t cpu);

struct task_id image__task(const struct image *image, uint64_t task);

/* Where the stack begins, at its lowest address, on which @cpu takes interrupts; 0: unknown. */
uint64_t image__irq_stack(const struct image *image, uint32_t cpu);

/* Whether @cpu is in a hard interrupt or an NMI. *@known: false where the kernel does not say. */
bool image__in_interrupt(const struct image *image, uint32_t cpu, bool *known);

/* Whether a function begins at @addr, where one may; true where the facts have no symbols. */
bool image__is_func(const struct image *image, uint64_t addr);

/* The kernel's half of the addresses, on x86-64 and arm64. */
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

/* A csd as it stands in memory. */
struct csd {
	uint64_t at;
	uint64_t next;
	uint64_t func;
	uint32_t flags;
};

/* The csd at @at; false: there is no memory. */
bool csd__read(const struct image *image, uint64_t at, struct csd *csd);

/* Whether a sender waits for this csd. Words of a stack may look like one, but for the function. */
bool csd__is_waited_for(const struct image *image, const struct csd *csd);

/* @task: the address of a task_struct. */
typedef void task_fn(void *ctx, uint64_t task);

/*
 * Call @see for each thread, running or not. The lists are read while they
 * change: threads that come or go meanwhile may be missed. Nothing where @image's
 * facts lack the lists.
 */
void tasks__each(const struct image *image, task_fn *see, void *ctx);

/* Whether a CPU runs @task. */
bool tasks__runs(const struct image *image, uint64_t task);

/* The stack pointer of @task, which does not run; 0: unknown. */
uint64_t tasks__sp(const struct image *image, uint64_t task);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_IMAGE_H */
