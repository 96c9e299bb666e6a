// SPDX-License-Identifier: GPL-2.0
/* A user id that nobody has. */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/privileges.h"
#include "skip.h"
#include "unit.h"

#define UID 2013265920U

static int nr_asked; /* how many users getpriority(2) was asked for while all have a process */
static bool all_have_a_process;

int __real_getpriority(int which, id_t who);
int __wrap_getpriority(int which, id_t who)
{
	nr_asked++;
	return all_have_a_process ? 0 : __real_getpriority(which, who);
}

static const unsigned int *made_random; /* what getrandom(2) returns; NULL: a random number */
static bool no_random;

ssize_t __real_getrandom(void *bytes, size_t size, unsigned int flags);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned int flags)
{
	errno = no_random ? ENOSYS : 0;
	if (no_random)
		return -1;
	if (!made_random)
		return __real_getrandom(bytes, size, flags);
	memcpy(bytes, made_random, size);
	return size;
}

static char dir[] = "/tmp/ipitest-uid-XXXXXX", passwd[64];

static void write_passwd(const char *text)
{
	FILE *file = fopen(passwd, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int setup(void **state)
{
	assert_non_null(mkdtemp(dir));
	snprintf(passwd, sizeof(passwd), "%s/passwd", dir);
	write_passwd("root:x:0:0::/:/bin/sh\n");
	return 0;
}

static int teardown(void **state)
{
	unlink(passwd);
	return rmdir(dir);
}

TEST(a_user_of_passwd_is_not_free)
{
	assert_true(spare_uid__free(UID, passwd));
	assert_false(spare_uid__free(0, passwd));
	write_passwd("root:x:0:0::/:/bin/sh\na:x:2013265920:100::/:/bin/sh\n");
	assert_false(spare_uid__free(UID, passwd));
	assert_true(spare_uid__free(UID + 1, passwd));
	write_passwd("a:x:100:2013265920::/:/bin/sh\n");
	assert_false(spare_uid__free(UID, passwd));
	write_passwd("");
}

/* A process of user @uid, with this nice value, which ends when the other end of @line is closed. */
static pid_t process_of(uid_t uid, int nice_value, int *line)
{
	char byte;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(line[0]);
		if (setpriority(PRIO_PROCESS, 0, nice_value) || setuid(uid) ||
		    write(line[1], "", 1) != 1)
			_exit(1);
		_exit(read(line[1], &byte, 1));
	}
	close(line[1]);
	assert_int_equal(read(line[0], &byte, 1), 1);
	return pid;
}

/* A nice value of -1 is what getpriority(2) returns with an error, too. */
TEST(the_user_of_a_process_is_not_free)
{
	static const int nice_values[] = { 0, -1 };
	uid_t uid;
	pid_t pid;
	int line[2];

	if (skip_if(geteuid(), "not root: no process of another user"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(nice_values); i++) {
		assert_int_equal(spare_uid__find(&uid), 0);
		pid = process_of(uid, nice_values[i], line);
		errno = ESRCH;
		assert_false(spare_uid__free(uid, passwd));
		close(line[0]);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_true(spare_uid__free(uid, passwd));
	}
}

TEST(without_the_file_all_are_free)
{
	assert_true(spare_uid__free(UID, "/nonexistent/passwd"));
}

TEST(each_search_finds_another_id)
{
	uid_t one, two;

	assert_int_equal(spare_uid__find(&one), 0);
	assert_int_equal(spare_uid__find(&two), 0);
	assert_in_range(one, SPARE_UID_MIN, SPARE_UID_MAX);
	assert_in_range(two, SPARE_UID_MIN, SPARE_UID_MAX);
	assert_int_not_equal(one, two);
}

/* From the first of the range to its last. */
TEST(an_id_is_in_the_range)
{
	static const struct {
		unsigned int random;
		uid_t uid;
	} cases[] = {
		{ 0, 2013265920 },
		{ 1, 2013265921 },
		{ 134086655, 2147352575 },
		{ 134086656, 2013265920 },
	};
	uid_t uid;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		made_random = &cases[i].random;
		assert_int_equal(spare_uid__find(&uid), 0);
		assert_int_equal(uid, cases[i].uid);
	}
	made_random = NULL;
}

TEST(a_search_ends_where_all_ids_are_taken)
{
	uid_t uid;

	all_have_a_process = true;
	nr_asked = 0;
	assert_int_equal(spare_uid__find(&uid), -EBUSY);
	assert_int_equal(nr_asked, 100);
	all_have_a_process = false;
	no_random = true;
	assert_int_equal(spare_uid__find(&uid), -ENOSYS);
	no_random = false;
}

TEST_MAIN(setup, teardown)
