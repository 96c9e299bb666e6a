/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF programs and their maps: the only owner of the skeleton. Load what
 * this kernel takes, attach, and hand out what is asked for by its name.
 * Errors are negative errnos.
 */
#ifndef IPITRACE_PROGRAMS_H
#define IPITRACE_PROGRAMS_H

#include <linux/bpf.h>
#include "banks.h"
#include "collect.h"

struct ipis_bpf;
struct ipitrace_bpf;

struct programs {
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
int programs__load(struct programs *p, const struct collect_config *config,
		   const struct geometry *geo);

/* Backwards along the life of a csd, so that none is half seen. */
int programs__attach(struct programs *p);

/* Detach and free; what was never loaded is left. */
void programs__close(struct programs *p);

/* A map's whole memory, until programs__unmap(); NULL, and errno says why. */
void *programs__map(const struct programs *p, const char *map);
void programs__unmap(const struct programs *p, const char *map, void *memory);

int programs__map_fd(const struct programs *p, const char *map);

/* The descriptor of a program; -ENOENT: there is none, or it is not loaded. */
int programs__fd(const struct programs *p, const char *prog);

/* The @i-th program that is loaded, in the order of attaching; NULL behind the last. */
const char *programs__name(const struct programs *p, size_t i);

/* What the kernel says of a program; 0 or a negative errno. */
int prog_info(int fd, struct bpf_prog_info *info);

#endif /* IPITRACE_PROGRAMS_H */
