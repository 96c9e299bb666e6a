/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF programs and maps of a skeleton, by name: configures them by what a run uses, attaches
 * and finds them, reads their cost. The source that owns the skeleton opens, loads and destroys the
 * skeleton, and only its file includes the skeleton's header. Errors are negative errnos.
 */
#ifndef IPITRACE_COLLECT_PROGRAMS_H
#define IPITRACE_COLLECT_PROGRAMS_H

#include "model/snapshot.h"

struct bpf_link;
struct bpf_object_skeleton;
struct bpf_prog_skeleton;
struct collect_config;
struct collector;
struct cpuset;

/* In which runs a program or a map is used. */
enum use {
	USE_ALWAYS,
	USE_CSDS, /* all runs, unless `trace` records only interrupts that are sent */
	USE_FENTRY, /* if the kernel accepts fentry and fexit programs */
	USE_PROBES, /* if the kernel does not accept fentry programs: kprobes replace them */
	USE_WATCH, /* if stalls are watched for */
	USE_AT_ONCE, /* if a sender may be preempted while it waits (bpf/task_calls.bpf.h) */
	USE_KINDS, /* with --kinds: the interrupts themselves (bpf/ipis.bpf.h) */
	USE_IRQS, /* interrupts that arrive, if calls are followed (bpf/hooks.bpf.c) */
	USE_EVENTS, /* events other than IPIs, for storms (bpf/events.bpf.h) */
	USE_HOST_FLUSHES, /* if the kernel asks its host to flush TLBs: count these requests */
	USE_COUNTS, /* with USE_EVENTS or USE_HOST_FLUSHES: the maps of their counts */
	USE_INTERRUPTIONS, /* all that interrupts chosen CPUs (bpf/interruptions.bpf.h) */
	USE_HOTPLUGGED, /* if a possible CPU is offline at the beginning; with interruptions */
	USE_FORKS, /* with interruptions, if the children of PROGRAM are followed */
	USE_WORKS, /* if the kernel shows who queues works (bpf/works.bpf.h) */
	USE_MODULES, /* with a filter by function: modules that come and go (bpf/modules.bpf.h) */
};

struct program {
	const char *name;
	enum use use;
};

/* The programs of events that both sources have (bpf/events.bpf.h), of works and of modules. */
#define EVENT_PROGRAMS                                                                             \
	{ "event_frequency", USE_EVENTS }, { "event_migration", USE_EVENTS },                      \
		{ "event_polled", USE_EVENTS }, { "event_guest_clock", USE_EVENTS },               \
		{ "event_guest_icr", USE_EVENTS }, { "event_guest_hypercall", USE_EVENTS },        \
		{ "event_host_hyperv", USE_HOST_FLUSHES }, { "event_host_xen", USE_HOST_FLUSHES }, \
		{ "work_queued", USE_WORKS }, { "kthread_work_queued", USE_WORKS },                \
		{ "module_came", USE_MODULES },                                                    \
	{                                                                                          \
		"module_went", USE_MODULES                                                         \
	}

/* Which part of a map belongs to a CPU. The number of entries in a part is in struct geometry. */
enum by_cpu {
	BY_CPU_NONE, /* the map has no parts */
	BY_CPU_ENTRY,
	BY_CPU_BOX,
	BY_CPU_EDGES,
	BY_CPU_RING,
	BY_CPU_RUNNING, /* an entry for each frame */
	BY_CPU_PLACES, /* of hot rows */
	NR_BY_CPU,
};

/* A BPF map, which is created if it is used, and may be read as plain memory. */
struct map_desc {
	const char *name;
	enum use use;
	uint32_t entries; /* 0: the number that the BPF object declares */
	enum by_cpu by_cpu;
	size_t at; /* offset of the map's address in the source's struct, bytes; 0: not mapped */
	size_t size; /* bytes of an entry, for mapping */
};

#define MAPPED(type, name, use, entries, by_cpu, member)            \
	{                                                           \
		name, use, entries, by_cpu, offsetof(type, member), \
			sizeof(*((type *)NULL)->member)             \
	}

/* Maximum number of maps of a source, including the maps of both sources. */
#define NR_MAPS 40

/* Maximum number of links of the programs that are attached to several tracepoints. */
#define PROGRAMS_LINKS 32

struct programs {
	const struct program *table; /* in the order of attaching */
	size_t nr;
	struct map_desc maps[NR_MAPS];
	size_t nr_maps;
	struct bpf_object_skeleton *skeleton; /* NULL if not open */
	int types_fd; /* between open and load: the types that libbpf searches (layout.h); or negative */
	uint32_t uses; /* a bit for each enum use but USE_ALWAYS */
	uint32_t missing; /* uses for which this kernel lacks a tracepoint */
	struct bpf_link *links[PROGRAMS_LINKS]; /* links that the skeleton does not own */
	size_t nr_links;
	/* Words that the programs share with user space. */
	volatile uint32_t *epoch;
	uint64_t *samples_taken; /* indexed by bank */
	const uint64_t *stall_events_lost;
	const uint64_t *interruptions_lost;
	const volatile uint32_t *modules_gone;
	const uint64_t *init_dropped;
	/* indexed by CPU: 1 if it came online, or began to, while programs are attached */
	const volatile uint8_t *hotplugged;
	/* indexed by CPU: how many steps of going offline it took */
	const volatile uint32_t *gone;
	struct prog_cost cost[NR_PROGS]; /* at the last programs__cost() */
};

void programs__use(struct programs *programs, enum use use, bool used);
bool programs__uses(const struct programs *programs, enum use use);

/*
 * Open @programs->skeleton. Between this and programs__load() the source sets the skeleton's
 * constants, and calls programs__configure(). Returns 0 or a negative errno.
 */
int programs__open(struct programs *programs);

/*
 * Load the programs into the kernel, unless @err, which programs__open() or a call after it
 * returned, is not 0. Call this after each programs__open(). Returns 0 or a negative errno.
 */
int programs__load(struct programs *programs, int err);

/*
 * Call this between the skeleton's open and load: set which programs are loaded, which maps are
 * created, and how large. @maps are the maps that only this source has; programs.c has a table of
 * the maps of both sources. Other maps stay as declared. Returns 0 or a negative errno.
 */
int programs__configure(struct collector *collector, const struct collect_config *config,
			const struct map_desc *maps, size_t nr);

/* After the load: set the functions that the programs' filter passes (bpf/config.bpf.h). */
int programs__filter_funcs(const struct programs *programs, const struct collect_config *config);

/*
 * Write a set of CPUs as the words of the programs' filters (bpf/config.bpf.h): set *@filter, and
 * the bits of @set in @words, which has CPU_WORDS words. Does nothing if @set is NULL. The caller
 * makes sure that all CPUs of @set are below MAX_CPUS.
 */
void programs__filter_cpus(const struct cpuset *set, bool *filter, uint64_t *words);

/*
 * Attach the programs that are used. @optional: a bit for each enum use whose tracepoints a kernel
 * may lack. Returns 0 or a negative errno.
 */
int programs__attach(struct programs *programs, uint32_t optional);

/*
 * Returns the name of a program that was detached after the beginning: its link was closed (a
 * debugger can do that), or kernel.ftrace_enabled was set to 0, which stops fentry programs and
 * kprobes. NULL if all are attached.
 */
const char *programs__detached(const struct programs *programs);

/* Detach the programs that the skeleton does not detach, if any are attached. */
void programs__detach(struct programs *programs);

/* Returns the skeleton's entry of the program @name; NULL if the object has no such program. */
const struct bpf_prog_skeleton *programs__find(const struct bpf_object_skeleton *skeleton,
					       const char *name);

/* Returns the descriptor of a program, owned by the skeleton; -ENOENT: it is not loaded. */
int programs__fd(const struct programs *programs, const char *name);

/* Returns the descriptor of a map, owned by the skeleton. */
int programs__map_fd(const struct programs *programs, const char *name);
size_t programs__map_bytes(const struct programs *programs, const char *name);

/*
 * Returns how often the kernel skipped the program @name since it was loaded, because the program
 * was already running on that CPU. 0 if the kernel does not say.
 */
uint64_t programs__skipped(const struct programs *programs, const char *name);

/* Set in @snap the programs' runs and time since the last call, if the kernel counts them. */
void programs__cost(struct programs *programs, struct snapshot *snap);

/* Set @known: the events other than IPIs whose programs are attached. */
void programs__known_events(const struct programs *programs, bool known[NR_EVENTS]);

/*
 * Wait until every BPF program that runs now has returned, without sending an
 * IPI. Programs run in RCU read-side sections, so a grace period is enough.
 */
struct grace {
	bool membarrier; /* wait with membarrier(2), else with an update of a map of maps */
	int outer_fd; /* descriptor of the map of maps; -1 with membarrier */
	int inner_fd; /* descriptor of the map inside the map of maps */
};

/*
 * Choose membarrier(2) if the kernel offers it and @try_membarrier is set, else a map of maps.
 * Returns 0 or a negative errno.
 */
int grace__open(struct grace *grace, bool try_membarrier);

/* Returns 0 or a negative errno. */
int grace__wait(struct grace *grace);

void grace__close(struct grace *grace);

/* Returns the way in which grace__wait() waits, in words. */
const char *grace__how(const struct grace *grace);

#endif /* IPITRACE_COLLECT_PROGRAMS_H */
