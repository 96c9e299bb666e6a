// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include "isolated/isolated.h"
#include "isolated/watched.h"
#include "model/callers.h"
#include "model/cause.h"

#define GLOBS		 4
#define IDS		 2
#define ARRAY_LEN(array) (sizeof(array) / sizeof(*(array)))

/* The members of a culprit that a row is compared with. */
enum by {
	/* kind, id and the function's name; without a function, `what` in place of the name */
	BY_EVENT,
	BY_TICK, /* the reason why the CPU keeps its tick */
	BY_REST, /* as BY_EVENT, for a culprit that no other row and no signature matches */
};

/* A cause that has no signature in model/cause.h. The first row that matches a culprit wins. */
struct row {
	const char *name; /* an identifier for scripts, stable */
	const char *because;
	const char *advice;
	enum by by;
	enum interruption_kind kind;
	const char *globs[GLOBS]; /* globs of the name; without a glob the row matches any name */
	/* ids of the vector or the soft interrupt; without an id the row matches any id */
	uint32_t ids[IDS];
	/* BY_TICK: a bit of enum tick_dep_bits (include/linux/tick.h, since 4.6) */
	uint32_t dependency;
	bool of_task; /* the timer belongs to the running task, which is the cause */
	bool by_task; /* matches only a task that another task moved to the CPU, or woke */
	bool by_wake; /* matches only a task for which a wake-up chose the CPU */
	bool of_program; /* matches only a task that is no kernel thread */
	/* matches only a kernel thread, because a user's task may have the same name */
	bool of_kernel;
};

/* A timer with a signal is armed again where its signal is taken (kernel/time/posix-timers.c). */
#define SIGNAL_ADVICE                                                                         \
	"use no timers with signals in the program: block the signal in this thread "         \
	"(pthread_sigmask) and receive it in a thread on another CPU, where the kernel then " \
	"arms the next period; or wait by spinning"

/* Only the event of a work's queueing shows the sender (kernel/workqueue.c). */
#define WORK_ADVICE                                                                                  \
	"echo 1 >/sys/kernel/tracing/events/workqueue/workqueue_queue_work/enable shows who queues " \
	"this work to this CPU"

static const struct row causes[] = {
	{ "tick", "the CPU has its tick",
	  "boot with nohz_full=LIST; keep one runnable task on the CPU", .kind = INTERRUPTION_TIMER,
	  .globs = { "tick_nohz_handler", "tick_sched_timer", "tick_nohz_highres_handler",
		     "tick_handle_periodic" },
	  .of_task = true },
	{ "itimer",
	  "a timer of setitimer(2) or alarm(2) runs out here: it was armed on this CPU, or its last "
	  "signal was taken on it",
	  SIGNAL_ADVICE, .kind = INTERRUPTION_TIMER, .globs = { "it_real_fn" }, .of_task = true },
	{ "posix_timer",
	  "a timer of timer_create(2) runs out here: it was armed on this CPU, or its last signal "
	  "was taken on it",
	  SIGNAL_ADVICE, .kind = INTERRUPTION_TIMER, .globs = { "posix_timer_fn" },
	  .of_task = true },
	{ "timerfd", "a timerfd runs out that was armed, or read, on this CPU",
	  "arm and read the timerfd in a thread on another CPU, or wait by spinning",
	  .kind = INTERRUPTION_TIMER, .globs = { "timerfd_*" } },
	{ "sleep", "a task that went to sleep on this CPU wakes (nanosleep, poll, futex)",
	  "move the task: taskset -cp OTHERS PID; or let the task busy-poll",
	  .kind = INTERRUPTION_TIMER,
	  .globs = { "hrtimer_wakeup", "process_timeout", "io_cqring_*_wakeup" } },
	/* kernel/time/alarmtimer.c: one function for all timers of these clocks. */
	{ "alarm_timer",
	  "a timer of a clock that wakes the machine (CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM) runs "
	  "out: timerfd_create(2), timer_create(2), clock_nanosleep(2)",
	  "arm the timer in a thread on another CPU, or wait by spinning",
	  .kind = INTERRUPTION_TIMER, .globs = { "alarmtimer_fired" } },
	/* io_uring/timeout.c */
	{ "io_uring", "a timeout of io_uring runs out that was submitted on this CPU",
	  "submit timeouts from a thread on another CPU, or wait by spinning",
	  .kind = INTERRUPTION_TIMER, .globs = { "io_timeout_fn", "io_link_timeout_fn" } },
	{ "perf", "perf events on this CPU take turns or take samples by a timer",
	  "use perf -C OTHERS, not -a; count fewer events at once", .kind = INTERRUPTION_TIMER,
	  .globs = { "perf_*" } },
	{ "watchdog", "the watchdog for lockups has a timer on each CPU of its mask",
	  "sysctl kernel.watchdog_cpumask=OTHERS, or kernel.watchdog=0", .kind = INTERRUPTION_TIMER,
	  .globs = { "watchdog_timer_fn" } },
	{ "clocksource_watchdog",
	  "the kernel compares the TSC with another clock, on each CPU in turn",
	  "boot with tsc=reliable, if the TSC is reliable", .kind = INTERRUPTION_TIMER,
	  .globs = { "clocksource_watchdog" } },
	{ "machine_check", "the kernel polls this CPU's banks of machine checks",
	  "echo 0 >/sys/devices/system/machinecheck/machinecheck0/check_interval",
	  .kind = INTERRUPTION_TIMER, .globs = { "mce_timer_fn" } },
	{ "workqueue_timer", "work that was delayed on this CPU is due",
	  "boot with isolcpus=domain,LIST, so that work is delayed elsewhere; "
	  "move the program that asks for the work: taskset -cp OTHERS PID",
	  .kind = INTERRUPTION_TIMER, .globs = { "delayed_work_timer_fn" } },
	/* kernel/sched/fair.c: a cgroup's quota has a pinned timer (HRTIMER_MODE_ABS_PINNED). */
	{ "cpu_bandwidth", "the period of a cgroup with a CPU quota ends, by a timer of this CPU",
	  "set no cpu.max for tasks on this CPU, or a longer period: echo QUOTA 500000 >cpu.max",
	  .kind = INTERRUPTION_TIMER,
	  .globs = { "sched_cfs_period_timer", "sched_cfs_slack_timer" } },
	{ "timer", "a timer runs out",
	  "the function names its owner; nohz_full=LIST moves timers of the kernel to other CPUs",
	  .kind = INTERRUPTION_TIMER },
	{ "vmstat",
	  "the CPU's counters of memory are added to the machine's, every vm.stat_interval",
	  "sysctl vm.stat_interval=86400; let the isolated task make no system calls that allocate "
	  "or free memory",
	  .kind = INTERRUPTION_WORK, .globs = { "vmstat_update" } },
	{ "vmstat",
	  "the CPU's counters of memory are added to the machine's, as somebody reads or writes "
	  "vm.stat_refresh",
	  "do not use vm.stat_refresh, which sysctl -a reads, too", .kind = INTERRUPTION_WORK,
	  .globs = { "refresh_vm_stats" } },
	/* mm/memcontrol.c: drain_all_stock(); functions' names of 6.1, and of 6.16 and later. */
	{ "page_drain",
	  "memory that cgroups keep at hand on this CPU is asked back (who asks is not known)",
	  WORK_ADVICE, .kind = INTERRUPTION_WORK,
	  .globs = { "drain_local_stock", "drain_local_memcg_stock", "drain_local_obj_stock" } },
	{ "page_drain", "memory that this CPU keeps at hand is asked back (who asks is not known)",
	  WORK_ADVICE, .kind = INTERRUPTION_WORK,
	  .globs = { "lru_add_drain_per_cpu", "drain_local_pages*", "flush_cpu_slab" } },
	/* kernel/rcu/tasks.h */
	{ "rcu_tasks",
	  "a tracer or a BPF program ends, and RCU has a work run on each CPU (RCU Tasks Rude)",
	  "end no tracer and no BPF program while the CPU must be quiet", .kind = INTERRUPTION_WORK,
	  .globs = { "rcu_tasks_be_rude" } },
	/* kernel/workqueue.c: insert_wq_barrier(), after the work that flush_work() waits for. */
	{ "work_barrier",
	  "a task waits for a work that runs here, and is woken when the work has ended",
	  "avoid the work for which the task waits: see the other works of this CPU",
	  .kind = INTERRUPTION_WORK, .globs = { "wq_barrier_func" } },
	{ "cpufreq_governor", "the governor samples this CPU's load",
	  "cpupower -c LIST frequency-set -g performance", .kind = INTERRUPTION_WORK,
	  .globs = { "dbs_work_handler" } },
	{ "workqueue", "work is queued to this CPU",
	  "the function says whose work it is; echo MASK >/sys/devices/virtual/workqueue/cpumask "
	  "moves unbound work; bound work was queued on this CPU, or by another CPU to this CPU",
	  .kind = INTERRUPTION_WORK },
	{ "stopper",
	  "the CPU's stopper thread runs, which moves tasks, stops CPUs and serves the watchdog for "
	  "lockups (no stack shows which of these)",
	  "echo 1 >/sys/kernel/tracing/events/sched/sched_waking/enable shows who wakes migration/N",
	  .kind = INTERRUPTION_SWITCH, .globs = { "migration/*" }, .of_kernel = true },
	{ "ksoftirqd", "there are more soft interrupts than the end of an interrupt runs",
	  "move their cause away: timers, network interrupts", .kind = INTERRUPTION_SWITCH,
	  .globs = { "ksoftirqd/*" }, .of_kernel = true },
	{ "rcu_thread", "the thread of RCU's expedited grace periods runs on this CPU",
	  "boot with rcupdate.rcu_normal=1, or move the thread: taskset -cp OTHERS PID",
	  .kind = INTERRUPTION_SWITCH, .globs = { "rcu_exp_*" }, .of_kernel = true },
	{ "rcu_thread", "a thread of RCU runs on this CPU",
	  "boot with rcu_nocbs=LIST; move the threads rcuo*: taskset -cp OTHERS PID",
	  .kind = INTERRUPTION_SWITCH, .globs = { "rcu*" }, .of_kernel = true },
	{ "hotplug", "the CPU's state of hotplug changes",
	  "do no CPU hotplug while the CPU must be quiet", .kind = INTERRUPTION_SWITCH,
	  .globs = { "cpuhp/*" }, .of_kernel = true },
	{ "workqueue", "a worker of a workqueue runs on this CPU",
	  "echo MASK >/sys/devices/virtual/workqueue/cpumask moves unbound work",
	  .kind = INTERRUPTION_SWITCH, .globs = { "kworker/*" }, .of_kernel = true },
	{ "interrupt", "a device's interrupt comes to this CPU",
	  "echo OTHERS >/proc/irq/N/smp_affinity_list; for irqbalance "
	  "set IRQBALANCE_BANNED_CPULIST=LIST; boot with isolcpus=managed_irq,LIST",
	  .kind = INTERRUPTION_IRQ },
	{ "softirq_timer", "timers of the kernel are due on this CPU", "boot with nohz_full=LIST",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 1 } },
	{ "softirq_net", "packets are sent on this CPU",
	  "echo MASK >/sys/class/net/DEV/queues/tx-N/xps_cpus", .kind = INTERRUPTION_SOFTIRQ,
	  .ids = { 2 } },
	{ "softirq_net", "packets are received on this CPU",
	  "ethtool -X, or smp_affinity of the queue's interrupt; "
	  "echo 0 >/sys/class/net/DEV/queues/rx-N/rps_cpus",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 3 } },
	{ "softirq_block", "block requests end on this CPU",
	  "do no I/O on this CPU; echo 0 >/sys/block/DEV/queue/rq_affinity",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 4 } },
	{ "softirq_sched", "the scheduler balances the load of CPUs, also of this CPU",
	  "boot with isolcpus=domain,LIST, or an isolated cpuset partition",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 7 } },
	{ "softirq_hrtimer", "timers of tasks are due on this CPU",
	  "arm timers in a thread on another CPU (timers run where they were armed), or wait by "
	  "spinning",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 8 } },
	{ "softirq_rcu", "RCU callbacks or quiescent states are due on this CPU",
	  "boot with rcu_nocbs=LIST", .kind = INTERRUPTION_SOFTIRQ, .ids = { 9 } },
	{ "softirq", "a tasklet or another soft interrupt runs on this CPU",
	  "move the interrupt of the device that raises it", .kind = INTERRUPTION_SOFTIRQ },
	{ "timer_interrupt", "the timer fires, and no timer is due", "boot with nohz_full=LIST",
	  .kind = INTERRUPTION_VECTOR, .ids = { 0xec } },
	{ "empty_call", "a call came with nothing to run: what was queued had run before",
	  "ipitrace -c CPU --kinds shows the senders", .kind = INTERRUPTION_VECTOR,
	  .ids = { 0xfb, 0xfc } },
	{ "nmi", "an NMI: a perf counter, the hard watchdog, a backtrace",
	  "sysctl kernel.nmi_watchdog=0; no perf -a", .kind = INTERRUPTION_VECTOR,
	  .globs = { "nmi" } },
	{ "posted_interrupt", "a guest's device or vCPU interrupts its vCPU on this CPU",
	  "run no vCPUs of other guests on this CPU", .kind = INTERRUPTION_VECTOR,
	  .globs = { "posted_*", "nested_posted_*" } },
	{ "thermal", "the CPU reports its temperature", "cool the machine",
	  .kind = INTERRUPTION_VECTOR, .ids = { 0xfa } },
	{ "tick_posix_timer", "a POSIX CPU timer of the running program needs the tick",
	  "use no timer_create() on a CPU clock, no ITIMER_PROF, ITIMER_VIRTUAL or RLIMIT_CPU in "
	  "the isolated program",
	  .by = BY_TICK, .dependency = 1 << 0 },
	{ "tick_perf", "a perf event needs the tick", "perf -C OTHERS; close profilers",
	  .by = BY_TICK, .dependency = 1 << 1 },
	/* kernel/sched/core.c: sched_can_stop_tick() */
	{ "tick_sched",
	  "the scheduler needs the tick, for more than one task or for a deadline server (which of "
	  "them is not known)",
	  "keep one runnable task on the CPU: move the others by taskset -cp OTHERS; ipitrace "
	  "check shows the fair server",
	  .by = BY_TICK, .dependency = 1 << 2 },
	{ "tick_clock", "the clock is not stable, so each CPU needs its tick",
	  "boot with tsc=reliable, if the TSC is reliable; look for 'Marking TSC unstable' in "
	  "dmesg",
	  .by = BY_TICK, .dependency = 1 << 3 },
	{ "tick_rcu", "RCU waits for this CPU, which is in the kernel",
	  "boot with rcu_nocbs=LIST; make fewer system calls on the CPU", .by = BY_TICK,
	  .dependency = 1 << 4 },
	{ "tick_rcu", "an expedited grace period waits for this CPU",
	  "boot with rcupdate.rcu_normal=1; make fewer system calls on the CPU", .by = BY_TICK,
	  .dependency = 1 << 5 },
	/* kernel/sched/core.c: try_to_wake_up() chooses a CPU for the task, by select_task_rq(). */
	{ "moved_task", "a task was woken, and the scheduler chose this CPU for it",
	  "run the task on another CPU: taskset -cp OTHERS PID; a cpuset partition of its own for "
	  "the CPU (cpuset.cpus.partition=isolated)",
	  .by = BY_REST, .kind = INTERRUPTION_SWITCH, .by_task = true, .by_wake = true },
	{ "moved_task", "a task was moved to this CPU and runs there",
	  "stop the mover; a cpuset partition of its own for the CPU "
	  "(cpuset.cpus.partition=isolated) keeps movers out",
	  .by = BY_REST, .kind = INTERRUPTION_SWITCH, .by_task = true },
	{ "task", "another program runs on this CPU",
	  "taskset -cp OTHERS PID, or a cpuset partition for the CPU", .by = BY_REST,
	  .kind = INTERRUPTION_SWITCH, .of_program = true },
	{ "kernel_thread", "a kernel thread runs on this CPU",
	  "taskset -cp OTHERS PID; boot with isolcpus=domain,LIST", .by = BY_REST,
	  .kind = INTERRUPTION_SWITCH },
	{ "function", "another CPU calls a function on this one",
	  "ipitrace --stacks -c CPU shows who asks for this", .by = BY_REST,
	  .kind = INTERRUPTION_CSD },
	{ "reschedule", "the CPU is asked to look for another task",
	  "keep one runnable task on the CPU", .by = BY_REST, .kind = INTERRUPTION_VECTOR,
	  .ids = { 0xfd } },
	{ "vector", "an interrupt of the CPU's own",
	  "ipitrace --stacks -c CPU shows who asks for this", .by = BY_REST,
	  .kind = INTERRUPTION_VECTOR },
};

/* The cause of a culprit that is a sum of several culprits. */
static const struct row other = {
	.name = "other",
	.because = "interruptions beyond the room of the table",
	.advice = "run ipitrace isolated with a shorter -d",
};

#define CHAIN_FRAMES 12

/* Set @sent to the IPI of a culprit. Returns false if no sender sent an IPI. */
static bool get_sent(const struct culprit *culprit, struct sending *sent)
{
	static const enum ipi_kind kinds[NR_INTERRUPTIONS] = {
		[INTERRUPTION_WAKE_SENT] = KIND_RESCHEDULE,
		[INTERRUPTION_IRQ_WORK] = KIND_IRQ_WORK,
	};

	*sent = (struct sending){
		.kind = kinds[culprit->kind],
		.func = *culprit->func ? culprit->func : NULL,
		.module = *culprit->module ? culprit->module : NULL,
	};
	return !culprit->other &&
	       (culprit->kind == INTERRUPTION_CSD || sent->kind != KIND_CALL_FUNCTION);
}

/*
 * Returns the cause of a task's move, or of a stopper thread's run, by the @stack of the task that
 * asked for the move or the run; sig is NULL if the stack shows no cause. The IPIs of a move have
 * the same stacks, so the move and its IPIs have one name.
 */
static struct cause find_move_cause(const struct stack_sample *stack)
{
	static const char *const names[] = { "migration", "stop_machine", "rt_balance",
					     "watchdog" };
	struct cause cause = cause__of(&(struct sending){
		.kind = KIND_RESCHEDULE, .stack = stack->stack, .nr = stack->nr });

	for (size_t i = 0; cause.sig && i < ARRAY_LEN(names); i++)
		if (!strcmp(cause.sig->name, names[i]))
			return cause;
	return (struct cause){};
}

static bool has_frame(const struct stack_sample *stack, const char *name)
{
	for (uint32_t i = 0; i < stack->nr; i++)
		if (stack->stack[i].name && !strcmp(stack->stack[i].name, name))
			return true;
	return false;
}

/*
 * Correct the sender by its stack: the task was only interrupted; or what looks like an interrupt
 * is the task itself; or it is a stopper thread (kernel/stop_machine.c), which sends for a task
 * that the stack does not show.
 */
static void correct_sender(struct culprit *culprit, const struct stack_sample *stack)
{
	struct task_id *sender = &culprit->sender;

	/* A timer's sender is the task that ran, which may be the timer's owner. */
	if (!sender->known || culprit->kind == INTERRUPTION_TIMER)
		return;
	if (sender->interrupt) {
		/* Not known if several tasks have this stack. */
		if (callers__sent_in_own_softirq(stack))
			*sender = culprit->below;
		return;
	}
	if (callers__sent_by_interrupt(stack)) {
		*sender = (struct task_id){ .known = true, .interrupt = true };
	} else if (!strncmp(sender->comm, "migration/", strlen("migration/")) &&
		   callers__sent_by_stopper(stack)) {
		*sender = (struct task_id){};
		culprit->stopper = true;
	}
	if (!sender->interrupt && !culprit->stopper)
		return;
	culprit->kworker = false;
	culprit->queued_by = (struct task_id){};
	*culprit->cgroup = '\0';
}

int causes__stack(struct culprit *culprit, const struct stack_sample *stack)
{
	struct reason reason = callers__reason(stack->stack, stack->nr);
	char text[CHAIN_FRAMES * CULPRIT_TEXT] = "";
	struct sending sent;
	size_t len = 0;
	bool sends;

	correct_sender(culprit, stack);
	if (reason.frame >= stack->nr)
		return 0;
	sends = get_sent(culprit, &sent);
	sent.stack = stack->stack;
	sent.nr = stack->nr;
	if (sends)
		culprit->named = cause__of(&sent);
	else if (culprit->kind == INTERRUPTION_SWITCH)
		culprit->named = find_move_cause(stack);
	culprit->woken = has_frame(stack, "try_to_wake_up");
	snprintf(culprit->caller, sizeof(culprit->caller), "%s", reason.name);
	for (uint32_t i = reason.frame; i < stack->nr && i < reason.frame + CHAIN_FRAMES; i++)
		if (stack->stack[i].name)
			len += snprintf(text + len, sizeof(text) - len, "%s%.100s",
					len ? " < " : "", stack->stack[i].name);
	free(culprit->chain);
	culprit->chain = strdup(text);
	return culprit->chain ? 0 : -ENOMEM;
}

static bool matches_event(const struct row *cause, const struct culprit *culprit)
{
	const char *name = *culprit->func ? culprit->func : culprit->what;
	bool has_id = !cause->ids[0], has_name = !cause->globs[0];

	if (cause->kind != culprit->kind)
		return false;
	for (int i = 0; i < IDS && cause->ids[i]; i++)
		has_id |= cause->ids[i] == culprit->id;
	for (int i = 0; has_id && !has_name && i < GLOBS && cause->globs[i]; i++)
		has_name = !fnmatch(cause->globs[i], name, 0);
	return has_id && has_name && (!cause->by_task || culprit->sender.known) &&
	       (!cause->by_wake || culprit->woken) && (!cause->of_program || culprit->id) &&
	       (!cause->of_kernel || !culprit->id);
}

/*
 * Returns the first row of kind @by that matches @culprit; NULL if there is none. @tick_dependency:
 * bits of enum tick_dep_bits.
 */
static const struct row *find_row(const struct culprit *culprit, enum by by,
				  uint32_t tick_dependency)
{
	for (size_t i = 0; i < ARRAY_LEN(causes); i++) {
		const struct row *cause = &causes[i];
		bool found = by == BY_TICK ? cause->dependency & tick_dependency :
					     matches_event(cause, culprit);

		if (found && cause->by == by)
			return cause;
	}
	return NULL;
}

static void set_cause(struct culprit *culprit, const struct row *cause)
{
	culprit->cause = cause->name;
	culprit->because = cause->because;
	culprit->advice = cause->advice;
}

/* Set the cause that model/cause.h found, with its advice for isolated CPUs. 0 or -ENOMEM. */
static int set_named_cause(struct culprit *culprit, const struct cause *named)
{
	const struct signature *sig = named->sig;
	char text[512];

	culprit->cause = sig->name;
	culprit->because = cause__words(named);
	culprit->advice = cause__isolated_advice(named);
	if (!sig->open || named->why)
		return 0;
	/* The advice of an open signature says how to find the caller, which is known here. */
	if (!sig->isolated && *culprit->caller)
		culprit->advice = NO_ADVICE;
	/* Say which frame asked for the IPI, because the table has no reason for the IPI. */
	snprintf(text, sizeof(text),
		 *culprit->caller ?
			 "%s, by %s" :
			 "%s; the caller is not known, because no stack of the sender was kept",
		 culprit->because, culprit->caller);
	free(culprit->said);
	culprit->said = strdup(text);
	if (!culprit->said)
		return -ENOMEM;
	culprit->because = culprit->said;
	return 0;
}

/*
 * Set the reason for the tick if @culprit is a tick, or a kick that makes the CPU check its tick,
 * and no frame shows a reason.
 */
static void name_tick(struct culprit *culprit, uint32_t dependency, const struct why *why)
{
	const struct row *needs = find_row(culprit, BY_TICK, dependency);
	const char *name = culprit->cause;
	bool kick = !strcmp(name, "nohz_full_kick");

	if (!needs || why || (!kick && strcmp(name, "tick")))
		return;
	set_cause(culprit, needs);
	if (kick)
		culprit->cause = name;
}

enum vector vector__of(uint32_t id, const char *text)
{
	static const struct {
		const char *text;
		uint32_t id;
		enum vector vector;
	} vectors[] = {
		{ "Function call", 0xfb, VECTOR_CALL },
		{ "Function call", 0xfc, VECTOR_CALL },
		{ "IRQ work", 0xf6, VECTOR_IRQ_WORK },
		{ "Rescheduling", 0xfd, VECTOR_RESCHEDULE },
		{ "Local timer", 0xec, VECTOR_LOCAL_TIMER },
	};

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
		if (id ? id == vectors[i].id :
			 !strncmp(text, vectors[i].text, strlen(vectors[i].text)))
			return vectors[i].vector;
	return VECTOR_OTHER;
}

enum culprit_group vector__group(enum vector vector)
{
	return vector == VECTOR_CALL || vector == VECTOR_RESCHEDULE ? GROUP_IPIS : GROUP_INTERRUPTS;
}

enum culprit_group causes__group(const struct culprit *culprit)
{
	switch (culprit->kind) {
	case INTERRUPTION_CSD:
	case INTERRUPTION_WAKE_SENT:
	case INTERRUPTION_IRQ_WORK:
		return GROUP_IPIS;
	case INTERRUPTION_VECTOR:
		return vector__group(vector__of(culprit->id, culprit->what));
	case INTERRUPTION_IRQ:
	case INTERRUPTION_SOFTIRQ:
	case INTERRUPTION_TIMER:
		return GROUP_INTERRUPTS;
	default:
		return GROUP_TASKS;
	}
}

int causes__name(struct culprit *culprit, uint32_t tick_dependency)
{
	const struct row *cause = culprit->other ? &other : find_row(culprit, BY_EVENT, 0);
	struct cause named = culprit->named;
	struct sending sent;
	int err = 0;

	if (!cause && !named.sig && get_sent(culprit, &sent))
		named = cause__of(&sent);
	/* A sum of culprits has the group of its parts already. */
	if (!culprit->other)
		culprit->group = causes__group(culprit);
	if (culprit->kind == INTERRUPTION_SWITCH && named.sig) {
		cause = cause ? cause : find_row(culprit, BY_REST, 0);
		culprit->also = cause ? cause->name : NULL;
		err = set_named_cause(culprit, &named);
	} else if (cause || !named.sig) {
		cause = cause ? cause : find_row(culprit, BY_REST, 0);
		set_cause(culprit, cause ? cause : &other);
	} else {
		err = set_named_cause(culprit, &named);
		/* The timer belongs to the interrupted task, whichever CPU the timer expired on. */
		if (named.sig->to_timer && culprit->victim.known) {
			culprit->sender = culprit->victim;
			culprit->serves = true;
			return err;
		}
	}
	name_tick(culprit, tick_dependency, named.why);
	/* A timer's sender is the running task: drop it, unless the timer belongs to this task. */
	if (culprit->kind == INTERRUPTION_TIMER &&
	    (!(cause && cause->of_task) || !culprit->sender.tgid))
		culprit->sender.known = false;
	culprit->serves = culprit->kind == INTERRUPTION_TIMER;
	return err;
}

/* Why the scheduler needs the tick: [0] a deadline server ran on the CPU, [1] other tasks did. */
static const struct row tick_needs[] = {
	{ "tick_sched",
	  "the scheduler's server for fair tasks wants to run beside the program (since 6.8)",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime", .by = BY_TICK },
	{ "tick_sched", "more than one task wants to run, and the tick shares the CPU",
	  "keep one runnable task on the CPU: move the others by taskset -cp OTHERS",
	  .by = BY_TICK },
};

void causes__tick(struct culprit *tick, bool server, bool task)
{
	if (!strcmp(tick->cause, "tick_sched") && server != task)
		set_cause(tick, &tick_needs[task]);
}

size_t causes__count(void)
{
	return ARRAY_LEN(causes) + 1 + signatures__nr();
}

const char *causes__word(size_t i)
{
	if (i < ARRAY_LEN(causes))
		return causes[i].name;
	i -= ARRAY_LEN(causes);
	return i ? signature__at(i - 1)->name : other.name;
}

bool causes__match(const char *glob)
{
	size_t nr = causes__count();

	for (size_t i = 0; i < nr; i++)
		if (!fnmatch(glob, causes__word(i), 0))
			return true;
	/* A function of the signatures may belong to a module that is not loaded yet. */
	for (size_t i = 0; i < signatures__nr(); i++) {
		const char *const *funcs = signature__at(i)->funcs;

		for (int f = 0; f < SIGNATURE_FUNCS && funcs[f]; f++)
			if (!fnmatch(funcs[f], glob, 0) || !fnmatch(glob, funcs[f], 0))
				return true;
	}
	return false;
}
