/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory out of a dump of a kernel: ELF, kdump-compressed, and whatever else
 * libkdumpfile reads. Its page tables lead from virtual addresses to the pages.
 * The library is loaded when a dump is opened: nothing else needs it, and it
 * brings a C++ library along.
 */
#ifndef IPITRACE_COLLECT_KCORE_KDUMP_FILE_H
#define IPITRACE_COLLECT_KCORE_KDUMP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include "collect/kcore/memory.h"

struct kdump_file;

/*
 * Take what rights are needed for, and parse nothing: the library, the file, and room for a
 * flattened one. 0 and *@file; a negative errno, with one line in @why (@size bytes). -ENOSYS:
 * there is no library.
 */
int kdump_file__open(struct kdump_file **file, const char *path, char *why, size_t size);

/* Parse the file, once rights are given up: a dump may be anybody's. 0 or as above. */
int kdump_file__read(struct kdump_file *file, char *why, size_t size);
void kdump_file__close(struct kdump_file *file);

/* Once @file is read, and as long as it is open. */
struct memory kdump_file__memory(struct kdump_file *file);

/* The lines of VMCOREINFO, @file's; NULL: it has none. */
const char *kdump_file__vmcoreinfo(const struct kdump_file *file);

/*
 * A flattened dump: pieces of a file, each with its place, as makedumpfile -F and
 * QEMU write them to a pipe. libkdumpfile 0.5.3 and later read it themselves.
 */

/* Whether the file at @fd is one. */
bool flattened__is(int fd);

/* A file without a name, in $TMPDIR or /tmp. A descriptor or a negative errno. */
int flattened__room(void);

/*
 * Put the pieces of the file at @fd to their places in the file at @to. 0; -EBADMSG: the
 * file is cut or damaged; another negative errno.
 */
int flattened__rearrange(int fd, int to);

#endif /* IPITRACE_COLLECT_KCORE_KDUMP_FILE_H */
