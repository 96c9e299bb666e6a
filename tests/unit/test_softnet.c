// SPDX-License-Identifier: GPL-2.0
/* How often RPS has handed packets to CPUs, by /proc/net/softnet_stat. */
#include "host/machine.h"
#include "scratch_file.h"

/* Two CPUs, 6.18 and 2.6.35: the tenth number counts; later kernels have more numbers. */
TEST(the_interrupts_of_all_cpus_count, scratch_setup, scratch_teardown)
{
	static const char text[] = "00000012 00000000 00000003 00000000 00000000 00000000 00000000 "
				   "00000000 00000000 0000001a 00000000 00000000 00000000 "
				   "00000000 00000000\n"
				   "00000b59 00000000 00000000 00000000 00000000 00000000 00000000 "
				   "00000000 00000000 00000100\n";

	scratch_write(text, sizeof(text) - 1);
	assert_int_equal(softnet__handed(scratch_path), 0x1a + 0x100);
}

/* A task is the sender only where nobody else's packets can be there. */
TEST(what_cannot_be_read_is_not_known, scratch_setup, scratch_teardown)
{
	static const char cut[] = "00000012 00000000 000000";

	scratch_write(cut, sizeof(cut) - 1);
	assert_int_equal(softnet__handed(scratch_path), 0);
	unlink(scratch_path);
	assert_int_equal(softnet__handed(scratch_path), SOFTNET_UNKNOWN);
	assert_true(softnet__may_have_handed(SOFTNET_UNKNOWN, SOFTNET_UNKNOWN));
	assert_true(softnet__may_have_handed(7, SOFTNET_UNKNOWN));
	assert_true(softnet__may_have_handed(7, 8));
	assert_false(softnet__may_have_handed(8, 8));
}

TEST_MAIN(NULL, NULL)
