/* SPDX-License-Identifier: GPL-2.0 */
/* The members of the maps' values, by name, from the BTF that the maps came with. */
#ifndef SCALE_MEMBERS_H
#define SCALE_MEMBERS_H

#include "capture.h"

#define MEMBER_LEN 160

/* The member at @offset of @map's memory: "fns[].bank[].delay.sum+0". */
void member_at(const struct map *map, uint32_t offset, char path[MEMBER_LEN]);
/*
 * The sum of the unsigned integers, and arrays of them, called @name in all
 * maps' values; fails if there are none.
 */
uint64_t members_sum(const char *name);
/* The offset of the u64 @name in @map's value, which is a structure; -1: it has none. */
int64_t member_offset(const struct map *map, const char *name);

#endif /* SCALE_MEMBERS_H */
