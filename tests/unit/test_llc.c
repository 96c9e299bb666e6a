// SPDX-License-Identifier: GPL-2.0
/* CPUs by last-level cache, from a directory like /sys/devices/system/cpu. */
#include "base/cpuset.h"
#include "host/machine.h"
#include "unit.h"

static char dir[] = "/tmp/test_llc.XXXXXX";

static void cache_put(int cpu, int index, const char *list)
{
	char command[256];

	snprintf(
		command, sizeof(command),
		"mkdir -p %s/cpu%d/cache/index%d && echo %s >%s/cpu%d/cache/index%d/shared_cpu_list",
		dir, cpu, index, list, dir, cpu, index);
	assert_int_equal(system(command), 0);
}

TEST(the_last_cache_counts)
{
	struct numa *groups = calloc(1, sizeof(*groups));
	struct cpuset cpus;
	char command[64];

	assert_non_null(groups);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(cpuset__parse(&cpus, "0-4"), 0);
	llc__read(groups, &cpus, dir);
	assert_int_equal(groups->nr_nodes, 0);
	for (int cpu = 0; cpu < 4; cpu++) {
		cache_put(cpu, 0, (const char *[]){ "0", "1", "2", "3" }[cpu]);
		cache_put(cpu, 3, cpu < 2 ? "0-1" : "2-3");
	}
	llc__read(groups, &cpus, dir);
	assert_members(*groups, nr_nodes, 2, ids[1], 2, nodes[1], 0, nodes[2], 1, nodes[3], 1);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	free(groups);
}

TEST_MAIN(NULL, NULL)
