/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cuts windows, so that each event falls wholly into one of them; abi/limits.h
 * explains banks and epochs.
 */
#ifndef IPITRACE_COLLECT_WINDOWS_H
#define IPITRACE_COLLECT_WINDOWS_H

#include "base/cpuset.h"
#include "collect/grace.h"
#include "collect/maps.h"
#include "model/snapshot.h"
#include "model/window.h"

/* By one CPU each, and by mask; of --kinds likewise. */
#define WINDOWS_SENDS 4

struct windows {
	/* Set before windows__begin(); the collector owns what they point to. */
	struct maps *maps;
	struct grace *grace;
	const struct cpuset *cpus; /* that have been online */
	volatile uint32_t *epoch_word; /* the word that the programs read */
	int sweep_fd; /* the program that finds irq_works that have run */
	int queue_fd; /* the first of the two queue programs */
	int send_fds[WINDOWS_SENDS]; /* the programs that count interrupts sent; negative: not loaded */
	bool filtered;

	struct window window; /* the one that runs now */
	uint32_t epoch; /* its epoch */
	uint64_t in_flight; /* at the last cut */
	/* Queue events for which the kernel skipped the first queue program. */
	uint64_t skipped_base; /* the kernel's count at the beginning */
	uint64_t recovered; /* the second program saw them */
	uint64_t unseen; /* both programs were skipped */
	uint64_t sends_skipped; /* the kernel's count for the send programs at the last cut */
	/* The kernel's counts as the window that is read ended. */
	uint64_t end_skipped;
	uint64_t end_sends_skipped;
};

/* Count from here. */
void windows__begin(struct windows *windows);

/*
 * End the window, which gives @snap its times, and wait until nothing counts there. The
 * next window begins at the same moment, unless this is the @last. Returns 0 or a
 * negative errno.
 */
int windows__end(struct windows *windows, struct snapshot *snap, bool last);

/* Fill @snap from the maps, once the window has ended. Returns 0 or a negative errno. */
int windows__read(struct windows *windows, struct snapshot *snap);

/*
 * Find the irq_works that have run, for they have no event at their end, and
 * what ran unseen on CPUs that went offline. Returns 0 or a negative errno.
 */
int windows__sweep(struct windows *windows);

#endif /* IPITRACE_COLLECT_WINDOWS_H */
