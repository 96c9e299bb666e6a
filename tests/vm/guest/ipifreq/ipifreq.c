// SPDX-License-Identifier: GPL-2.0
/*
 * A cpufreq driver for the test VM, which has no frequencies: one policy for
 * all CPUs, and a thread that announces transitions again and again, as a
 * driver under a busy governor does. Nothing switches, but listeners to
 * transitions cannot notice.
 *
 * /sys/module/ipifreq/parameters: pause_us between two transitions; 0: none;
 * storm: whether the thread runs; transitions: how many it made.
 */
#include <linux/cpufreq.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

static uint pause_us = 200;
module_param(pause_us, uint, 0644);
static bool storm;
module_param(storm, bool, 0644);
static ulong transitions;
module_param(transitions, ulong, 0444);

static struct cpufreq_frequency_table table[] = {
	{ .frequency = 1000000 },
	{ .frequency = 2000000 },
	{ .frequency = CPUFREQ_TABLE_END },
};

static unsigned int speed = 2000000;
static struct task_struct *thread;

static int ipifreq_init_policy(struct cpufreq_policy *policy)
{
	cpumask_copy(policy->cpus, cpu_possible_mask);
	policy->freq_table = table;
	policy->cpuinfo.transition_latency = 1000;
	return 0;
}

static int ipifreq_target_index(struct cpufreq_policy *policy, unsigned int index)
{
	speed = table[index].frequency;
	return 0;
}

static unsigned int ipifreq_get(unsigned int cpu)
{
	return speed;
}

static struct cpufreq_driver driver = {
	.name = "ipifreq",
	.init = ipifreq_init_policy,
	.verify = cpufreq_generic_frequency_table_verify,
	.target_index = ipifreq_target_index,
	.get = ipifreq_get,
};

static void ipifreq_transition(struct cpufreq_policy *policy)
{
	struct cpufreq_freqs freqs = {
		.policy = policy,
		.old = policy->cur,
		.new = policy->cur == table[0].frequency ? table[1].frequency : table[0].frequency,
	};

	cpufreq_freq_transition_begin(policy, &freqs);
	speed = freqs.new;
	cpufreq_freq_transition_end(policy, &freqs, 0);
	transitions++;
}

static int ipifreq_thread(void *data)
{
	struct cpufreq_policy *policy = data;

	while (!kthread_should_stop()) {
		if (!READ_ONCE(storm)) {
			msleep(10);
			continue;
		}
		ipifreq_transition(policy);
		if (READ_ONCE(pause_us))
			usleep_range(READ_ONCE(pause_us), READ_ONCE(pause_us) + 20);
		else
			cond_resched();
	}
	cpufreq_cpu_put(policy);
	return 0;
}

static int __init ipifreq_init(void)
{
	struct cpufreq_policy *policy;
	int err = cpufreq_register_driver(&driver);

	if (err)
		return err;
	policy = cpufreq_cpu_get(0);
	thread = policy ? kthread_run(ipifreq_thread, policy, "ipifreq") : ERR_PTR(-ENODEV);
	if (!IS_ERR(thread))
		return 0;
	if (policy)
		cpufreq_cpu_put(policy);
	cpufreq_unregister_driver(&driver);
	return PTR_ERR(thread);
}

static void __exit ipifreq_exit(void)
{
	kthread_stop(thread);
	cpufreq_unregister_driver(&driver);
}

module_init(ipifreq_init);
module_exit(ipifreq_exit);
MODULE_DESCRIPTION("Frequency transitions on purpose, for the test VM");
MODULE_LICENSE("GPL");
