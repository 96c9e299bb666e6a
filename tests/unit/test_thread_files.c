// SPDX-License-Identifier: GPL-2.0
/* host/machine: what the files of /proc say of a thread, of a process and of this process's memory. */
#include <sys/stat.h>
#include <sys/utsname.h>
#include "base/cpuset.h"
#include "host/machine.h"
#include "made_root.h"

static const char *opened; /* the only file of this machine that may be opened */
static uint64_t number; /* the number in each small file of this machine */
static char asked[128]; /* which number that was */
static int uname_err, cpus_err;

int __wrap_stat(const char *path, struct stat *st)
{
	assert_string_equal(path, "/proc/self/ns/pid");
	*st = (struct stat){ .st_ino = 0xeffffffc };
	return 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	char whole[256];

	if (!strncmp(path, root, strlen(root)))
		return __real_open(path, flags);
	assert_non_null(opened);
	assert_string_equal(path, opened);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return __real_open(whole, flags);
}

bool __wrap_sysfile__number(uint64_t *to, const char *form, const char *path, ...)
{
	snprintf(asked, sizeof(asked), "%s: %s", path, form);
	*to = number;
	return number;
}

int __wrap_uname(struct utsname *name)
{
	memset(name, 'n', sizeof(*name));
	return uname_err;
}

int __wrap_cpuset__read(struct cpuset *set, const char *name)
{
	assert_string_equal(name, "online");
	memset(set, 0xff, sizeof(*set));
	return cpus_err;
}

static void check_slices(const char *schedstat, bool known, uint64_t want)
{
	uint64_t slices = 77;

	root_file("/proc/12/task/13/schedstat", schedstat);
	assert_int_equal(thread_file__slices(root, 12, 13, &slices), known);
	assert_int_equal(slices, known ? want : 77);
}

TEST(slices_are_the_third_number_of_a_thread, root_setup, root_teardown)
{
	uint64_t slices = 77;

	assert_false(thread_file__slices(root, 12, 13, &slices));
	check_slices("100 200 300\n", true, 300);
	check_slices("18446744073709551615 18446744073709551615 18446744073709551615\n", true,
		     UINT64_MAX);
	check_slices("100 200\n", false, 0);
	check_slices("", false, 0);
	/* The thread 12 of 13 is another one. */
	assert_false(thread_file__slices(root, 13, 12, &slices));
}

/* A name of 15 bytes has room, without its newline. */
TEST(a_thread_has_its_name, root_setup, root_teardown)
{
	char comm[COMM_LEN];

	opened = "/proc/12/task/13/comm";
	memset(comm, 'x', sizeof(comm));
	thread_file__comm(comm, 12, 13);
	assert_string_equal(comm, "");
	root_file(opened, "a name\n");
	thread_file__comm(comm, 12, 13);
	assert_string_equal(comm, "a name");
	root_file(opened, "123456789012345\n");
	thread_file__comm(comm, 12, 13);
	assert_string_equal(comm, "123456789012345");
	root_file(opened, "12345678901234567\n");
	thread_file__comm(comm, 12, 13);
	assert_string_equal(comm, "123456789012345");
	opened = NULL;
}

TEST(a_process_has_its_cgroup, root_setup, root_teardown)
{
	char path[16] = "before";

	assert_false(task_cgroup__read(root, 12, path, sizeof(path)));
	assert_string_equal(path, "");
	root_file("/proc/12/cgroup", "10::/other\n1:name=x:/a\n0::/system.slice\n");
	assert_true(task_cgroup__read(root, 12, path, sizeof(path)));
	assert_string_equal(path, "/system.slice");
	root_file("/proc/12/cgroup", "0::/a/path/that/is/longer\n");
	assert_true(task_cgroup__read(root, 12, path, sizeof(path)));
	assert_string_equal(path, "/a/path/that/is");
	root_file("/proc/12/cgroup", "1:cpu:/a\n");
	assert_false(task_cgroup__read(root, 12, path, sizeof(path)));
	assert_string_equal(path, "");
}

TEST(this_process_has_so_much_memory)
{
	number = 7;
	assert_int_equal(self__rss_peak(), 7 * 1024);
	assert_string_equal(asked, "/proc/self/status: VmHWM: %lu kB");
	assert_int_equal(self__rss(), 7 * sysconf(_SC_PAGESIZE));
	assert_string_equal(asked, "/proc/self/statm: %*u %lu");
	number = 0;
	assert_int_equal(self__rss_peak(), 0);
	assert_int_equal(self__rss(), 0);
}

/* A part that cannot be read is empty, whatever is left there. */
TEST(what_cannot_be_read_of_the_host_is_empty)
{
	static const struct host none;
	struct host host;

	machine__read(&host);
	assert_int_equal(host.name.release[0], 'n');
	assert_true(cpuset__has(&host.online, 0));
	uname_err = -1;
	machine__read(&host);
	assert_memory_equal(&host.name, &none.name, sizeof(none.name));
	assert_true(cpuset__has(&host.online, 0));
	uname_err = 0;
	cpus_err = -ENOENT;
	machine__read(&host);
	assert_int_equal(host.name.release[0], 'n');
	assert_memory_equal(&host.online, &none.online, sizeof(none.online));
}

/* Fails unless the clock is shifted by @by seconds, in words; NULL: it is not. */
static void check_shift(const char *offsets, const char *by)
{
	char why[160] = "before", want[160] = "before", path[128];

	root_file("/offsets", offsets);
	snprintf(path, sizeof(path), "%s/offsets", root);
	assert_int_equal(machine__clock_is_shifted(why, sizeof(why), path), by != NULL);
	if (by)
		snprintf(want, sizeof(want),
			 "this time namespace shifts the clock by %s s from the kernel's: run "
			 "ipitrace in the host's (nsenter -T -t 1 ipitrace)",
			 by);
	assert_string_equal(why, want);
}

TEST(a_namespace_may_shift_the_clock, root_setup, root_teardown)
{
	check_shift("monotonic           0         0\nboottime           0         0\n", NULL);
	check_shift("monotonic           0         0\nboottime           5         0\n", NULL);
	check_shift("monotonic        -300         0\n", "-300");
	check_shift("boottime 0 0\nmonotonic 0 500000000\n", "0.5");
	check_shift("monotonic 86400 250000000\n", "86400.25");
	check_shift("monotonic 5\n", NULL);
	check_shift("", NULL);
	assert_false(machine__clock_is_shifted((char[8]){}, 8, "/nowhere/offsets"));
}

TEST_MAIN(NULL, NULL)
