// SPDX-License-Identifier: GPL-2.0
/* base/privileges: which user and which capabilities are left. Each case is a process of its own. */
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include "base/privileges.h"
#include "child_status.h"
#include "skip.h"
#include "unit.h"

#define BIT(cap) (1ULL << (cap))
#define NEEDED \
	(BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_KILL) | BIT(CAP_SYS_NICE))

/* What a process has after it gave up rights. */
struct rights {
	int result; /* what the function returned */
	unsigned long long effective, permitted, inheritable, bounding, ambient;
	unsigned int uids[4], gids[4]; /* real, effective, saved, of the file system */
	unsigned int no_new_privs;
	int nr_groups;
};

static void rights_read(struct rights *rights)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "Uid: %u %u %u %u", &rights->uids[0], &rights->uids[1],
		       &rights->uids[2], &rights->uids[3]);
		sscanf(line, "Gid: %u %u %u %u", &rights->gids[0], &rights->gids[1],
		       &rights->gids[2], &rights->gids[3]);
		sscanf(line, "CapEff: %llx", &rights->effective);
		sscanf(line, "CapPrm: %llx", &rights->permitted);
		sscanf(line, "CapInh: %llx", &rights->inheritable);
		sscanf(line, "CapBnd: %llx", &rights->bounding);
		sscanf(line, "CapAmb: %llx", &rights->ambient);
		sscanf(line, "NoNewPrivs: %u", &rights->no_new_privs);
	}
	if (file)
		fclose(file);
	rights->nr_groups = getgroups(0, NULL);
}

/* Returns what a process has that has two groups, and then calls @give_up. */
static struct rights rights_after(int (*give_up)(void))
{
	struct rights rights = {};
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		setgroups(2, (gid_t[]){ 7, 8 });
		rights.result = give_up();
		rights_read(&rights);
		_exit(write(fds[1], &rights, sizeof(rights)) != sizeof(rights));
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &rights, sizeof(rights)), sizeof(rights));
	close(fds[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return rights;
}

static bool lacks_rights(void)
{
	struct rights own = {};

	rights_read(&own);
	return skip_if(geteuid() || ~own.effective & NEEDED, "needs root");
}

static int keep_nothing(void)
{
	return 0;
}

static void check_user(const struct rights *rights, unsigned int uid, unsigned int gid)
{
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rights->uids[i], uid);
		assert_int_equal(rights->gids[i], gid);
	}
}

/* Effective and permitted are @caps, and no others; a program that is executed gets @passed. */
static void check_caps(const struct rights *rights, uint64_t caps, uint64_t passed)
{
	assert_int_equal(rights->result, 0);
	assert_members(*rights, effective, caps, permitted, caps, inheritable, passed, ambient,
		       passed, no_new_privs, 1);
}

static void check_spare(const struct rights *rights)
{
	assert_in_range(rights->uids[0], SPARE_UID_MIN, SPARE_UID_MAX);
	check_user(rights, rights->uids[0], rights->uids[0]);
	assert_members(*rights, bounding, 0, nr_groups, 0);
}

static int drop_to(void)
{
	return privileges__drop_to(12345, 12346);
}

static int drop_but(void)
{
	return privileges__drop_but((const unsigned int[]){ CAP_KILL, CAP_SYS_NICE }, 2);
}

TEST(root_becomes_another_user_for_good)
{
	struct rights rights;

	if (lacks_rights())
		return;
	rights = rights_after(keep_nothing);
	assert_int_equal(rights.nr_groups, 2);
	rights = rights_after(privileges__drop);
	check_caps(&rights, 0, 0);
	check_spare(&rights);
	rights = rights_after(drop_to);
	check_caps(&rights, 0, 0);
	check_user(&rights, 12345, 12346);
	assert_members(rights, bounding, 0, nr_groups, 0);
	rights = rights_after(drop_but);
	check_caps(&rights, BIT(CAP_KILL) | BIT(CAP_SYS_NICE), 0);
	check_spare(&rights);
}

static int keep_kill(void)
{
	return privileges__keep((const unsigned int[]){ CAP_KILL }, 1);
}

static int keep_ids(void)
{
	return privileges__keep((const unsigned int[]){ CAP_SETUID, CAP_SETGID, CAP_KILL }, 3);
}

static int drop_but_of_some(void)
{
	return keep_ids() ?: drop_but();
}

static int drop_and_pass(void)
{
	return privileges__drop_and_pass(CAP_KILL);
}

static int pass_what_is_not_there(void)
{
	return keep_ids() ?: privileges__drop_and_pass(CAP_SYS_NICE);
}

TEST(a_capability_that_is_not_there_is_not_kept)
{
	struct rights rights;

	if (lacks_rights())
		return;
	rights = rights_after(drop_but_of_some);
	check_caps(&rights, BIT(CAP_KILL), 0);
	check_spare(&rights);
	rights = rights_after(pass_what_is_not_there);
	check_caps(&rights, 0, 0);
	check_spare(&rights);
}

TEST(a_capability_is_passed_on_to_programs)
{
	struct rights rights;

	if (lacks_rights())
		return;
	rights = rights_after(drop_and_pass);
	check_caps(&rights, BIT(CAP_KILL), BIT(CAP_KILL));
	check_spare(&rights);
}

static int keep_twice(void)
{
	return keep_kill() ?: keep_kill();
}

static int keep_none(void)
{
	return privileges__keep(NULL, 0);
}

/* The bounding set can be emptied with CAP_SETPCAP alone. */
TEST(who_keeps_some_remains_the_same_user)
{
	struct rights rights;

	if (lacks_rights())
		return;
	rights = rights_after(keep_kill);
	check_caps(&rights, BIT(CAP_KILL), 0);
	check_user(&rights, getuid(), getgid());
	assert_members(rights, bounding, 0, nr_groups, 2);
	rights = rights_after(keep_twice);
	check_caps(&rights, BIT(CAP_KILL), 0);
	rights = rights_after(keep_none);
	check_caps(&rights, 0, 0);
	check_user(&rights, getuid(), getgid());
}

static int drop_without_setgid(void)
{
	return privileges__keep((const unsigned int[]){ CAP_SETUID, CAP_KILL }, 2) ?: drop_to();
}

static int drop_without_setuid(void)
{
	return privileges__keep((const unsigned int[]){ CAP_SETGID, CAP_KILL }, 2) ?: drop_to();
}

static int drop_as_another(void)
{
	return privileges__keep((const unsigned int[]){ CAP_SETUID, CAP_SETGID }, 2) ?:
		       seteuid(12)						     ?:
										       drop_to();
}

/* A container may lack the right to become another user. */
TEST(root_that_cannot_change_has_no_capabilities)
{
	struct rights rights;

	if (lacks_rights())
		return;
	rights = rights_after(drop_without_setgid);
	check_caps(&rights, 0, 0);
	check_user(&rights, 0, getgid());
	rights = rights_after(drop_without_setuid);
	check_caps(&rights, 0, 0);
	check_user(&rights, 0, getgid());
	rights = rights_after(drop_as_another);
	check_caps(&rights, 0, 0);
	assert_int_equal(rights.uids[1], 12);
}

static int keep_admin(void)
{
	return privileges__keep((const unsigned int[]){ CAP_SYS_ADMIN }, 1);
}

static int drop_as_admin(void)
{
	return keep_admin() ?: privileges__drop();
}

static int drop_as_admin_without_setgid(void)
{
	return privileges__keep((const unsigned int[]){ CAP_SYS_ADMIN, CAP_SETUID }, 2) ?:
											  drop_to();
}

static int drop_as_admin_without_setuid(void)
{
	return privileges__keep((const unsigned int[]){ CAP_SYS_ADMIN, CAP_SETGID }, 2) ?:
											  drop_to();
}

static int keep_some_as_admin(void)
{
	return keep_admin() ?: keep_admin();
}

/* CAP_SYS_ADMIN does not include CAP_SETUID, CAP_SETGID and CAP_SETPCAP. */
TEST(sys_admin_alone_cannot_change_the_user)
{
	static int (*const give_up[])(void) = { drop_as_admin, drop_as_admin_without_setgid,
						drop_as_admin_without_setuid };
	struct rights rights = {};

	rights_read(&rights);
	if (lacks_rights() || skip_if(!(rights.effective & BIT(CAP_SYS_ADMIN)), "needs root"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(give_up); i++) {
		rights = rights_after(give_up[i]);
		check_caps(&rights, 0, 0);
		check_user(&rights, 0, getgid());
	}
	rights = rights_after(keep_some_as_admin);
	check_caps(&rights, BIT(CAP_SYS_ADMIN), 0);
}

static int has_kill_alone(void)
{
	if (!privileges__have(CAP_KILL) || !privileges__have(CAP_SYS_NICE) || keep_kill())
		return 99;
	return privileges__have(CAP_SYS_NICE) || !privileges__have(CAP_KILL);
}

static int has_sys_admin(void)
{
	if (keep_admin())
		return 99;
	return !privileges__have(CAP_PERFMON) || !privileges__have(CAP_BPF) ||
	       !privileges__have(CAP_SYS_ADMIN) || privileges__have(CAP_SYSLOG) ||
	       privileges__have(CAP_KILL);
}

TEST(sys_admin_includes_two_capabilities)
{
	struct rights own = {};

	if (lacks_rights())
		return;
	assert_int_equal(child_status(has_kill_alone), 0);
	rights_read(&own);
	if (skip_if(!(own.effective & BIT(CAP_SYS_ADMIN)), "needs root"))
		return;
	assert_int_equal(child_status(has_sys_admin), 0);
}

static void check_may_write(const char *dir, uid_t uid, mode_t mode, bool may)
{
	struct rights before = {}, after = {};

	assert_int_equal(chown(dir, uid, uid), 0);
	assert_int_equal(chmod(dir, mode), 0);
	rights_read(&before);
	assert_int_equal(privileges__may_write(dir), may);
	/* The capabilities that were away meanwhile are back. */
	rights_read(&after);
	assert_members(after, effective, before.effective, permitted, before.permitted, bounding,
		       before.bounding);
}

/* With its capabilities root may write everywhere. */
TEST(who_may_write_is_asked_without_capabilities)
{
	char dir[] = "/tmp/test_privileges.XXXXXX";

	assert_non_null(mkdtemp(dir));
	check_may_write(dir, geteuid(), 0700, true);
	check_may_write(dir, geteuid(), 0500, false);
	check_may_write(dir, geteuid(), 0600, false);
	if (!geteuid()) {
		check_may_write(dir, 12345, 0755, false);
		check_may_write(dir, 12345, 0777, true);
		check_may_write(dir, 12345, 0756, false);
	}
	assert_int_equal(rmdir(dir), 0);
	assert_false(privileges__may_write(dir));
}

/* Of the process that sudo started, with these variables; NULL: not set. */
static bool caller_found(const char *uid, const char *gid, uid_t *found_uid, gid_t *found_gid)
{
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	if (uid)
		setenv("SUDO_UID", uid, 1);
	if (gid)
		setenv("SUDO_GID", gid, 1);
	*found_uid = *found_gid = 77;
	return sudo_caller__find(found_uid, found_gid);
}

TEST(the_caller_of_sudo_has_two_numbers)
{
	static const char *const none[] = {
		NULL,	      "",     "x",     "12x",	"4294967295",
		"4294967296", "user", "0x3e8", "1000 ", "99999999999999999999999",
	};
	uid_t uid;
	gid_t gid;

	if (geteuid()) {
		assert_false(caller_found("1000", "1001", &uid, &gid));
	} else {
		assert_true(caller_found("1000", "1001", &uid, &gid));
		assert_int_equal(uid, 1000);
		assert_int_equal(gid, 1001);
		assert_true(caller_found("4294967294", "0", &uid, &gid));
		assert_int_equal(uid, 4294967294);
		assert_int_equal(gid, 0);
		/* An error of an earlier call does not count. */
		errno = ERANGE;
		assert_true(caller_found("0", "4294967294", &uid, &gid));
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		assert_false(caller_found(none[i], "1001", &uid, &gid));
		assert_int_equal(uid, 77);
		assert_false(caller_found("1000", none[i], &uid, &gid));
		assert_int_equal(gid, 77);
	}
	caller_found(NULL, NULL, &uid, &gid);
}

static int trusts_as_another(void)
{
	const struct stat own = { .st_uid = 12 }, roots = {}, others = { .st_uid = 13 };

	setenv("SUDO_UID", "13", 1);
	setenv("SUDO_GID", "13", 1);
	if (seteuid(12))
		return 99;
	return !owner__is_trusted(&own) || !owner__is_trusted(&roots) || owner__is_trusted(&others);
}

TEST(the_caller_of_sudo_is_trusted_and_others_are_not)
{
	const struct stat callers = { .st_uid = 1000, .st_gid = 5 }, others = { .st_uid = 1001 };
	const struct stat own = { .st_uid = geteuid() }, roots = {};
	uid_t uid;
	gid_t gid;

	caller_found(NULL, NULL, &uid, &gid);
	assert_true(owner__is_trusted(&own));
	assert_true(owner__is_trusted(&roots));
	if (skip_if(geteuid(), "needs root"))
		return;
	assert_false(owner__is_trusted(&callers));
	assert_false(sudo_caller__owns(&callers, &uid, &gid));
	assert_true(caller_found("1000", "1001", &uid, &gid));
	assert_true(owner__is_trusted(&callers));
	assert_false(owner__is_trusted(&others));
	assert_true(sudo_caller__owns(&callers, &uid, &gid));
	assert_int_equal(uid, 1000);
	assert_int_equal(gid, 1001);
	assert_false(sudo_caller__owns(&others, &uid, &gid));
	caller_found(NULL, NULL, &uid, &gid);
	assert_int_equal(child_status(trusts_as_another), 0);
}

TEST_MAIN(NULL, NULL)
