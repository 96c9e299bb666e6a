// SPDX-License-Identifier: GPL-2.0
/* Files of /proc: where the name in a line of /proc/PID/stat ends. */
#include "base/sysfile.h"
#include "unit.h"

TEST(a_name_ends_at_the_last_parenthesis)
{
	assert_string_equal(proc_stat__fields("1 (init) S 0 1"), " S 0 1");
	assert_string_equal(proc_stat__fields("7 (a) R 2 (b) D 3 4"), " D 3 4");
	assert_string_equal(proc_stat__fields("8 ()) S 1 1)) Z 5"), " Z 5");
	assert_string_equal(proc_stat__fields("9 (cut)"), "");
	assert_null(proc_stat__fields("9 (cut"));
	assert_null(proc_stat__fields(""));
}

TEST_MAIN(NULL, NULL)
