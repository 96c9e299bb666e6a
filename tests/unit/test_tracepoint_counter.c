// SPDX-License-Identifier: GPL-2.0
/* Counters of CPUs that go and come; pipes stand for the kernel's counters. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "host/tracepoint_counter.h"
#include "unit.h"

#define CPUS 4
#define ID   7

static char online[] = "/tmp/test_tracepoint.XXXXXX";
static int kernel_side[CPUS]; /* the pipe of each CPU's counter; 0: none */
static int opened[CPUS];
static int refusal; /* what opening a counter returns, unless 0 */

static int counter_make(uint64_t id, int cpu)
{
	int fds[2];

	assert_int_equal(id, ID);
	assert_in_range(cpu, 0, CPUS - 1);
	if (refusal)
		return refusal;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	if (kernel_side[cpu])
		close(kernel_side[cpu]);
	kernel_side[cpu] = fds[1];
	opened[cpu]++;
	return fds[0];
}

static void online_set(const char *list)
{
	FILE *file = fopen(online, "w");

	assert_non_null(file);
	fprintf(file, "%s\n", list);
	fclose(file);
}

/* The next reading of the counter of @cpu. */
static void reads(int cpu, uint64_t hits, uint64_t enabled)
{
	uint64_t reading[2] = { hits, enabled };

	assert_int_equal(write(kernel_side[cpu], reading, sizeof(reading)), sizeof(reading));
}

static struct tracepoint_counter *opened_on(const char *list)
{
	struct tracepoint_counter *tc;

	refusal = 0;
	for (int cpu = 0; cpu < CPUS; cpu++)
		opened[cpu] = 0;
	online_set(list);
	assert_int_equal(tracepoint_counter__open_by(&tc, ID, counter_make, online), 0);
	return tc;
}

static void check_since(struct tracepoint_counter *tc, bool known, uint64_t want)
{
	uint64_t events;

	assert_int_equal(tracepoint_counter__since(tc, &events), known);
	assert_int_equal(events, want);
}

static void cpus_that_stay_add_up(void **state)
{
	struct tracepoint_counter *tc = opened_on("0-1");

	(void)state;
	reads(0, 5, 10);
	reads(1, 7, 10);
	check_since(tc, true, 12);
	reads(0, 5, 20);
	reads(1, 8, 20);
	check_since(tc, true, 1);
	assert_int_equal(opened[0] + opened[1], 2);
	tracepoint_counter__close(tc);
	check_since(NULL, false, 0);
}

static void a_cpu_that_comes_later_counts(void **state)
{
	struct tracepoint_counter *tc = opened_on("0-1");

	(void)state;
	online_set("0-3");
	reads(0, 5, 10);
	reads(1, 5, 10);
	check_since(tc, true, 10);
	assert_int_equal(opened[2] + opened[3], 2);
	for (int cpu = 0; cpu < CPUS; cpu++)
		reads(cpu, 105, 20);
	check_since(tc, true, 410);
	tracepoint_counter__close(tc);
}

static void a_cpu_that_goes_keeps_its_hits(void **state)
{
	struct tracepoint_counter *tc = opened_on("0-1");

	(void)state;
	reads(0, 100, 10);
	reads(1, 100, 10);
	check_since(tc, true, 200);
	online_set("0");
	reads(0, 101, 20);
	reads(1, 150, 15);
	check_since(tc, true, 51);
	reads(0, 102, 30);
	check_since(tc, true, 1);
	/* Back, with a new counter. */
	online_set("0-1");
	reads(0, 103, 40);
	check_since(tc, true, 1);
	assert_int_equal(opened[1], 2);
	reads(0, 103, 50);
	reads(1, 9, 5);
	check_since(tc, true, 9);
	/* A counter of which the kernel reads nothing takes nothing back. */
	reads(0, 104, 60);
	check_since(tc, true, 1);
	tracepoint_counter__close(tc);
}

/* Between two calls: the list of CPUs is the same, but the counter counts no more. */
static void a_cpu_that_went_and_came_is_noticed(void **state)
{
	struct tracepoint_counter *tc = opened_on("0");

	(void)state;
	reads(0, 100, 10);
	check_since(tc, true, 100);
	reads(0, 120, 15);
	check_since(tc, true, 20);
	reads(0, 120, 15);
	check_since(tc, true, 0);
	assert_int_equal(opened[0], 2);
	reads(0, 30, 7);
	check_since(tc, true, 30);
	tracepoint_counter__close(tc);
}

static void without_permission_the_count_is_unknown(void **state)
{
	struct tracepoint_counter *tc = opened_on("0");

	(void)state;
	online_set("0-1");
	refusal = -EACCES;
	reads(0, 3, 10);
	check_since(tc, false, 3);
	reads(0, 4, 20);
	check_since(tc, false, 1);
	/* It is gone again, or is about to go: nothing is missing. */
	refusal = -ENODEV;
	reads(0, 6, 30);
	check_since(tc, true, 2);
	tracepoint_counter__close(tc);
	refusal = -EACCES;
	assert_int_equal(tracepoint_counter__open_by(&tc, ID, counter_make, online), -EACCES);
	assert_null(tc);
	assert_int_equal(tracepoint_counter__open_by(&tc, ID, counter_make, "/nonexistent"),
			 -ENOENT);
}

static int online_make(void **state)
{
	int fd = mkstemp(online);

	(void)state;
	return fd < 0 || close(fd);
}

static int online_remove(void **state)
{
	(void)state;
	return unlink(online);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_that_stay_add_up),
		cmocka_unit_test(a_cpu_that_comes_later_counts),
		cmocka_unit_test(a_cpu_that_goes_keeps_its_hits),
		cmocka_unit_test(a_cpu_that_went_and_came_is_noticed),
		cmocka_unit_test(without_permission_the_count_is_unknown),
	};

	return cmocka_run_group_tests(tests, online_make, online_remove);
}
