/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Evidence for stalls that last: whether a csd in the maps is outstanding, or its run was
 * hidden from the programs. Nothing here allocates memory or waits for another CPU.
 */
#ifndef IPITRACE_COLLECT_EVIDENCE_H
#define IPITRACE_COLLECT_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/cpu.h"
#include "abi/evidence.h"
#include "abi/mailbox.h"

struct evidence_reader;

/* Asks the kernel; @ctx: evidence_config.ctx. A failure is EVIDENCE_NONE. */
typedef enum evidence evidence_fn(const void *ctx, const struct evidence_question *question);

/* @ask may be NULL: then everything is outstanding. Returns NULL without memory. */
struct evidence_reader *evidence__open(evidence_fn *ask, const void *ctx, uint32_t nr_cpus);

/* @reader may be NULL. */
void evidence__close(struct evidence_reader *reader);

/*
 * Whether the csd in @slot, a copy of slot number @at, is still queued to @dst; @func: its
 * function. If it has run its slot is given back, and it is counted as run unseen.
 */
bool evidence__of_slot(struct evidence_reader *reader, const struct slot *slot, uint32_t at,
		       uint32_t dst, uint64_t func);

/* Whether the function in @frame, a copy of @cpu's, still runs. */
bool evidence__of_frame(struct evidence_reader *reader, const struct frame *frame, uint32_t cpu);

/* An evidence_fn. @ctx: points to the descriptor of the program. */
enum evidence evidence__run(const void *ctx, const struct evidence_question *question);

#endif /* IPITRACE_COLLECT_EVIDENCE_H */
