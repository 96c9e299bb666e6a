// SPDX-License-Identifier: GPL-2.0
/* Files of /proc: where the name in a line of /proc/PID/stat ends. Which files are regular. */
#include <errno.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/sysfile.h"
#include "made_root.h"
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

/* Fails unless @is_low says of a soft limit of @low units what @advice is, and nothing of one more. */
static void check_limit(int resource, rlim_t low, bool (*is_low)(char *advice, size_t size),
			const char *advice)
{
	struct rlimit own, made;
	char said[128] = "";
	bool few, enough;

	assert_int_equal(getrlimit(resource, &own), 0);
	made = own;
	made.rlim_cur = low;
	assert_int_equal(setrlimit(resource, &made), 0);
	few = is_low(said, sizeof(said));
	made.rlim_cur = low + 1;
	assert_int_equal(setrlimit(resource, &made), 0);
	enough = !is_low(said, sizeof(said));
	assert_int_equal(setrlimit(resource, &own), 0);
	assert_true(few);
	assert_true(enough);
	assert_string_equal(said, advice);
}

TEST(a_limit_that_is_too_low_is_named)
{
	check_limit(RLIMIT_NOFILE, 255, open_files__are_few,
		    "a limit of 255 open files is too low: try ulimit -n 256");
	check_limit(RLIMIT_STACK, (256 << 10) - 1, stack__is_small,
		    "a limit of 255 kB for the stack is too low: try ulimit -s 256");
}

TEST(a_line_is_found_by_its_beginning, root_setup, root_teardown)
{
	uint64_t number = 9;
	char line[32];

	root_file("/7/status", "Name:\tcat\nState:\tS\nPid:\t12\nPid:\t13\nlast");
	assert_true(sysfile__line(line, sizeof(line), "%s/%d/status", root, 7));
	assert_string_equal(line, "Name:\tcat");
	assert_true(sysfile__rest(line, sizeof(line), "Pid:", "%s/%d/status", root, 7));
	assert_string_equal(line, "\t12");
	assert_true(sysfile__rest(line, sizeof(line), "la", "%s/%d/status", root, 7));
	assert_string_equal(line, "st");
	assert_true(sysfile__number(&number, "Pid: %" SCNu64, "%s/%d/status", root, 7));
	assert_int_equal(number, 12);
	/* What is not there is empty. */
	assert_false(sysfile__rest(line, sizeof(line), "Uid:", "%s/%d/status", root, 7));
	assert_string_equal(line, "");
	assert_false(sysfile__number(&number, "Uid: %" SCNu64, "%s/%d/status", root, 7));
	assert_int_equal(number, 0);
	strcpy(line, "before");
	assert_false(sysfile__line(line, sizeof(line), "%s/%d/status", root, 8));
	assert_string_equal(line, "");
	assert_false(sysfile__number(&number, "%" SCNu64, "%s/%d/status", root, 8));
	/* A line that is too long is cut. */
	assert_true(sysfile__line(line, 6, "%s/%d/status", root, 7));
	assert_string_equal(line, "Name:");
}

TEST(a_directory_has_its_files_and_not_itself, root_setup, root_teardown)
{
	const struct dirent *entry;
	int nr = 0;
	DIR *dir;

	root_file("/a/x", "");
	root_file("/a/.y", "");
	root_file("/a/..z", "");
	dir = sysdir__open("%s/%s", root, "a");
	assert_non_null(dir);
	for (; (entry = sysdir__next(dir)); nr++)
		assert_true(strchr("xyz", entry->d_name[strlen(entry->d_name) - 1]));
	assert_int_equal(nr, 3);
	dir = sysdir__open("%s/%s", root, "b");
	assert_null(dir);
	assert_null(sysdir__next(dir));
}

TEST_MAIN(NULL, NULL)
