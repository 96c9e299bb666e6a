// SPDX-License-Identifier: GPL-2.0
/* The parts of a map that are mapped: here the map is a file in memory. */
#include <sys/mman.h>
#include "base/cpuset.h"
#include "collect/maps.h"
#include "unit.h"

#define NR_CPUS 64
#define GROUPS	2
#define STRIDE	6144 /* parts begin within pages */
#define REST	1000
#define BYTES	((size_t)GROUPS * NR_CPUS * STRIDE + REST)

static const struct mapping_parts parts = { STRIDE, NR_CPUS };
static struct mapping mapping;
static int fd;

/* Each byte of the file is the number of its CPU + 1; of the rest, 200. */
static int setup(void **state)
{
	static uint8_t bytes[BYTES];

	fd = memfd_create("map", 0);
	assert_true(fd >= 0);
	memset(bytes, 200, sizeof(bytes));
	for (int part = 0; part < GROUPS * NR_CPUS; part++)
		memset(bytes + (size_t)part * STRIDE, part % NR_CPUS + 1, STRIDE);
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	return 0;
}

static int teardown(void **state)
{
	mapping__close(&mapping);
	close(fd);
	return 0;
}

static void open_for(const char *list)
{
	struct cpuset cpus;

	assert_int_equal(cpuset__parse(&cpus, list), 0);
	assert_int_equal(mapping__open(&mapping, fd, BYTES, parts, &cpus), 0);
}

static void check_cpu(uint32_t cpu)
{
	for (uint32_t group = 0; group < GROUPS; group++) {
		const uint8_t *part =
			(uint8_t *)mapping.memory + ((size_t)group * NR_CPUS + cpu) * STRIDE;

		assert_int_equal(part[0], cpu + 1);
		assert_int_equal(part[STRIDE / 2], cpu + 1);
		assert_int_equal(part[STRIDE - 1], cpu + 1);
	}
}

/* A page that no CPU of the set has a byte of. */
static void check_zeros(uint32_t cpu)
{
	for (uint32_t group = 0; group < GROUPS; group++)
		assert_int_equal(
			mapping.memory[((size_t)group * NR_CPUS + cpu) * STRIDE + STRIDE / 2], 0);
}

TEST_F(the_parts_of_cpus_and_the_rest_are_mapped)
{
	open_for("0,10-12,63");
	check_cpu(0);
	for (uint32_t cpu = 10; cpu <= 12; cpu++)
		check_cpu(cpu);
	check_cpu(63);
	for (uint32_t cpu = 20; cpu < 60; cpu++)
		check_zeros(cpu);
	assert_int_equal((uint8_t)mapping.memory[BYTES - 1], 200);
}

TEST_F(a_cpu_that_comes_later_is_mapped_then)
{
	struct cpuset cpus;

	open_for("0-3");
	check_zeros(30);
	assert_int_equal(cpuset__parse(&cpus, "0-3,30"), 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(mapping__add(&mapping, &cpus), 0);
		for (uint32_t cpu = 0; cpu < 4; cpu++)
			check_cpu(cpu);
		check_cpu(30);
		check_zeros(40);
	}
}

/* Writes go to the map, whose other readers see them. */
TEST_F(writes_reach_the_map)
{
	uint8_t seen;

	open_for("5");
	mapping.memory[5 * STRIDE + 7] = 77;
	assert_int_equal(pread(fd, &seen, 1, 5 * STRIDE + 7), 1);
	assert_int_equal(seen, 77);
}

TEST_F(without_a_set_or_parts_all_is_mapped)
{
	const struct mapping_parts none = {};
	struct cpuset cpus;

	assert_int_equal(mapping__open(&mapping, fd, BYTES, parts, NULL), 0);
	for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++)
		check_cpu(cpu);
	assert_int_equal(mapping__add(&mapping, &cpus), 0);
	mapping__close(&mapping);
	assert_int_equal(cpuset__parse(&cpus, "1"), 0);
	assert_int_equal(mapping__open(&mapping, fd, BYTES, none, &cpus), 0);
	check_cpu(40);
}

TEST_F(errors_are_told)
{
	struct cpuset cpus;

	assert_int_equal(cpuset__parse(&cpus, "1"), 0);
	assert_int_equal(mapping__open(&mapping, -1, BYTES, parts, &cpus), -EBADF);
	mapping__close(&mapping);
	assert_int_equal(mapping__open(&mapping, -1, BYTES, parts, NULL), -EBADF);
}

TEST_MAIN(NULL, NULL)
