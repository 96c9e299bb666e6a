/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of the functions that IPIs run: whose they are, how often a
 * healthy machine runs them, what to do. One table, one row a cause.
 */
#ifndef IPITRACE_STORM_SIGNATURES_H
#define IPITRACE_STORM_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>
#include "model/signature.h"

extern const struct signature signatures[];
extern const size_t nr_signatures;

/* By function alone: @module NULL for the kernel proper. See via and kinds. */
bool signature__matches(const struct signature *sig, const char *func, const char *module);

/* Whether @frame, a function on the sender's stack, is one of its via. */
bool signature__is_via(const struct signature *sig, const char *frame);

#endif /* IPITRACE_STORM_SIGNATURES_H */
