/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output: write_all() writes until the whole buffer is written, or nobody reads any more; stdout
 * and stderr use write_all(); streams to memory; new files to write to.
 */
#ifndef IPITRACE_BASE_WRITE_ALL_H
#define IPITRACE_BASE_WRITE_ALL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Write @len bytes of @buf to @fd, in one write(2) if the file takes them all, and without stdio's
 * lock. @done may be NULL; else *@done gets the number of bytes written, after an error too.
 * Returns 0 or a negative errno.
 *
 * The function waits for the reader of a pipe, a socket or a terminal. Once the descriptor of
 * write_all__stop_by() is readable, it waits only as long as the reader takes some bytes each
 * second; then the write fails with -ETIMEDOUT, and later writes do not wait. A partly written line
 * is completed, if the pipe can be made large enough.
 */
int write_all(int fd, const char *buf, size_t len, size_t *done);

/* Set the descriptor that becomes readable when the run must end. Nobody may read or close @fd. */
void write_all__stop_by(int fd);

/* Wait for @ms. Returns whether the run goes on; false earlier if it must end. */
bool write_all__pause(int ms);

/* Returns how many bytes were not written because the run ended. */
uint64_t write_all__unwritten(void);

/*
 * Let stdout and stderr write with write_all(): a reader that does not read cannot delay the end of
 * a run, and the errno of a failed write is kept. A closed stdin, stdout or stderr stays useless:
 * no file gets its number. Call this before anything is opened or written. Without memory the
 * streams stay unchanged.
 */
void output__open(void);

/* Flush stdout. Returns 0, or the negative errno of the first write to stdout that failed. */
int output__flush(void);

/*
 * Set the handler of the signals that end a process whose write fails: SIGPIPE if nobody reads,
 * SIGXFSZ if the file would exceed `ulimit -f`. With SIG_IGN write() returns EPIPE or EFBIG
 * instead. SIG_DFL is for a program to be executed, which inherits ignored signals.
 */
void write_signals__set(void (*handler)(int signo));

/*
 * Open a stream to memory. A stream of open_memstream() hides that memory ended: it has no error
 * then, and fclose() may return 0 with half a text or none (glibc 2.36, _IO_str_overflow(),
 * _IO_mem_finish()).
 *
 * fclose() of this stream sets *@text and *@len, without the '\0' after the text; the caller frees
 * *@text. fclose() fails, with *@text NULL, if a byte is missing. Returns NULL if there is no
 * memory.
 */
FILE *memory_text__open(char **text, size_t *len);

/*
 * A file to write to, perhaps as root in a directory where other users may put anything: links,
 * pipes, files. The file is a new one, made under a name that nobody can guess and then renamed, so
 * that nothing is written through an existing file. An existing file becomes PATH.old (new_file.c).
 */

enum new_file_kind {
	NEW_FILE_REGULAR,
	/*
	 * A new file, or one of these, used as it is: a descriptor that the user opened (-,
	 * /dev/stdout, /dev/stderr, /dev/fd/N, /proc/self/fd/N), a device that is no terminal, a
	 * pipe of root or of the user.
	 */
	NEW_FILE_OR_STREAM,
};

struct new_file {
	char old[PATH_MAX]; /* the name that an existing file has now; "" if there was none */
	const char *name; /* after a failure: the name of the file that failed */
	const char *why;
};

/*
 * Open @path for writing, as an empty file of mode 0600. The file belongs to the user; under sudo,
 * in a directory of the caller, to the caller. An existing regular file that has bytes, or a link,
 * is renamed to @old, in the same directory, and replaces a file of that name; @old NULL: PATH.old.
 * An existing empty file is removed. Any other existing file stays, and the call is refused. It is
 * refused, too, if after a second somebody still writes the empty file, or a file that is named
 * @old.
 * Returns the descriptor, or a negative errno.
 */
int new_file__open(struct new_file *file, const char *path, const char *old,
		   enum new_file_kind kind);

/*
 * Undo new_file__open(), which filled @file and returned @fd, if nothing was written: remove the
 * file @path, and give the older file its name back. Returns whether an older file has it again.
 * The caller still closes @fd.
 */
bool new_file__withdraw(const struct new_file *file, const char *path, int fd);

/* Whether @a and @b name one file, by the same or by another path, such as x and ./x. */
bool new_file__is_same(const char *a, const char *b);

/* Whether an older @path would be renamed to @other: FILE.old. */
bool new_file__renames(const char *path, const char *other);

/*
 * Open the directory of @path (O_PATH). It stays the same, even if the owner of a directory above
 * puts another one at the same path. Returns the descriptor, or a negative errno.
 */
int new_file__directory(const char *path);

/*
 * Only rename or remove the file @path, as new_file__open() does. @dir: its directory, which the
 * caller has opened. Returns 0 or a negative errno.
 */
int new_file__make_way(struct new_file *file, int dir, const char *path);

/*
 * Create a file without a name, in $TMPDIR or /tmp, which is gone when its descriptor is closed.
 * Its mode is 0600. Returns the descriptor, or a negative errno.
 */
int nameless_file__open(void);

#endif /* IPITRACE_BASE_WRITE_ALL_H */
