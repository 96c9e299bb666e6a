// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "isolated/causes.h"
#include "model/callers.h"
#include "model/isolation.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/signatures.h"

#define GLOBS		 4
#define ARRAY_LEN(array) (sizeof(array) / sizeof(*(array)))

/* Causes that are no signatures. The first row that matches wins. */
struct cause {
	enum interruption_kind kind;
	const char *name; /* stable, for scripts */
	const char *globs[GLOBS]; /* of the function, else of what; none: any */
	uint32_t id; /* of the vector or the soft interrupt; 0: any */
	bool of_task; /* the running task is behind it: a timer of its own */
	const char *because;
	const char *advice;
};

#define TIMER_ADVICE                                                                    \
	"arm timers in a thread on another CPU (timers run where they were armed), or " \
	"wait by spinning"

#define SIGNAL_ADVICE                                                             \
	"no timers with signals in the program: block the signal in this thread " \
	"(pthread_sigmask) and take it in another one, or wait by spinning"

static const struct cause causes[] = {
	{
		.kind = INTERRUPTION_TIMER,
		.name = "tick",
		.globs = { "tick_nohz_handler", "tick_sched_timer", "tick_nohz_highres_handler",
			   "tick_handle_periodic" },
		.of_task = true,
		.because = "the CPU has its tick",
		.advice = "boot with nohz_full=LIST; one runnable task on the CPU",
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "itimer",
		.globs = { "it_real_fn" },
		.of_task = true,
		.because = "a timer of setitimer(2) or alarm(2), armed on this CPU, runs out",
		.advice = TIMER_ADVICE,
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "posix_timer",
		.globs = { "posix_timer_fn" },
		.of_task = true,
		.because = "a timer of timer_create(2), armed on this CPU, runs out",
		.advice = TIMER_ADVICE,
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "timerfd",
		.globs = { "timerfd_*" },
		.because = "a timerfd, armed on this CPU, runs out",
		.advice = TIMER_ADVICE,
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "sleep",
		.globs = { "hrtimer_wakeup", "process_timeout" },
		.because = "a task that went to sleep on this CPU wakes (nanosleep, poll, futex)",
		.advice = "no sleeping on this CPU: taskset -cp OTHERS PID, or busy polling",
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "perf",
		.globs = { "perf_*" },
		.because = "perf events on this CPU take turns or take samples by a timer",
		.advice = "perf -C OTHERS, not -a; fewer events at once",
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "watchdog",
		.globs = { "watchdog_timer_fn" },
		.because = "the watchdog for lockups has a timer on each CPU of its mask",
		.advice = "sysctl kernel.watchdog_cpumask=OTHERS, or kernel.watchdog=0",
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "clocksource_watchdog",
		.globs = { "clocksource_watchdog" },
		.because = "the kernel compares the TSC with another clock, on each CPU in turn",
		.advice = "boot with tsc=reliable, if the TSC is",
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "machine_check",
		.globs = { "mce_timer_fn" },
		.because = "the kernel polls this CPU's banks of machine checks",
		.advice = "echo 0 >/sys/devices/system/machinecheck/machinecheck0/check_interval",
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "workqueue_timer",
		.globs = { "delayed_work_timer_fn" },
		.because = "work that was delayed on this CPU is due",
		.advice = "boot with isolcpus=domain,LIST, so that work is delayed elsewhere; "
			  "taskset -cp OTHERS the program that asks for it",
	},
	{
		.kind = INTERRUPTION_TIMER,
		.name = "timer",
		.because = "a timer of the kernel's runs out",
		.advice = "the function names its owner; nohz_full=LIST moves timers of the kernel "
			  "to other CPUs",
	},
	{
		.kind = INTERRUPTION_WORK,
		.name = "vmstat",
		.globs = { "vmstat_update", "refresh_vm_stats" },
		.because = "the CPU's counters of memory are added to the machine's, every "
			   "vm.stat_interval, or as somebody reads them",
		.advice = "sysctl vm.stat_interval=86400; no sysctl vm.stat_refresh; no system "
			  "calls of the isolated task that take or free memory",
	},
	{
		.kind = INTERRUPTION_WORK,
		.name = "page_drain",
		.globs = { "lru_add_drain_per_cpu", "drain_local_pages*", "flush_cpu_slab" },
		.because = "memory that this CPU keeps at hand is asked back (memory hotplug, "
			   "compaction, cpusets, mlock)",
		.advice = "stop who asks: ipitrace isolated -j names the work; no compaction "
			  "(sysctl vm.compaction_proactiveness=0)",
	},
	{
		.kind = INTERRUPTION_WORK,
		.name = "cpufreq_governor",
		.globs = { "dbs_work_handler" },
		.because = "the governor samples this CPU's load",
		.advice = "cpupower -c LIST frequency-set -g performance",
	},
	{
		.kind = INTERRUPTION_WORK,
		.name = "workqueue",
		.because = "work is queued to this CPU",
		.advice = "echo MASK >/sys/devices/virtual/workqueue/cpumask moves unbound work; "
			  "bound work comes from who runs on this CPU",
	},
	{
		.kind = INTERRUPTION_SWITCH,
		.name = "stopper",
		.globs = { "migration/*" },
		.because = "a task is moved from this CPU, or all CPUs are stopped (stop_machine: "
			   "modules, CPUs that go or come)",
		.advice = "set affinity before the CPU must be quiet; no CPU hotplug, no module "
			  "loading",
	},
	{
		.kind = INTERRUPTION_SWITCH,
		.name = "ksoftirqd",
		.globs = { "ksoftirqd/*" },
		.because = "soft interrupts are more than fit into the interrupts' end",
		.advice = "move their cause away: timers, network interrupts",
	},
	{
		.kind = INTERRUPTION_SWITCH,
		.name = "rcu_thread",
		.globs = { "rcu*" },
		.because = "a thread of RCU runs on this CPU",
		.advice = "boot with rcu_nocbs=LIST; taskset -cp OTHERS the threads rcuo*",
	},
	{
		.kind = INTERRUPTION_SWITCH,
		.name = "hotplug",
		.globs = { "cpuhp/*" },
		.because = "the CPU's state of hotplug changes",
		.advice = "no CPU hotplug while the CPU must be quiet",
	},
	{
		.kind = INTERRUPTION_SWITCH,
		.name = "workqueue",
		.globs = { "kworker/*" },
		.because = "a worker of a workqueue runs on this CPU",
		.advice = "echo MASK >/sys/devices/virtual/workqueue/cpumask moves unbound work",
	},
	{
		.kind = INTERRUPTION_IRQ,
		.name = "interrupt",
		.because = "a device's interrupt comes to this CPU",
		.advice = "echo OTHERS >/proc/irq/N/smp_affinity_list; irqbalance with "
			  "IRQBALANCE_BANNED_CPULIST=LIST; boot with isolcpus=managed_irq,LIST",
	},
	{
		.kind = INTERRUPTION_SOFTIRQ,
		.name = "softirq_timer",
		.id = 1,
		.because = "timers of the kernel's are due on this CPU",
		.advice = "boot with nohz_full=LIST",
	},
	{
		.kind = INTERRUPTION_SOFTIRQ,
		.name = "softirq_net",
		.id = 2,
		.because = "packets are sent on this CPU",
		.advice = "echo MASK >/sys/class/net/DEV/queues/tx-N/xps_cpus",
	},
	{
		.kind = INTERRUPTION_SOFTIRQ,
		.name = "softirq_net",
		.id = 3,
		.because = "packets are received on this CPU",
		.advice = "ethtool -X, or smp_affinity of the queue's interrupt; "
			  "echo 0 >/sys/class/net/DEV/queues/rx-N/rps_cpus",
	},
	{
		.kind = INTERRUPTION_SOFTIRQ,
		.name = "softirq_block",
		.id = 4,
		.because = "block requests end on this CPU",
		.advice = "no I/O on this CPU; echo 0 >/sys/block/DEV/queue/rq_affinity",
	},
	{
		.kind = INTERRUPTION_SOFTIRQ,
		.name = "softirq_sched",
		.id = 7,
		.because = "the scheduler balances the load of CPUs, this one among them",
		.advice = "boot with isolcpus=domain,LIST, or an isolated cpuset partition",
	},
	{
		.kind = INTERRUPTION_SOFTIRQ,
		.name = "softirq_hrtimer",
		.id = 8,
		.because = "timers of tasks are due on this CPU",
		.advice = TIMER_ADVICE,
	},
	{
		.kind = INTERRUPTION_SOFTIRQ,
		.name = "softirq_rcu",
		.id = 9,
		.because = "RCU callbacks or quiescent states are due on this CPU",
		.advice = "boot with rcu_nocbs=LIST",
	},
	{
		.kind = INTERRUPTION_SOFTIRQ,
		.name = "softirq",
		.because = "a tasklet or another soft interrupt runs on this CPU",
		.advice = "move the interrupt of the device that raises it",
	},
	{
		.kind = INTERRUPTION_VECTOR,
		.name = "timer_interrupt",
		.id = 0xec,
		.because = "the timer fires, and no timer is due",
		.advice = "boot with nohz_full=LIST",
	},
	{
		.kind = INTERRUPTION_VECTOR,
		.name = "empty_call",
		.id = 0xfb,
		.because = "a call came with nothing to run: what was queued had run before",
		.advice = "ipitrace -c CPU --kinds shows the senders",
	},
	{
		.kind = INTERRUPTION_VECTOR,
		.name = "empty_call",
		.id = 0xfc,
		.because = "a call came with nothing to run: what was queued had run before",
		.advice = "ipitrace -c CPU --kinds shows the senders",
	},
	{
		.kind = INTERRUPTION_VECTOR,
		.name = "nmi",
		.globs = { "nmi" },
		.because = "an NMI: a perf counter, the hard watchdog, a backtrace",
		.advice = "sysctl kernel.nmi_watchdog=0; no perf -a",
	},
	{
		.kind = INTERRUPTION_VECTOR,
		.name = "posted_interrupt",
		.globs = { "posted_*", "nested_posted_*" },
		.because = "a guest's device or vCPU interrupts its vCPU on this CPU",
		.advice = "no vCPUs of other guests on this CPU",
	},
	{
		.kind = INTERRUPTION_VECTOR,
		.name = "thermal",
		.id = 0xfa,
		.because = "the CPU reports its temperature",
		.advice = "cooling",
	},
};

/* Advice for isolated CPUs, by the name of the signature; the others keep their own. */
static const struct {
	const char *name;
	const char *advice;
} advised[] = {
	{ "tlb_flush",
	  "the sender has a thread on this CPU: give that thread a process of its own, or stop "
	  "unmapping there (mlockall; MALLOC_TRIM_THRESHOLD_, MALLOC_MMAP_THRESHOLD_)" },
	{ "membarrier",
	  "the sender has a thread on this CPU: give that thread a process of its own, or use "
	  "liburcu's flavours mb and qsbr" },
	{ "text_patching",
	  "no tracing, perf, BPF and no loading of modules while the CPU must be quiet; the "
	  "caller shows what was switched" },
	{ "perf", "perf -C OTHERS, not -a; see also cgroup events, and agents that profile" },
	{ "msr", "turbostat --cpu OTHERS; monitoring that leaves this CPU out" },
	{ "wakeups",
	  "the task that is woken may run elsewhere: taskset -cp OTHERS PID; rcu_nocbs=LIST" },
	{ "migration", "set affinity before the CPU must be quiet, and once" },
	{ "nohz_balance", "boot with isolcpus=domain,LIST, or an isolated cpuset partition" },
};

/*
 * Senders that a frame on the stack gives away, whatever they send; since 6.8, 6.12. A
 * signal kicks the CPU on which its task runs (kick_process() in kernel/sched/core.c); a
 * timer that a nohz_full CPU arms is on another CPU (get_nohz_timer_target()).
 */
static const struct {
	const char *frame;
	bool of_victim; /* the interrupted task is behind it: the timer is its own */
	const char *name;
	const char *because;
	const char *advice;
} senders[] = {
	{ "dl_task_timer", false, "fair_server",
	  "the scheduler's server for fair tasks starts anew, each second, as if a real-time "
	  "task kept them waiting (since 6.12)",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime" },
	{ "dl_server_timer", false, "fair_server",
	  "the scheduler's server for fair tasks starts anew, each second, as if a real-time "
	  "task kept them waiting (since 6.12)",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime" },
	{ "it_real_fn", true, "itimer",
	  "a timer of setitimer(2) or alarm(2) runs out, and its signal comes to the program here",
	  SIGNAL_ADVICE },
	{ "posix_timer_fn", true, "posix_timer",
	  "a timer of timer_create(2) runs out, and its signal comes to the program here",
	  SIGNAL_ADVICE },
	{ "kick_process", false, "signal", "a signal is sent to the program that runs here",
	  "no signals to the program while the CPU must be quiet; or block them in its thread, "
	  "and take them in another one" },
};

/* Why a CPU keeps its tick: enum tick_dep_bits (include/linux/tick.h, since 4.6). */
static const struct {
	const char *name;
	const char *because;
	const char *advice;
} dependencies[] = {
	{ "tick_posix_timer", "a POSIX CPU timer of the running program needs the tick",
	  "no timer_create() on a CPU clock, no ITIMER_PROF, ITIMER_VIRTUAL or RLIMIT_CPU in the "
	  "isolated program" },
	{ "tick_perf", "a perf event needs the tick", "perf -C OTHERS; close profilers" },
	{ "tick_sched", "more than one task wants to run, and the tick shares the CPU",
	  "one runnable task on the CPU: taskset -cp OTHERS the others" },
	{ "tick_clock", "the clock is not stable, so each CPU needs its tick",
	  "boot with tsc=reliable, if the TSC is; look for 'Marking TSC unstable' in dmesg" },
	{ "tick_rcu", "RCU waits for this CPU, which is in the kernel",
	  "boot with rcu_nocbs=LIST; fewer system calls on the CPU" },
	{ "tick_rcu", "an expedited grace period waits for this CPU",
	  "boot with rcupdate.rcu_normal=1; fewer system calls on the CPU" },
};

/*
 * Besides model/plumbing.c: on the way of each sender to a reschedule, an irq_work
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

static bool cause_matches(const struct cause *cause, const struct culprit *culprit)
{
	const char *name = *culprit->func ? culprit->func : culprit->what;

	if (cause->kind != culprit->kind || (cause->id && cause->id != culprit->id))
		return false;
	if (!cause->globs[0])
		return true;
	for (int i = 0; i < GLOBS && cause->globs[i]; i++)
		if (!fnmatch(cause->globs[i], name, 0))
			return true;
	return false;
}

static const struct cause *cause_of(const struct culprit *culprit)
{
	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (cause_matches(&causes[i], culprit))
			return &causes[i];
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

static void set(struct culprit *culprit, const char *cause, const char *because, const char *advice)
{
	culprit->cause = cause;
	culprit->because = because;
	culprit->advice = advice;
}

static void name_signature(struct culprit *culprit, const struct signature *sig)
{
	set(culprit, sig->name, sig->cause, sig->advice);
	for (size_t i = 0; i < ARRAY_LEN(advised); i++)
		if (!strcmp(advised[i].name, sig->name))
			culprit->advice = advised[i].advice;
}

/* A tick, or a kick that makes the CPU look at its tick again: say what needs the tick. */
static void name_tick(struct culprit *culprit, uint32_t dependency, bool rename)
{
	for (size_t i = 0; i < ARRAY_LEN(dependencies); i++)
		if (dependency >> i & 1)
			set(culprit, rename ? dependencies[i].name : culprit->cause,
			    dependencies[i].because, dependencies[i].advice);
}

/* Whether a frame of the sender's stack names the cause. */
static bool name_sender(struct culprit *culprit)
{
	for (size_t i = 0; culprit->chain && i < ARRAY_LEN(senders); i++) {
		if (!strstr(culprit->chain, senders[i].frame))
			continue;
		set(culprit, senders[i].name, senders[i].because, senders[i].advice);
		if (senders[i].of_victim && culprit->victim.known) {
			culprit->sender = culprit->victim;
			culprit->serves = true;
		}
		return true;
	}
	return false;
}

/* The causes of culprits that no table has: see name_other(). */
static const char *const others[] = { "moved_task", "task",	  "kernel_thread", "function",
				      "irq_work",   "reschedule", "vector",	   "other" };

static void name_other(struct culprit *culprit)
{
	const char *advice = "ipitrace --stacks -c CPU shows by whom";

	switch (culprit->kind) {
	case INTERRUPTION_SWITCH:
		if (culprit->sender.known)
			set(culprit, "moved_task", "a task was moved to this CPU and runs there",
			    "stop the mover; a cpuset partition of its own for the CPU "
			    "(cpuset.cpus.partition=isolated) keeps movers out");
		else if (culprit->id)
			set(culprit, "task", "another program runs on this CPU",
			    "taskset -cp OTHERS PID, or a cpuset partition for the CPU");
		else
			set(culprit, "kernel_thread", "a kernel thread runs on this CPU",
			    "taskset -cp OTHERS PID; boot with isolcpus=domain,LIST");
		break;
	case INTERRUPTION_CSD:
		set(culprit, "function", "another CPU calls a function on this one", advice);
		break;
	case INTERRUPTION_IRQ_WORK:
		set(culprit, "irq_work", "a short work of the kernel's is sent to this CPU",
		    advice);
		break;
	case INTERRUPTION_VECTOR:
		if (culprit->id == 0xfd)
			set(culprit, "reschedule", "the CPU is asked to look for another task",
			    "one runnable task on the CPU");
		else
			set(culprit, "vector", "an interrupt of the CPU's own", advice);
		break;
	default:
		set(culprit, "other", "interruptions beyond the room of the table", advice);
		break;
	}
}

/*
 * Whether an interrupt is a call or a reschedule whose sender was not seen. x86's vectors by
 * number, arm64's by the kernel's text.
 */
static bool is_ipi(const struct culprit *vector)
{
	static const char *const texts[] = { "Function call", "Rescheduling" };

	for (size_t i = 0; !vector->id && i < ARRAY_LEN(texts); i++)
		if (!strncmp(vector->what, texts[i], strlen(texts[i])))
			return true;
	return vector->id >= 0xfb && vector->id <= 0xfd;
}

enum culprit_group causes__group(const struct culprit *culprit)
{
	switch (culprit->kind) {
	case INTERRUPTION_CSD:
	case INTERRUPTION_WAKE_SENT:
	case INTERRUPTION_IRQ_WORK:
		return GROUP_IPIS;
	case INTERRUPTION_VECTOR:
		return is_ipi(culprit) ? GROUP_IPIS : GROUP_INTERRUPTS;
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
	const struct cause *cause = culprit->other ? NULL : cause_of(culprit);
	const struct signature *sig = culprit->other || cause ? NULL : signature_of(culprit);

	if (cause)
		set(culprit, cause->name, cause->because, cause->advice);
	else if (sig)
		name_signature(culprit, sig);
	else if (culprit->other)
		set(culprit, "other", "interruptions beyond the room of the table",
		    "ipitrace isolated -d with less time");
	else
		name_other(culprit);
	/* A sum's is that of its parts. */
	if (!culprit->other)
		culprit->group = causes__group(culprit);
	if (name_sender(culprit))
		return;
	if (!strcmp(culprit->cause, "tick"))
		name_tick(culprit, tick_dependency, true);
	else if (!strcmp(culprit->cause, "nohz_full_kick"))
		name_tick(culprit, tick_dependency, false);
	/* The running task is behind its own timers alone. */
	if (culprit->kind == INTERRUPTION_TIMER &&
	    (!(cause && cause->of_task) || !culprit->sender.tgid))
		culprit->sender.known = false;
	culprit->serves = culprit->kind == INTERRUPTION_TIMER;
}

size_t causes__count(void)
{
	return ARRAY_LEN(causes) + ARRAY_LEN(senders) + ARRAY_LEN(dependencies) +
	       ARRAY_LEN(others) + nr_signatures;
}

const char *causes__word(size_t i)
{
	if (i < ARRAY_LEN(causes))
		return causes[i].name;
	i -= ARRAY_LEN(causes);
	if (i < ARRAY_LEN(senders))
		return senders[i].name;
	i -= ARRAY_LEN(senders);
	if (i < ARRAY_LEN(dependencies))
		return dependencies[i].name;
	i -= ARRAY_LEN(dependencies);
	return i < ARRAY_LEN(others) ? others[i] : signatures[i - ARRAY_LEN(others)].name;
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
