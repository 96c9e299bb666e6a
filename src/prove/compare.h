/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The csds of one window as ipitrace and ftrace have them, matched one by one. Pure: arrays in, a
 * verdict out. The same csd is the same sender, target and function, in the order of their times.
 */
#ifndef IPITRACE_PROVE_COMPARE_H
#define IPITRACE_PROVE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proof_kinds;
struct proof_stalls;
struct proof_table;
struct proof_waits;

/* A time that one side does not have. */
#define PROOF_UNKNOWN (~0ULL)

/* Farther apart two csds are not the same: a hypervisor takes a CPU away for some ms. */
#define PROOF_SAME_NS	100000000ULL
/* So near an end of the window the two sides may differ on whether a csd is within. */
#define PROOF_END_NS	20000000ULL
/*
 * ftrace's text has whole microseconds, so one csd's difference is up to 1 us without a fault; more
 * where the programs take longer: two runs each of those at both events.
 */
#define PROOF_BOUND_NS	2000
/* ftrace's text rounds to microseconds: ns2usecs(), kernel/trace/trace.h. */
#define PROOF_TEXT_NS	500
/* Means of fewer say nothing, for these roundings have not gone. */
#define PROOF_MEAN_CSDS 1000
/* Farther off than this is a preemption between two readings of the clock, and not in the means. */
#define PROOF_FAR_NS	10000
/* Fewer csds are no proof. */
#define PROOF_LEAST	1000
/* Of a measure, how many may be beyond its bound, per mille: 52 on a host with a load of 14. */
#define PROOF_BEYOND	100
#define PROOF_WORST	5
/* A batch of wake-ups is walked through in less, even where a host takes the CPU away meanwhile. */
#define PROOF_WALK_NS	50000000ULL
/* So many of ipitrace's csds alone, between which ftrace has none at all: it was off. */
#define PROOF_HOLE	100

struct proof_csd {
	uint64_t queued; /* CLOCK_MONOTONIC ns */
	uint64_t delay; /* ns */
	uint64_t handler; /* ns */
	uint64_t func; /* the same number on both sides */
	uint64_t wait; /* ipitrace's: of its call's sender, with one csd of the call, ns */
	uint64_t call; /* ipitrace's: the number of src's call; 0: nobody waits */
	uint32_t src;
	uint32_t dst;
	uint32_t partner; /* the comparison's: the index on the other side + 1; 0: none */
	bool hidden; /* ftrace's: queued by a thread that this kernel hides from BPF, or in its time */
	bool batch; /* ipitrace's: a wake-up; the batch is walked through before handler begins */
};

enum proof_side { PROOF_IPITRACE, PROOF_FTRACE, NR_PROOF_SIDES };
enum proof_measure { PROOF_DELAY, PROOF_HANDLER, NR_PROOF_MEASURES };
/* The three events of a csd. */
enum proof_mark { PROOF_QUEUE, PROOF_ENTRY, PROOF_EXIT, NR_PROOF_MARKS };

/* csds that the ledger counts and that have no record. */
struct proof_ledger {
	uint64_t queued;
	uint64_t lost;
	uint64_t in_flight; /* at the end */
};

struct proof_input {
	struct proof_csd *csds[NR_PROOF_SIDES]; /* sorted by the comparison */
	size_t nr[NR_PROOF_SIDES];
	uint64_t start, end; /* of ipitrace's window */
	struct proof_ledger ledger;
	uint64_t run_ns[NR_PROOF_MARKS]; /* a program's run at this event in the mean; 0: unknown */
	struct proof_table *functions, *edges; /* what ipitrace's window says; counted up */
	const struct proof_kinds *kinds;
	struct proof_stalls *stalls;
	struct proof_waits *waits;
	const char *unsound; /* why nothing can be said; NULL: it can */
};

/* ipitrace's time less ftrace's. */
#define PROOF_BIN_NS 20
#define PROOF_BINS   (2 * PROOF_FAR_NS / PROOF_BIN_NS + 1)

struct proof_differences {
	uint64_t count;
	uint64_t bound; /* ns: PROOF_BOUND_NS or more, by the programs' runs */
	uint64_t beyond; /* the bound */
	uint64_t near; /* within PROOF_FAR_NS, and so in the sums */
	int64_t sum;
	double squares;
	uint32_t bins[PROOF_BINS]; /* near, by PROOF_BIN_NS from -PROOF_FAR_NS on */
};

/* Such differences, and what they may be. */
struct proof_mean {
	bool known;
	double mean, least; /* ns */
	double low, most; /* the 5th percentile, and what it may be */
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
	uint64_t at_ends; /* on one side alone, near an end */
	uint64_t alone[NR_PROOF_SIDES]; /* on this side alone, elsewhere */
	uint64_t hidden; /* of ftrace's alone: not in it, for BPF was not allowed to see them */
	uint64_t outside; /* csds that ftrace alone has, wherever: the ledger may have them */
	uint64_t first_alone, last_alone; /* when: of ipitrace's, without those near an end */
	bool hole; /* ftrace has no csd between both */
	struct proof_csd stray[NR_PROOF_SIDES]; /* the first of alone */
	struct proof_differences differences[NR_PROOF_MEASURES];
	struct proof_differences readings[NR_PROOF_MARKS]; /* of one event by both sides */
	struct proof_mean means[NR_PROOF_MARKS];
	uint64_t apart; /* far apart, as the CPU may have been taken away between both readings */
	uint64_t impossible; /* far apart, though the CPU did something else meanwhile */
	struct proof_pair first_impossible;
	struct proof_pair worst[PROOF_WORST]; /* the largest first */
	size_t nr_worst;
};

void prove(struct proof *proof, const struct proof_input *input);

/* Set the verdict, and why; a verdict that is there stays. */
void proof__judge(struct proof *proof, enum proof_verdict verdict, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

/* The mean of those within PROOF_FAR_NS, ns. */
double proof_differences__mean(const struct proof_differences *differences);

#endif /* IPITRACE_PROVE_COMPARE_H */
