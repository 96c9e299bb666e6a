/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The csds of one window as ipitrace and ftrace have them, compared one by one. What the caller does:
 * instance__open(), a run of ipitrace, instance__stop(), proof_reader__read(), prove(), then
 * proof__page() or proof__json().
 */
#ifndef IPITRACE_PROVE_PROVE_H
#define IPITRACE_PROVE_PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <jansson.h>
#include "import/import.h"
#include "model/snapshot.h"

/* A time that one side does not have. */
#define PROOF_UNKNOWN (~0ULL)

/* Two csds that are farther apart are not the same one: a hypervisor takes a CPU away for some ms. */
#define PROOF_SAME_NS	  100000000ULL
/* So near an end of the window the two sides may differ on whether a csd is within the window. */
#define PROOF_END_NS	  20000000ULL
/* The same for an interrupt: /proc/interrupts is read near the window's ends. */
#define PROOF_KIND_END_NS 50000000ULL
/*
 * ftrace's text has whole microseconds. Therefore one csd's times may differ by up to 1 us without a
 * fault, and by more where the programs take longer: by two runs of each program of both events.
 */
#define PROOF_BOUND_NS	  2000
/* ftrace's text rounds to microseconds: ns2usecs(), kernel/trace/trace.h. */
#define PROOF_TEXT_NS	  500
/* The mean of fewer csds says nothing, because the rounding does not cancel out. */
#define PROOF_MEAN_CSDS	  1000
/* A larger difference is a preemption between two readings of the clock. The means leave it out. */
#define PROOF_FAR_NS	  10000
/* Fewer csds are no proof. */
#define PROOF_LEAST	  1000
/* So many of a measure's differences may be beyond their bound, per mille: a host with a load of 14 had 52. */
#define PROOF_BEYOND	  100
#define PROOF_WORST	  5
/* The CPU walks through a batch of wake-ups in less time, even where a host takes the CPU away meanwhile. */
#define PROOF_WALK_NS	  50000000ULL
/* ftrace was off if it has no csd between the first and the last of so many that only ipitrace has. */
#define PROOF_HOLE	  100

struct proof_csd {
	uint64_t queued; /* CLOCK_MONOTONIC ns */
	uint64_t delay; /* ns */
	uint64_t handler; /* ns */
	uint64_t func; /* the same number on both sides */
	uint64_t wait; /* ipitrace's: how long the sender waited for the call; in one csd of each call, ns */
	uint64_t call; /* ipitrace's: the number of src's call; 0: nobody waits */
	uint32_t src;
	uint32_t dst;
	uint32_t partner; /* set by prove(): the index on the other side + 1; 0: none */
	bool hidden; /* ftrace's: queued while a thread ran that this kernel hides from BPF */
	bool batch; /* ipitrace's: a wake-up. The CPU walks through the batch before handler begins. */
};

enum proof_side { PROOF_IPITRACE, PROOF_FTRACE, NR_PROOF_SIDES };
enum proof_measure { PROOF_DELAY, PROOF_HANDLER, NR_PROOF_MEASURES };
/* The three events of a csd. */
enum proof_mark { PROOF_QUEUE, PROOF_ENTRY, PROOF_EXIT, NR_PROOF_MARKS };

/* csds that the ledger counts, and those of them that have no record. */
struct proof_ledger {
	uint64_t queued;
	uint64_t lost;
	uint64_t in_flight; /* at the window's end */
};

/*
 * Tables: csds by function and by edge. A matched csd is in ipitrace's window; a csd that only ftrace
 * has may be in the window.
 */

/* Rows of a table, a power of two. Further csds are counted, and not compared. */
#define PROOF_ROWS 65536

struct proof_row {
	uint64_t key;
	uint64_t reported; /* by ipitrace's window */
	uint64_t matched;
	uint64_t alone[NR_PROOF_SIDES]; /* only this side has them, in the window or near its ends */
	uint64_t within; /* ftrace's, in the window */
};

struct proof_table {
	struct key_map map;
	struct proof_row *rows;
	uint64_t other; /* csds of which ipitrace reports only a sum */
	uint64_t rowless; /* csds for which the table has no room */
};

/* 0 or -ENOMEM. */
int proof_table__open(struct proof_table *table);
void proof_table__close(struct proof_table *table);

/* ipitrace's window has @csds more with this @key. */
void proof_table__report(struct proof_table *table, uint64_t key, uint64_t csds);

static inline uint64_t proof_edge(uint32_t src, uint32_t dst)
{
	return (uint64_t)src << 32 | dst;
}

/*
 * Interrupts by kind: sent interrupts by ipitrace's programs and by ftrace, arrived interrupts by
 * /proc/interrupts and by ftrace; and calls that ran on their sender.
 */
struct proof_kind {
	bool reported_known; /* ipitrace, or the kernel's table, counts this kind */
	bool seen_known; /* ftrace has the event */
	uint64_t reported;
	uint64_t seen; /* by ftrace, in the window */
	uint64_t ends; /* by ftrace, near an end of the window: they may be in or out */
	uint64_t hidden; /* by ftrace, in the window, of threads that this kernel hides from BPF */
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
	uint64_t start, end; /* of the window */
	uint64_t nested; /* sends that ipitrace says it could not see */
	struct proof_kind rows[NR_PROOF_KINDS];
};

/* ftrace has @nr interrupts at @time. @hidden: BPF is not allowed to see them. */
void proof_kinds__see(struct proof_kinds *kinds, enum proof_kind_row row, uint64_t time,
		      uint64_t nr, bool hidden);

/* A stall as ipitrace reports it after its end. */
struct proof_stall {
	enum proof_measure of;
	uint64_t start; /* of a delay: when the csd was queued; of a handler: when it began */
	uint64_t duration;
	uint64_t func;
	uint32_t src;
	uint32_t dst;
	bool found; /* set by prove(): a csd has this stall's start */
};

/* Stalls: was each reported stall true, and was each true stall reported? */
struct proof_stalls {
	uint64_t threshold; /* ns */
	struct proof_stall *reported; /* prove() sorts them */
	size_t nr;
	uint64_t dropped; /* stalls that ipitrace says it could not report */
	/* Set by prove(). */
	uint64_t confirmed; /* reported, and ftrace has it */
	uint64_t unjudged; /* reported, of csds whose time ftrace does not have, or near an end */
	uint64_t apart; /* the sides differ, because both sides' times of the csd are far apart */
	uint64_t untrue; /* reported, and ftrace has no such stall, or one of another length */
	uint64_t missing; /* a stall by both sides' times, neither reported nor within a reported one */
	uint64_t within; /* a stall by ftrace, within the time of a reported one on that CPU */
	struct proof_stall first_untrue, first_missing;
	uint64_t its; /* ftrace's time of first_untrue; PROOF_UNKNOWN: ftrace has no such csd */
};

/* A call: its first csd, and how long it lasted. */
struct proof_call {
	struct proof_csd first; /* ipitrace's */
	uint64_t wait; /* as reported, ns; PROOF_UNKNOWN: not reported */
	/* From the first csd's queueing to the last one's end, by ipitrace and by ftrace, ns; or PROOF_UNKNOWN. */
	uint64_t mine, its;
};

/*
 * Synchronous calls: did the sender wait until the last csd of its call had ended? ipitrace reports a
 * call's wait with one of its csds. ftrace has no event at the end of a call, but it has the ends of
 * the same csds.
 */
struct proof_waits {
	bool exact; /* a wait goes from the first csd's queueing to the last csd's end */
	/* Set by prove(). */
	uint64_t calls;
	uint64_t confirmed; /* a wait was reported, and ftrace's csds took as long */
	uint64_t longer; /* not exact: longer than ftrace's csds, as it includes the call's entry and return */
	uint64_t apart; /* the sides differ, because both sides' times of the csds are far apart */
	uint64_t unjudged; /* ftrace does not have the csds' times, or near an end, or no wait reported */
	uint64_t untrue; /* shorter than its csds, longer though exact, reported twice, or of two functions */
	struct proof_call first_untrue;
};

struct proof_input {
	struct proof_csd *csds[NR_PROOF_SIDES]; /* prove() sorts them */
	size_t nr[NR_PROOF_SIDES];
	uint64_t start, end; /* of ipitrace's window */
	struct proof_ledger ledger;
	uint64_t run_ns[NR_PROOF_MARKS]; /* the mean run of the program at this event; 0: unknown */
	struct proof_table *functions,
		*edges; /* what ipitrace's window says; prove() adds ftrace's counts */
	const struct proof_kinds *kinds;
	struct proof_stalls *stalls;
	struct proof_waits *waits;
	const char *unsound; /* why there can be no verdict; NULL: there can */
};

/* A difference is ipitrace's time less ftrace's. */
#define PROOF_BIN_NS 20
#define PROOF_BINS   (2 * PROOF_FAR_NS / PROOF_BIN_NS + 1)

struct proof_differences {
	uint64_t count;
	uint64_t bound; /* ns: PROOF_BOUND_NS, or more where the programs run long */
	uint64_t beyond; /* differences beyond the bound */
	uint64_t near; /* differences within PROOF_FAR_NS; the sums have only these */
	int64_t sum;
	double squares;
	uint32_t bins[PROOF_BINS]; /* near, by PROOF_BIN_NS from -PROOF_FAR_NS on */
};

/* How far the two readings of one event are apart, and how far they may be. */
struct proof_mean {
	bool known;
	double mean, least; /* ns */
	double low, most; /* the 5th percentile, and the most it may be */
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
	char why[PROOF_WHY]; /* "": equal */
	uint64_t csds[NR_PROOF_SIDES]; /* within the window */
	uint64_t matched;
	uint64_t at_ends; /* only one side has them, near an end of the window */
	uint64_t alone[NR_PROOF_SIDES]; /* only this side has them, elsewhere in the window */
	uint64_t hidden; /* only ftrace has them, and not in alone: BPF was not allowed to see them */
	uint64_t outside; /* only ftrace has them, wherever they are: the ledger may count them */
	uint64_t first_alone, last_alone; /* times of ipitrace's alone */
	bool hole; /* ftrace has no csd between these two times */
	struct proof_csd stray[NR_PROOF_SIDES]; /* the first of alone */
	struct proof_differences differences[NR_PROOF_MEASURES];
	struct proof_differences readings[NR_PROOF_MARKS]; /* of one event by both sides */
	struct proof_mean means[NR_PROOF_MARKS];
	uint64_t apart; /* times far apart, as the CPU may have been taken away between both readings */
	uint64_t impossible; /* times before ftrace's, or after the CPU did something else */
	struct proof_pair first_impossible;
	struct proof_pair worst[PROOF_WORST]; /* the largest first */
	size_t nr_worst;
};

/* The same csd is the same sender, target and function, in the order of the times. Pure. */
void prove(struct proof *proof, const struct proof_input *input);

/* More csds are not kept: some 500 MB for each side. */
#define PROOF_CSDS 10000000

struct proof_list {
	struct proof_csd *csds;
	size_t nr, room;
	bool cut; /* there was no room for some */
};

void proof_list__add(struct proof_list *list, const struct proof_csd *csd);

#define PROOF_HIDDEN 1024

/* ftrace's csds, from its text. */
struct proof_reader {
	struct names *names; /* func of both sides' csds */
	struct pairing *pairing;
	struct import_facts facts;
	struct text_reader text;
	struct proof_list list;
	bool masks_unread; /* some sends do not say to which CPUs they go */
	struct proof_kinds kinds; /* the caller sets start and end */
	/* Threads of pid 1. While they run, some kernels run no BPF program, and count no miss. */
	uint32_t hidden[PROOF_HIDDEN];
	size_t nr_hidden;
};

/* 0 or -ENOMEM. */
int proof_reader__open(struct proof_reader *reader);
void proof_reader__close(struct proof_reader *reader);

/* Read @fd up to its end. 0 or a negative errno. */
int proof_reader__read(struct proof_reader *reader, int fd);

/* The number of the function with this name, as ftrace's text has it; @module may be NULL. */
uint64_t proof_reader__func(struct proof_reader *reader, const char *name, const char *module);

/*
 * An ftrace instance of our own, held by a process of its own. That process keeps root, reads no
 * event, and takes the instance away when the other end of its socket is closed: also when ipitrace
 * is killed.
 */
#define INSTANCE_WHY 160

struct instance {
	pid_t pid; /* 0: not open */
	int socket; /* closing it takes the instance away */
	int data; /* after instance__stop(): the events' text */
};

/* How tracing ended. */
struct instance_end {
	uint64_t lost; /* events for which the buffers had no room */
	bool sends, arrivals; /* ftrace had the events of IPIs that are sent, that arrive */
	bool was_off; /* somebody had switched tracing or the events off */
};

/*
 * The buffer that a CPU needs for *@seconds at @rate csds a second. Where that is more than @most KB,
 * which is at least 1024, *@seconds becomes shorter. Returns KB.
 */
uint64_t instance__fit(double *seconds, double rate, uint64_t most);

/* As root: create the instance and begin to trace, with @kb for each CPU. False: one line in @why. */
bool instance__open(struct instance *in, uint64_t kb, char why[INSTANCE_WHY]);

/* Stop. Then in->data has the events' text. False: the holder is gone, or has no text. */
bool instance__stop(struct instance *in, struct instance_end *end);

/* Take the instance away, and wait until it is gone. */
void instance__close(struct instance *in);

/* What a machine is, without its name: for the file of `prove -o`, which others read. */
struct machine_facts {
	struct utsname name;
	char model[96]; /* of the CPUs; "": the kernel does not say */
	bool hypervisor; /* x86: the CPU says that it is a virtual one */
	uint32_t cpus; /* online */
	uint32_t packages, cores; /* 0: the kernel does not say */
	uint32_t nodes; /* of NUMA, online; 0: the kernel does not say */
};

void machine_facts__read(struct machine_facts *facts);

/*
 * How long an IPI takes for which its sender waits, there and back: membarrier(2) to one other CPU.
 * The median of some hundred, ns; measuring takes some ms. 0: not known, as no other CPU was free.
 */
uint64_t round_trip__measure(void);

/* What watching costs here. */
struct proof_cost {
	struct {
		const char *name;
		uint64_t runs, ns;
	} programs[NR_PROGS]; /* ipitrace's that ran, by the kernel's statistics */
	size_t nr;
	uint64_t bare, ftrace,
		both; /* the round trip with nothing, ftrace, both attached, ns; 0: not known */
};

struct proof_report {
	const struct proof *proof;
	const struct proof_input *in;
	const struct names *names; /* NULL: there are none */
	struct machine_facts machine;
	struct proof_cost cost;
	bool details; /* with the names of modules' functions, which a stranger should not read */
};

/* What the comparison found, on stdout, at most 80 columns. */
void proof__page(const struct proof_report *report);

/* The same as the keys that follow those of each line; a new value, NULL without memory. */
json_t *proof__json(const struct proof_report *report);

/* In place of a report: there is no verdict, because of @why. */
json_t *proof__json_none(const char *why);

#endif /* IPITRACE_PROVE_PROVE_H */
