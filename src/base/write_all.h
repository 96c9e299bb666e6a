/* SPDX-License-Identifier: GPL-2.0 */
/* write(2) until the whole buffer is written. */
#ifndef IPITRACE_BASE_WRITE_ALL_H
#define IPITRACE_BASE_WRITE_ALL_H

#include <stddef.h>

/*
 * Write @len bytes of @buf to @fd, in one write(2) if the file takes them all,
 * and without stdio's lock. @done may be NULL; else *@done is the number of
 * bytes written, after an error too. Returns 0 or a negative errno.
 */
int write_all(int fd, const char *buf, size_t len, size_t *done);

#endif /* IPITRACE_BASE_WRITE_ALL_H */
