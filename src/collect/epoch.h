/* SPDX-License-Identifier: GPL-2.0 */
/* The moment at which the programs count in another bank; abi/limits.h explains epochs. */
#ifndef IPITRACE_COLLECT_EPOCH_H
#define IPITRACE_COLLECT_EPOCH_H

#include <stdint.h>

struct window;

/*
 * Begin @window now: the programs, which read @word, count in @epoch from here on; with 0
 * they count nothing.
 */
void epoch__begin(volatile uint32_t *word, uint32_t epoch, struct window *window);

#endif /* IPITRACE_COLLECT_EPOCH_H */
