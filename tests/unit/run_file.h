/* SPDX-License-Identifier: GPL-2.0 */
/* The file that a command writes, in a directory of the test's own; a file that was there becomes @old. */
#ifndef IPITRACE_TESTS_RUN_FILE_H
#define IPITRACE_TESTS_RUN_FILE_H

#include "membarrier_window.h"
#include "printed.h"

static char dir[] = "/tmp/ipitrace-test-XXXXXX";
static char path[64], old[64];

/* Removes both files. A teardown. */
static int teardown(void **state)
{
	unlink(path);
	unlink(old);
	return printed_restore(state);
}

/* A group's set-up: the directory, and the machine. */
static int make_dir(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/run", dir);
	snprintf(old, sizeof(old), "%s/run.old", dir);
	return host_setup(state);
}

/* A group's teardown. */
static int remove_dir(void **state)
{
	return rmdir(dir);
}

#endif /* IPITRACE_TESTS_RUN_FILE_H */
