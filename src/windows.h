/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where one window ends and the next begins, so that each event falls wholly
 * into one of them; see ipitrace.h on banks and epochs.
 */
#ifndef IPITRACE_WINDOWS_H
#define IPITRACE_WINDOWS_H

#include <linux/bpf.h>
#include "banks.h"
#include "grace.h"

struct windows {
	/* collect.c's, set before the beginning. */
	struct banks *banks;
	struct grace *grace;
	const uint8_t *possible;
	volatile uint32_t *epoch_word; /* what the programs read */
	const volatile uint64_t *waits_dropped;
	int sweep_fd;
	int queue_fd;
	int wait_fds[2]; /* where a wait begins; -1: told from the csds */
	bool filtered;

	struct window window;
	uint32_t epoch;
	uint64_t in_flight; /* at the last cut */
	/* Queue events that the kernel skipped, and what became of them. */
	uint64_t skipped_base;
	uint64_t recovered;
	uint64_t unseen;
	uint64_t waits_unseen; /* up to the last cut */
};

/* Count from here. */
void windows__begin(struct windows *w);

/*
 * End the window and fill @snap with what is in the banks; the next one
 * begins at the same moment, unless it is the @last. 0 or a negative errno.
 */
int windows__cut(struct windows *w, struct snapshot *snap, bool last);

/* What the kernel says of a program; 0 or a negative errno. */
int prog_info(int fd, struct bpf_prog_info *info);

#endif /* IPITRACE_WINDOWS_H */
