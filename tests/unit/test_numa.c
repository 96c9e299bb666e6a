// SPDX-License-Identifier: GPL-2.0
/* NUMA nodes, from a directory like /sys/devices/system/node. */
#include <sys/stat.h>
#include "host/machine.h"
#include "unit.h"

static char dir[] = "/tmp/test_numa.XXXXXX";
static struct numa numa;

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void node_make(int node)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/node%d", dir, node);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	node_make(0);
	node_make(2);
	node_make(3);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

TEST(each_cpu_has_its_node)
{
	put("online", "0,2-3\n");
	put("node0/cpulist", "0-1,4\n");
	/* A node that has only memory. */
	put("node2/cpulist", "\n");
	put("node3/cpulist", "2-3\n");
	numa__read(&numa, dir);
	assert_members(numa, nr_nodes, 2, ids[0], 0, ids[1], 3, nodes[4], 0, nodes[3], 1);
}

/* The CPUs of node 0 went offline, and node 2 came online: it does not get node 0's place. */
TEST(nodes_keep_their_places)
{
	put("node0/cpulist", "\n");
	put("node2/cpulist", "5\n");
	numa__read(&numa, dir);
	assert_members(numa, nr_nodes, 3, ids[0], 0, ids[1], 3, ids[2], 2, nodes[0], 0, nodes[3], 1,
		       nodes[5], 2);
}

TEST(no_directory_is_no_node)
{
	static struct numa none;

	numa__read(&none, "/nonexistent");
	assert_int_equal(none.nr_nodes, 0);
}

TEST_MAIN(setup, teardown)
