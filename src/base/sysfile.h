/* SPDX-License-Identifier: GPL-2.0 */
/* Small files of /proc and /sys. */
#ifndef IPITRACE_BASE_SYSFILE_H
#define IPITRACE_BASE_SYSFILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Read the first line of @path into @buf, cut to @size, without its newline.
 * Returns false, with "" in @buf, if there is none; errno says why, unless the file is empty.
 */
bool sysfile__line(char *buf, size_t size, const char *path);

#endif /* IPITRACE_BASE_SYSFILE_H */
