/* SPDX-License-Identifier: GPL-2.0 */
/* write(2) until all of a buffer is written. */
#ifndef IPITRACE_BASE_WRITE_ALL_H
#define IPITRACE_BASE_WRITE_ALL_H

#include <stddef.h>

/*
 * Write @len bytes of @buf to @fd, in one write(2) as far as the file allows,
 * and without stdio's lock. *@done, which may be NULL, is how many bytes were
 * written. 0 or a negative errno.
 */
int write_all(int fd, const char *buf, size_t len, size_t *done);

#endif /* IPITRACE_BASE_WRITE_ALL_H */
