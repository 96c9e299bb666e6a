/* SPDX-License-Identifier: GPL-2.0 */
/* write(2) until the whole buffer is written, or nobody reads what is written. */
#ifndef IPITRACE_BASE_WRITE_ALL_H
#define IPITRACE_BASE_WRITE_ALL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Write @len bytes of @buf to @fd, in one write(2) if the file takes them all,
 * and without stdio's lock. @done may be NULL; else *@done is the number of
 * bytes written, after an error too. Returns 0 or a negative errno.
 *
 * A pipe, a socket or a terminal whose reader does not read is waited for. Once
 * the descriptor of write_all__stop_by() is readable, so long only as the
 * reader takes something each second. Then the write fails with -ETIMEDOUT, and
 * later ones wait for nobody. A line that is there in part is completed, if a
 * pipe can be made large enough.
 */
int write_all(int fd, const char *buf, size_t len, size_t *done);

/* When @fd becomes readable the run is to end. Nobody may read @fd, nor close it. */
void write_all__stop_by(int fd);

/* How many bytes were given up so. */
uint64_t write_all__unwritten(void);

#endif /* IPITRACE_BASE_WRITE_ALL_H */
