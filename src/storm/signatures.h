/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of signatures: the functions that IPIs run, the cause behind
 * them, how often a healthy machine runs them, and advice. A row a cause.
 */
#ifndef IPITRACE_STORM_SIGNATURES_H
#define IPITRACE_STORM_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>
#include "model/storm.h"

extern const struct signature signatures[];
extern const size_t nr_signatures;

/*
 * Whether @func of @module (NULL: the kernel proper) is one of the row's
 * functions. The caller checks the row's via and kinds.
 */
bool signature__matches(const struct signature *sig, const char *func, const char *module);

/* Whether @frame, a function on the sender's stack, is one of the row's via. */
bool signature__is_via(const struct signature *sig, const char *frame);

#endif /* IPITRACE_STORM_SIGNATURES_H */
