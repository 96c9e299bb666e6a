// SPDX-License-Identifier: GPL-2.0
/* host/user/budget: how much a request may read of files, and how long, by a clock of the test. */
#include <sys/mman.h>
#include <time.h>
#include "host/user/user.h"
#include "unit.h"

static uint64_t cpu_ns; /* this thread's CPU time */
static int fd;

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	assert_int_equal(clock, CLOCK_THREAD_CPUTIME_ID);
	*time = (struct timespec){ cpu_ns / 1000000000, cpu_ns % 1000000000 };
	return 0;
}

/* A file of 64 KiB, of which each 1024 bytes are other ones. */
static int setup(void **state)
{
	char bytes[1024];

	cpu_ns = 5000000000;
	fd = memfd_create("budget", MFD_CLOEXEC);
	assert_true(fd >= 0);
	for (int i = 0; i < 64; i++) {
		memset(bytes, 'A' + i, sizeof(bytes));
		assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	}
	return 0;
}

static int teardown(void **state)
{
	return close(fd);
}

/* Read @size bytes at 3072, and fail unless they come, or none does, as @granted says. */
static void check_read(size_t size, bool granted)
{
	static char bytes[8192];

	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(budget__pread(fd, bytes, size, 3072), granted ? size : 0);
	assert_int_equal(bytes[0], granted ? 'D' : 0);
	assert_int_equal(bytes[size - 1], granted ? 'D' + (int)(size - 1) / 1024 : 0);
	assert_int_equal(budget__over(), !granted);
}

/* The first test, before any request. */
TEST_F(without_a_request_nothing_is_limited)
{
	cpu_ns = UINT64_MAX / 2;
	for (int i = 0; i < 100; i++)
		check_read(8192, true);
	budget__part();
	assert_false(budget__cut());
}

/* A read costs 512 bytes at least. Once one is refused, so is each later one of the request. */
TEST_F(a_request_has_so_many_bytes)
{
	for (int round = 0; round < 2; round++) {
		budget__begin(512 + 512 + 513 + 1000, UINT64_MAX / 2);
		check_read(1, true);
		check_read(512, true);
		check_read(513, true);
		check_read(1000, true);
		check_read(1, false);
	}
	budget__begin(1511, UINT64_MAX / 2);
	check_read(1000, true);
	check_read(1, false);
	budget__begin(1512, UINT64_MAX / 2);
	check_read(1000, true);
	check_read(1, true);
	budget__begin(1000, UINT64_MAX / 2);
	check_read(1001, false);
	check_read(1, false);
}

/* Long reads ask the clock each time. */
TEST_F(a_request_has_so_much_time)
{
	for (int round = 0; round < 2; round++) {
		budget__begin(1 << 30, 1000);
		check_read(4096, true);
		cpu_ns += 999;
		check_read(4096, true);
		cpu_ns += 1;
		check_read(4096, false);
		cpu_ns -= 500;
		check_read(1, false);
	}
}

/* Of 16 short reads one asks the clock. */
TEST_F(short_reads_ask_the_clock_now_and_then)
{
	int before = 0, nr = 0;

	budget__begin(1 << 30, 1000);
	cpu_ns += 1000;
	while (budget__pread(fd, &(char){ 0 }, 1, 0) == 1)
		before++;
	assert_in_range(before, 0, 15);
	budget__begin(1 << 30, 1000);
	cpu_ns += 1000;
	while (budget__pread(fd, (char[4095]){}, 4095, 0) == 4095)
		nr++;
	assert_int_equal(nr, 15);
}

/* Another request may read more for a part that began after half of the bytes. */
TEST_F(a_part_is_cut_if_it_began_after_half_of_the_bytes)
{
	for (int spent = 1; spent < 4; spent++) {
		budget__begin(2048, UINT64_MAX / 2);
		for (int i = 0; i < spent; i++)
			check_read(512, true);
		budget__part();
		assert_false(budget__cut());
		check_read(2048, false);
		assert_int_equal(budget__cut(), spent == 3);
	}
	/* A new request has a part of its own. */
	budget__begin(2048, UINT64_MAX / 2);
	assert_false(budget__cut());
	check_read(2049, false);
	assert_false(budget__cut());
}

TEST_F(a_part_is_cut_if_it_began_after_half_of_the_time)
{
	for (int late = 0; late < 2; late++) {
		budget__begin(1 << 20, 1000);
		cpu_ns += 499 + late;
		budget__part();
		cpu_ns += 501;
		assert_false(budget__cut());
		check_read(4096, false);
		assert_int_equal(budget__cut(), late);
		/* The part that begins now is late in each case. */
		budget__part();
		assert_true(budget__cut());
	}
	budget__begin(1 << 20, 1000);
	cpu_ns += 1000;
	check_read(4096, false);
	assert_false(budget__cut());
}

TEST_MAIN(NULL, NULL)
