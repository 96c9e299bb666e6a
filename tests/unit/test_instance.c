// SPDX-License-Identifier: GPL-2.0
/* The owner of an ftrace instance, with made-up files in the place of tracefs. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "prove/proof.h"
#include "skip.h"
#include "unit.h"

#define TRACING	  "/sys/kernel/tracing"
#define INSTANCES TRACING "/instances/"

static const char *const events[] = {
	"events/csd/enable",
	"events/ipi/ipi_send_cpu/enable",
	"events/ipi/ipi_send_cpumask/enable",
	"events/irq_vectors/call_function_entry/enable",
	"events/irq_vectors/call_function_single_entry/enable",
	"events/irq_vectors/reschedule_entry/enable",
	"events/irq_vectors/irq_work_entry/enable",
};

int __real_mkdir(const char *path, mode_t mode);

/* What the next instance lacks: an event, or a file; NULL: nothing. */
static const char *lacks;

/* Write a file of an instance, and create the directories on the way. */
static bool put_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	int fd, written;

	if (lacks && !strcmp(name, lacks))
		return true;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		__real_mkdir(path, 0755);
		*slash = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	written = write(fd, text, strlen(text));
	close(fd);
	return written == (int)strlen(text);
}

/* tracefs fills the directory of a new instance. */
int __wrap_mkdir(const char *path, mode_t mode)
{
	char stats[64];
	bool done = true;

	if (__real_mkdir(path, mode))
		return -1;
	if (strncmp(path, INSTANCES, strlen(INSTANCES)))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		done &= put_file(path, events[i], "0");
	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		snprintf(stats, sizeof(stats), "per_cpu/cpu%ld/stats", cpu);
		done &= put_file(path, stats,
				 "entries: 100\noverrun: 4\ncommit overrun: 2\nbytes: 100\n"
				 "dropped events: 1\nread events: 100\n");
	}
	done &= put_file(path, "events/enable", "X") && put_file(path, "tracing_on", "1") &&
		put_file(path, "buffer_size_kb", "") && put_file(path, "trace_clock", "") &&
		put_file(path, "trace", "the events");
	return done ? 0 : -1;
}

/* Returns the text of a file of the process's instance, valid until the next call; "" without the file. */
static const char *text_of(pid_t pid, const char *name)
{
	static char text[64];
	char path[256];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), INSTANCES "ipitrace-prove-%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool is_made_up;

/* In a mount namespace of this program a tmpfs is in tracefs's place. */
static int group_setup(void **state)
{
	is_made_up = !geteuid() && !access(TRACING, F_OK) && !unshare(CLONE_NEWNS) &&
		     !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		     !mount("none", TRACING, "tmpfs", 0, NULL) && !mkdir(INSTANCES, 0755);
	return 0;
}

static int setup(void **state)
{
	lacks = NULL;
	return 0;
}

#define NEEDED "needs root, and a directory " TRACING

static char why[INSTANCE_WHY];

TEST(csds_and_ipis_are_traced, setup, NULL)
{
	struct instance in;
	struct instance_end end;
	char text[64] = {};
	pid_t owner;

	if (skip_if(!is_made_up, NEEDED))
		return;
	assert_true(instance__open(&in, 1408, why));
	assert_string_equal(why, "");
	owner = in.pid;
	assert_string_equal(text_of(owner, "tracing_on"), "1");
	assert_string_equal(text_of(owner, "buffer_size_kb"), "1408");
	assert_string_equal(text_of(owner, "trace_clock"), "mono");
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		assert_string_equal(text_of(owner, events[i]), "1");
	assert_true(instance__renew(&in));
	assert_string_equal(text_of(owner, events[0]), "1");

	assert_true(instance__stop(&in, &end));
	assert_string_equal(text_of(owner, "tracing_on"), "0");
	assert_string_equal(text_of(owner, events[0]), "1");
	assert_members(end, lost, 7 * sysconf(_SC_NPROCESSORS_CONF), sends, 1, arrivals, 1, was_off,
		       0);
	assert_int_equal(read(in.data, text, sizeof(text)), strlen("the events"));
	assert_string_equal(text, "the events");
	instance__close(&in);
	assert_int_equal(in.pid, 0);
	assert_int_equal(kill(owner, 0), -1);
	assert_string_equal(text_of(owner, "events/enable"), "0");
	/* Nothing is left to close. */
	instance__close(&in);
}

/* Without instance__stop(), as where ipitrace is killed: the end of the socket. */
TEST(a_run_that_ends_early, setup, NULL)
{
	struct instance in;
	pid_t owner;

	if (skip_if(!is_made_up, NEEDED))
		return;
	assert_true(instance__open(&in, 1408, why));
	owner = in.pid;
	instance__close(&in);
	assert_string_equal(text_of(owner, "tracing_on"), "0");
	assert_string_equal(text_of(owner, "events/enable"), "0");
}

/* Each kind of event is there as a whole, or none of the kind is compared. */
TEST(events_that_a_kernel_lacks, setup, NULL)
{
	if (skip_if(!is_made_up, NEEDED))
		return;
	for (size_t i = 1; i < ARRAY_SIZE(events); i++) {
		struct instance in;
		struct instance_end end;

		lacks = events[i];
		assert_true(instance__open(&in, 1408, why));
		assert_true(instance__stop(&in, &end));
		assert_members(end, sends, i >= 3, arrivals, i < 3, was_off, 0);
		instance__close(&in);
	}
}

TEST(somebody_switches_off, setup, NULL)
{
	char dir[128];

	if (skip_if(!is_made_up, NEEDED))
		return;
	for (size_t i = 0; i <= ARRAY_SIZE(events); i++) {
		struct instance in;
		struct instance_end end;

		assert_true(instance__open(&in, 1408, why));
		snprintf(dir, sizeof(dir), INSTANCES "ipitrace-prove-%d", in.pid);
		assert_true(put_file(dir, i ? events[i - 1] : "tracing_on", "0"));
		assert_true(instance__stop(&in, &end));
		assert_true(end.was_off);
		instance__close(&in);
	}
}

TEST(what_cannot_be_traced_has_its_reason, setup, NULL)
{
	static const struct {
		const char *file, *why;
	} cases[] = {
		{ "tracing_on", "ftrace's buffers or clock: No such file or directory" },
		{ "buffer_size_kb", "ftrace's buffers or clock: No such file or directory" },
		{ "trace_clock", "ftrace's buffers or clock: No such file or directory" },
		{ "events/csd/enable", "ftrace has no csd events here: No such file or directory" },
	};
	struct instance in;

	if (skip_if(!is_made_up, NEEDED))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		lacks = cases[i].file;
		assert_false(instance__open(&in, 1408, why));
		assert_string_equal(why, cases[i].why);
		assert_int_equal(in.pid, 0);
	}
	/* The text of the events cannot be opened. */
	lacks = "trace";
	assert_true(instance__open(&in, 1408, why));
	assert_false(instance__stop(&in, &(struct instance_end){}));
	instance__close(&in);
}

/* Returns whether the directory was there, and removes it. */
static bool was_there(const char *path)
{
	return !rmdir(path);
}

/* A directory is removed only if the process of its name is gone, and nobody holds the directory. */
TEST(instances_that_were_left, setup, NULL)
{
	static const char *const others[] = {
		INSTANCES "ipitrace-prove-1",	     INSTANCES "ipitrace-prove-4194303x",
		INSTANCES "ipitrace-prove--4194303", INSTANCES "ipitrace-prove-",
		INSTANCES "ipitrace-4194303",
	};
	static const char gone[] = INSTANCES "ipitrace-prove-4194303",
			  held[] = INSTANCES "ipitrace-prove-4194302";
	struct instance in;
	int fd;

	if (skip_if(!is_made_up, NEEDED))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(__real_mkdir(others[i], 0755), 0);
	assert_int_equal(__real_mkdir(gone, 0755), 0);
	assert_int_equal(__real_mkdir(held, 0755), 0);
	fd = open(held, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_true(instance__open(&in, 1408, why));
	instance__close(&in);
	assert_false(was_there(gone));
	assert_true(was_there(held));
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_true(was_there(others[i]));
}

TEST_MAIN(group_setup, NULL)
