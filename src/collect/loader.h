/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF programs and their maps: the only owner of the skeleton. Loads as
 * much as this kernel accepts, attaches it, and finds programs and maps by name.
 * Errors are negative errnos.
 */
#ifndef IPITRACE_COLLECT_LOADER_H
#define IPITRACE_COLLECT_LOADER_H

#include <linux/bpf.h>
#include "abi/event.h"
#include "base/cpuset.h"
#include "collect/config.h"
#include "collect/geometry.h"

struct ipitrace_bpf;

/* When a program or a map is used. */
enum use {
	USE_ALWAYS,
	USE_CSDS, /* unless `trace` records only interrupts that are sent */
	USE_FEXIT, /* where the kernel accepts fentry and fexit programs */
	USE_WATCH, /* where stalls are watched for */
	USE_AT_ONCE, /* where a sender may be preempted while it waits (bpf/task_calls.bpf.h) */
	USE_KINDS, /* with --kinds: the interrupts themselves (bpf/ipis.bpf.h) */
	USE_EVENTS, /* for storms: events besides IPIs (bpf/events.bpf.h) */
	USE_INTERRUPTIONS, /* all that interrupts some CPUs (bpf/interruptions.bpf.h) */
	USE_HOTPLUGGED, /* where a possible CPU is offline at the beginning */
	USE_FORKS, /* with interruptions, where a program's descendants are told from others */
};

/* The tracepoints of a program that is attached to many of them. */
#define LOADER_LINKS 32

struct bpf_link;

struct loader {
	struct ipitrace_bpf *skel;
	bool needs_task; /* the configuration needs the task that sends */
	bool sees_interrupts; /* the programs know if an interrupt sends instead */
	bool csds; /* USE_CSDS holds, and so on */
	bool fexit;
	bool watching;
	bool at_once;
	bool kinds;
	bool events;
	bool interruptions;
	bool hotplugged; /* likewise; the owner sets this before loader__load() */
	bool forks;
	struct bpf_link *links[LOADER_LINKS]; /* besides those of the skeleton */
	size_t nr_links;
	/* Words that the programs share with user space. */
	volatile uint32_t *epoch;
	uint64_t *samples_taken; /* by bank */
	const uint64_t *stall_events_lost;
	const uint64_t *task_calls_lost;
	const uint64_t *interruptions_lost;
};

/*
 * Load the most that this kernel accepts, and attach nothing yet. Returns 0 or
 * a negative errno.
 */
int loader__load(struct loader *loader, const struct collect_config *config,
		 const struct geometry *geo);

/* Attach the programs, from a csd's end back to its beginning. 0 or a negative errno. */
int loader__attach(struct loader *loader);

/* Detach and free; nothing need be loaded. */
void loader__close(struct loader *loader);

/* Whether programs and maps of @use are loaded. */
bool loader__uses(const struct loader *loader, enum use use);

/* Which events besides IPIs the attached programs count. */
void loader__known_events(const struct loader *loader, bool known[NR_EVENTS]);

/* Add the CPUs to @cpus that came, or began to, since the programs were attached. */
void loader__hotplugged(const struct loader *loader, struct cpuset *cpus);

/* The size of a map's memory. */
size_t loader__map_bytes(const struct loader *loader, const char *map);

/* A map's descriptor, which @loader owns. */
int loader__map_fd(const struct loader *loader, const char *map);

/* A program's descriptor, which @loader owns; -ENOENT: no such program is loaded. */
int loader__fd(const struct loader *loader, const char *prog);

/* The name of the @i-th loaded program, in the order of attaching; NULL behind the last. */
const char *loader__name(const struct loader *loader, size_t i);

#endif /* IPITRACE_COLLECT_LOADER_H */
