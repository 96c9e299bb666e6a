/* SPDX-License-Identifier: GPL-2.0 */
/* The BPF programs of the second source: the only owner of their skeleton. */
#ifndef IPITRACE_COLLECT_HOOKS_PROGRAMS_H
#define IPITRACE_COLLECT_HOOKS_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/event.h"

struct collect_config;
struct geometry;
struct hooks_bpf;

struct hook_programs {
	struct hooks_bpf *skel;
	bool events; /* events besides IPIs are counted */
	bool probes; /* calls are seen by kprobes, not by fentry programs */
	bool runs; /* functions' own time can be measured */
	bool sees_irqs; /* the vectors have tracepoints, and programs at these are attached */
	/* Words that the programs share with user space. */
	volatile uint32_t *epoch;
	uint64_t *samples_taken; /* by bank */
	const uint64_t *stall_events_lost;
};

/*
 * Load, with @slots for calls under way; attach nothing yet. @probes: by kprobes. Returns 0 or
 * a negative errno.
 */
int hook_programs__load(struct hook_programs *programs, const struct collect_config *config,
			const struct geometry *geo, uint32_t slots, bool probes);

/* Attach, returns before entries. Returns 0 or a negative errno. */
int hook_programs__attach(struct hook_programs *programs);

/* The descriptors of the programs for a measured function's entry and return. */
void hook_programs__run_fds(const struct hook_programs *programs, int *entry, int *ret);

/* Detach and free; nothing need be loaded. */
void hook_programs__close(struct hook_programs *programs);

/* A map's descriptor, which @programs owns, and its size in *@bytes. */
int hook_programs__map(const struct hook_programs *programs, const char *name, size_t *bytes);

/* How often the kernel skipped a program at an entry, since it was loaded; not known of kprobes. */
uint64_t hook_programs__skipped(const struct hook_programs *programs);

/* Which events besides IPIs the attached programs count. */
void hook_programs__known_events(const struct hook_programs *programs, bool known[NR_EVENTS]);

/* The @i-th program; NULL: there are no more. *@fd: its descriptor, negative if not loaded. */
const char *hook_programs__name(const struct hook_programs *programs, size_t i, int *fd);

#endif /* IPITRACE_COLLECT_HOOKS_PROGRAMS_H */
