/* SPDX-License-Identifier: GPL-2.0 */
/* The queues of a kernel in a dump: symbols, BTF and members come out of the dump itself. */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_DUMP_H
#define IPITRACE_COLLECT_KCORE_QUEUES_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>
#include "model/moment.h"
#include "model/symbol.h"

struct dump_queues;
struct symbols;

/*
 * Open the files, and parse nothing. @btf: a file with the kernel's BTF, such as its vmlinux;
 * NULL: the dump's own. 0 and *@q; a negative errno, with one line in @why (@size bytes).
 */
int dump_queues__open(struct dump_queues **q, const char *path, const char *btf, char *why,
		      size_t size);

/*
 * From here on this process parses what may be anybody's: give up all rights, for good, but to
 * read the files that are open, to compute for DUMP_CPU_S, and to write. 0 or a negative errno.
 */
#define DUMP_CPU_S 600
int dump_queues__confine(void);

/* Read the kernel's symbols and layout. 0 or as above. The functions below come after this one. */
int dump_queues__read(struct dump_queues *q, char *why, size_t size);
void dump_queues__close(struct dump_queues *q);

/* The one look that a dump allows. 0 or a negative errno. */
int dump_queues__look(struct dump_queues *q, struct moment *m);

/*
 * The host that the dump is of: @name gets nodename and release, safe for a terminal; "":
 * the dump does not say. *@realtime: CLOCK_REALTIME less CLOCK_MONOTONIC, ns; 0: unknown.
 */
void dump_queues__host(const struct dump_queues *q, struct utsname *name, int64_t *realtime);

/* All functions of the kernel and its modules. */
struct symbols *dump_queues__symbols(const struct dump_queues *q);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_DUMP_H */
