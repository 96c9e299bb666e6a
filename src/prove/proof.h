/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The csds of one window as ipitrace and ftrace have recorded them, compared one by one. The caller
 * calls in this order: instance__open(), a run of ipitrace, instance__stop(), proof_reader__read(),
 * prove(), then proof__page() or proof__json().
 */
#ifndef IPITRACE_PROVE_PROOF_H
#define IPITRACE_PROVE_PROOF_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "import/import.h"
#include "model/snapshot.h"

/* A time that one side does not have. */
#define PROOF_UNKNOWN (~0ULL)

/* Csds farther apart than this are two csds. A hypervisor may take a CPU away for some ms. */
#define PROOF_SAME_NS	  100000000ULL
/* This close to an end of the window, the two sides may differ on whether a csd is within it. */
#define PROOF_END_NS	  20000000ULL
/*
 * Interrupts this close to an end of the window are not compared, because /proc/interrupts is not
 * read exactly there, ns.
 */
#define PROOF_KIND_END_NS 50000000ULL
/*
 * ftrace's text has whole microseconds. Therefore the two times of a csd may differ by up to 1 us
 * without a fault, and by more if the programs take longer: by two runs of each program of both
 * events.
 */
#define PROOF_BOUND_NS	  2000
/* ftrace's text rounds to microseconds: ns2usecs(), kernel/trace/trace.h. */
#define PROOF_TEXT_NS	  500
/* The mean of fewer csds is not exact, because ftrace's rounding does not cancel out. */
#define PROOF_MEAN_CSDS	  1000
/* A larger difference is a preemption between two readings of the clock; means leave it out. */
#define PROOF_FAR_NS	  10000
/* Fewer csds are no proof. */
#define PROOF_LEAST	  1000
/*
 * At most this many differences of a measure may be beyond their bound, per mille: a host with a
 * load of 14 had 52.
 */
#define PROOF_BEYOND	  100
#define PROOF_WORST	  5
/* A CPU runs a batch of wake-ups in less time, even if a host takes the CPU away meanwhile, ns. */
#define PROOF_WALK_NS	  50000000ULL
/*
 * If this many csds in a row are only ipitrace's, and ftrace has none between the first and the
 * last, ftrace was off.
 */
#define PROOF_HOLE	  100

struct proof_csd {
	uint64_t queued; /* time of the queue event, CLOCK_MONOTONIC ns */
	uint64_t delay; /* ns */
	uint64_t handler; /* ns */
	uint64_t func; /* number of the function, the same on both sides */
	/* only ipitrace's: the sender's wait for the call, ns; known in one csd of each call */
	uint64_t wait;
	uint64_t call; /* only ipitrace's: the number of src's call; 0 if no sender waits */
	uint32_t src;
	uint32_t dst;
	/* set by prove(): the index on the other side + 1; 0 if the other side lacks the csd */
	uint32_t partner;
	bool hidden; /* only ftrace's: queued while a thread ran that this kernel hides from BPF */
	/* only ipitrace's: a wake-up; handler begins after the CPU has walked through the batch */
	bool batch;
};

enum proof_side { PROOF_IPITRACE, PROOF_FTRACE, NR_PROOF_SIDES };
enum proof_measure { PROOF_DELAY, PROOF_HANDLER, NR_PROOF_MEASURES };
/* The three events of a csd. */
enum proof_mark { PROOF_QUEUE, PROOF_ENTRY, PROOF_EXIT, NR_PROOF_MARKS };

/* csds that the ledger counts, and csds without a record among them. */
struct proof_ledger {
	uint64_t queued;
	uint64_t lost;
	uint64_t in_flight; /* in flight at the end of the window */
};

/*
 * Tables: csds by function and by edge. A matched csd is in ipitrace's window; a csd that only
 * ftrace has may be in the window.
 */

/* Rows of a table, a power of two. Further csds are counted, and not compared. */
#define PROOF_ROWS 65536

struct proof_row {
	uint64_t key;
	uint64_t reported; /* csds in ipitrace's window */
	uint64_t matched;
	/* csds that the other side lacks, in the window or near its ends */
	uint64_t alone[NR_PROOF_SIDES];
	uint64_t within; /* ftrace's csds in the window */
};

struct proof_table {
	struct key_map map;
	struct proof_row *rows;
	uint64_t other; /* csds that ipitrace reports only as a sum */
	uint64_t rowless; /* csds that the table has no room for */
};

/* Returns 0 or -ENOMEM. */
int proof_table__open(struct proof_table *table);
void proof_table__close(struct proof_table *table);

/* Add @csds csds of ipitrace's window to the row of @key. */
void proof_table__report(struct proof_table *table, uint64_t key, uint64_t csds);

static inline uint64_t proof_edge(uint32_t src, uint32_t dst)
{
	return (uint64_t)src << 32 | dst;
}

/*
 * Interrupts by kind: sent interrupts, counted by ipitrace's programs and by ftrace; arrived
 * interrupts, counted by /proc/interrupts and by ftrace; and functions that ran on their sender.
 */
struct proof_kind {
	bool reported_known; /* ipitrace, or the kernel's table, counts this kind */
	bool seen_known; /* ftrace has the event */
	uint64_t reported;
	uint64_t seen; /* counted by ftrace in the window */
	uint64_t ends; /* counted by ftrace near an end of the window, within the window or not */
	/* counted by ftrace in the window, of threads that this kernel hides from BPF */
	uint64_t hidden;
};

enum proof_kind_row {
	PROOF_CALLS_SENT,
	PROOF_CALLS_ARRIVED,
	PROOF_RESCHEDULES_SENT,
	PROOF_RESCHEDULES_ARRIVED,
	PROOF_IRQ_WORKS_SENT,
	PROOF_IRQ_WORKS_ARRIVED,
	PROOF_LOCAL, /* functions that ran on their sender */
	NR_PROOF_KINDS,
};

struct proof_kinds {
	uint64_t start, end; /* start and end of the window */
	uint64_t nested; /* sends that ipitrace reports as not seen */
	struct proof_kind rows[NR_PROOF_KINDS];
};

/* Count @nr interrupts that ftrace has at @time. @hidden: the kernel hides them from BPF. */
void proof_kinds__see(struct proof_kinds *kinds, enum proof_kind_row row, uint64_t time,
		      uint64_t nr, bool hidden);

/* A stall that ipitrace reported after its end. */
struct proof_stall {
	enum proof_measure of;
	/* of a delay: time of the queue event; of a handler: time at which it began */
	uint64_t start;
	uint64_t duration;
	uint64_t func;
	uint32_t src;
	uint32_t dst;
	bool found; /* set by prove(): a csd has the same start as this stall */
};

/* Stalls: was each reported stall true, and was each true stall reported? */
struct proof_stalls {
	uint64_t threshold; /* ns */
	struct proof_stall *reported; /* the reported stalls; prove() sorts them */
	size_t nr;
	uint64_t dropped; /* stalls that ipitrace had to drop, by its own count */
	/* prove() sets the members from here on. */
	uint64_t confirmed; /* reported, and ftrace has the stall, too */
	uint64_t unjudged; /* reported, for csds whose times ftrace lacks, or near an end */
	uint64_t apart; /* the sides differ, because both times of the csd are far apart */
	uint64_t untrue; /* reported, and ftrace has no such stall, or a stall of another length */
	/* a stall by both sides' times, neither reported nor during a reported stall */
	uint64_t missing;
	uint64_t within; /* a stall by ftrace, during a reported stall on the same CPU */
	struct proof_stall first_untrue, first_missing;
	uint64_t ftrace; /* ftrace's time for first_untrue; PROOF_UNKNOWN if it has no such csd */
};

/* A call: its first csd, and how long the call lasted. */
struct proof_call {
	struct proof_csd first; /* ipitrace's first csd of the call */
	uint64_t wait; /* the reported wait, ns; PROOF_UNKNOWN if none was reported */
	/*
	 * Time from the first csd's queue event to the last one's end, by ipitrace and by ftrace,
	 * ns; PROOF_UNKNOWN if unknown.
	 */
	uint64_t ipitrace, ftrace;
};

/*
 * Synchronous calls: did the sender wait until the last csd of its call had ended? ipitrace reports
 * a call's wait with one of its csds. ftrace has no event at the end of a call, but has the ends of
 * the same csds.
 */
struct proof_waits {
	bool exact; /* a wait goes from the first csd's queue event to the last csd's end */
	/* prove() sets the members from here on. */
	uint64_t calls;
	uint64_t confirmed; /* a wait was reported, and ftrace's csds took equally long */
	/* not exact: longer than ftrace's csds, because it includes entry and return of the call */
	uint64_t longer;
	uint64_t apart; /* the sides differ, because both times of the csds are far apart */
	/* ftrace lacks the csds' times, the call is near an end, or no wait was reported */
	uint64_t unjudged;
	/* shorter than its csds, longer though exact, reported twice, or of two functions */
	uint64_t untrue;
	struct proof_call first_untrue;
};

struct proof_input {
	struct proof_csd *csds[NR_PROOF_SIDES]; /* prove() sorts the csds */
	size_t nr[NR_PROOF_SIDES];
	uint64_t start, end; /* start and end of ipitrace's window */
	struct proof_ledger ledger;
	/* mean run of the program at this event, ns; 0 if unknown */
	uint64_t run_ns[NR_PROOF_MARKS];
	struct proof_table *functions,
		*edges; /* counts of ipitrace's window; prove() adds ftrace's counts */
	const struct proof_kinds *kinds;
	struct proof_stalls *stalls;
	struct proof_waits *waits;
	/* ftrace's csds in the window that lack an event, which ftrace lost without counting. */
	uint64_t gaps;
	const char *unsound; /* why a verdict is impossible; NULL if it is possible */
};

/* A difference is ipitrace's time minus ftrace's time. */
#define PROOF_BIN_NS 20
#define PROOF_BINS   (2 * PROOF_FAR_NS / PROOF_BIN_NS + 1)

struct proof_differences {
	uint64_t count;
	uint64_t bound; /* PROOF_BOUND_NS, or more if the programs take long, ns */
	uint64_t beyond; /* number of differences beyond the bound */
	uint64_t near; /* number of differences within PROOF_FAR_NS, the only ones in the sums */
	int64_t sum;
	double squares;
	uint32_t bins[PROOF_BINS]; /* these differences by PROOF_BIN_NS, from -PROOF_FAR_NS on */
};

/* How far the two readings of one event are apart, and how far they may be, ns. */
struct proof_mean {
	bool known;
	double mean, least; /* the mean, and its least allowed value */
	double low, most; /* the 5th percentile, and its largest allowed value */
};

struct proof_pair {
	enum proof_measure measure;
	struct proof_csd side[NR_PROOF_SIDES];
	uint64_t difference;
};

enum proof_verdict { PROOF_EQUAL, PROOF_NOT_EQUAL, PROOF_NONE };

#define PROOF_WHY 200

struct proof {
	enum proof_verdict verdict;
	char why[PROOF_WHY]; /* "" if both sides are equal */
	uint64_t csds[NR_PROOF_SIDES]; /* within the window */
	uint64_t matched;
	uint64_t at_ends; /* csds that the other side lacks, near an end of the window */
	/* csds that the other side lacks, elsewhere in the window */
	uint64_t alone[NR_PROOF_SIDES];
	/* csds that only ftrace has, because the kernel hides them from BPF; not in `alone` */
	uint64_t hidden;
	uint64_t outside; /* csds that only ftrace has, anywhere: the ledger may count them */
	/* times of the first and the last csd that only ipitrace has */
	uint64_t first_alone, last_alone;
	bool hole; /* ftrace has no csd between these two times */
	struct proof_csd stray[NR_PROOF_SIDES]; /* the first of the csds in `alone` */
	struct proof_differences differences[NR_PROOF_MEASURES];
	/* differences between both sides' readings of an event */
	struct proof_differences readings[NR_PROOF_MARKS];
	struct proof_mean means[NR_PROOF_MARKS];
	/* times far apart, because the CPU may have been taken away between both readings */
	uint64_t apart;
	uint64_t impossible; /* times before ftrace's, or after another event of the CPU */
	struct proof_pair first_impossible;
	struct proof_pair worst[PROOF_WORST]; /* the largest differences first */
	size_t nr_worst;
};

/*
 * Compare the csds of both sides. Two csds are the same if sender, target and function are, taken
 * in the order of their times. No I/O.
 */
void prove(struct proof *proof, const struct proof_input *input);

/* Further csds are not kept. These take about 500 MB for each side. */
#define PROOF_CSDS 10000000

struct proof_list {
	struct proof_csd *csds;
	size_t nr, room;
	bool cut; /* some csds found no room */
};

void proof_list__add(struct proof_list *list, const struct proof_csd *csd);

#define PROOF_HIDDEN 1024

/* Reads ftrace's csds from its text. */
struct proof_reader {
	struct names *names; /* functions of both sides' csds */
	struct pairing *pairing;
	struct import_facts facts;
	struct text_reader text;
	struct proof_list list;
	bool masks_unread; /* some events of sends do not show the target CPUs */
	struct proof_kinds kinds; /* the caller sets start and end */
	uint64_t gaps; /* as in struct proof_input */
	/*
	 * Threads of pid 1. While they run, some kernels run no BPF program, and do not count that
	 * as skipped.
	 */
	uint32_t hidden[PROOF_HIDDEN];
	size_t nr_hidden;
};

/* Returns 0 or -ENOMEM. */
int proof_reader__open(struct proof_reader *reader);
void proof_reader__close(struct proof_reader *reader);

/* Read @fd up to its end. Returns 0 or a negative errno. */
int proof_reader__read(struct proof_reader *reader, int fd);

/* Returns the number of the function that has this name in ftrace's text; @module may be NULL. */
uint64_t proof_reader__func(struct proof_reader *reader, const char *name, const char *module);

/*
 * An ftrace instance for ipitrace only, owned by a process of its own. That process keeps root,
 * reads no event, and removes the instance when the other end of its socket is closed, also when
 * ipitrace is killed.
 */
#define INSTANCE_WHY 160

struct instance {
	pid_t pid; /* process that owns the instance; 0: not open */
	int socket; /* closing this descriptor removes the instance */
	int data; /* after instance__stop(): descriptor of the events' text */
};

/* Results of tracing. */
struct instance_end {
	uint64_t lost; /* events that the buffers had no room for */
	bool sends, arrivals; /* ftrace had events of IPIs that are sent, and of IPIs that arrive */
	bool was_off; /* another process had switched tracing or the events off */
};

/*
 * Returns the buffer that a CPU needs for *@seconds at @rate csds a second, KB. If that is more
 * than @most KB, which is at least 1024, reduces *@seconds.
 */
uint64_t instance__fit(double *seconds, double rate, uint64_t most);

/*
 * Create the instance and begin to trace, with a buffer of @kb KB for each CPU. Call this as root.
 * Returns false, with one line in @why, after a failure.
 */
bool instance__open(struct instance *in, uint64_t kb, char why[INSTANCE_WHY]);

/*
 * Let ftrace register its probes at the csds' events anew. A tracepoint calls its probes in the
 * order in which they came (tracepoint_add_func() in kernel/tracepoint.c): call this right before
 * ipitrace's programs are attached, or the programs of another tracer that come in between run
 * between both readings of a time. Returns false if the owner process has ended.
 */
bool instance__renew(struct instance *in);

/*
 * Stop tracing. Afterwards in->data has the events' text. Returns false if the owner process has
 * ended, or has no text.
 */
bool instance__stop(struct instance *in, struct instance_end *end);

/* Remove the instance, and wait until it is removed. */
void instance__close(struct instance *in);

/* Facts about a machine, without its name: other people may read the file of `prove -o`. */
struct machine_facts {
	struct utsname name;
	char model[96]; /* model of the CPUs; "" if the kernel does not say */
	bool hypervisor; /* x86: the CPU reports a hypervisor */
	uint32_t cpus; /* CPUs online */
	uint32_t packages, cores; /* 0 if the kernel does not say */
	uint32_t nodes; /* NUMA nodes online; 0 if the kernel does not say */
};

void machine_facts__read(struct machine_facts *facts);

/*
 * Measure an IPI whose sender waits, there and back: membarrier(2) to one other CPU. Returns the
 * median of some hundred, ns; 0 if no other CPU was free. Takes some ms.
 */
uint64_t round_trip__measure(void);

/* The cost of watching on this machine. */
struct proof_cost {
	struct {
		const char *name;
		uint64_t runs, ns;
	} programs[NR_PROGS]; /* ipitrace's programs that ran, by the kernel's statistics */
	size_t nr;
	/* round trip without tracing, with ftrace, with ftrace and ipitrace, ns; 0 if unknown */
	uint64_t bare, ftrace, both;
};

struct proof_report {
	const struct proof *proof;
	const struct proof_input *in;
	const struct names *names; /* NULL if there are no names */
	struct machine_facts machine;
	struct proof_cost cost;
	/* Print the names of modules' functions, which tell strangers what is loaded. */
	bool details;
};

/* Print the results of the comparison on stdout, at most 80 columns wide. */
void proof__page(const struct proof_report *report);

/* Returns the results as JSON, a new value, without the keys of all lines; NULL without memory. */
json_t *proof__json(const struct proof_report *report);

/* Returns, in place of a report, that there is no verdict because of @why. */
json_t *proof__json_none(const char *why);

#endif /* IPITRACE_PROVE_PROOF_H */
