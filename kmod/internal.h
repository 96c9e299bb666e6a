/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _IPIGEN_INTERNAL_H
#define _IPIGEN_INTERNAL_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>

#include "ipigen.h"

/*
 * The clock of ipitrace: bpf_ktime_get_ns() is ktime_get_mono_fast_ns(). Safe in any context.
 */
static inline u64 ipigen_clock(void)
{
	return ktime_get_mono_fast_ns();
}

/* Calls of one run that may be in flight at once. */
#define IPIGEN_RING 32

struct ipigen_run;
struct ipigen_cell;

/* One call in flight: what its handlers need. */
struct ipigen_call {
	call_single_data_t csd; /* for the paths that bring their own */
	struct ipigen_run *run;
	atomic_t pending; /* handlers that have not finished */
	atomic_t entered; /* handlers that have begun */
	u64 stamp[2]; /* when issued: a csd may be queued twice (see async.c) */
	int src;
	int ran_on; /* the last CPU that ran the handler */
	bool held; /* requeue.c: its first run was */
	bool again; /* requeue.c: queued a second time, or given up */
};

/* Which CPUs a call is for. */
enum ipigen_aim {
	IPIGEN_AIM_NONE, /* the path itself knows */
	IPIGEN_AIM_SELF,
	IPIGEN_AIM_ONE, /* the next of the list, the caller too if it is in there */
	IPIGEN_AIM_MASK, /* the list without the caller */
	IPIGEN_AIM_MASK_SELF, /* the list, the caller too if it is in there */
	IPIGEN_AIM_OTHERS, /* all online but the caller */
	IPIGEN_AIM_ALL, /* all online */
	IPIGEN_AIM_HALF, /* every second of the list: a condition refuses the others */
	IPIGEN_AIM_PICK, /* the kernel picks one of the list */
};

/* A row of the table. */
struct ipigen_path {
	const char *name;
	const char *func;
	const char *calls;
	const char *why; /* why it cannot be, or where the truth is */
	bool absent;
	u32 flags;
	enum ipigen_ipis ipis;
	enum ipigen_aim aim;
	bool sleeps; /* issue() may sleep */
	bool busy; /* the target must be running something of ours */
	bool locks_cpus; /* issue() takes the CPU hotplug lock itself */
	bool books_itself; /* issue() sets pending and books what it issues */
	u32 per_target; /* executions a target, 0 for 1 */
	smp_call_func_t handler;
	int (*begin)(struct ipigen_run *run); /* once a run; may sleep */
	void (*end)(struct ipigen_run *run);
	int (*issue)(struct ipigen_run *run, struct ipigen_call *call);
};

struct ipigen_run {
	const struct ipigen_path *path;
	struct ipigen_cell *books;
	cpumask_var_t list; /* as asked for */
	cpumask_var_t live; /* of these, online in this chunk */
	cpumask_var_t aim; /* the targets of the call being issued */
	int src;
	int dst; /* the target, when it is one */
	u64 hold_ns;
	u64 irqs_off_ns;
	int hold_on; /* 1 + the only CPU that these are for, or 0 */
	u64 calls;
	u64 issued;
	u64 local;
	unsigned int next;
	struct timer_list timer;
	struct hrtimer hrtimer;
	struct tasklet_struct tasklet;
	struct ipigen_call *in_context; /* the call that one of these shall issue */
	void *private;
	struct ipigen_call ring[IPIGEN_RING];
};

/* table.c */
extern const struct ipigen_path *const ipigen_paths[];
extern const u32 ipigen_path_count;

/* main.c */
extern unsigned int ipigen_max_ms;
u64 ipigen_max_ns(void);

/* run.c */
int ipigen_run(struct ipigen_run_args *args);
int ipigen_bind(int src);
void ipigen_unbind(void);

/* handler.c */
void ipigen_hold(u64 ns);
void ipigen_stamp(struct ipigen_call *call);
void ipigen_finish(struct ipigen_call *call, int src, u64 stamp, u64 start);
void ipigen_handle(void *info);

/* books.c: truth, read and written by these alone */
struct ipigen_cell *ipigen_books_open(const struct ipigen_path *path);
void ipigen_books_issued(const struct ipigen_run *run, int src, int dst, u32 times);
void ipigen_books_ran(const struct ipigen_run *run, int src, int dst, u64 delay, u64 handler);
void ipigen_books_called(const struct ipigen_run *run, int dst, u64 wait);
int ipigen_books_read(struct ipigen_truth_args *args);
void ipigen_books_free(void);
int ipigen_books_enter(void);
bool ipigen_books_wanted(void);
void ipigen_books_leave(void);

/* requeue.c */
void ipigen_requeue_exit(void);

/* irqsoff.c */
int ipigen_irqsoff_init(void);
void ipigen_irqsoff_exit(void);
struct task_struct *ipigen_irqsoff_task(int cpu);
int ipigen_irqsoff_begin(const struct cpumask *mask, int but, u64 ns);

/* device.c */
int ipigen_device_init(void);
void ipigen_device_exit(void);
int ipigen_device(struct ipigen_device_args *args);
bool ipigen_device_may_block(void);

#define IPIGEN_HANDLER(name)                  \
	static void ipigen_##name(void *info) \
	{                                     \
		ipigen_handle(info);          \
	}

/* The part of a row that every path with a handler of its own shares. */
#define IPIGEN_OWN(_name) \
	.name = #_name, .func = "ipigen_" #_name, .handler = ipigen_##_name, .issue = issue_##_name

#endif /* _IPIGEN_INTERNAL_H */
