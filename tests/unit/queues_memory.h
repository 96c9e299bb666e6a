/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel's memory, made up: three CPUs with their queues and stacks, four tasks, and the
 * facts that say where they are. `m` is what the walk reads there.
 */
#ifndef IPITRACE_TESTS_QUEUES_MEMORY_H
#define IPITRACE_TESTS_QUEUES_MEMORY_H

#include <string.h>
#include "collect/kcore/queues/parts.h"
#include "model/moment.h"
#include "unit.h"

#define NR_CPUS	    3
#define BASE	    0xffff888000000000ULL /* where the made-up memory begins */
#define PER_CPU	    0x10000ULL /* a CPU's share of it, from PER_CPU on */
#define STACKS	    0x100000ULL /* a stack for each task, 32 KiB apart */
#define TASKS	    0x80000ULL /* tasks, 4 KiB apart */
#define BYTES	    0x140000ULL
#define FUNC	    0xffffffff81001000ULL
#define MODULE_FUNC 0xffffffffc0401000ULL
#define FLUSH	    0xffffffff81100000ULL
#define MANY	    0xffffffff81200000ULL
#define IRQ_STACK   0x120000ULL /* an interrupt's stack for each CPU, 16 KiB apart */
#define SYNC_LOCK   0x11U

/* Offsets of the made-up kernel. */
enum {
	CSD_NEXT = 0,
	CSD_FLAGS = 8,
	CSD_FUNC = 16,
	RQ_CURR = 8,
	RQ_CLOCK = 16,
	TASK_STACK = 0,
	TASK_PID = 8,
	TASK_TGID = 12,
	TASK_COMM = 16,
	TASK_ARRIVAL = 32,
	TASK_TASKS = 40,
	TASK_THREADS = 56,
	TASK_SIGNAL = 72,
	TASK_SP = 80,
	TASK_CPU = 88,
	TASK_HEAD = 96, /* of its threads: the made-up signal_struct is within the task */
	TASK_STATE = 112,
	TASK_IPI_MASK = 120,
};

/* Offsets within a CPU's share. */
enum {
	VAR_QUEUE = 0x100,
	VAR_CFD = 0x200,
	VAR_RQ = 0x300,
	VAR_COUNT = 0x400,
	VAR_CALLS = 0x500,
	VAR_TIMER = 0x600,
	VAR_IRQ_STACK = 0x700,
	VAR_CSDS = 0x800,
	VAR_CSD_DATA = 0x900,
};

static unsigned char memory_bytes[BYTES];
static struct queue_facts facts;
static struct moment m;
static struct moment earlier;

static inline int memory_read(void *ctx, uint64_t addr, void *buf, size_t size)
{
	(void)ctx;
	if (addr < BASE || addr - BASE > BYTES || size > BYTES - (addr - BASE))
		return -14;
	memcpy(buf, memory_bytes + (addr - BASE), size);
	return 0;
}

static const struct memory memory = { .read = memory_read };

static inline void put(uint64_t addr, uint64_t value, size_t size)
{
	assert_true(addr >= BASE && addr + size <= BASE + BYTES);
	memcpy(memory_bytes + (addr - BASE), &value, size);
}

static inline uint64_t var(uint32_t cpu, uint64_t offset)
{
	return BASE + PER_CPU * (cpu + 1) + offset;
}

static inline uint64_t task_of(uint32_t n)
{
	return BASE + TASKS + 0x1000ULL * n;
}

static inline uint64_t stack_of(uint32_t n)
{
	return BASE + STACKS + 0x4000ULL * n;
}

static inline void fact(enum fact_field field, uint32_t offset, uint32_t size)
{
	facts.field[field] = (struct field){ offset, size };
}

static inline void facts_make(void)
{
	memset(&facts, 0, sizeof(facts));
	queue_facts__names(&facts);
	facts.at[AT_QUEUE].at = BASE + VAR_QUEUE;
	facts.at[AT_CFD_DATA].at = BASE + VAR_CFD;
	facts.at[AT_RUNQUEUES].at = BASE + VAR_RQ;
	facts.at[AT_PREEMPT_COUNT].at = BASE + VAR_COUNT;
	facts.at[AT_IRQ_STAT].at = BASE + VAR_CALLS;
	facts.at[AT_HRTIMERS].at = BASE + VAR_TIMER;
	facts.at[AT_IRQ_STACK].at = BASE + VAR_IRQ_STACK;
	facts.at[AT_CSD_DATA].at = BASE + VAR_CSD_DATA;
	facts.at[AT_PER_CPU_OFFSET].at = BASE + 0x1000;
	facts.at[AT_NR_CPU_IDS].at = BASE + 0x2000;
	facts.at[AT_ONLINE].at = BASE + 0x2008;
	facts.at[AT_INIT_TASK].at = task_of(0);
	facts.at[AT_FLUSH] = (struct address){ "", FLUSH, FLUSH + 0x300 };
	facts.at[AT_WAIT_MANY] = (struct address){ "", MANY, MANY + 0x300 };
	facts.at[AT_TTWU].at = FUNC + 0x5000;
	fact(FIELD_LLIST, CSD_NEXT, 8);
	fact(FIELD_FLAGS, CSD_FLAGS, 4);
	fact(FIELD_FUNC, CSD_FUNC, 8);
	fact(FIELD_CFD_CSD, 0, 8);
	fact(FIELD_CURR, RQ_CURR, 8);
	fact(FIELD_CLOCK, RQ_CLOCK, 8);
	fact(FIELD_STACK, TASK_STACK, 8);
	fact(FIELD_PID, TASK_PID, 4);
	fact(FIELD_TGID, TASK_TGID, 4);
	fact(FIELD_COMM, TASK_COMM, 16);
	fact(FIELD_ARRIVAL, TASK_ARRIVAL, 8);
	fact(FIELD_TASKS, TASK_TASKS, 16);
	fact(FIELD_THREADS, TASK_THREADS, 16);
	fact(FIELD_SIGNAL, TASK_SIGNAL, 8);
	fact(FIELD_THREAD_HEAD, TASK_HEAD, 16);
	fact(FIELD_SP_X86, TASK_SP, 8);
	fact(FIELD_TASK_CPU, TASK_CPU, 4);
	fact(FIELD_STATE, TASK_STATE, 4);
	fact(FIELD_CALLS, 0, 4);
	fact(FIELD_EXPIRES, 0, 8);
}

/* Make task @n: alone in its process, with pid 100 + n, and with a stack of its own. */
static inline void task_make(uint32_t n, const char *comm)
{
	uint64_t task = task_of(n);

	put(task + TASK_STACK, stack_of(n), 8);
	put(task + TASK_PID, 100 + n, 4);
	put(task + TASK_TGID, 100 + n, 4);
	memcpy(memory_bytes + (task + TASK_COMM - BASE), comm, strlen(comm));
	put(task + TASK_ARRIVAL, 1000, 8);
	put(task + TASK_TASKS, task_of(n + 1) + TASK_TASKS, 8);
	put(task + TASK_SIGNAL, task, 8);
	put(task + TASK_HEAD, task + TASK_THREADS, 8);
	put(task + TASK_THREADS, task + TASK_HEAD, 8);
}

/* Three CPUs that run tasks 0 to 2, and task 3, which sleeps. Nothing is queued. */
static inline int setup(void **state)
{
	static const char *const comms[] = { "sender", "holder", "other", "sleeper" };

	memset(memory_bytes, 0, sizeof(memory_bytes));
	facts_make();
	put(BASE + 0x2000, NR_CPUS, 4);
	put(BASE + 0x2008, 7, 8);
	for (uint32_t n = 0; n < 4; n++)
		task_make(n, comms[n]);
	put(task_of(3) + TASK_TASKS, task_of(0) + TASK_TASKS, 8);
	put(task_of(3) + TASK_SP, stack_of(3) + 0x3000, 8);
	put(task_of(3) + TASK_CPU, 1, 4);
	put(task_of(3) + TASK_STATE, 1, 4);
	for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++) {
		put(BASE + 0x1000 + 8ULL * cpu, PER_CPU * (cpu + 1), 8);
		put(var(cpu, VAR_RQ) + RQ_CURR, task_of(cpu), 8);
		put(var(cpu, VAR_RQ) + RQ_CLOCK, 5000 + cpu, 8);
		put(var(cpu, VAR_CFD), BASE + VAR_CSDS + 0x40ULL * cpu, 8);
		put(var(cpu, VAR_CALLS), 7, 4);
		put(var(cpu, VAR_TIMER), INT64_MAX, 8);
		put(var(cpu, VAR_IRQ_STACK), BASE + IRQ_STACK + 0x4000ULL * cpu, 8);
	}
	memset(&m, 0, sizeof(m));
	m.now = 1000000000;
	return 0;
}

static inline uint64_t csd_make(uint64_t at, uint32_t flags, uint64_t func, uint64_t next)
{
	put(at + CSD_NEXT, next, 8);
	put(at + CSD_FLAGS, flags, 4);
	put(at + CSD_FUNC, func, 8);
	return at;
}

/* The csd of a call to one CPU, on the stack of task 0. */
static inline uint64_t single_csd(void)
{
	return stack_of(0) + 0x3e40;
}

static inline void check_read(void)
{
	assert_int_equal(walk__read(&facts, &memory, NULL, &m), 0);
	assert_true(m.from_queues);
}

/* CPU 0 has called CPU 1, whose interrupts are off. */
static inline void queued_make(void)
{
	put(var(1, VAR_QUEUE), csd_make(single_csd(), SYNC_LOCK, FUNC, 0), 8);
}

/* Let the stack at @stack show that the flush of a queue runs FUNC for @csd. */
static inline void frames_make(uint64_t stack, uint64_t csd)
{
	put(stack + 0x3f00, FLUSH + 0x98, 8);
	put(stack + 0x3ee8, csd, 8);
	put(stack + 0x3ec0, FUNC + 0x20, 8);
}

/* Linux 7.3: task 3 has called from CPU 0, was preempted, and is ready; CPU 0 runs another task. */
static inline uint64_t preempted_make(void)
{
	fact(FIELD_IPI_MASK, TASK_IPI_MASK, 8);
	put(task_of(3) + TASK_STATE, 0, 4);
	put(task_of(3) + TASK_CPU, 0, 4);
	return csd_make(stack_of(3) + 0x3e40, SYNC_LOCK, FUNC, 0);
}

/* Linux 7.3: the task that CPU 0 runs, and one that was preempted there, have each called CPU 1. */
static inline void two_make(void)
{
	preempted_make();
	put(var(1, VAR_QUEUE), csd_make(single_csd(), SYNC_LOCK, FUNC, stack_of(3) + 0x3e40), 8);
}

#endif /* IPITRACE_TESTS_QUEUES_MEMORY_H */
