/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of plumbing: functions of the kernel between a csd and its reason,
 * which every wake-up, TLB flush or work passes, and which so explain none of them.
 */
#ifndef IPITRACE_MODEL_PLUMBING_H
#define IPITRACE_MODEL_PLUMBING_H

#include <stdbool.h>
#include "model/symbol.h"

/*
 * Whether the function of @frame, which has a name, with or without a suffix of the
 * compiler's (.isra.0), only passes on what its caller asked for.
 */
bool plumbing__has(const struct symbol *frame);

/* Whether @func is a way into the kernel: of system calls, interrupts, threads, works. */
bool plumbing__is_entry(const char *func);

#endif /* IPITRACE_MODEL_PLUMBING_H */
