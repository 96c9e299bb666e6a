/* SPDX-License-Identifier: GPL-2.0 */
/* A file in memory, which is gone when its descriptor is closed. */
#ifndef IPITRACE_TESTS_MEMORY_FILE_H
#define IPITRACE_TESTS_MEMORY_FILE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "unit.h"

/* Returns a file that has these bytes, read from its beginning. */
static inline int make_file(const void *bytes, size_t size)
{
	int file = memfd_create("file", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, bytes, size), size);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	return file;
}

/* The name of an open file, for what opens it again; valid until the second call after. */
static inline const char *get_path(int file)
{
	static char paths[2][64];
	static int turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "/proc/self/fd/%d", file);
	return path;
}

#endif /* IPITRACE_TESTS_MEMORY_FILE_H */
