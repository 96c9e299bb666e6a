/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this kernel offers, from facts (its BTF, its files), not from its
 * version; and why something failed, in words.
 */
#ifndef IPITRACE_COLLECT_PROBE_H
#define IPITRACE_COLLECT_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include "model/feature.h"

#define NR_FEATURES 8

/*
 * One line that says why collector__open() came back with @err, and what to do
 * about it.
 */
void probe__explain(int err, char *why, size_t size);

/*
 * Whether programs at a function's entry and return may be loaded at all:
 * some kernels refuse them before they look at anything else.
 */
bool probe__fexit(void);

/* Look at everything that the main job needs or uses. */
void probe__features(struct feature features[NR_FEATURES]);

#endif /* IPITRACE_COLLECT_PROBE_H */
