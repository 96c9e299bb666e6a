/* SPDX-License-Identifier: GPL-2.0 */
/* Small files of /proc and /sys, and files that should be regular ones. */
#ifndef IPITRACE_BASE_SYSFILE_H
#define IPITRACE_BASE_SYSFILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Paths are formats of printf(3). Read the first line of the file @path into @buf, cut to @size,
 * without its newline. False, with "" in @buf: there is none; errno says why, unless the file is
 * empty.
 */
bool sysfile__line(char *buf, size_t size, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* As sysfile__line(), but what follows @key in the first line that begins with @key. */
bool sysfile__rest(char *buf, size_t size, const char *key, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/* The number in the first line of @path that has @form, scanf(3)'s with one SCNu64. False, 0: none. */
bool sysfile__number(uint64_t *number, const char *form, const char *path, ...)
	__attribute__((format(scanf, 2, 0), format(printf, 3, 4)));

/* Open a directory to be read by sysdir__next(); NULL: it cannot be opened. */
DIR *sysdir__open(const char *path, ...) __attribute__((format(printf, 1, 2)));

/* The next entry. NULL: @dir is NULL, or there is none, and @dir was closed. */
const struct dirent *sysdir__next(DIR *dir);

/*
 * A file that was opened may be a device or a pipe, which does something when it is used. Returns
 * @fd, as open() returned it, if it is a regular file; otherwise closes it and returns a negative
 * errno.
 */
int regular_file__keep(int fd);

#endif /* IPITRACE_BASE_SYSFILE_H */
