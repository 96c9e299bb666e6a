/* SPDX-License-Identifier: GPL-2.0 */
/* Reads the tables of rows and the samples, out of a bank at rest: read_cpus()'s part. */
#ifndef IPITRACE_COLLECT_READ_TABLES_H
#define IPITRACE_COLLECT_READ_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/table.h"
#include "collect/maps.h"
#include "model/snapshot.h"

/*
 * Read @epoch's bank of the tables and the samples into @snap, which has its
 * CPUs already, and clear the bank. Returns 0 or -ENOMEM.
 */
int read_tables(struct maps *maps, uint32_t epoch, struct snapshot *snap);

/*
 * User stacks of a window that has not ended, as they come: a process may be gone at its
 * end. All zero: nothing was seen.
 */
struct live_stacks {
	uint32_t epoch; /* of the window */
	uint64_t seen; /* samples */
};

/* A stack, which may still be written, of process @tgid. False: no more of them in this call. */
typedef bool live_stack_fn(void *ctx, uint32_t tgid, const struct user_stack *stack);

/*
 * Call @see for the samples of @epoch's window that no earlier call passed to it, and return how
 * many there were.
 */
size_t live_stacks__each(struct live_stacks *live, const struct maps *maps, uint32_t epoch,
			 live_stack_fn *see, void *ctx);

#endif /* IPITRACE_COLLECT_READ_TABLES_H */
