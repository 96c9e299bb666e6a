// SPDX-License-Identifier: GPL-2.0
/*
 * Calls in flight: wait for their handlers, and undo the bookings of calls that were not queued.
 *
 * Every wait has a limit. After a signal the wait goes on for a short time, in which most handlers
 * end, so that the books are complete after most signals. end.c keeps a run whose handlers need
 * longer.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "internal.h"

/* Added for a slow machine to the longest hold and the longest time with interrupts off. */
#define SLOW_NS	 (10 * NSEC_PER_SEC)
#define GRACE_NS NSEC_PER_SEC

/* Only one long call at a time, because several at once on a CPU would add up to a lockup. */
static DEFINE_SEMAPHORE_ONE(long_call);
#define LONG_NS NSEC_PER_MSEC

/*
 * Returns 0 if the run may make calls, or -EINTR. Must be called without a lock, because the run
 * may wait here for another run.
 */
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

/* Returns 0: continue to wait; -EINTR: a signal came, and the time after it is over; -ETIMEDOUT. */
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

static int wait_for_handlers(struct ipigen_call *call, struct ipigen_deadline *deadline)
{
	u64 start = ipigen_clock();

	while (atomic_read_acquire(&call->pending)) {
		int err = ipigen_deadline_check(deadline);

		if (err)
			return err;
		/* Sleep, because timers and softirqs of this CPU may need a thread of lower priority. */
		if (ipigen_clock() - start < 50 * NSEC_PER_USEC)
			cond_resched();
		else
			usleep_range(20, 100);
	}
	return 0;
}

/*
 * Wait inside a call. A signal ends this wait at once, because the run waits for its handlers again
 * later.
 */
int ipigen_await(struct ipigen_call *call)
{
	struct ipigen_deadline deadline;

	ipigen_deadline_set(&deadline, 0);
	return wait_for_handlers(call, &deadline);
}

/* Between calls: wait for the handlers of one call, or below, of all calls of a run. */
int ipigen_drain_call(struct ipigen_call *call)
{
	struct ipigen_deadline deadline;

	ipigen_deadline_set(&deadline, GRACE_NS);
	return wait_for_handlers(call, &deadline);
}

int ipigen_drain(struct ipigen_run *run)
{
	struct ipigen_deadline deadline;
	int i, err = 0;

	ipigen_deadline_set(&deadline, GRACE_NS);
	for (i = 0; i < IPIGEN_RING && !err; i++)
		err = wait_for_handlers(&run->ring[i], &deadline);
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

/* Undo the booking of @times executions of the current call, which the kernel has not queued. */
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
