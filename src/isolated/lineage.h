/* SPDX-License-Identifier: GPL-2.0 */
/* A process with all its descendants, told from other processes by each fork. */
#ifndef IPITRACE_ISOLATED_LINEAGE_H
#define IPITRACE_ISOLATED_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>

struct lineage;

/* The process @tgid, before it forks. 0 and *@lineage, or -ENOMEM. */
int lineage__new(struct lineage **lineage, uint32_t tgid);
void lineage__free(struct lineage *lineage);

/* A thread of @parent forks the process @child: each fork on the machine, in order. */
void lineage__fork(struct lineage *lineage, uint32_t parent, uint32_t child);

/* @lineage may be NULL, and has nobody then. */
bool lineage__has(const struct lineage *lineage, uint32_t tgid);

#endif /* IPITRACE_ISOLATED_LINEAGE_H */
