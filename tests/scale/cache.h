/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which CPU's cache has which line of the maps (MESI). Caches have no bounds,
 * so a line that a CPU had and has no more was taken by another CPU's write:
 * each move is communication.
 */
#ifndef SCALE_CACHE_H
#define SCALE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE 64

/* Why a line comes to a CPU, or why its other copies go. */
enum move {
	READ_DIRTY, /* to be read; another CPU has written it since */
	READ_CLEAN, /* to be read; others have it, and nobody has written it since */
	WRITE_MISS, /* to be written; only others have it */
	WRITE_UPGRADE, /* to be written; it is here, and others have it too */
	NR_MOVES,
};

extern struct counts {
	uint64_t moves[NR_MOVES];
	uint64_t invalidated; /* copies */
	uint64_t cold; /* lines that nobody had: not moves */
	uint64_t reads, writes; /* accesses; atomic ones are writes */
	uint64_t locked;
	uint64_t instructions; /* that the programs run */
} counts;

/* Moves with the same cause. Offsets are in an entry of the map. */
struct cause {
	uint32_t map; /* index in objects */
	uint32_t offset; /* of the access */
	uint32_t by_offset; /* where the other CPU's access was, before */
	uint32_t prog, by_prog; /* of the access; of the other CPU's */
	uint32_t move;
	uint64_t nr;
};

#define HOTTEST 6

struct hot {
	/* Lines that more than two CPUs have written, and writes to them. */
	uint64_t lines, writes;
	/* The lines that move most. */
	struct {
		uint64_t moves;
		uint32_t writers; /* CPUs */
		uint32_t map, entry; /* where the line begins */
		uint32_t begin, end; /* bytes of that entry, both in the line */
	} top[HOTTEST];
};

/* All lines of the arena, which no CPU has. */
void cache_open(void);
/* Count from here. Who has what is kept. */
void cache_count(void);
/* sim.cpu's program sim.prog accesses memory of a map. */
void cache_access(const void *address, uint32_t size, bool write, bool locked);
/* Report the lines that moved most since cache_count(). */
void cache_hot(struct hot *hot);

/* The causes of moves since cache_count(). */
void causes_each(void (*visit)(const struct cause *cause));

#endif /* SCALE_CACHE_H */
