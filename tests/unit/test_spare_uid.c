// SPDX-License-Identifier: GPL-2.0
/* A user id that nobody has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/privileges.h"
#include "skip.h"
#include "unit.h"

#define UID 2013265920U

static char dir[] = "/tmp/ipitest-uid-XXXXXX", passwd[64], proc[64];

static void write_passwd(const char *text)
{
	FILE *file = fopen(passwd, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(passwd, sizeof(passwd), "%s/passwd", dir);
	snprintf(proc, sizeof(proc), "%s/proc", dir);
	write_passwd("root:x:0:0::/:/bin/sh\n");
	return mkdir(proc, 0755);
}

static int teardown(void **state)
{
	char name[80];

	(void)state;
	snprintf(name, sizeof(name), "%s/123", proc);
	rmdir(name);
	rmdir(proc);
	unlink(passwd);
	return rmdir(dir);
}

static void a_user_of_passwd_is_not_free(void **state)
{
	(void)state;
	assert_true(spare_uid__free(UID, passwd, proc));
	assert_false(spare_uid__free(0, passwd, proc));
	write_passwd("root:x:0:0::/:/bin/sh\na:x:2013265920:100::/:/bin/sh\n");
	assert_false(spare_uid__free(UID, passwd, proc));
	assert_true(spare_uid__free(UID + 1, passwd, proc));
	write_passwd("a:x:100:2013265920::/:/bin/sh\n");
	assert_false(spare_uid__free(UID, passwd, proc));
	write_passwd("");
}

static void nor_is_the_user_of_a_process(void **state)
{
	char name[80];

	(void)state;
	if (skip_if(geteuid(), "not root: no directory of another user"))
		return;
	snprintf(name, sizeof(name), "%s/123", proc);
	assert_int_equal(mkdir(name, 0555), 0);
	assert_int_equal(chown(name, UID, UID), 0);
	assert_false(spare_uid__free(UID, passwd, proc));
	assert_true(spare_uid__free(UID + 1, passwd, proc));
}

static void without_the_files_all_are(void **state)
{
	(void)state;
	assert_true(spare_uid__free(UID, "/nonexistent/passwd", "/nonexistent/proc"));
}

static void each_find_is_another(void **state)
{
	uid_t one, two;

	(void)state;
	assert_int_equal(spare_uid__find(&one), 0);
	assert_int_equal(spare_uid__find(&two), 0);
	assert_in_range(one, SPARE_UID_MIN, SPARE_UID_MAX);
	assert_in_range(two, SPARE_UID_MIN, SPARE_UID_MAX);
	assert_int_not_equal(one, two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_of_passwd_is_not_free),
		cmocka_unit_test(nor_is_the_user_of_a_process),
		cmocka_unit_test(without_the_files_all_are),
		cmocka_unit_test(each_find_is_another),
	};

	return cmocka_run_group_tests_name("spare_uid", tests, setup, teardown);
}
