// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "isolated/lineage.h"

/* PID_MAX_LIMIT of include/linux/threads.h, with 64 bits. */
#define PIDS (4 << 20)

/* A bit for each pid; pages that nobody writes take no memory. */
struct lineage {
	uint64_t members[PIDS / 64];
};

static void set(struct lineage *lineage, uint32_t tgid, bool member)
{
	uint64_t bit = 1ULL << tgid % 64;

	if (tgid >= PIDS)
		return;
	if (member)
		lineage->members[tgid / 64] |= bit;
	else if (lineage->members[tgid / 64] & bit)
		lineage->members[tgid / 64] &= ~bit;
}

int lineage__new(struct lineage **out, uint32_t tgid)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	set(*out, tgid, true);
	return 0;
}

void lineage__free(struct lineage *lineage)
{
	free(lineage);
}

void lineage__fork(struct lineage *lineage, uint32_t parent, uint32_t child)
{
	/* The pid of a member that has ended may be a stranger's. */
	set(lineage, child, lineage__has(lineage, parent));
}

bool lineage__has(const struct lineage *lineage, uint32_t tgid)
{
	return lineage && tgid < PIDS && lineage->members[tgid / 64] >> tgid % 64 & 1;
}
