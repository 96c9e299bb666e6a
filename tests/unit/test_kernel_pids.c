// SPDX-License-Identifier: GPL-2.0
/* host/machine: whether the numbers of processes are those that the kernel's BPF programs see. */
#include <sys/stat.h>
#include "child_status.h"
#include "host/machine.h"
#include "unit.h"

/* PROC_PID_INIT_INO of include/linux/proc_ns.h. */
#define INITIAL 0xeffffffc

static uint64_t inode;
static int failure; /* an errno */
static int nr_asked;

int __wrap_stat(const char *path, struct stat *st)
{
	assert_string_equal(path, "/proc/self/ns/pid");
	nr_asked++;
	*st = (struct stat){ .st_ino = inode };
	errno = failure;
	return failure ? -1 : 0;
}

static int ask_in_child(void)
{
	bool has = machine__has_kernel_pids();

	inode = 1;
	/* A process stays in its namespace: the file is read once. */
	return has != machine__has_kernel_pids() || nr_asked != 1 ? 2 : has;
}

/* Each answer is kept, so each question needs a process of its own. */
static bool ask(uint64_t number, int err)
{
	int answer;

	inode = number;
	failure = err;
	answer = child_status(ask_in_child);
	assert_in_range(answer, 0, 1);
	return answer;
}

TEST(only_the_first_namespace_has_the_kernel_s_numbers)
{
	assert_true(ask(INITIAL, 0));
	assert_false(ask(INITIAL - 1, 0));
	assert_false(ask(INITIAL + 1, 0));
	/* A kernel without CONFIG_PID_NS has no such file; of one that is hidden nothing is known. */
	assert_true(ask(0, ENOENT));
	assert_false(ask(0, EACCES));
}

TEST_MAIN(NULL, NULL)
