/* SPDX-License-Identifier: GPL-2.0 */
/* Small files of /proc and /sys, and files that should be regular ones. */
#ifndef IPITRACE_BASE_SYSFILE_H
#define IPITRACE_BASE_SYSFILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Read the first line of @path into @buf, cut to @size, without its newline.
 * Returns false, with "" in @buf, if there is none; errno says why, unless the file is empty.
 */
bool sysfile__line(char *buf, size_t size, const char *path);

/*
 * A file that was opened may be a device or a pipe, which does something when it is used. @fd as
 * open() returned it: @fd, if it is a regular file; else it is closed: a negative errno.
 */
int regular_file__keep(int fd);

#endif /* IPITRACE_BASE_SYSFILE_H */
