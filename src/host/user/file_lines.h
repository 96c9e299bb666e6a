/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of an open file that may be anybody's: of any size, with any bytes. */
#ifndef IPITRACE_HOST_USER_FILE_LINES_H
#define IPITRACE_HOST_USER_FILE_LINES_H

#include <sys/types.h>

/* A line, without its newline. 0, or a negative errno, after which no line follows. */
typedef int file_line_fn(void *ctx, const char *line);

/*
 * Call @take for each whole line of @fd from @from, where a line begins, to about @to, within
 * the budget. Lines of 32 KiB and more are left out. Returns where the last whole line ends,
 * @from if there is none or the file cannot be read, or the error of @take. By one thread.
 */
off_t file_lines__each(int fd, off_t from, off_t to, file_line_fn *take, void *ctx);

#endif /* IPITRACE_HOST_USER_FILE_LINES_H */
