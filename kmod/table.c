// SPDX-License-Identifier: GPL-2.0
/*
 * The table of paths.
 */
#include "internal.h"
#include "paths.h"

#define ROW(name) (&ipigen_path_##name)

const struct ipigen_path *const ipigen_paths[] = {
	ROW(single_wait),
	ROW(single_nowait),
	ROW(single_local),
	ROW(any),
	ROW(function_wait),
	ROW(function_nowait),
	ROW(many_wait),
	ROW(many_nowait),
	ROW(on_each_cpu),
	ROW(on_each_cpu_nowait),
	ROW(on_each_cpu_mask),
	ROW(cond),
	ROW(cond_mask),
	ROW(cond_mask_nowait),
	ROW(send_all),
	ROW(send_allbutself),
	ROW(send_self),
	ROW(send_mask),
	ROW(async),
	ROW(async_several),
	ROW(async_requeue),
	ROW(lost),
	ROW(behind_irq),
	ROW(async_nested),
	ROW(async_chain),
	ROW(timer_async),
	ROW(hrtimer_async),
	ROW(softirq_async),
	ROW(irqsoff_async),
	ROW(timer_single),
	ROW(timer_many),
	ROW(kick_all_cpus_sync),
	ROW(kick_cpu_async),
	ROW(wake_up_all_idle_cpus),
	ROW(reschedule),
	ROW(irq_work_self),
	ROW(irq_work_remote),
	ROW(wake),
	ROW(wake_batch),
	ROW(rcu_expedited),
	ROW(static_key),
	ROW(stop_machine),
	ROW(smp_call_on_cpu),
};

const u32 ipigen_path_count = ARRAY_SIZE(ipigen_paths);
