/* SPDX-License-Identifier: GPL-2.0 */
/* User space, which keeps the records' rings from filling. Its own accesses are left out. */
#ifndef SCALE_READER_H
#define SCALE_READER_H

#include <stdint.h>

/* Find the rings: a map by CPU whose value has a `head` and a `tail`. */
void reader_open(void);
/* @cpu's rings are read to their heads. */
void reader_empties(uint32_t cpu);

#endif /* SCALE_READER_H */
