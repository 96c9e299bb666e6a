// SPDX-License-Identifier: GPL-2.0
/* collect/kcore/queues/dump: the host that a dump names. */
#include "json_has.h"

/* Compile dump.c again, for its struct dump_queues. */
#define dump_queues__read	 tested__read
#define dump_queues__open	 tested__open
#define dump_queues__confine	 tested__confine
#define dump_queues__close	 tested__close
#define dump_queues__look	 tested__look
#define dump_queues__has_process tested__has_process
#define dump_queues__host	 tested__host
#define dump_queues__symbols	 tested__symbols
#include "collect/kcore/queues/dump.c"

/* The author of a dump chooses its release, which is printed on a terminal. */
TEST(a_release_cannot_drive_a_terminal)
{
	struct dump_queues queues = { .memory.vmcoreinfo =
					      "OSRELEASE=6.12\x1b[2J\nPAGESIZE=4096\n" };
	int64_t realtime = 1;
	struct utsname name;

	tested__host(&queues, &name, &realtime);
	assert_has(name.release, "6.12");
	assert_null(strchr(name.release, '\x1b'));
	assert_string_equal(name.nodename, "");
	assert_int_equal(realtime, 0);
}

TEST(a_dump_without_a_release_names_none)
{
	struct dump_queues queues = { .memory.vmcoreinfo = "PAGESIZE=4096\n" };
	int64_t realtime;
	struct utsname name;

	tested__host(&queues, &name, &realtime);
	assert_string_equal(name.release, "");
}

TEST_MAIN(NULL, NULL)
