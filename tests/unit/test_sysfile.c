// SPDX-License-Identifier: GPL-2.0
/* Files of /proc: where the name in a line of /proc/PID/stat ends. Which files are regular. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/sysfile.h"
#include "unit.h"

TEST(a_name_ends_at_the_last_parenthesis)
{
	static const char rest[] =
		"4 0 0 0 0 11 12 0 0 20 0 1 0 9 9 9 9 0 0 0 0 0 0 0 0 0 0 0 0 17 3 "
		"0 0 9 43 9";
	struct proc_stat stat;
	char line[256];

	assert_true(proc_stat__parse(&stat, "7 (a) R 2 (b) D 3 4 5 6 -1 8"));
	assert_members(stat, state, 'D', flags, 8, guest, 0);
	assert_true(proc_stat__parse(&stat, "8 ()) S 1 1)) Z 5 5 5 5 5 4194304"));
	assert_members(stat, state, 'Z', flags, 4194304);
	snprintf(line, sizeof(line), "1 (init) S 0 1 1 0 -1 %s", rest);
	assert_true(proc_stat__parse(&stat, line));
	assert_members(stat, state, 'S', flags, 4, user, 11, cpu, 3, guest, 43);
	assert_false(proc_stat__parse(&stat, "9 (cut)"));
	assert_false(proc_stat__parse(&stat, "9 (cut"));
	assert_false(proc_stat__parse(&stat, ""));
}

/* A FIFO without a writer would hold up whoever opens it. */
TEST(only_regular_files_are_opened)
{
	char dir[] = "/tmp/test_sysfile.XXXXXX", path[64];
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(regular_file__open(path), -ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(regular_file__open(path), -EINVAL);
	assert_int_equal(regular_file__open(dir), -EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(creat(path, 0600)), 0);
	fd = regular_file__open(path);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

TEST_MAIN(NULL, NULL)
