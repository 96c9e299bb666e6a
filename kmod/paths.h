/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rows of the table, by file. table.c puts them in order.
 */
#ifndef _IPIGEN_PATHS_H
#define _IPIGEN_PATHS_H

struct ipigen_path;

/* single.c */
extern const struct ipigen_path ipigen_path_single_wait, ipigen_path_single_nowait;
extern const struct ipigen_path ipigen_path_behind_irq;
extern const struct ipigen_path ipigen_path_single_local, ipigen_path_any;
extern const struct ipigen_path ipigen_path_send_self;

/* many.c */
extern const struct ipigen_path ipigen_path_function_wait, ipigen_path_function_nowait;
extern const struct ipigen_path ipigen_path_many_wait, ipigen_path_many_nowait;
extern const struct ipigen_path ipigen_path_on_each_cpu, ipigen_path_on_each_cpu_nowait;
extern const struct ipigen_path ipigen_path_on_each_cpu_mask, ipigen_path_cond;
extern const struct ipigen_path ipigen_path_cond_mask, ipigen_path_cond_mask_nowait;
extern const struct ipigen_path ipigen_path_send_all, ipigen_path_send_allbutself;
extern const struct ipigen_path ipigen_path_send_mask;

/* async.c */
extern const struct ipigen_path ipigen_path_async, ipigen_path_async_several;
extern const struct ipigen_path ipigen_path_async_nested, ipigen_path_async_chain;

/* requeue.c */
extern const struct ipigen_path ipigen_path_async_requeue;

/* lost.c */
extern const struct ipigen_path ipigen_path_lost;

/* context.c */
extern const struct ipigen_path ipigen_path_timer_async, ipigen_path_hrtimer_async;
extern const struct ipigen_path ipigen_path_softirq_async, ipigen_path_irqsoff_async;
extern const struct ipigen_path ipigen_path_timer_single, ipigen_path_timer_many;

/* kernel.c */
extern const struct ipigen_path ipigen_path_kick_all_cpus_sync, ipigen_path_kick_cpu_async;
extern const struct ipigen_path ipigen_path_wake_up_all_idle_cpus, ipigen_path_reschedule;
extern const struct ipigen_path ipigen_path_rcu_expedited, ipigen_path_static_key;
extern const struct ipigen_path ipigen_path_stop_machine, ipigen_path_smp_call_on_cpu;

/* wake.c */
extern const struct ipigen_path ipigen_path_irq_work_self, ipigen_path_irq_work_remote;
extern const struct ipigen_path ipigen_path_wake, ipigen_path_wake_batch;

#endif /* _IPIGEN_PATHS_H */
