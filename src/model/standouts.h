/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which CPUs stand out: the most hit and the slowest, over the last windows. Pure
 * arithmetic on numbers that the caller keeps for each CPU.
 *
 * A CPU that is selected stays so until another one has twice its figure: CPUs
 * that are about equal do not take turns.
 */
#ifndef IPITRACE_MODEL_STANDOUTS_H
#define IPITRACE_MODEL_STANDOUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most hit, and as many of the slowest. */
#define STANDOUTS	  8
/* Windows until the first CPUs are selected: the first windows are attaching and chance. */
#define STANDOUTS_WINDOWS 4

enum standout_by {
	STANDOUT_HIT, /* csds that ran there */
	STANDOUT_SLOW, /* time from a csd's queue event to its function's exit */
	NR_STANDOUTS,
};

/* One CPU's figures, averaged over some 16 windows, of which the newest weighs most. */
struct standout {
	double csds; /* a window */
	double time; /* ns a window, of these csds together */
	bool candidate; /* may be selected; the caller sets this */
	bool selected[NR_STANDOUTS];
};

/* Add a window with @csds, which took @ns together. */
void standout__add(struct standout *cpu, uint64_t csds, uint64_t ns);

/* Select anew among @nr CPUs; not before STANDOUTS_WINDOWS windows were added. */
void standouts__select(struct standout *cpus, size_t nr);

#endif /* IPITRACE_MODEL_STANDOUTS_H */
