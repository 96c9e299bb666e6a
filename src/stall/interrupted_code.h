/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the code that a late interrupt interrupted had just switched interrupts on: then the
 * interrupt had waited for that. The stack does not show this: it looks the same if interrupts were
 * on all the time.
 */
#ifndef IPITRACE_STALL_INTERRUPTED_CODE_H
#define IPITRACE_STALL_INTERRUPTED_CODE_H

#include "model/incident.h"

struct interrupted_code;

/* Returns the kernel's code, as kernel_code__read() does. */
typedef const uint8_t *code_read_fn(void *ctx, uint64_t addr, size_t size);

/* The caller frees the result with free(). NULL: no memory. */
struct interrupted_code *interrupted_code__new(code_read_fn *read, void *ctx);

/*
 * Whether the code at the top of @incident's stack, which is trimmed and has names, had just switched
 * interrupts on at @now. False: it had not, or that is not known. One thread at a time; allocates
 * nothing.
 */
bool interrupted_code__just_enabled(struct interrupted_code *code, const struct incident *incident,
				    uint64_t now);

#endif /* IPITRACE_STALL_INTERRUPTED_CODE_H */
