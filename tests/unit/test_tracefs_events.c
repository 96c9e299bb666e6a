// SPDX-License-Identifier: GPL-2.0
/* Which events and which clock a tracefs has, from a made-up directory. */
#include "host/machine.h"
#include "made_root.h"
#include "unit.h"

static struct tracefs_events events;

/* Read the events again. Returns 0 or a negative errno. */
static int read_again(void)
{
	memset(&events, 0xff, sizeof(events));
	return tracefs_events__read(&events, root);
}

TEST(what_is_no_tracefs_is_an_error, root_setup, root_teardown)
{
	assert_int_equal(tracefs_events__read(&events, "/nonexistent"), -ENOENT);
	assert_int_equal(read_again(), -ENOENT);
	assert_members(events, csd, false, ipi, false, call_function, false, reschedule, false,
		       mono, false);
}

TEST(each_event_has_its_directory, root_setup, root_teardown)
{
	root_file("/events/csd/csd_queue_cpu/id", "1\n");
	root_file("/events/csd/csd_function_entry/id", "2\n");
	root_file("/events/irq_vectors/call_function_entry/id", "3\n");
	assert_int_equal(read_again(), 0);
	/* Each csd has three events, and IPIs of two kinds call functions. */
	assert_members(events, csd, false, ipi, false, call_function, false, reschedule, false);
	root_file("/events/csd/csd_function_exit/id", "4\n");
	assert_int_equal(read_again(), 0);
	assert_members(events, csd, true, ipi, false, call_function, false, reschedule, false);
	root_file("/events/irq_vectors/call_function_single_entry/id", "5\n");
	root_file("/events/irq_vectors/reschedule_entry/id", "6\n");
	root_file("/events/ipi/ipi_send_cpu/id", "7\n");
	assert_int_equal(read_again(), 0);
	assert_members(events, csd, true, ipi, true, call_function, true, reschedule, true);
}

TEST(a_tracefs_has_a_list_of_clocks, root_setup, root_teardown)
{
	static const struct {
		const char *clocks;
		bool mono;
	} lists[] = {
		{ "[local] global counter uptime perf mono mono_raw boot x86-tsc\n", true },
		{ "local [mono]\n", true },
		{ "[local] global mono_raw\n", false },
		{ "", false },
	};

	root_file("/events/enable", "0\n");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		root_file("/trace_clock", lists[i].clocks);
		assert_int_equal(read_again(), 0);
		assert_int_equal(events.mono, lists[i].mono);
	}
}

TEST_MAIN(NULL, NULL)
