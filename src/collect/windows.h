/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where one window ends and the next begins, so that each event falls wholly
 * into one of them; see ipitrace.h on banks and epochs.
 */
#ifndef IPITRACE_COLLECT_WINDOWS_H
#define IPITRACE_COLLECT_WINDOWS_H

#include "base/cpuset.h"
#include "collect/grace.h"
#include "collect/maps.h"
#include "model/snapshot.h"

struct windows {
	/* collect.c's, set before the beginning. */
	struct maps *maps;
	struct grace *grace;
	const struct cpuset *possible;
	volatile uint32_t *epoch_word; /* what the programs read */
	int sweep_fd;
	int queue_fd;
	bool filtered;

	struct window window;
	uint32_t epoch;
	uint64_t in_flight; /* at the last cut */
	/* Queue events that the kernel skipped, and what became of them. */
	uint64_t skipped_base;
	uint64_t recovered;
	uint64_t unseen;
};

/* Count from here. */
void windows__begin(struct windows *w);

/*
 * End the window and fill @snap with what is in the maps; the next one
 * begins at the same moment, unless it is the @last. 0 or a negative errno.
 */
int windows__cut(struct windows *w, struct snapshot *snap, bool last);

/* irq_works tell only when asked whether they have run. 0 or a negative errno. */
int windows__sweep(struct windows *w);

#endif /* IPITRACE_COLLECT_WINDOWS_H */
