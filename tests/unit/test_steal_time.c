// SPDX-License-Identifier: GPL-2.0
/* Time that the hypervisor took, from a made-up /proc/stat. */
#include <fcntl.h>
#include <pthread.h>
#include "unit.h"
#include "host/machine.h"

static char path[] = "/tmp/test_steal.XXXXXX";
static uint64_t tick;

/* A machine with CPUs 0 and 2, which have lost @cpu0 and @cpu2 ticks. */
static void stat_is(unsigned int cpu0, unsigned int cpu2)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "cpu  1 2 3 4 5 6 7 %u 9 10\n", cpu0 + cpu2);
	fprintf(file, "cpu0 1 2 3 4 5 6 7 %u 9 10\n", cpu0);
	fprintf(file, "cpu2 1 2 3 4 5 6 7 %u 9 10\n", cpu2);
	fprintf(file, "intr 5 0 0\nctxt 12345\n");
	fclose(file);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	close(fd);
	tick = 1000000000 / sysconf(_SC_CLK_TCK);
	return fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	return unlink(path);
}

/* Returns the steal time of @cpus CPUs, of which one sample was taken at 1000. */
static struct steal_time *open_sampled(int cpus)
{
	struct steal_time *steal;

	stat_is(10, 100);
	assert_int_equal(steal_time__open(&steal, path, cpus), 0);
	steal_time__sample(steal, 1000);
	return steal;
}

TEST(stolen_time_is_since_the_last_sample_before)
{
	struct steal_time *steal = open_sampled(4);

	stat_is(10, 103);
	steal_time__sample(steal, 2000);
	stat_is(11, 107);
	assert_int_equal(steal_time__since(steal, 2, 2500), 4 * tick);
	assert_int_equal(steal_time__since(steal, 2, 2000), 4 * tick);
	assert_int_equal(steal_time__since(steal, 2, 1999), 7 * tick);
	assert_int_equal(steal_time__since(steal, 0, 2500), 1 * tick);
	/* Unknown: before the first sample, and for a CPU that does not exist. */
	assert_int_equal(steal_time__since(steal, 2, 999), 0);
	assert_int_equal(steal_time__since(steal, 3, 2500), 0);
	assert_int_equal(steal_time__since(steal, 4096, 2500), 0);
	steal_time__close(steal);
}

TEST(old_samples_give_way)
{
	struct steal_time *steal;

	assert_int_equal(steal_time__open(&steal, path, 4), 0);
	for (unsigned int i = 1; i <= 1000; i++) {
		stat_is(i, 0);
		steal_time__sample(steal, i * 100);
	}
	stat_is(1002, 0);
	assert_int_equal(steal_time__since(steal, 0, 100000), 2 * tick);
	assert_int_equal(steal_time__since(steal, 0, 99900), 3 * tick);
	assert_int_equal(steal_time__since(steal, 0, 100), 0);
	steal_time__close(steal);
}

/* A kernel's count may go back, as does that of a guest that was moved to another host. */
TEST(stolen_time_is_never_negative)
{
	struct steal_time *steal = open_sampled(4);

	stat_is(10, 99);
	assert_int_equal(steal_time__since(steal, 2, 2000), 0);
	steal_time__close(steal);
}

/* A file with more CPUs than was said. */
TEST(only_cpus_below_the_number_are_known)
{
	struct steal_time *steal = open_sampled(2);

	stat_is(11, 107);
	assert_int_equal(steal_time__since(steal, 0, 2000), tick);
	assert_int_equal(steal_time__since(steal, 1, 2000), 0);
	assert_int_equal(steal_time__since(steal, 2, 2000), 0);
	steal_time__close(steal);
}

/* A CPU that went offline has no line any more. */
TEST(an_offline_cpu_keeps_its_ticks)
{
	struct steal_time *steal;
	FILE *file;

	stat_is(10, 100);
	assert_int_equal(steal_time__open(&steal, path, 4), 0);
	steal_time__sample(steal, 1000);
	assert_int_equal(steal_time__since(steal, 2, 1000), 0);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("cpu  1 2 3 4 5 6 7 10 9 10\ncpu0 1 2 3 4 5 6 7 10 9 10\n", file);
	fclose(file);
	steal_time__sample(steal, 2000);
	assert_int_equal(steal_time__since(steal, 2, 2000), 0);
	steal_time__close(steal);
}

TEST(a_file_that_is_no_proc_stat_has_no_stolen_time)
{
	struct steal_time *steal;
	FILE *file = fopen(path, "w");

	fputs("cpu0 1 2\ncpuidle\ncpu", file);
	fclose(file);
	assert_int_equal(steal_time__open(&steal, path, 4), 0);
	steal_time__sample(steal, 1000);
	assert_int_equal(steal_time__since(steal, 0, 2000), 0);
	steal_time__close(steal);
	assert_int_equal(steal_time__open(&steal, "/nonexistent/stat", 4), -ENOENT);
}

TEST(the_running_kernel_has_the_file)
{
	struct steal_time *steal;

	assert_int_equal(steal_time__open(&steal, NULL, 4096), 0);
	steal_time__sample(steal, 1000);
	/* The sample was taken just now: an hour cannot have been taken since. */
	assert_true(steal_time__since(steal, 0, 2000) < 3600 * 1000000000ULL);
	steal_time__close(steal);
}

#define ROUNDS 4000

/*
 * Returns CPU 0's ticks at sample @n: one digit, which no reader of the file can see half written.
 */
static unsigned int lost_at(uint64_t n)
{
	return n / (ROUNDS / 4) * 3;
}

static struct steal_time *shared;
static _Atomic uint64_t sampled; /* time of the last sample */
static _Atomic bool over;

static void *sampler(void *arg)
{
	static const char before[] = "cpu  1 2 3 4 5 6 7 0 9 10\ncpu0 1 2 3 4 5 6 7 ";
	int fd = open(path, O_WRONLY);

	for (uint64_t n = 0; n < ROUNDS; n++) {
		char digit = '0' + lost_at(n);

		assert_int_equal(pwrite(fd, &digit, 1, sizeof(before) - 1), 1);
		steal_time__sample(shared, n + 1);
		sampled = n + 1;
	}
	close(fd);
	over = true;
	return NULL;
}

/* A stall's watcher asks while the main thread takes samples. */
TEST(a_sample_that_is_being_taken_is_not_used)
{
	pthread_t thread;

	stat_is(0, 0);
	assert_int_equal(steal_time__open(&shared, path, 4), 0);
	sampled = 0;
	over = false;
	assert_int_equal(pthread_create(&thread, NULL, sampler, NULL), 0);
	while (!over) {
		uint64_t time = sampled, ticks = steal_time__since(shared, 0, time) / tick;

		/* The file may have a later sample's ticks by now. */
		assert_int_equal(ticks % 3, 0);
		assert_in_range(ticks, 0, lost_at(ROUNDS - 1) - (time ? lost_at(time - 1) : 0));
	}
	pthread_join(thread, NULL);
	steal_time__close(shared);
}

TEST_MAIN(setup, teardown)
