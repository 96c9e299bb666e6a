/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of the second table are given back: processes come and go for as long as ipitrace
 * runs, and the table has room for 256.
 *
 * A row that counted nothing in two windows is retired: its key is marked, and no search
 * finds it any more. A program may have found the row just before, and a csd that is queued
 * or runs, or a call that is not added up, may still name it. So the row is free only after
 * two further windows, at the end of which no csd, function or call named the row, and in
 * which nothing was counted there. What moves from the mailbox to a frame while user space
 * looks at both is counted as it moves.
 *
 * The row's counts were read at each cut, so nothing is lost. A process that sends again
 * meanwhile has another row, and rows of one key are added up.
 */
#ifndef IPITRACE_COLLECT_RETIRE_ROWS_H
#define IPITRACE_COLLECT_RETIRE_ROWS_H

#include <stdbool.h>
#include "abi/table.h"

struct maps;
struct snapshot;

/* After a cut; @counted: whether the row counted anything in the window. @snap has the CPUs. */
void retire_rows(struct maps *maps, const struct snapshot *snap, const bool counted[FN_ROWS]);

#endif /* IPITRACE_COLLECT_RETIRE_ROWS_H */
