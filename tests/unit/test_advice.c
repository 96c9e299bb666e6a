// SPDX-License-Identifier: GPL-2.0
/*
 * Advice for isolated CPUs: each reason has its own, whose words become the CPUs, tasks and interrupts of this machine.
 */
#include "cause_examples.h"
#include "cpus_of.h"
#include "model/isolation.h"

static char text[256];

static const char *fill(const struct advice_values *values, const char *advice)
{
	advice__fill(values, advice, text, sizeof(text));
	return text;
}

TEST(words_become_values)
{
	struct cpuset judged = cpus_of("1"), others = cpus_of("0,2-3");
	struct advice_values values = { &judged, &others, .cpu = 1, .irq = 25, .pid = 4711 };

	assert_string_equal(fill(&values, "echo OTHERS >/proc/irq/N/smp_affinity_list; boot with "
					  "isolcpus=managed_irq,LIST"),
			    "echo 0,2-3 >/proc/irq/25/smp_affinity_list; boot with "
			    "isolcpus=managed_irq,1");
	assert_string_equal(fill(&values, "echo MASK >/sys/devices/virtual/workqueue/cpumask"),
			    "echo d >/sys/devices/virtual/workqueue/cpumask");
	assert_string_equal(fill(&values, "taskset -cp OTHERS PID"), "taskset -cp 0,2-3 4711");
	assert_string_equal(fill(&values, "ipitrace --stacks -c CPU shows who asks for this"),
			    "ipitrace --stacks -c 1 shows who asks for this");
	assert_string_equal(fill(&values, "fair_server/cpuN/runtime"), "fair_server/cpu1/runtime");
}

TEST(other_words_stay)
{
	struct cpuset judged = cpus_of("1"), others = cpus_of("0");
	struct advice_values values = { &judged, &others, .cpu = 1, .irq = 25, .pid = 4711 };

	assert_string_equal(fill(&values,
				 "keep one runnable task on the CPU; no NMI, no LISTEN, RCU"),
			    "keep one runnable task on the CPU; no NMI, no LISTEN, RCU");
	assert_string_equal(fill(&values, "set IRQBALANCE_BANNED_CPULIST=LIST"),
			    "set IRQBALANCE_BANNED_CPULIST=1");
}

TEST(what_is_not_known_stays)
{
	struct cpuset none = {};
	struct advice_values values = { .others = &none, .cpu = -1, .irq = -1 };
	static const char advice[] = "OTHERS MASK LIST N PID -c CPU cpuN";

	assert_string_equal(fill(&values, advice), advice);
}

/* All CPUs are judged: advice that needs another says that there is none. */
TEST(no_other_cpu_is_left)
{
	struct cpuset judged = cpus_of("0-1"), none = {};
	struct advice_values values = { &judged, &none, .cpu = -1, .irq = 24 };

	assert_string_equal(fill(&values, "echo OTHERS >/proc/irq/N/smp_affinity_list"),
			    "judge fewer CPUs (-c), as OTHERS has none: echo OTHERS "
			    ">/proc/irq/24/smp_affinity_list");
	assert_has(fill(&values, "echo MASK >/sys"), "judge fewer CPUs (-c)");
	assert_string_equal(fill(&values, "boot with nohz_full=LIST"), "boot with nohz_full=0-1");
	for (size_t size = 1; size < 60; size++) {
		memset(text, 'x', sizeof(text));
		advice__fill(&values, "taskset -cp OTHERS PID", text, size);
		assert_int_equal(strlen(text), size - 1);
	}
	/* Which CPUs there are is not known. */
	values.others = NULL;
	assert_string_equal(fill(&values, "echo OTHERS >/proc"), "echo OTHERS >/proc");
}

TEST(a_mask_has_commas)
{
	struct cpuset others = cpus_of("0,33");
	struct advice_values values = { .others = &others, .cpu = -1, .irq = -1 };

	assert_string_equal(fill(&values, "MASK"), "2,00000001");
	/* Every other CPU of many: neither list nor mask can be read. */
	for (uint32_t cpu = 0; cpu < CPUSET_MAX; cpu += 2)
		cpuset__add(&others, cpu);
	assert_string_equal(fill(&values, "OTHERS, MASK"), "OTHERS, MASK");
}

TEST(it_fits)
{
	struct cpuset others = cpus_of("0-7");
	struct advice_values values = { .others = &others, .cpu = -1, .irq = -1 };

	for (size_t size = 1; size < 24; size++) {
		memset(text, 'x', sizeof(text));
		advice__fill(&values, "perf -C OTHERS, not -a", text, size);
		assert_in_range(strlen(text), 0, size - 1);
		assert_int_equal(strncmp("perf -C 0-7, not -a", text, strlen(text)), 0);
	}
}

/*
 * The advice for an isolated CPU is that of the reason, not that of another reason of the same
 * cause.
 */
TEST(advice_for_an_isolated_cpu)
{
	static const struct {
		const char *frames, *has, *lacks;
	} known[] = {
		/* PID would be the sender's, and the sender's task may stay where it runs. */
		{ WAKE "eventfd_write<vfs_write", "taskset -cp OTHERS TID", "PID" },
		{ WAKE "swake_up_one<rcu_core<handle_softirqs", "rcu_nocbs=LIST", "PID" },
		/* The callbacks go to threads because of that option. */
		{ WAKE "swake_up_one<wake_nocb_gp<__call_rcu_nocb_wake<call_rcu", "rcuo",
		  "rcu_nocbs" },
		{ "resched_curr<push_rt_task<push_rt_tasks<task_woken_rt", "taskset -cp OTHERS TID",
		  "LIST" },
		{ "resched_curr<detach_task<sched_balance_rq", "isolcpus=domain", "affinity" },
		{ WAKE "stop_one_cpu<affine_move_task", "set affinity before", "isolcpus" },
		{ WAKE "__wake_up_common<do_notify_parent<do_exit", "another CPU", "block" },
		{ "kick_process<__send_signal_locked<do_send_specific", "block the signals",
		  "waits for" },
		/* No taskset moves a kworker of one CPU. */
		{ WAKE "kick_pool<__queue_work<queue_work_on", "workqueue/cpumask", "taskset" },
		{ WAKE "kick_pool<__queue_work<queue_work_on<schedule_on_each_cpu", NO_ADVICE,
		  "taskset" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct stack_sample sample = sample_of(known[i].frames);
		struct cause cause = cause__of(&(struct sending){
			.kind = KIND_RESCHEDULE, .stack = sample.stack, .nr = sample.nr });

		assert_has(cause__isolated_advice(&cause), known[i].has);
		assert_lacks(cause__isolated_advice(&cause), known[i].lacks);
	}
}

/* The kernel's own locks have no attribute that a program may set. */
TEST(advice_for_a_lock)
{
	static const struct {
		const char *frames, *advice;
	} known[] = {
		{ "resched_curr<rt_mutex_setprio<rtlock_slowlock_locked<rt_spin_lock", NO_ADVICE },
		{ "resched_curr<rt_mutex_setprio<rt_mutex_lock<rcu_boost_kthread", NO_ADVICE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct stack_sample sample = sample_of(known[i].frames);
		struct cause cause = cause__of(&(struct sending){
			.kind = KIND_RESCHEDULE, .stack = sample.stack, .nr = sample.nr });

		assert_string_equal(cause__advice(&cause), known[i].advice);
	}
}

TEST_MAIN(NULL, NULL)
