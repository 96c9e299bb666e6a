/* SPDX-License-Identifier: GPL-2.0 */
/* The small files of /proc and /sys. */
#ifndef IPITRACE_BASE_SYSFILE_H
#define IPITRACE_BASE_SYSFILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The first line of @path, without its newline, into @buf; "" and false if
 * it cannot be read.
 */
bool sysfile__line(char *buf, size_t size, const char *path);

#endif /* IPITRACE_BASE_SYSFILE_H */
