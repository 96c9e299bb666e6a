/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF programs and their maps: the only owner of the skeleton. Load what
 * this kernel takes, attach, and hand out what is asked for by its name.
 * Errors are negative errnos.
 */
#ifndef IPITRACE_COLLECT_LOADER_H
#define IPITRACE_COLLECT_LOADER_H

#include <linux/bpf.h>
#include "collect/config.h"
#include "collect/geometry.h"

struct ipis_bpf;
struct ipitrace_bpf;

struct loader {
	struct ipitrace_bpf *skel;
	struct ipis_bpf *ipis; /* what --kinds adds; NULL: not asked for */
	bool needs_task; /* a task is to be told from what interrupts it */
	bool sees_interrupts; /* and is */
	bool fexit; /* waits are told by programs at the call and its return */
	bool watching;
	bool csds; /* csds are followed */
	/* Words that the programs share with us. */
	volatile uint32_t *epoch;
	uint64_t *samples_taken;
	const uint64_t *stall_events_lost;
};

/* The most that this kernel takes, loaded and not attached. */
int loader__load(struct loader *p, const struct collect_config *config, const struct geometry *geo);

/* Backwards along the life of a csd, so that none is half seen. */
int loader__attach(struct loader *p);

/* Detach and free; what was never loaded is left. */
void loader__close(struct loader *p);

/* A map's whole memory, until loader__unmap(); NULL, and errno says why. */
void *loader__map(const struct loader *p, const char *map);
void loader__unmap(const struct loader *p, const char *map, void *memory);

int loader__map_fd(const struct loader *p, const char *map);

/* The descriptor of a program; -ENOENT: there is none, or it is not loaded. */
int loader__fd(const struct loader *p, const char *prog);

/* The @i-th program that is loaded, in the order of attaching; NULL behind the last. */
const char *loader__name(const struct loader *p, size_t i);

#endif /* IPITRACE_COLLECT_LOADER_H */
