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

/*
 * Put the pieces to their places in a file without a name, in $TMPDIR or /tmp.
 * Returns its descriptor; -EBADMSG: the file is cut or damaged; another negative
 * errno.
 */
int flattened__rearrange(int fd);

#endif /* IPITRACE_COLLECT_KCORE_FLATTENED_H */
