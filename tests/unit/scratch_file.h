/* SPDX-License-Identifier: GPL-2.0 */
/* A file for one test: scratch_setup() and scratch_teardown() are cmocka's. */
#ifndef IPITRACE_TESTS_SCRATCH_FILE_H
#define IPITRACE_TESTS_SCRATCH_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "unit.h"

static char scratch_path[] = "/tmp/ipitrace-test-XXXXXX";

static int scratch_setup(void **state)
{
	int fd;

	strcpy(scratch_path + strlen(scratch_path) - 6, "XXXXXX");
	fd = mkstemp(scratch_path);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int scratch_teardown(void **state)
{
	unlink(scratch_path);
	return 0;
}

static void scratch_write(const void *bytes, size_t size)
{
	FILE *file = fopen(scratch_path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

#endif /* IPITRACE_TESTS_SCRATCH_FILE_H */
