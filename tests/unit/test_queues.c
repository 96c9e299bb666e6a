// SPDX-License-Identifier: GPL-2.0
/* The walk of csds through a kernel's memory, here made up: what is queued, who waits, where it runs. */
#include <string.h>
#include "collect/kcore/queues/facts.h"
#include "collect/kcore/queues/lasting.h"
#include "collect/kcore/queues/walk.h"
#include "host/symbols.h"
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

static int memory_read(void *ctx, uint64_t addr, void *buf, size_t size)
{
	(void)ctx;
	if (addr < BASE || addr - BASE > BYTES || size > BYTES - (addr - BASE))
		return -14;
	memcpy(buf, memory_bytes + (addr - BASE), size);
	return 0;
}

static const struct memory memory = { .read = memory_read };

static void put(uint64_t addr, uint64_t value, size_t size)
{
	assert_true(addr >= BASE && addr + size <= BASE + BYTES);
	memcpy(memory_bytes + (addr - BASE), &value, size);
}

static uint64_t var(uint32_t cpu, uint64_t offset)
{
	return BASE + PER_CPU * (cpu + 1) + offset;
}

static uint64_t task_of(uint32_t n)
{
	return BASE + TASKS + 0x1000ULL * n;
}

static uint64_t stack_of(uint32_t n)
{
	return BASE + STACKS + 0x4000ULL * n;
}

static void fact(enum fact_field field, uint32_t offset, uint32_t size)
{
	facts.field[field] = (struct field){ offset, size };
}

static void facts_make(void)
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

/* Task @n, alone in its process, with pid 100 + n; on a CPU's stack from there down. */
static void task_make(uint32_t n, const char *comm)
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
static int setup(void **state)
{
	static const char *const comms[] = { "sender", "holder", "other", "sleeper" };

	(void)state;
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

static uint64_t csd_make(uint64_t at, uint32_t flags, uint64_t func, uint64_t next)
{
	put(at + CSD_NEXT, next, 8);
	put(at + CSD_FLAGS, flags, 4);
	put(at + CSD_FUNC, func, 8);
	return at;
}

/* The csd of a call to one CPU, on the stack of task 0. */
static uint64_t single_csd(void)
{
	return stack_of(0) + 0x3e40;
}

static void check_read(void)
{
	assert_int_equal(walk__read(&facts, &memory, NULL, &m), 0);
	assert_true(m.from_queues);
}

/* CPU 0 has called CPU 1, whose interrupts are off. */
static void queued_make(void)
{
	put(var(1, VAR_QUEUE), csd_make(single_csd(), SYNC_LOCK, FUNC, 0), 8);
}

/* CPU @cpu runs FUNC for @csd on the stack at @stack. */
static void frames_make(uint64_t stack, uint64_t csd)
{
	put(stack + 0x3f00, FLUSH + 0x98, 8);
	put(stack + 0x3ee8, csd, 8);
	put(stack + 0x3ec0, FUNC + 0x20, 8);
}

static void nobody_waits(void **state)
{
	(void)state;
	check_read();
	assert_int_equal(m.nr_waiting + m.nr_pending + m.nr_running + m.nr_cpus + m.torn, 0);
}

static void a_call_to_one_cpu_that_has_not_begun(void **state)
{
	(void)state;
	queued_make();
	put(var(1, VAR_TIMER), 100000000, 8);
	check_read();
	assert_int_equal(m.nr_pending, 1);
	assert_int_equal(m.pending[0].dst, 1);
	assert_int_equal(m.pending[0].src, 0);
	assert_int_equal(m.pending[0].func, FUNC);
	assert_int_equal(m.pending[0].queued, 0);
	assert_int_equal(m.nr_running, 0);
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.waiting[0].src, 0);
	assert_int_equal(m.waiting[0].func, FUNC);
	assert_int_equal(m.waiting[0].wait_in, WAIT_SINGLE);
	assert_int_equal(m.waiting[0].sender.pid, 100);
	assert_string_equal(m.waiting[0].sender.comm, "sender");
	/* By CPU 2's clock, the latest, and a tick more. */
	assert_int_equal(m.waiting[0].at_most, 5002 - 1000 + 10000000);
	assert_int_equal(m.nr_cpus, 1);
	assert_int_equal(m.cpus[0].cpu, 1);
	assert_int_equal(m.cpus[0].overdue, 900000000);
	assert_string_equal(m.cpus[0].task.comm, "holder");
}

static void a_function_that_runs_in_an_interrupt(void **state)
{
	(void)state;
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	put(var(1, VAR_COUNT), 0x10001, 4);
	frames_make(BASE + IRQ_STACK + 0x4000, single_csd());
	/* CPU 2 has run the same before: its stack shows it still, but it is in no interrupt. */
	frames_make(BASE + IRQ_STACK + 0x8000, single_csd());
	check_read();
	assert_int_equal(m.nr_pending, 0);
	assert_int_equal(m.nr_running, 1);
	assert_int_equal(m.running[0].dst, 1);
	assert_int_equal(m.running[0].src, 0);
	assert_true(m.running[0].found);
	assert_false(m.running[0].slept);
	assert_int_equal(m.nr_waiting, 1);
	assert_true(m.cpus[0].interrupt);
}

/* Linux 7.3: CPU 2 keeps interrupts off, and is in none; CPU 1 is in one. */
static void an_interrupt_of_a_later_kernel(void **state)
{
	(void)state;
	facts.at[AT_IRQ_DISABLE].at = BASE;
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	put(var(1, VAR_COUNT), 0x81000001, 4);
	put(var(2, VAR_COUNT), 0x80010001, 4);
	frames_make(BASE + IRQ_STACK + 0x4000, single_csd());
	frames_make(BASE + IRQ_STACK + 0x8000, single_csd());
	check_read();
	assert_int_equal(m.nr_running, 1);
	assert_int_equal(m.running[0].dst, 1);
	assert_true(m.running[0].found);
	put(var(1, VAR_COUNT), 0x80000001, 4);
	check_read();
	assert_int_equal(m.running[0].dst, CPU_UNKNOWN);
}

/* Linux 7.3 leaves such words on a sender's stack: flags, and no function. */
static void words_that_look_like_a_csd(void **state)
{
	static const uint64_t not_code[] = { UINT64_MAX, 0xff261ff4ff10cf40, 0xffffc90000003f58,
					     0x7f0012345678 };

	(void)state;
	facts.at[AT_TEXT].at = FUNC - 0x1000;
	facts.at[AT_TEXT_END].at = FUNC + 0x100000;
	for (size_t i = 0; i < ARRAY_SIZE(not_code); i++)
		csd_make(single_csd() - 32 * (i + 1), SYNC_LOCK, not_code[i], 0);
	check_read();
	assert_int_equal(m.nr_running, 0);
	assert_int_equal(m.nr_waiting, 0);
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	check_read();
	assert_int_equal(m.nr_running, 1);
	assert_int_equal(m.running[0].func, FUNC);
	csd_make(single_csd(), SYNC_LOCK, MODULE_FUNC, 0);
	check_read();
	assert_int_equal(m.running[0].func, MODULE_FUNC);
}

/* They stand on the stack of a task that does not run, look for look: a return address is no function. */
static void words_that_look_like_a_csd_for_long(void **state)
{
	struct symbols *symbols;

	(void)state;
	assert_int_equal(symbols__new(&symbols), 0);
	assert_int_equal(symbols__add(symbols, FUNC, "func", NULL), 0);
	facts.symbols = symbols;
	csd_make(single_csd() - 32, SYNC_LOCK, FUNC + 0x1e, 0);
	check_read();
	assert_int_equal(m.nr_running + m.nr_waiting, 0);
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	check_read();
	assert_int_equal(m.nr_running, 1);
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.waiting[0].func, FUNC);
	symbols__close(symbols);
}

static void a_function_that_sleeps(void **state)
{
	(void)state;
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	frames_make(stack_of(3), single_csd());
	check_read();
	assert_int_equal(m.nr_running, 1);
	assert_int_equal(m.running[0].dst, 1);
	assert_true(m.running[0].slept);
	assert_string_equal(m.running[0].sleeper.comm, "sleeper");
}

static void a_function_that_an_idle_cpu_runs(void **state)
{
	(void)state;
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	put(task_of(2) + TASK_PID, 0, 4);
	frames_make(stack_of(2), single_csd());
	check_read();
	assert_int_equal(m.running[0].dst, 2);
	assert_false(m.running[0].slept);
}

static void a_target_that_no_stack_shows_is_unknown(void **state)
{
	(void)state;
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	check_read();
	assert_int_equal(m.nr_running, 1);
	assert_int_equal(m.running[0].dst, CPU_UNKNOWN);
	assert_false(m.running[0].found);
	assert_int_equal(m.nr_waiting, 1);
}

/* CPU 0 has called CPUs 1 and 2: CPU 2 has not begun, CPU 1 is done. */
static void a_call_to_many_cpus(void **state)
{
	(void)state;
	csd_make(var(1, VAR_CSDS), 0x10, FUNC, 0);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	put(stack_of(0) + 0x3f80, MANY + 0x80, 8);
	check_read();
	assert_int_equal(m.nr_pending, 1);
	assert_int_equal(m.pending[0].src, 0);
	assert_int_equal(m.pending[0].dst, 2);
	assert_int_equal(m.nr_running, 0);
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.waiting[0].wait_in, WAIT_MANY);
	assert_string_equal(m.waiting[0].sender.comm, "sender");
}

/* From 7.3 on the sender may have left its CPU: a task that does not call is not named. */
static void a_sender_that_is_not_on_its_cpu_is_unknown(void **state)
{
	(void)state;
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	check_read();
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.waiting[0].src, 0);
	assert_false(m.waiting[0].sender.known);
}

/* Linux 7.3: CPU 0 runs another task; task 3 has called from there, and is to run. */
static uint64_t preempted_make(void)
{
	fact(FIELD_IPI_MASK, TASK_IPI_MASK, 8);
	put(task_of(3) + TASK_STATE, 0, 4);
	put(task_of(3) + TASK_CPU, 0, 4);
	return csd_make(stack_of(3) + 0x3e40, SYNC_LOCK, FUNC, 0);
}

static void check_preempted(void)
{
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.waiting[0].src, 0);
	assert_int_equal(m.waiting[0].func, FUNC);
	assert_int_equal(m.waiting[0].sender.pid, 103);
	/* It has been on its CPU for less than it waits. */
	assert_int_equal(m.waiting[0].at_most, 0);
}

static void a_sender_that_was_preempted(void **state)
{
	uint64_t csd = preempted_make();

	(void)state;
	check_read();
	check_preempted();
	assert_int_equal(m.nr_running, 1);
	assert_int_equal(m.running[0].src, 0);
	put(var(1, VAR_QUEUE), csd, 8);
	check_read();
	check_preempted();
	assert_int_equal(m.nr_running, 0);
	assert_int_equal(m.nr_pending, 1);
	assert_int_equal(m.pending[0].src, 0);
}

/* A csd on the stack of a task that sleeps, or below the stack pointer, is of a call that is over. */
static void a_task_that_does_not_wait(void **state)
{
	(void)state;
	preempted_make();
	put(task_of(3) + TASK_STATE, 1, 4);
	check_read();
	assert_int_equal(m.nr_waiting, 0);
	put(task_of(3) + TASK_STATE, 0, 4);
	put(task_of(3) + TASK_SP, stack_of(3) + 0x3f00, 8);
	check_read();
	assert_int_equal(m.nr_waiting, 0);
	fact(FIELD_IPI_MASK, 0, 0);
	put(task_of(3) + TASK_SP, stack_of(3) + 0x3000, 8);
	check_read();
	assert_int_equal(m.nr_waiting, 0);
}

static void a_sender_of_a_call_to_many_that_was_preempted(void **state)
{
	(void)state;
	preempted_make();
	csd_make(stack_of(3) + 0x3e40, 0, 0, 0);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	put(stack_of(3) + 0x3f80, MANY + 0x80, 8);
	check_read();
	check_preempted();
	assert_int_equal(m.waiting[0].wait_in, WAIT_MANY);
}

static void csds_that_nobody_waits_for(void **state)
{
	uint64_t wake = csd_make(task_of(3) + 0x200, 0x30, 0, 0);
	uint64_t async = csd_make(var(1, VAR_CSD_DATA), 1, FUNC, wake);

	(void)state;
	/* The queue is a stack: the wake-up came first. */
	put(var(2, VAR_QUEUE), async, 8);
	check_read();
	assert_int_equal(m.nr_pending, 2);
	assert_int_equal(m.pending[0].func, FUNC + 0x5000);
	assert_int_equal(m.pending[0].src, CPU_UNKNOWN);
	assert_int_equal(m.pending[1].func, FUNC);
	assert_int_equal(m.pending[1].src, 1);
	assert_int_equal(m.nr_waiting, 0);
}

static void a_queue_in_a_circle_is_torn(void **state)
{
	uint64_t csd = csd_make(task_of(3) + 0x200, 1, FUNC, task_of(3) + 0x200);

	(void)state;
	put(var(1, VAR_QUEUE), csd, 8);
	queued_make();
	put(single_csd() + CSD_NEXT, csd, 8);
	check_read();
	assert_int_equal(m.torn, 1);
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.nr_pending, MOMENT_PENDING);
	assert_true(m.dropped > 0);
}

static void a_queue_that_leads_nowhere_is_torn(void **state)
{
	static const uint64_t bad[] = { 0x10, BASE + BYTES + 64, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put(var(1, VAR_QUEUE), bad[i], 8);
		check_read();
		assert_int_equal(m.torn, 1);
		assert_int_equal(m.nr_pending, 0);
	}
}

static void a_kernel_without_cpus_is_an_error(void **state)
{
	(void)state;
	put(BASE + 0x2000, 0, 4);
	assert_int_equal(walk__read(&facts, &memory, NULL, &m), -14);
	put(BASE + 0x2000, 1 << 20, 4);
	assert_int_equal(walk__read(&facts, &memory, NULL, &m), -14);
	put(BASE + 0x2000, 2, 4);
	assert_int_equal(walk__read(&facts, &memory, NULL, &m), -14);
}

/* A walk ends, within its bounds, with any contents of memory. */
static void any_memory_is_survived(void **state)
{
	uint64_t seed = 22;

	(void)state;
	for (int round = 0; round < 200; round++) {
		setup(NULL);
		fact(FIELD_IPI_MASK, TASK_IPI_MASK, round % 2 ? 8 : 0);
		queued_make();
		csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0);
		for (int i = 0; i < 300; i++) {
			uint64_t at = random_next(&seed) % (BYTES - 8);
			uint64_t value = random_next(&seed);

			if (random_next(&seed) % 2)
				value = BASE + value % BYTES;
			memcpy(memory_bytes + at, &value, 8);
		}
		walk__read(&facts, &memory, NULL, &m);
		earlier = m;
		walk__read(&facts, &memory, &earlier, &m);
		assert_true(m.nr_pending <= MOMENT_PENDING && m.nr_running <= MOMENT_RUNNING &&
			    m.nr_waiting <= MOMENT_WAITING && m.nr_cpus <= MOMENT_CPUS);
	}
}

/* From look to look */

static void looks(void)
{
	earlier = m;
	m.now += 10000000;
	assert_int_equal(walk__read(&facts, &memory, &earlier, &m), 0);
}

static void a_wait_that_lasts_is_kept(void **state)
{
	(void)state;
	queued_make();
	check_read();
	looks();
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.waiting[0].at_least, 10000000);
	assert_int_equal(m.nr_pending, 1);
}

static void the_same_csd_in_another_interrupt_is_another_wait(void **state)
{
	(void)state;
	queued_make();
	check_read();
	put(var(1, VAR_CALLS), 8, 4);
	looks();
	assert_int_equal(m.nr_waiting, 1);
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting + m.nr_pending, 0);
}

/* Linux 7.3, as above. CPU 2 may run the sender at the next look, or no CPU. */
static void a_sender_that_leaves_its_cpu_waits_on(void **state)
{
	static const uint32_t next[] = { 1, 0 }; /* the task that CPU 2 runs */

	for (size_t i = 0; i < ARRAY_SIZE(next); i++) {
		setup(state);
		fact(FIELD_IPI_MASK, TASK_IPI_MASK, 8);
		queued_make();
		check_read();
		put(var(0, VAR_RQ) + RQ_CURR, task_of(3), 8);
		put(var(2, VAR_RQ) + RQ_CURR, task_of(next[i]), 8);
		looks();
		lasting__keep(&earlier, &m);
		assert_int_equal(m.nr_waiting, 1);
		assert_int_equal(m.waiting[0].src, 0);
		assert_int_equal(m.waiting[0].sender.pid, 100);
		assert_int_equal(m.waiting[0].at_least, 10000000);
		assert_int_equal(m.nr_pending, 1);
		assert_int_equal(m.pending[0].src, 0);
		put(single_csd() + CSD_FLAGS, 0x10, 4);
		looks();
		assert_int_equal(m.nr_waiting, 0);
	}
}

static void a_sender_of_a_call_to_many_that_leaves_its_cpu_waits_on(void **state)
{
	(void)state;
	fact(FIELD_IPI_MASK, TASK_IPI_MASK, 8);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	put(stack_of(0) + 0x3f80, MANY + 0x80, 8);
	check_read();
	put(var(0, VAR_RQ) + RQ_CURR, task_of(3), 8);
	looks();
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.waiting[0].wait_in, WAIT_MANY);
	assert_int_equal(m.waiting[0].sender.pid, 100);
	assert_int_equal(m.nr_pending, 1);
}

/* On more than 64 CPUs a CPU's csds are read only where a stack or an earlier look tells of a call. */
static void a_call_to_many_on_a_machine_of_many_cpus(void **state)
{
	static void (*const same[])(void **) = {
		a_call_to_many_cpus,
		a_sender_of_a_call_to_many_that_was_preempted,
		a_sender_of_a_call_to_many_that_leaves_its_cpu_waits_on,
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		setup(state);
		put(BASE + 0x2000, 128, 4);
		same[i](state);
	}
	setup(state);
	put(BASE + 0x2000, 128, 4);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	check_read();
	assert_int_equal(m.nr_waiting, 0);
	assert_int_equal(m.nr_pending, 1);
	assert_int_equal(m.pending[0].src, 0);
}

/* Linux 7.3: the task that CPU 0 runs, and one that was preempted there, have each called CPU 1. */
static void two_make(void)
{
	preempted_make();
	put(var(1, VAR_QUEUE), csd_make(single_csd(), SYNC_LOCK, FUNC, stack_of(3) + 0x3e40), 8);
}

static void check_two(void)
{
	static const uint32_t senders[] = { 100, 103 };

	assert_int_equal(m.nr_waiting, 2);
	assert_int_equal(m.nr_pending, 2);
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		const struct pending *p = &m.pending[1 - i]; /* the queue is a stack */
		const struct waiting *w = moment__waiting(&m, p->src, p->call);

		assert_int_equal(p->src, 0);
		assert_non_null(w);
		assert_int_equal(w->sender.pid, senders[i]);
	}
}

static void two_senders_of_one_cpu(void **state)
{
	(void)state;
	two_make();
	check_read();
	check_two();
	looks();
	lasting__keep(&earlier, &m);
	check_two();
	/* The other one runs now, and the first one's call ends. */
	put(var(0, VAR_RQ) + RQ_CURR, task_of(3), 8);
	looks();
	check_two();
	put(single_csd() + CSD_FLAGS, 0x10, 4);
	put(var(1, VAR_QUEUE), stack_of(3) + 0x3e40, 8);
	looks();
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting, 1);
	assert_int_equal(m.waiting[0].sender.pid, 103);
	assert_int_equal(m.nr_pending, 1);
}

static void one_of_two_senders_is_asked_for(void **state)
{
	(void)state;
	for (uint32_t tgid = 100; tgid <= 103; tgid += 3) {
		two_make();
		check_read();
		lasting__filter(&m, &(struct queue_filter){ .tgid = tgid });
		assert_int_equal(m.nr_waiting, 1);
		assert_int_equal(m.waiting[0].sender.pid, tgid);
		assert_int_equal(m.nr_pending, 1);
		assert_int_equal(m.pending[0].call, m.waiting[0].call);
	}
}

/* One in a call to CPU 1, one in a call to CPU 2 through cfd_data. */
static void a_sender_to_one_and_a_sender_to_many(void **state)
{
	(void)state;
	two_make();
	csd_make(stack_of(3) + 0x3e40, 0, 0, 0);
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	put(stack_of(3) + 0x3f80, MANY + 0x80, 8);
	check_read();
	assert_int_equal(m.nr_waiting, 2);
	for (size_t i = 0; i < m.nr_pending; i++) {
		const struct waiting *w = moment__waiting(&m, 0, m.pending[i].call);

		assert_non_null(w);
		assert_int_equal(w->wait_in, m.pending[i].dst == 1 ? WAIT_SINGLE : WAIT_MANY);
		assert_int_equal(w->sender.pid, m.pending[i].dst == 1 ? 100 : 103);
	}
}

static void another_sender_is_another_wait(void **state)
{
	(void)state;
	queued_make();
	check_read();
	put(task_of(0) + TASK_PID, 999, 4);
	looks();
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting, 0);
}

/* A CPU whose function sleeps takes interrupts meanwhile. */
static void a_function_that_sleeps_lasts(void **state)
{
	struct cpuset stuck;

	(void)state;
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	frames_make(stack_of(3), single_csd());
	check_read();
	put(var(1, VAR_CALLS), 8, 4);
	looks();
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting, 1);
	lasting__stuck(&m, &stuck);
	assert_int_equal(cpuset__count(&stuck), 0);
}

static void a_stuck_cpu_is_told(void **state)
{
	struct cpuset stuck;

	(void)state;
	queued_make();
	put(var(2, VAR_TIMER), 100000000, 8);
	check_read();
	lasting__stuck(&m, &stuck);
	assert_int_equal(cpuset__count(&stuck), 2);
	assert_true(cpuset__has(&stuck, 1) && cpuset__has(&stuck, 2));
}

static void check_filter(const struct queue_filter *filter, size_t waiting)
{
	check_read();
	lasting__filter(&m, filter);
	assert_int_equal(m.nr_waiting, waiting);
	assert_int_equal(m.nr_pending, waiting);
}

static void filters(void **state)
{
	static const uint64_t func = FUNC, other = FUNC + 8;
	struct cpuset one = {}, two = {};

	(void)state;
	cpuset__add(&one, 1);
	cpuset__add(&two, 2);
	queued_make();
	check_filter(&(struct queue_filter){}, 1);
	check_filter(&(struct queue_filter){ .dst = &one, .cpus = &one }, 1);
	check_filter(&(struct queue_filter){ .dst = &two }, 0);
	check_filter(&(struct queue_filter){ .src = &one }, 0);
	check_filter(&(struct queue_filter){ .cpus = &two }, 0);
	check_filter(&(struct queue_filter){ .funcs = &func, .nr_funcs = 1 }, 1);
	check_filter(&(struct queue_filter){ .funcs = &other, .nr_funcs = 1 }, 0);
	check_filter(&(struct queue_filter){ .tgid = 100 }, 1);
	check_filter(&(struct queue_filter){ .tgid = 101 }, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_waits, setup),
		cmocka_unit_test_setup(a_call_to_one_cpu_that_has_not_begun, setup),
		cmocka_unit_test_setup(a_function_that_runs_in_an_interrupt, setup),
		cmocka_unit_test_setup(an_interrupt_of_a_later_kernel, setup),
		cmocka_unit_test_setup(words_that_look_like_a_csd, setup),
		cmocka_unit_test_setup(words_that_look_like_a_csd_for_long, setup),
		cmocka_unit_test_setup(a_function_that_sleeps, setup),
		cmocka_unit_test_setup(a_function_that_an_idle_cpu_runs, setup),
		cmocka_unit_test_setup(a_target_that_no_stack_shows_is_unknown, setup),
		cmocka_unit_test_setup(a_call_to_many_cpus, setup),
		cmocka_unit_test_setup(a_sender_that_is_not_on_its_cpu_is_unknown, setup),
		cmocka_unit_test_setup(a_sender_that_was_preempted, setup),
		cmocka_unit_test_setup(a_task_that_does_not_wait, setup),
		cmocka_unit_test_setup(a_sender_of_a_call_to_many_that_was_preempted, setup),
		cmocka_unit_test_setup(csds_that_nobody_waits_for, setup),
		cmocka_unit_test_setup(a_queue_in_a_circle_is_torn, setup),
		cmocka_unit_test_setup(a_queue_that_leads_nowhere_is_torn, setup),
		cmocka_unit_test_setup(a_kernel_without_cpus_is_an_error, setup),
		cmocka_unit_test_setup(any_memory_is_survived, setup),
		cmocka_unit_test_setup(a_wait_that_lasts_is_kept, setup),
		cmocka_unit_test_setup(the_same_csd_in_another_interrupt_is_another_wait, setup),
		cmocka_unit_test_setup(a_sender_that_leaves_its_cpu_waits_on, setup),
		cmocka_unit_test_setup(a_sender_of_a_call_to_many_that_leaves_its_cpu_waits_on,
				       setup),
		cmocka_unit_test_setup(a_call_to_many_on_a_machine_of_many_cpus, setup),
		cmocka_unit_test_setup(two_senders_of_one_cpu, setup),
		cmocka_unit_test_setup(one_of_two_senders_is_asked_for, setup),
		cmocka_unit_test_setup(a_sender_to_one_and_a_sender_to_many, setup),
		cmocka_unit_test_setup(another_sender_is_another_wait, setup),
		cmocka_unit_test_setup(a_function_that_sleeps_lasts, setup),
		cmocka_unit_test_setup(a_stuck_cpu_is_told, setup),
		cmocka_unit_test_setup(filters, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
