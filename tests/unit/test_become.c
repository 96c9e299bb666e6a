// SPDX-License-Identifier: GPL-2.0
/* Which programs can be started, as far as the files show. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/helper_process.h"
#include "scratch_file.h"

/* Check @name as a program, with @path as PATH; NULL: there is no PATH. */
static int check_in(const char *path, const char *name)
{
	char *old = strdup(getenv("PATH") ?: "");
	int err;

	if (path)
		setenv("PATH", path, 1);
	else
		unsetenv("PATH");
	err = become__check(name);
	setenv("PATH", old, 1);
	free(old);
	return err;
}

TEST(a_program_is_found_as_by_execvp)
{
	assert_int_equal(become__check("sh"), 0);
	assert_int_equal(check_in(NULL, "sh"), 0);
	assert_int_equal(check_in("/nowhere::/bin", "sh"), 0);
	assert_int_equal(check_in("/nowhere", "sh"), -ENOENT);
	assert_int_equal(check_in("/nowhere", "/bin/sh"), 0);
	assert_int_equal(become__check(""), -ENOENT);
	assert_int_equal(become__check("nosuch_program"), -ENOENT);
	assert_int_equal(become__check("/nowhere/sh"), -ENOENT);
	assert_int_equal(become__check("/bin/sh/x"), -ENOTDIR);
	assert_int_equal(become__check("/"), -EACCES);
}

TEST(a_file_must_be_executable)
{
	char directory[PATH_MAX], *base;

	scratch_write("", 0);
	assert_int_equal(chmod(scratch_path, 0644), 0);
	assert_int_equal(become__check(scratch_path), -EACCES);
	strcpy(directory, scratch_path);
	base = strrchr(directory, '/');
	*base++ = '\0';
	/* Another directory may have one that is. */
	assert_int_equal(check_in(directory, base), -EACCES);
	assert_int_equal(chmod(scratch_path, 0755), 0);
	assert_int_equal(become__check(scratch_path), 0);
	assert_int_equal(check_in(directory, base), 0);
}

TEST_MAIN(scratch_setup, scratch_teardown)
