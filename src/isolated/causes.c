// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "isolated/isolated.h"
#include "isolated/watched.h"
#include "model/storm.h"

#define GLOBS		 4
#define IDS		 2
#define ARRAY_LEN(array) (sizeof(array) / sizeof(*(array)))

/* A cause is known by one of these. */
enum by {
	BY_EVENT, /* kind, id, and the name of the function, else what */
	BY_FRAME, /* a frame on the sender's stack, whatever is sent */
	BY_TICK, /* why the CPU keeps its tick */
	BY_REST, /* as BY_EVENT, of what has no signature either */
};

/* Causes that are no signatures. The first row that matches wins. */
struct cause {
	const char *name; /* stable, for scripts */
	const char *because;
	const char *advice;
	enum by by;
	enum interruption_kind kind;
	const char *globs[GLOBS]; /* BY_FRAME: of frames; none: any */
	uint32_t ids[IDS]; /* of the vector or the soft interrupt; 0: any */
	uint32_t dependency; /* BY_TICK: a bit of enum tick_dep_bits (include/linux/tick.h, since 4.6) */
	bool of_task; /* the running task is behind it: a timer of its own */
	bool by_task; /* that another task moved, or woke */
	bool of_program; /* of a task that is no kernel thread */
};

#define TIMER_ADVICE                                                                    \
	"arm timers in a thread on another CPU (timers run where they were armed), or " \
	"wait by spinning"

#define SIGNAL_ADVICE                                                             \
	"no timers with signals in the program: block the signal in this thread " \
	"(pthread_sigmask) and take it in another one, or wait by spinning"

static const struct cause causes[] = {
	{ "tick", "the CPU has its tick", "boot with nohz_full=LIST; one runnable task on the CPU",
	  .kind = INTERRUPTION_TIMER,
	  .globs = { "tick_nohz_handler", "tick_sched_timer", "tick_nohz_highres_handler",
		     "tick_handle_periodic" },
	  .of_task = true },
	{ "itimer", "a timer of setitimer(2) or alarm(2), armed on this CPU, runs out",
	  TIMER_ADVICE, .kind = INTERRUPTION_TIMER, .globs = { "it_real_fn" }, .of_task = true },
	{ "posix_timer", "a timer of timer_create(2), armed on this CPU, runs out", TIMER_ADVICE,
	  .kind = INTERRUPTION_TIMER, .globs = { "posix_timer_fn" }, .of_task = true },
	{ "timerfd", "a timerfd, armed on this CPU, runs out", TIMER_ADVICE,
	  .kind = INTERRUPTION_TIMER, .globs = { "timerfd_*" } },
	{ "sleep", "a task that went to sleep on this CPU wakes (nanosleep, poll, futex)",
	  "no sleeping on this CPU: taskset -cp OTHERS PID, or busy polling",
	  .kind = INTERRUPTION_TIMER, .globs = { "hrtimer_wakeup", "process_timeout" } },
	{ "perf", "perf events on this CPU take turns or take samples by a timer",
	  "perf -C OTHERS, not -a; fewer events at once", .kind = INTERRUPTION_TIMER,
	  .globs = { "perf_*" } },
	{ "watchdog", "the watchdog for lockups has a timer on each CPU of its mask",
	  "sysctl kernel.watchdog_cpumask=OTHERS, or kernel.watchdog=0", .kind = INTERRUPTION_TIMER,
	  .globs = { "watchdog_timer_fn" } },
	{ "clocksource_watchdog",
	  "the kernel compares the TSC with another clock, on each CPU in turn",
	  "boot with tsc=reliable, if the TSC is", .kind = INTERRUPTION_TIMER,
	  .globs = { "clocksource_watchdog" } },
	{ "machine_check", "the kernel polls this CPU's banks of machine checks",
	  "echo 0 >/sys/devices/system/machinecheck/machinecheck0/check_interval",
	  .kind = INTERRUPTION_TIMER, .globs = { "mce_timer_fn" } },
	{ "workqueue_timer", "work that was delayed on this CPU is due",
	  "boot with isolcpus=domain,LIST, so that work is delayed elsewhere; "
	  "taskset -cp OTHERS the program that asks for it",
	  .kind = INTERRUPTION_TIMER, .globs = { "delayed_work_timer_fn" } },
	{ "timer", "a timer of the kernel's runs out",
	  "the function names its owner; nohz_full=LIST moves timers of the kernel to other CPUs",
	  .kind = INTERRUPTION_TIMER },
	{ "vmstat",
	  "the CPU's counters of memory are added to the machine's, every "
	  "vm.stat_interval, or as somebody reads them",
	  "sysctl vm.stat_interval=86400; no sysctl vm.stat_refresh; no system "
	  "calls of the isolated task that take or free memory",
	  .kind = INTERRUPTION_WORK, .globs = { "vmstat_update", "refresh_vm_stats" } },
	{ "page_drain",
	  "memory that this CPU keeps at hand is asked back (memory hotplug, "
	  "compaction, cpusets, mlock)",
	  "stop who asks: ipitrace isolated -j names the work; no compaction "
	  "(sysctl vm.compaction_proactiveness=0)",
	  .kind = INTERRUPTION_WORK,
	  .globs = { "lru_add_drain_per_cpu", "drain_local_pages*", "flush_cpu_slab" } },
	{ "cpufreq_governor", "the governor samples this CPU's load",
	  "cpupower -c LIST frequency-set -g performance", .kind = INTERRUPTION_WORK,
	  .globs = { "dbs_work_handler" } },
	{ "workqueue", "work is queued to this CPU",
	  "echo MASK >/sys/devices/virtual/workqueue/cpumask moves unbound work; "
	  "bound work comes from who runs on this CPU",
	  .kind = INTERRUPTION_WORK },
	{ "stopper",
	  "a task is moved from this CPU, or all CPUs are stopped (stop_machine: "
	  "modules, CPUs that go or come)",
	  "set affinity before the CPU must be quiet; no CPU hotplug, no module loading",
	  .kind = INTERRUPTION_SWITCH, .globs = { "migration/*" } },
	{ "ksoftirqd", "soft interrupts are more than fit into the interrupts' end",
	  "move their cause away: timers, network interrupts", .kind = INTERRUPTION_SWITCH,
	  .globs = { "ksoftirqd/*" } },
	{ "rcu_thread", "a thread of RCU runs on this CPU",
	  "boot with rcu_nocbs=LIST; taskset -cp OTHERS the threads rcuo*",
	  .kind = INTERRUPTION_SWITCH, .globs = { "rcu*" } },
	{ "hotplug", "the CPU's state of hotplug changes",
	  "no CPU hotplug while the CPU must be quiet", .kind = INTERRUPTION_SWITCH,
	  .globs = { "cpuhp/*" } },
	{ "workqueue", "a worker of a workqueue runs on this CPU",
	  "echo MASK >/sys/devices/virtual/workqueue/cpumask moves unbound work",
	  .kind = INTERRUPTION_SWITCH, .globs = { "kworker/*" } },
	{ "interrupt", "a device's interrupt comes to this CPU",
	  "echo OTHERS >/proc/irq/N/smp_affinity_list; irqbalance with "
	  "IRQBALANCE_BANNED_CPULIST=LIST; boot with isolcpus=managed_irq,LIST",
	  .kind = INTERRUPTION_IRQ },
	{ "softirq_timer", "timers of the kernel's are due on this CPU", "boot with nohz_full=LIST",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 1 } },
	{ "softirq_net", "packets are sent on this CPU",
	  "echo MASK >/sys/class/net/DEV/queues/tx-N/xps_cpus", .kind = INTERRUPTION_SOFTIRQ,
	  .ids = { 2 } },
	{ "softirq_net", "packets are received on this CPU",
	  "ethtool -X, or smp_affinity of the queue's interrupt; "
	  "echo 0 >/sys/class/net/DEV/queues/rx-N/rps_cpus",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 3 } },
	{ "softirq_block", "block requests end on this CPU",
	  "no I/O on this CPU; echo 0 >/sys/block/DEV/queue/rq_affinity",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 4 } },
	{ "softirq_sched", "the scheduler balances the load of CPUs, this one among them",
	  "boot with isolcpus=domain,LIST, or an isolated cpuset partition",
	  .kind = INTERRUPTION_SOFTIRQ, .ids = { 7 } },
	{ "softirq_hrtimer", "timers of tasks are due on this CPU", TIMER_ADVICE,
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
	  "no vCPUs of other guests on this CPU", .kind = INTERRUPTION_VECTOR,
	  .globs = { "posted_*", "nested_posted_*" } },
	{ "thermal", "the CPU reports its temperature", "cooling", .kind = INTERRUPTION_VECTOR,
	  .ids = { 0xfa } },
	/*
	 * Since 6.8, 6.12. A signal kicks the CPU on which its task runs (kick_process() in
	 * kernel/sched/core.c); a timer that a nohz_full CPU arms is on another CPU
	 * (get_nohz_timer_target()).
	 */
	{ "fair_server",
	  "the scheduler's server for fair tasks starts anew, each second, as if a real-time "
	  "task kept them waiting (since 6.12)",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime", .by = BY_FRAME,
	  .globs = { "dl_task_timer", "dl_server_timer" } },
	{ "itimer",
	  "a timer of setitimer(2) or alarm(2) runs out, and its signal comes to the program here",
	  SIGNAL_ADVICE, .by = BY_FRAME, .globs = { "it_real_fn" }, .of_task = true },
	{ "posix_timer",
	  "a timer of timer_create(2) runs out, and its signal comes to the program here",
	  SIGNAL_ADVICE, .by = BY_FRAME, .globs = { "posix_timer_fn" }, .of_task = true },
	{ "signal", "a signal is sent to the program that runs here",
	  "no signals to the program while the CPU must be quiet; or block them in its thread, "
	  "and take them in another one",
	  .by = BY_FRAME, .globs = { "kick_process" } },
	{ "tick_posix_timer", "a POSIX CPU timer of the running program needs the tick",
	  "no timer_create() on a CPU clock, no ITIMER_PROF, ITIMER_VIRTUAL or RLIMIT_CPU in the "
	  "isolated program",
	  .by = BY_TICK, .dependency = 1 << 0 },
	{ "tick_perf", "a perf event needs the tick", "perf -C OTHERS; close profilers",
	  .by = BY_TICK, .dependency = 1 << 1 },
	{ "tick_sched", "more than one task wants to run, and the tick shares the CPU",
	  "one runnable task on the CPU: taskset -cp OTHERS the others", .by = BY_TICK,
	  .dependency = 1 << 2 },
	{ "tick_clock", "the clock is not stable, so each CPU needs its tick",
	  "boot with tsc=reliable, if the TSC is; look for 'Marking TSC unstable' in dmesg",
	  .by = BY_TICK, .dependency = 1 << 3 },
	{ "tick_rcu", "RCU waits for this CPU, which is in the kernel",
	  "boot with rcu_nocbs=LIST; fewer system calls on the CPU", .by = BY_TICK,
	  .dependency = 1 << 4 },
	{ "tick_rcu", "an expedited grace period waits for this CPU",
	  "boot with rcupdate.rcu_normal=1; fewer system calls on the CPU", .by = BY_TICK,
	  .dependency = 1 << 5 },
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
	  "ipitrace --stacks -c CPU shows by whom", .by = BY_REST, .kind = INTERRUPTION_CSD },
	{ "irq_work", "a short work of the kernel's is sent to this CPU",
	  "ipitrace --stacks -c CPU shows by whom", .by = BY_REST, .kind = INTERRUPTION_IRQ_WORK },
	{ "reschedule", "the CPU is asked to look for another task", "one runnable task on the CPU",
	  .by = BY_REST, .kind = INTERRUPTION_VECTOR, .ids = { 0xfd } },
	{ "vector", "an interrupt of the CPU's own", "ipitrace --stacks -c CPU shows by whom",
	  .by = BY_REST, .kind = INTERRUPTION_VECTOR },
};

/* A sum of culprits has this one. */
static const struct cause other = {
	.name = "other",
	.because = "interruptions beyond the room of the table",
	.advice = "ipitrace isolated -d with less time",
};

/*
 * Besides plumbing (model/callers.c): on the way of each sender to a reschedule, an irq_work
 * or a move (kernel/sched/core.c, kernel/irq_work.c, kernel/time/tick-sched.c).
 */
static const char *const passed[] = {
	"resched_curr",	      "__resched_curr",	     "resched_cpu",
	"irq_work_queue_on",  "irq_work_queue",	     "__irq_work_queue*",
	"arch_irq_work_*",    "set_task_cpu",	     "move_queued_task*",
	"add_nr_running*",    "wakeup_preempt*",     "check_preempt_*",
	"tick_nohz_dep_set*", "tick_nohz_full_kick", "tick_nohz_full_kick_cpu",
	"native_smp_send_*",
};

static bool is_passed(const struct symbol *frame)
{
	for (size_t i = 0; frame->name && i < ARRAY_LEN(passed); i++)
		if (!fnmatch(passed[i], frame->name, 0))
			return true;
	return !frame->name;
}

#define CHAIN_FRAMES 12

int causes__chain(struct culprit *culprit, const struct stack_sample *stack)
{
	struct reason reason = callers__reason(stack->stack, stack->nr);
	char text[CHAIN_FRAMES * CULPRIT_TEXT] = "";
	uint32_t first = reason.frame;
	size_t len = 0;

	while (first < stack->nr && is_passed(&stack->stack[first]))
		first++;
	if (first >= stack->nr)
		return 0;
	snprintf(culprit->caller, sizeof(culprit->caller), "%s",
		 first == reason.frame ? reason.name : stack->stack[first].name);
	for (uint32_t i = first; i < stack->nr && i < first + CHAIN_FRAMES; i++)
		if (stack->stack[i].name)
			len += snprintf(text + len, sizeof(text) - len, "%s%.100s",
					len ? " < " : "", stack->stack[i].name);
	free(culprit->chain);
	culprit->chain = strdup(text);
	return culprit->chain ? 0 : -ENOMEM;
}

/* Whether @text is one of the row's, or for frames has one of them. */
static bool has_glob(const struct cause *cause, const char *text)
{
	for (int i = 0; i < GLOBS && cause->globs[i]; i++)
		if (cause->by == BY_FRAME ? strstr(text, cause->globs[i]) != NULL :
					    !fnmatch(cause->globs[i], text, 0))
			return true;
	return !cause->globs[0];
}

static bool is_event(const struct cause *cause, const struct culprit *culprit)
{
	const char *name = *culprit->func ? culprit->func : culprit->what;
	bool has_id = !cause->ids[0];

	for (int i = 0; i < IDS && cause->ids[i]; i++)
		has_id |= cause->ids[i] == culprit->id;
	return cause->kind == culprit->kind && has_id && has_glob(cause, name) &&
	       (!cause->by_task || culprit->sender.known) && (!cause->of_program || culprit->id);
}

/* @tick_dependency: bits of enum tick_dep_bits. NULL: no row of @by matches. */
static const struct cause *cause_of(const struct culprit *culprit, enum by by,
				    uint32_t tick_dependency)
{
	for (size_t i = 0; i < ARRAY_LEN(causes); i++) {
		const struct cause *cause = &causes[i];
		bool found;

		if (by == BY_TICK)
			found = cause->dependency & tick_dependency;
		else if (by == BY_FRAME)
			found = culprit->chain && has_glob(cause, culprit->chain);
		else
			found = is_event(cause, culprit);
		if (found && cause->by == by)
			return cause;
	}
	return NULL;
}

/* Whether a frame of the sender's stack is one of @sig's via; if it has none, any sender is. */
static bool is_by(const struct signature *sig, const struct culprit *culprit)
{
	const char *at = culprit->chain;

	while (sig->via[0] && at) {
		const char *end = strstr(at, " < ");

		if (signature__is_via(sig, at))
			return true;
		at = end ? end + strlen(" < ") : NULL;
	}
	return !sig->via[0];
}

static const struct signature *signature_of(const struct culprit *culprit)
{
	const char *func = culprit->func, *module = *culprit->module ? culprit->module : NULL;

	/* A reschedule has no function: the kernel's way to wake a task that runs elsewhere. */
	if (culprit->kind == INTERRUPTION_WAKE_SENT)
		func = "sched_ttwu_pending";
	for (size_t i = 0; *func && i < nr_signatures; i++)
		if (signature__matches(&signatures[i], func, module) &&
		    is_by(&signatures[i], culprit))
			return &signatures[i];
	return NULL;
}

static void set(struct culprit *culprit, const struct cause *cause)
{
	culprit->cause = cause->name;
	culprit->because = cause->because;
	culprit->advice = cause->advice;
}

/* A frame of the sender's stack that names the cause says more than what was sent. */
static bool name_sender(struct culprit *culprit)
{
	const struct cause *cause = cause_of(culprit, BY_FRAME, 0);

	if (!cause)
		return false;
	set(culprit, cause);
	if (cause->of_task && culprit->victim.known) {
		culprit->sender = culprit->victim;
		culprit->serves = true;
	}
	return true;
}

/* A tick, or a kick that makes the CPU look at its tick again: say what needs the tick. */
static void name_tick(struct culprit *culprit, uint32_t dependency)
{
	const struct cause *needs = cause_of(culprit, BY_TICK, dependency);
	const char *name = culprit->cause;
	bool kick = !strcmp(name, "nohz_full_kick");

	if (!needs || (!kick && strcmp(name, "tick")))
		return;
	set(culprit, needs);
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
	};

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
		if (id ? id == vectors[i].id :
			 !strncmp(text, vectors[i].text, strlen(vectors[i].text)))
			return vectors[i].vector;
	return VECTOR_OTHER;
}

enum culprit_group causes__group(const struct culprit *culprit)
{
	enum vector vector = vector__of(culprit->id, culprit->what);

	switch (culprit->kind) {
	case INTERRUPTION_CSD:
	case INTERRUPTION_WAKE_SENT:
	case INTERRUPTION_IRQ_WORK:
		return GROUP_IPIS;
	case INTERRUPTION_VECTOR:
		return vector == VECTOR_CALL || vector == VECTOR_RESCHEDULE ? GROUP_IPIS :
									      GROUP_INTERRUPTS;
	case INTERRUPTION_IRQ:
	case INTERRUPTION_SOFTIRQ:
	case INTERRUPTION_TIMER:
		return GROUP_INTERRUPTS;
	default:
		return GROUP_TASKS;
	}
}

void causes__name(struct culprit *culprit, uint32_t tick_dependency)
{
	const struct cause *cause = culprit->other ? &other : cause_of(culprit, BY_EVENT, 0);
	const struct signature *sig = cause ? NULL : signature_of(culprit);

	if (!cause && !sig)
		cause = cause_of(culprit, BY_REST, 0);
	if (sig)
		set(culprit,
		    &(struct cause){ .name = sig->name,
				     .because = sig->cause,
				     .advice = sig->isolated ? sig->isolated : sig->advice });
	else
		set(culprit, cause ? cause : &other);
	/* A sum's is that of its parts. */
	if (!culprit->other)
		culprit->group = causes__group(culprit);
	if (name_sender(culprit))
		return;
	name_tick(culprit, tick_dependency);
	/* The running task is behind its own timers alone. */
	if (culprit->kind == INTERRUPTION_TIMER &&
	    (!(cause && cause->of_task) || !culprit->sender.tgid))
		culprit->sender.known = false;
	culprit->serves = culprit->kind == INTERRUPTION_TIMER;
}

size_t causes__count(void)
{
	return ARRAY_LEN(causes) + 1 + nr_signatures;
}

const char *causes__word(size_t i)
{
	if (i < ARRAY_LEN(causes))
		return causes[i].name;
	i -= ARRAY_LEN(causes);
	return i ? signatures[i - 1].name : other.name;
}

bool causes__match(const char *glob)
{
	size_t nr = causes__count();

	for (size_t i = 0; i < nr; i++)
		if (!fnmatch(glob, causes__word(i), 0))
			return true;
	/* Functions of the table, which a module may have that is not loaded yet. */
	for (size_t i = 0; i < nr_signatures; i++)
		for (int f = 0; f < SIGNATURE_FUNCS && signatures[i].funcs[f]; f++)
			if (!fnmatch(signatures[i].funcs[f], glob, 0) ||
			    !fnmatch(glob, signatures[i].funcs[f], 0))
				return true;
	return false;
}
