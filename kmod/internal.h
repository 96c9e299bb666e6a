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
#include <linux/workqueue.h>

#include "ipigen.h"

/* The clock that ipitrace uses: bpf_ktime_get_ns() is ktime_get_mono_fast_ns(). Safe in any context. */
static inline u64 ipigen_clock(void)
{
	return ktime_get_mono_fast_ns();
}

/* Maximum number of calls of one run in flight at once. */
#define IPIGEN_RING 32

struct ipigen_run;
struct ipigen_cell;

/* One call in flight, as its handlers need it. */
struct ipigen_call {
	call_single_data_t csd; /* the csd of a path that brings its own */
	struct ipigen_run *run;
	atomic_t pending; /* handlers that have not finished */
	atomic_t entered; /* handlers that have begun */
	u64 stamp[2]; /* time of issue, ns; two, because requeue.c queues a csd twice */
	int src;
	int ran_on; /* the last CPU that ran the handler */
	bool held; /* requeue.c: the probe has delayed the first run */
	bool again; /* requeue.c: queued again, or given up; wake.c: all wake-ups are done */
};

/* Which CPUs a call is for. */
enum ipigen_aim {
	IPIGEN_AIM_NONE, /* the kernel chooses, because the path has no handler of this module */
	IPIGEN_AIM_SELF,
	IPIGEN_AIM_ONE, /* the next CPU of the list, which may be the caller's */
	IPIGEN_AIM_MASK, /* the list without the caller's CPU */
	IPIGEN_AIM_MASK_SELF, /* the whole list */
	IPIGEN_AIM_OTHERS, /* all online CPUs but the caller's */
	IPIGEN_AIM_ALL, /* all online CPUs */
	IPIGEN_AIM_HALF, /* every second CPU of the list; a condition refuses the others */
	IPIGEN_AIM_PICK, /* the kernel picks one CPU of the list */
};

/* One way to make an IPI: a row of table.c. */
struct ipigen_path {
	const char *name;
	const char *func; /* the function that runs on the target */
	const char *calls; /* the kernel's function that the path goes through */
	const char *why; /* why the path is absent, or which other tool counts its interrupts */
	bool absent; /* this kernel lacks the path */
	u32 flags;
	enum ipigen_ipis ipis;
	enum ipigen_aim aim;
	bool sleeps; /* issue() may sleep */
	bool busy; /* the target must be running this module's thread */
	bool in_irq; /* irqs_off_ns are spent in an interrupt of the target's timer */
	bool locks_cpus; /* issue() takes the CPU hotplug lock itself, or waits for those who do */
	bool books_itself; /* issue() itself sets pending and writes the books */
	u32 per_target; /* executions on each target; 0 means 1 */
	smp_call_func_t handler;
	int (*begin)(struct ipigen_run *run); /* called once a run; may sleep */
	void (*end)(struct ipigen_run *run);
	/* If it returns an error, the run ends; ipigen_retract() has undone bookings that were not queued. */
	int (*issue)(struct ipigen_run *run, struct ipigen_call *call);
};

struct ipigen_run {
	const struct ipigen_path *path;
	struct ipigen_cell *books;
	cpumask_var_t list; /* the list that the caller asked for */
	cpumask_var_t live; /* the CPUs of the list that are online in this chunk */
	cpumask_var_t away; /* CPUs that the caller named and that are not online */
	cpumask_var_t aim; /* targets of the current call */
	bool named; /* the caller named the CPUs of the list itself */
	bool is_long; /* the only run that may make long calls: flight.c */
	int src;
	int dst; /* the only target, or IPIGEN_ANY_CPU */
	u64 hold_ns;
	u64 irqs_off_ns;
	int hold_on; /* 1 + the only CPU that hold_ns and irqs_off_ns are for, or 0 */
	u64 calls;
	u64 issued;
	u64 local;
	u64 skipped;
	unsigned int next;
	struct timer_list timer;
	struct hrtimer hrtimer;
	struct tasklet_struct tasklet;
	/* the call that a timer, an hrtimer or a tasklet will issue */
	struct ipigen_call *in_context;
	struct delayed_work later; /* see end.c */
	void *private;
	struct ipigen_call ring[IPIGEN_RING];
};

/*
 * The files, in layers: a file calls only files that come before it in this list.
 * tests/e2e/layers.t checks that there is no circle.
 */

/* limits.c */
u64 ipigen_max_ns(void);

/* bind.c: from bind to unbind migration is off, and the CPU hotplug lock is held */
int ipigen_bind(int src);
void ipigen_unbind(void);

/* aim.c: sets run->aim to the CPUs on which the next call's handler will run, and run->dst */
void ipigen_aim(struct ipigen_run *run);

/* A wait that ends at some time, or soon after a signal. */
struct ipigen_deadline {
	u64 at;
	u64 grace; /* the time left after a signal */
	bool signalled;
};

/* books.c: no other file reads and writes the books */
struct ipigen_cell *ipigen_books_open(u32 path);
void ipigen_books_issued(const struct ipigen_run *run, int src, int dst, u32 times);
void ipigen_books_ran(const struct ipigen_run *run, int src, int dst, u64 delay, u64 handler);
void ipigen_books_called(const struct ipigen_run *run, int dst, u64 wait);
int ipigen_books_read(struct ipigen_truth_args *args);
void ipigen_books_free(void);
void ipigen_books_retract(const struct ipigen_run *run, int src, int dst, u32 times);
void ipigen_books_skipped(const struct ipigen_run *run);
void ipigen_books_late(int runs);
int ipigen_books_enter(void);
bool ipigen_books_wanted(void);
void ipigen_books_leave(void);

/* flight.c: waits for handlers; all waits of the module use its deadlines */
int ipigen_long_begin(struct ipigen_run *run);
void ipigen_long_end(struct ipigen_run *run);
void ipigen_deadline_set(struct ipigen_deadline *deadline, u64 grace);
int ipigen_deadline_check(struct ipigen_deadline *deadline);
int ipigen_await(struct ipigen_call *call);
int ipigen_drain_call(struct ipigen_call *call);
int ipigen_drain(struct ipigen_run *run);
bool ipigen_in_flight(struct ipigen_run *run);
void ipigen_retract(struct ipigen_run *run, struct ipigen_call *call, u32 times);

/* end.c */
int ipigen_end_init(void);
void ipigen_end_exit(void);
void ipigen_run_free(struct ipigen_run *run);
void ipigen_run_end(struct ipigen_run *run, int err);

/* handler.c: runs on the target */
void ipigen_hold(u64 ns);
void ipigen_stamp(struct ipigen_call *call);
void ipigen_finish(struct ipigen_call *call, int src, u64 stamp, u64 start);
void ipigen_handle(void *info);

/* irqsoff.c */
int ipigen_irqsoff_init(void);
void ipigen_irqsoff_exit(void);
struct task_struct *ipigen_irqsoff_task(int cpu);
int ipigen_irqsoff_begin(const struct cpumask *mask, int but, u64 ns, bool in_irq);

/* single.c many.c async.c requeue.c lost.c context.c kernel.c wake.c: the paths, see paths.h */
void ipigen_requeue_exit(void);
void ipigen_lost_exit(void);

/* table.c: the index here is the path's number in the ioctls */
extern const struct ipigen_path *const ipigen_paths[];
extern const u32 ipigen_path_count;

/* run.c */
int ipigen_run(struct ipigen_run_args *args);

/* holder.c: see holder.h */

/* device.c */
int ipigen_device(struct ipigen_device_args *args);
bool ipigen_device_may_block(void);

/* ioctl.c; main.c comes last */
extern const struct file_operations ipigen_fops;

#define IPIGEN_HANDLER(name)                  \
	static void ipigen_##name(void *info) \
	{                                     \
		ipigen_handle(info);          \
	}

/* The members that are equal for all paths whose handler is this module's. */
#define IPIGEN_OWN(_name) \
	.name = #_name, .func = "ipigen_" #_name, .handler = ipigen_##_name, .issue = issue_##_name

#endif /* _IPIGEN_INTERNAL_H */
