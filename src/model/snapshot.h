/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was seen in one window: plain data, no libbpf. Durations and times
 * are ns, times CLOCK_MONOTONIC. Counts are csds unless the name says
 * otherwise; docs/reference.md tells what each one counts.
 */
#ifndef IPITRACE_MODEL_SNAPSHOT_H
#define IPITRACE_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include "abi/ipi.h"
#include "abi/limits.h"
#include "model/hist.h"
#include "model/symbol.h"

struct cpu_stats {
	uint32_t cpu;
	uint64_t sent;
	uint64_t received;
	uint64_t local;
	struct hist delay; /* queue to function entry, under the CPU that ran it */
	struct hist handler; /* function entry to exit, under the CPU that ran it */
	struct hist wait; /* in synchronous calls, under the sender */
};

struct fn_stats {
	struct symbol func;
	struct symbol callsite; /* addr 0: ran locally, or summed (other) */
	bool other; /* the sum of what found no row of its own */
	uint64_t count;
	uint64_t local;
	struct wait_sum wait;
	struct hist delay;
	struct hist handler;
};

/* How a sender's wait is told. */
enum wait_source {
	WAITS_FEXIT, /* from the call to its return (waits.bpf.h) */
	WAITS_CSD, /* from its first csd's queue event to its last target's end */
};

/* A row of what --by asks for: a process, or a cgroup. */
struct by_stats {
	uint32_t tgid; /* 0: idle; not for a cgroup's row */
	uint64_t cgroup; /* its id (the inode of its directory); 0: not told */
	const char *cgroup_path; /* NULL: unknown; owned by struct cgroups */
	bool interrupt; /* sent from interrupts: no task is behind it */
	bool other; /* the sum of what found no row of its own */
	char comm[COMM_LEN];
	uint64_t count;
	uint64_t local;
	struct hist delay;
	struct hist handler;
};

/* One csd at its queue event, a sample: see struct sample. */
struct stack_sample {
	size_t fn; /* index in fns */
	uint32_t tgid;
	uint64_t cgroup;
	const char *cgroup_path;
	char comm[COMM_LEN];
	uint32_t nr;
	struct symbol stack[STACK_DEPTH]; /* from the inside */
};

struct edge {
	uint32_t src;
	uint32_t dst;
	uint64_t count;
};

/*
 * queued + carried_in = function + ttwu + irq_work + in_flight + lost,
 * where lost is the sum of lost_by.
 */
struct ledger {
	uint64_t queued;
	uint64_t carried_in;
	uint64_t function;
	uint64_t ttwu;
	uint64_t irq_work;
	uint64_t in_flight;
	uint64_t lost_by[NR_LOST];
	uint64_t orphans;
	uint64_t local;
	uint64_t exit_unseen; /* of the matched, those without a handler time */
};

#define KIND_NAME 32

/* Interrupts of one kind. */
struct kind_stats {
	char kind[KIND_NAME]; /* kind_names[], then the architecture's others */
	bool sent_known;
	bool received_known;
	bool timed; /* what follows behind received can be had; with --kinds */
	uint64_t sent;
	uint64_t received;
	uint64_t received_most; /* on one CPU, at most; 0: unknown */
	uint64_t coalesced; /* sent while one was pending there: no interrupt of their own */
	uint64_t unseen; /* were pending for so long that they must have come unseen */
	struct hist delay; /* from send to the handler's entry */
	struct hist time; /* from entry to exit */
	const char *why; /* what cannot be told, and why; NULL: all is told */
};

/* More than any architecture has. */
#define KINDS_MAX 32

struct tlb_stats {
	uint64_t count;
	uint64_t pages; /* of those that are not of all pages */
	uint64_t all; /* flushes of all pages */
};

/* Reschedules that one process sent to wake another. */
struct wake_stats {
	uint32_t waker; /* tgid; 0: idle */
	uint32_t woken;
	bool interrupt; /* no task woke it: an interrupt did */
	bool other; /* the sum of what found no row of its own */
	char waker_comm[COMM_LEN];
	char woken_comm[COMM_LEN];
	uint64_t count;
};

struct window {
	struct timespec start; /* CLOCK_REALTIME */
	uint64_t mono_start;
	uint64_t mono_end;
};

/* What one of our programs took in the window. */
struct prog_cost {
	const char *name; /* NULL: none */
	uint64_t runs;
	uint64_t ns;
};

/* As many as there can be; those that do not run have no name. */
#define NR_PROGS 32

struct host;

/* How the collection was configured: what a reader must know to read the figures. */
struct how {
	bool filtered; /* -c, -f, -p and the like: orphans and LOST_QUEUE_UNSEEN are not known */
	bool timed; /* --kinds: interrupts are followed from send to exit */
	bool by_task; /* -p or --by: a task is told from what interrupts it, if ... */
	bool sees_interrupts; /* ... the kernel lets programs see interrupts */
	enum by_key by_key;
	enum wait_source wait_source;
};

/* Which figures could be had; the others are not zero but unknown. */
struct known {
	bool kinds;
	bool self;
	bool polled;
	bool tlb;
};

struct snapshot {
	const struct host *host; /* NULL: not told; the caller's */
	struct window window;
	struct ledger ledger;
	struct how how;
	struct known known;
	struct prog_cost cost[NR_PROGS]; /* where known.self */
	uint64_t rss_bytes; /* this process's peak; 0: not known */
	uint64_t kinds[NR_KINDS]; /* interrupts sent */
	/* All that the running kernel has, and what cannot be observed: kinds.h. */
	struct kind_stats *all_kinds;
	size_t nr_all_kinds;
	/* With --kinds. */
	uint64_t polled; /* no IPI: the destination polled in idle */
	struct tlb_stats tlb[TLB_REASONS];
	struct wake_stats *wakes;
	size_t nr_wakes;
	uint64_t reschedule_other; /* reschedules that no wake-up sent */
	struct cpu_stats *cpus; /* those possible; index is not the CPU's number */
	size_t nr_cpus;
	struct fn_stats *fns;
	size_t nr_fns;
	struct by_stats *by;
	size_t nr_by;
	struct stack_sample *samples;
	size_t nr_samples;
	uint64_t samples_dropped; /* samples that found no place */
	struct edge *edges; /* by src; of one src in no order */
	size_t nr_edges;
	uint64_t edges_other; /* beyond EDGE_MAX destinations of a sender */
};

/* Free what @snap owns and zero it. */
void snapshot__free(struct snapshot *snap);

/* The kind of that name in @snap->all_kinds; NULL: none. */
struct kind_stats *snapshot__kind(const struct snapshot *snap, const char *kind);

/*
 * Cost first: time in handlers, then csds, then address. Functions and the
 * rows of --by. 0 or -ENOMEM.
 */
int snapshot__rank(struct snapshot *snap);

uint64_t ledger__lost(const struct ledger *ledger);
uint64_t ledger__matched(const struct ledger *ledger);
/* Whether the equation holds, exactly. */
bool ledger__closed(const struct ledger *ledger);

double window__seconds(const struct window *window);

#endif /* IPITRACE_MODEL_SNAPSHOT_H */
