// SPDX-License-Identifier: GPL-2.0
/*
 * Calls in flight: wait for their handlers, and take back what was not queued.
 *
 * Every wait has an end. A signal leaves a wait a short time more: a handler that runs on time is
 * still waited for, so the books are whole after most signals. end.c keeps a run whose handlers
 * come later.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "internal.h"

/* Beyond the longest hold and the longest time with interrupts off: for a slow machine. */
#define SLOW_NS	 (10 * NSEC_PER_SEC)
#define GRACE_NS NSEC_PER_SEC

/* One long call at a time: several at once on a CPU would add up to a lockup. */
static DEFINE_SEMAPHORE_ONE(long_call);
#define LONG_NS NSEC_PER_MSEC

/* 0: the run may make calls; -EINTR. No lock is held, so that none is held by a run that waits. */
int ipigen_long_begin(struct ipigen_run *run)
{
	if (!run->irqs_off_ns && run->hold_ns < LONG_NS)
		return 0;
	if (down_interruptible(&long_call))
		return -EINTR;
	run->is_long = true;
	return 0;
}

void ipigen_long_end(struct ipigen_run *run)
{
	if (run->is_long)
		up(&long_call);
	run->is_long = false;
}

void ipigen_deadline_set(struct ipigen_deadline *deadline, u64 grace)
{
	deadline->at = ipigen_clock() + 2 * ipigen_max_ns() + SLOW_NS;
	deadline->grace = grace;
	deadline->signalled = false;
}

/* 0: wait on; -EINTR: a signal came, and its time is over; -ETIMEDOUT. */
int ipigen_deadline_check(struct ipigen_deadline *deadline)
{
	u64 now = ipigen_clock();

	if (!deadline->signalled && signal_pending(current)) {
		deadline->signalled = true;
		deadline->at = min(deadline->at, now + deadline->grace);
	}
	if (now < deadline->at)
		return 0;
	return deadline->signalled ? -EINTR : -ETIMEDOUT;
}

static int await(struct ipigen_call *call, struct ipigen_deadline *deadline)
{
	u64 start = ipigen_clock();

	while (atomic_read_acquire(&call->pending)) {
		int err = ipigen_deadline_check(deadline);

		if (err)
			return err;
		/* Sleep: timers and softirqs of this CPU may need a thread of lower priority. */
		if (ipigen_clock() - start < 50 * NSEC_PER_USEC)
			cond_resched();
		else
			usleep_range(20, 100);
	}
	return 0;
}

/* A wait inside a call: no time is left after a signal, since the run is drained anyway. */
int ipigen_await(struct ipigen_call *call)
{
	struct ipigen_deadline deadline;

	ipigen_deadline_set(&deadline, 0);
	return await(call, &deadline);
}

/* The same for one call, and for all calls of a run, between calls. */
int ipigen_drain_call(struct ipigen_call *call)
{
	struct ipigen_deadline deadline;

	ipigen_deadline_set(&deadline, GRACE_NS);
	return await(call, &deadline);
}

int ipigen_drain(struct ipigen_run *run)
{
	struct ipigen_deadline deadline;
	int i, err = 0;

	ipigen_deadline_set(&deadline, GRACE_NS);
	for (i = 0; i < IPIGEN_RING && !err; i++)
		err = await(&run->ring[i], &deadline);
	return err;
}

bool ipigen_in_flight(struct ipigen_run *run)
{
	int i;

	for (i = 0; i < IPIGEN_RING; i++)
		if (atomic_read_acquire(&run->ring[i].pending))
			return true;
	return false;
}

/* So many executions of the call being issued were booked, but the kernel has not queued them. */
void ipigen_retract(struct ipigen_run *run, struct ipigen_call *call, u32 times)
{
	run->skipped += times;
	if (run->dst >= 0) {
		ipigen_books_retract(run, run->src, run->dst, times);
		if (run->dst == run->src)
			run->local -= times;
		else
			run->issued -= times;
	}
	atomic_sub_return_release(times, &call->pending);
}
