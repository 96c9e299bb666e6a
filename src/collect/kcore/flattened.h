/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A flattened dump: pieces of a file, each with its place, as makedumpfile -F and
 * QEMU write them to a pipe. libkdumpfile 0.5.3 and later read it themselves.
 */
#ifndef IPITRACE_COLLECT_KCORE_FLATTENED_H
#define IPITRACE_COLLECT_KCORE_FLATTENED_H

#include <stdbool.h>

/* Whether the file at @fd is one. */
bool flattened__is(int fd);

/* A file without a name, in $TMPDIR or /tmp. A descriptor or a negative errno. */
int flattened__room(void);

/*
 * Put the pieces of the file at @fd to their places in the file at @to. 0; -EBADMSG: the
 * file is cut or damaged; another negative errno.
 */
int flattened__rearrange(int fd, int to);

#endif /* IPITRACE_COLLECT_KCORE_FLATTENED_H */
