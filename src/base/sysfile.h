/* SPDX-License-Identifier: GPL-2.0 */
/* Small files of /proc and /sys, and files that should be regular ones. */
#ifndef IPITRACE_BASE_SYSFILE_H
#define IPITRACE_BASE_SYSFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Paths are formats of printf(3). Read the first line of the file @path into @buf, cut to @size, without its newline.
 * Returns false, with "" in @buf, if there is none; errno says why, unless the file is empty.
 */
bool sysfile__line(char *buf, size_t size, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* The number in the first line of @path that has the @form of scanf(3), of one SCNu64. False, and 0: there is none. */
bool sysfile__number(uint64_t *number, const char *form, const char *path, ...)
	__attribute__((format(scanf, 2, 0), format(printf, 3, 4)));

/*
 * A file that was opened may be a device or a pipe, which does something when it is used. @fd as
 * open() returned it: @fd, if it is a regular file; else it is closed: a negative errno.
 */
int regular_file__keep(int fd);

#endif /* IPITRACE_BASE_SYSFILE_H */
