// SPDX-License-Identifier: GPL-2.0
/*
 * The handler on the target: holds the CPU for as long as asked, and writes the books.
 */
#include "internal.h"

/* This does not use udelay(), whose time was wrong by a factor of two under TCG. */
void ipigen_hold(u64 ns)
{
	u64 start = ipigen_clock();

	while (ipigen_clock() - start < ns)
		cpu_relax();
}

/* Note the time of issue. Both stamps are equal, unless requeue.c queues the csd again. */
void ipigen_stamp(struct ipigen_call *call)
{
	u64 now = ipigen_clock();

	WRITE_ONCE(call->stamp[0], now);
	WRITE_ONCE(call->stamp[1], now);
}

/* Ends every handler. start: when the handler began; stamp: when src issued the call. */
void ipigen_finish(struct ipigen_call *call, int src, u64 stamp, u64 start)
{
	struct ipigen_run *run = call->run;
	int cpu = raw_smp_processor_id();

	if (run->hold_ns && (!run->hold_on || run->hold_on == cpu + 1))
		ipigen_hold(run->hold_ns);
	WRITE_ONCE(call->ran_on, cpu);
	ipigen_books_ran(run, src, cpu, start - stamp, ipigen_clock() - start);
	/* This must come last, because the call may be freed once pending is 0. */
	atomic_dec_return_release(&call->pending);
}

void ipigen_handle(void *info)
{
	u64 start = ipigen_clock();
	struct ipigen_call *call = info;
	int turn = atomic_inc_return(&call->entered) - 1;

	ipigen_finish(call, call->src, READ_ONCE(call->stamp[turn & 1]), start);
}
