/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A collection, from open to close: loads and attaches the programs, begins, cuts windows. The
 * source of the figures is the csd tracepoints (csds.c). If the kernel has no such tracepoints, and
 * the configuration accepts any source, the source is the calls of kernel/smp.c (hooks/hooks.c).
 * Errors are negative errnos; probe__explain() puts them into words.
 */
#ifndef IPITRACE_COLLECT_COLLECTOR_H
#define IPITRACE_COLLECT_COLLECTOR_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "collect/programs.h"
#include "collect/read_bank.h"
#include "host/machine.h"

struct collector;
struct interruption;
struct moment_reader;
struct ring_buffer;

/*
 * The configuration of a collection, set by a command. All zero: collect every csd, without a table
 * of --by, without records and stalls.
 */
struct collect_config {
	const char *command; /* ipitrace's command, for advice: "try sudo ipitrace stalls" */
	bool any_source; /* use either source; false: the kernel must have the csd tracepoints */
	const struct cpuset *cpus; /* the sender or the target is one of these; NULL: all CPUs */
	const struct cpuset *src; /* the sender is one of these; NULL: all CPUs */
	const struct cpuset *dst; /* the target is one of these; NULL: all CPUs */
	uint32_t tgid; /* only csds of this process, in task context; 0: all processes */
	enum by_key by_key; /* the key of TABLE_BY, the table of --by */
	bool kinds; /* follow the interrupts themselves (abi/ipi.h) */
	bool keep_origins; /* keep the task that queued the csd in each slot (struct origin) */
	/*
	 * Deliveries, runs and waits that take longer than this, ns, are stalls, which
	 * moment_reader finds. 0: stalls are not watched for. A threshold implies keep_origins.
	 */
	uint64_t watch_threshold;
	/* the phases to watch, a bit for each enum stall_phase; 0: all phases */
	uint32_t watch_phases;
	/*
	 * Address of the kernel's function that runs the queued functions. A sleeping task with
	 * this address on its stack sleeps in such a function. 0 if unknown.
	 */
	uint64_t flush_func;
	/*
	 * Address of generic_exec_single(), the call site of each call to one CPU; such a call has
	 * one csd. 0 if unknown.
	 */
	uint64_t single_func;
	bool keep_sums; /* set all members of a snapshot, even with records or stalls */
	bool keep_stacks; /* keep the stack of each origin or record */
	bool user_stacks; /* keep for each sample the program's stack, too (abi/table.h) */
	uint32_t record_kinds; /* record these kinds, a bit for each enum ipi_kind; 0: no records */
	/* records in each CPU's ring, a power of two; 0: geometry__records() */
	uint32_t record_slots;
	bool no_hot_rows; /* for tests: count only in the rows that all CPUs share */
	bool one_edge; /* for tests: each sender has a place for only one destination */
	uint64_t min_delay; /* record only csds with this delay or more, ns */
	uint64_t min_handler; /* record only csds with this handler time or more, ns */
	uint64_t min_wait; /* record only csds that end a call with this wait or more, ns */
	/*
	 * In place of records, read all events that interrupt the CPUs of dst (abi/interruption.h),
	 * for collector__interruptions(). dst must be set.
	 */
	bool interruptions;
	/* tgid of PROGRAM: with interruptions, each of its forks is an event; 0: no program */
	uint32_t program;
	bool count_events; /* count events, other than IPIs, that explain a storm (abi/event.h) */
	bool host_flushes; /* count the kernel's requests to its host to flush TLBs (abi/event.h) */
	bool self; /* measure the programs' own runs and time */
	const uint64_t *funcs; /* addresses of functions; NULL: all functions */
	size_t nr_funcs;
	bool no_fexit; /* measure waits by csds, even if fexit programs can be loaded */
	/*
	 * Called with @attaching_ctx when the programs are loaded, right before they are attached.
	 * NULL: not called.
	 */
	void (*attaching)(void *ctx);
	void *attaching_ctx;
	/* For tests: the CPUs that are online, at the beginning only. NULL: ask the kernel. */
	const struct cpuset *online;
	bool no_attach; /* for tests that run the programs themselves */
	/* For tests: work as on a kernel that hides which CPU is in an interrupt. */
	bool no_interrupts;
	bool waits_given; /* for tests that write the map `waits` themselves */
	bool steal_given; /* for tests that write the CPUs' clocks of steal time themselves */
	/* For tests: work as on a kernel that may preempt a sender while it waits. */
	bool calls_at_once;
	bool no_membarrier; /* for tests: let grace__wait() update a map of maps (struct grace) */
};

/* Whether a filter leaves out some csds, so that a missing csd may not be lost. */
static inline bool collect_config__filters(const struct collect_config *config)
{
	return config->cpus || config->src || config->dst || config->funcs || config->tgid;
}

/* Csds, events and waits that a source did not see since the first window began. */
struct unseen {
	uint64_t late; /* csds that took longer than the threshold of stalls, or may have */
	uint64_t queued; /* queue events; at most, if there is a filter, which may leave them out */
	uint64_t waits; /* waits, or calls, that were not followed to their end */
};

/* A source of figures. The source's own struct begins with a struct collector. */
struct source_desc {
	size_t size; /* bytes of the source's struct */
	const struct program *programs;
	size_t nr_programs;
	uint32_t optional; /* a bit for each enum use whose tracepoints a kernel may lack */
	/*
	 * Open and load the skeleton. Called when the CPUs are known and the maps have the sizes of
	 * geometry__of(). @probes: use kprobes.
	 */
	int (*load)(struct collector *collector, const struct collect_config *config, bool probes);
	/* Open what needs the maps and programs. Called when all are mapped and attached. */
	int (*open)(struct collector *collector, const struct collect_config *config);
	/* Called right before a window begins, also before the first one. */
	void (*begins)(struct collector *collector);
	/* Fill @snap from the window that has ended, in which no program counts any more. */
	int (*read)(struct collector *collector, struct snapshot *snap);
	/* Fill @unseen, which is all zero: collector__unseen(). */
	void (*unseen)(struct collector *collector, bool only_waits, struct unseen *unseen);
	/* Called repeatedly during a window, by collector__sweep(). May be NULL. */
	int (*sweep)(struct collector *collector);
	/* Free the skeleton, and what open() opened; also if open() failed or was not called. */
	void (*close)(struct collector *collector);
};

extern const struct source_desc csd_source, call_source;

/* The part that does not depend on the source. Code outside of collect/ only reads this struct. */
struct collector {
	/* Known once the collector is open. */
	const struct source_desc *source; /* csds are known only if this is csd_source */
	enum wait_source wait_source; /* how senders' waits are measured */
	/*
	 * Whether the programs know if an interrupt or the current task sends. The loader tries
	 * this only if the configuration needs it.
	 */
	bool sees_interrupts;
	bool filtered;
	struct cpuset possible; /* CPUs that this machine can have */
	uint64_t map_bytes; /* size of the maps in the kernel */
	/* Programs always write the maps. The source of calls has only tables, samples, edges. */
	struct maps maps;
	struct moment_reader *moment_reader; /* NULL if stalls are not watched for */
	struct programs programs;
	struct grace grace;
	/* The current window. */
	struct window window;
	uint32_t epoch;
	/* Only collector.c uses the members from here on. */
	struct event_maps events; /* mapped if events are counted */
	struct mapping mappings[NR_MAPS]; /* indexed as programs.maps */
	struct ring_buffer *interruptions; /* NULL if the configuration asks for no interruptions */
	void (*interruption)(void *ctx, const struct interruption *event);
	void *interruption_ctx;
	/* CLOCK_MONOTONIC: an interruption that begins later ends collector__interruptions() */
	uint64_t interruptions_until;
	struct cpuset seen; /* CPUs that were online at some time, whose parts are mapped */
	int online_fd; /* the kernel's list of online CPUs; negative if there is none */
	int stats_fd; /* the kernel keeps BPF statistics while this is open; -1 if closed */
};

/* Let libbpf write messages to stderr only if @verbose; before the first call it writes them. */
void collector__verbose(bool verbose);

/*
 * Load and attach the programs; nothing is counted yet. Attaching patches the kernel's static keys
 * and so sends IPIs of its own. Returns 0 and *@collector, or a negative errno and NULL.
 * -EOPNOTSUPP: @config asks for what this kernel's source cannot know.
 */
int collector__open(struct collector **collector, const struct collect_config *config);

/* Begin to count, in the first window. */
void collector__begin(struct collector *collector);

/*
 * End the window and fill @snap, which the caller frees with snapshot__free(); the next window
 * begins at the same moment. @last: count nothing from here on. Returns 0 or a negative errno.
 */
int collector__cut(struct collector *collector, struct snapshot *snap, bool last);

/*
 * Find the irq_works that have run (no event marks their end), the csds that ran unseen on CPUs
 * that went offline, and the CPUs that came online, whose records are read from then on. Each cut
 * does this, too. Returns 0 or a negative errno.
 */
int collector__sweep(struct collector *collector);

/*
 * Do a part of collector__sweep(): find the CPUs that came online, and the csds that ran unseen on
 * CPUs that went offline; only CPUs that came, if the kernel does not say which CPUs are online.
 */
int collector__look(struct collector *collector);

/*
 * Returns what could not be seen so far. Call this during the first window; it may sleep for 0.1 s.
 * @only_waits: leave out csds for which nobody waits, such as wake-ups.
 */
struct unseen collector__unseen(struct collector *collector, bool only_waits);

/* Detach the programs and free @collector, which may be NULL. */
void collector__close(struct collector *collector);

/*
 * Get the stack with the number @id, as in a record, innermost frame first. Returns the number of
 * frames; 0 if this stack was not kept.
 */
uint32_t collector__stack(const struct collector *collector, int32_t id,
			  uint64_t stack[STACK_DEPTH]);

/*
 * Call @event for each interruption of the CPUs of dst that ended between the last call and this
 * call, if the configuration asks for interruptions. The next call passes those that end meanwhile.
 * Returns 0 or a negative errno.
 */
int collector__interruptions(struct collector *collector,
			     void (*event)(void *ctx, const struct interruption *event), void *ctx);

/*
 * Get how long the host has not run @cpu, since some fixed time, in *@ns. Returns false, with *@ns
 * 0, if this machine has no such clock, or the configuration asks for no interruptions.
 */
bool collector__host_time(const struct collector *collector, uint32_t cpu, uint64_t *ns);

/*
 * Whether an interrupt was running on @cpu when collection ended: collector__interruptions() never
 * passed it on. Call this after the last cut.
 */
bool collector__is_interrupted(const struct collector *collector, uint32_t cpu);

/* Returns the interruptions so far that found no room in the ring buffer. */
uint64_t collector__interruptions_lost(const struct collector *collector);

/*
 * Returns how many modules came and went since the programs were attached, whose functions a filter
 * by function cannot have. Call this only if the configuration has functions.
 */
uint32_t collector__modules_gone(const struct collector *collector);

/*
 * Returns how many csds of init functions of modules that came meanwhile the filter by function
 * dropped, whose names nobody knows any more. Call this only if the configuration has functions.
 */
uint64_t collector__init_dropped(const struct collector *collector);

/* The program that reads the machine code of the running kernel and its modules, as it is now. */
struct code_bpf;

/* Load the program. NULL: the kernel does not load it, or there is no memory. */
struct code_bpf *kernel_code__open(void);

/* Close @code, which may be NULL. */
void kernel_code__close(struct code_bpf *code);

/*
 * Returns @size bytes at @addr, which @code, a struct code_bpf, reads; valid until the next call.
 * NULL: not all of them can be read, or they are more than 16 KiB. Needs no rights, and allocates
 * nothing. Only one thread at a time may call this.
 */
const uint8_t *kernel_code__read(void *code, uint64_t addr, size_t size);

/*
 * All kinds of IPI in one list: how many were sent, how many arrived, and for
 * the kinds that cannot be observed, the reason.
 */

/*
 * Returns the row of @kind in @snap->all_kinds, appended if it is missing; valid until the next row
 * is appended. NULL if there is no memory.
 */
struct kind_stats *kinds__row(struct snapshot *snap, const char *kind);

/*
 * Complete @snap->all_kinds, and the reschedules of @snap->cpus, from the counts of @snap and the
 * arrivals @since the window began; @config has the filter of both. @snap's functions must have
 * names. @machine is that of uname(2). Returns 0 or -ENOMEM.
 */
int kinds__complete(struct snapshot *snap, const struct collect_config *config,
		    const struct arrivals *since, const char *machine);

/* The maps of --kinds: the interrupts themselves, from send to exit. Plain memory, no libbpf. */
struct ipis {
	uint32_t nr_cpus;
	uint32_t shards;
	struct ipi_rec *recs; /* indexed by CPU */
	struct ipi_hist_rec *hists; /* indexed by shard, class */
	struct ipi_reason *reasons; /* indexed by class; empty if a class is a vector (x86) */
	struct wake_rec *wakes; /* WAKE_ROWS + 1 items; the last is the sum of the other wake-ups */
	uint8_t wake_idle[WAKE_ROWS]; /* for how many windows each row has been idle */
};

/*
 * Read @epoch's bank, which no program may write any more, into @snap and clear the bank.
 * @snap->how.filtered must be set. Returns 0 or -ENOMEM.
 */
int read_ipis(struct ipis *ipis, uint32_t epoch, struct snapshot *snap);

#endif /* IPITRACE_COLLECT_COLLECTOR_H */
