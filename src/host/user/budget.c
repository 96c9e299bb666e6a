// SPDX-License-Identifier: GPL-2.0
#include "base/clock.h"
#include "host/user/user.h"

/* The clock is a system call: of CLOCK_READS reads below CLOCK_BYTES only one checks the time. */
#define CLOCK_READS 16
#define CLOCK_BYTES 4096

static struct {
	uint64_t bytes; /* bytes that the request may read */
	uint64_t left; /* how many of these are left */
	uint64_t cpu_end; /* this thread's CPU time at which the budget is spent, ns */
	uint64_t reads; /* number of short reads */
	uint64_t part_left; /* `left` when the present part of the request began */
	/* Half of the request's CPU time was already spent when its present part began. */
	bool part_late;
	uint64_t cpu_half; /* this thread's CPU time at which half is spent, ns */
	bool over; /* a read was refused */
} budget = { .bytes = UINT64_MAX, .left = UINT64_MAX, .cpu_end = UINT64_MAX };

static uint64_t read_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void budget__begin(uint64_t bytes, uint64_t ns)
{
	uint64_t now = read_cpu_ns();

	budget.bytes = budget.left = bytes;
	budget.cpu_half = now + ns / 2;
	budget.cpu_end = now + ns;
	budget.over = false;
	budget__part();
}

static bool is_time_over(size_t size)
{
	if (budget.cpu_end == UINT64_MAX || (size < CLOCK_BYTES && budget.reads++ % CLOCK_READS))
		return false;
	return read_cpu_ns() >= budget.cpu_end;
}

ssize_t budget__pread(int fd, void *to, size_t size, off_t offset)
{
	size_t cost = size < BUDGET_READ_MIN ? BUDGET_READ_MIN : size;

	budget.over |= budget.left < cost || is_time_over(size);
	if (budget.over)
		return 0;
	budget.left -= cost;
	return pread(fd, to, size, offset);
}

bool budget__over(void)
{
	return budget.over;
}

void budget__part(void)
{
	budget.part_left = budget.left;
	budget.part_late = budget.cpu_end != UINT64_MAX && read_cpu_ns() >= budget.cpu_half;
}

bool budget__cut(void)
{
	return budget.over && (budget.part_late || budget.part_left < budget.bytes / 2);
}
