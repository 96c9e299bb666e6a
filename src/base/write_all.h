/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output: write(2) until the whole buffer is written, or nobody reads it; stdout and stderr by
 * this. Text that is written to memory as to a file.
 */
#ifndef IPITRACE_BASE_WRITE_ALL_H
#define IPITRACE_BASE_WRITE_ALL_H

#include <stdint.h>
#include <stdio.h>

/*
 * Write @len bytes of @buf to @fd, in one write(2) if the file takes them all, and without stdio's
 * lock. @done may be NULL; else *@done is the number of bytes written, after an error too. Returns
 * 0 or a negative errno.
 *
 * A pipe, a socket or a terminal whose reader does not read is waited for. Once the descriptor of
 * write_all__stop_by() is readable, so long only as the reader takes something each second. Then
 * the write fails with -ETIMEDOUT, and later ones wait for nobody. A line that is there in part is
 * completed, if a pipe can be made large enough.
 */
int write_all(int fd, const char *buf, size_t len, size_t *done);

/* When @fd becomes readable the run is to end. Nobody may read @fd, nor close it. */
void write_all__stop_by(int fd);

/* How many bytes were given up so. */
uint64_t write_all__unwritten(void);

/*
 * stdout and stderr over write_all(): a reader that does not read cannot hold
 * up the end of a run, and the errno of a write that failed is kept. To be
 * called before anything is written. Without memory the streams stay as they are.
 */
void output__open(void);

/* Flush stdout. 0, or the negative errno of the first write to stdout that failed. */
int output__flush(void);

/*
 * The signals that end a process whose write fails: SIGPIPE where nobody reads, SIGXFSZ where the
 * file would pass `ulimit -f`. With SIG_IGN write() returns EPIPE or EFBIG instead; SIG_DFL is for
 * a program to be executed, which inherits what is ignored.
 */
void write_signals__set(void (*handler)(int signo));

/*
 * A stream like that of open_memstream(), which hides that memory ended: its streams have no
 * error then, and fclose() may return 0 with half a text or none (glibc 2.36, _IO_str_overflow(),
 * _IO_mem_finish()).
 *
 * fclose() of this stream gives *@text and *@len, without the '\0' behind the text; the caller
 * frees *@text. It fails if a byte is missing, and *@text is NULL. NULL: there is no memory.
 */
FILE *memory_text__open(char **text, size_t *len);

#endif /* IPITRACE_BASE_WRITE_ALL_H */
