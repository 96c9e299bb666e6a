/* SPDX-License-Identifier: GPL-2.0 */
/* The context that text and JSON of `trace` share. */
#ifndef IPITRACE_VIEW_TRACE_H
#define IPITRACE_VIEW_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/record.h"
#include "view/trace_names.h"

struct trace_view {
	struct trace_names *names;
	uint64_t began; /* text counts its times from here; CLOCK_MONOTONIC ns */
	bool sees_interrupts; /* records show whether an interrupt sent the csd */
	int columns; /* of text's lines, on a wide terminal; 0: 80 */
};

/* An interrupt sent the csd. The stack may show that on kernels whose records cannot. */
static inline bool trace__from_interrupt(const struct record *r, const struct trace_stack *stack)
{
	return r->interrupt || (stack && stack->interrupt);
}

#endif /* IPITRACE_VIEW_TRACE_H */
