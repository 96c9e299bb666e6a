/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output: write(2) until the whole buffer is written, or nobody reads it; stdout and stderr over
 * that; text that is written to memory as to a file; a new file to write to.
 */
#ifndef IPITRACE_BASE_WRITE_ALL_H
#define IPITRACE_BASE_WRITE_ALL_H

#include <limits.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Write @len bytes of @buf to @fd, in one write(2) if the file takes them all, and without stdio's
 * lock. @done may be NULL; else *@done is the number of bytes written, after an error too. Returns
 * 0 or a negative errno.
 *
 * The function waits for the reader of a pipe, a socket or a terminal. Once the descriptor of
 * write_all__stop_by() is readable, it waits only as long as the reader takes something each
 * second; then the write fails with -ETIMEDOUT, and later writes do not wait. A line of which a
 * part was written is completed, if the pipe can be made large enough.
 */
int write_all(int fd, const char *buf, size_t len, size_t *done);

/* When @fd becomes readable the run is to end. Nobody may read or close @fd. */
void write_all__stop_by(int fd);

/* How many bytes could not be written because of that. */
uint64_t write_all__unwritten(void);

/*
 * Have stdout and stderr write by write_all(): a reader that does not read cannot hold up the end
 * of a run, and the errno of a write that failed is kept. Call this before anything is written.
 * Without memory the streams stay as they are.
 */
void output__open(void);

/* Flush stdout. 0, or the negative errno of the first write to stdout that failed. */
int output__flush(void);

/*
 * Set what happens at the signals that end a process whose write fails: SIGPIPE if nobody reads,
 * SIGXFSZ if the file would pass `ulimit -f`. With SIG_IGN write() returns EPIPE or EFBIG instead;
 * SIG_DFL is for a program to be executed, which inherits what is ignored.
 */
void write_signals__set(void (*handler)(int signo));

/*
 * A stream like that of open_memstream(). That function hides that memory ended: its streams have
 * no error then, and fclose() may return 0 with half a text or none (glibc 2.36,
 * _IO_str_overflow(), _IO_mem_finish()).
 *
 * fclose() of this stream gives *@text and *@len, without the '\0' after the text; the caller
 * frees *@text. It fails if a byte is missing, and *@text is NULL. NULL: there is no memory.
 */
FILE *memory_text__open(char **text, size_t *len);

/*
 * A file to write to, perhaps as root in a directory where others may put what they like: links,
 * pipes, files. The file is a new one, made under a name that nobody can know and then renamed, so
 * that nothing is written through what is there. What is there becomes PATH.old (new_file.c).
 */

enum new_file_kind {
	NEW_FILE_REGULAR,
	/*
	 * Or, used as it is: a descriptor that the user opened (-, /dev/stdout, /dev/stderr,
	 * /dev/fd/N, /proc/self/fd/N), a device that is no terminal, a pipe of root or of the user.
	 */
	NEW_FILE_OR_STREAM,
};

struct new_file {
	char old[PATH_MAX]; /* what was there has this name now; "": nothing was there */
	const char *name; /* after a failure: of what failed */
	const char *why;
};

/*
 * Open @path for writing, as an empty file of mode 0600. The file belongs to the user; under sudo,
 * in a directory of the caller, to the caller. A regular file that has bytes, or a link, is renamed
 * to @old, in the same directory, and replaces a file of that name; @old NULL: PATH.old. An empty
 * file is removed. Anything else stays, and is refused. Returns the descriptor, or a negative
 * errno.
 */
int new_file__open(struct new_file *file, const char *path, const char *old,
		   enum new_file_kind kind);

/* Only rename or remove what is at @path, as new_file__open() does. 0 or a negative errno. */
int new_file__make_way(struct new_file *file, const char *path);

/*
 * Create a file without a name, in $TMPDIR or /tmp, which is gone when its descriptor is closed. Its
 * mode is 0600. Returns the descriptor, or a negative errno.
 */
int nameless_file__open(void);

#endif /* IPITRACE_BASE_WRITE_ALL_H */
