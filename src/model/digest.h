/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A window in few figures: the cost of its IPIs by function and by CPU, most expensive first, and
 * the longest delay and run with their functions. A figure that the snapshot lacks stays unknown.
 */
#ifndef IPITRACE_MODEL_DIGEST_H
#define IPITRACE_MODEL_DIGEST_H

#include "model/snapshot.h"

/* The sum of all rows of one function, whatever their call sites. */
struct digest_fn {
	size_t row; /* index in the snapshot's fns of the function's first row */
	struct symbol func;
	bool other; /* the sum of the functions that got no row */
	uint64_t count;
	uint64_t handler; /* ns, on all CPUs */
	uint64_t wait; /* ns, of all senders */
	bool waited; /* at least one call was synchronous */
	bool delayed, ran; /* delay_max, and run_max, is known */
	uint64_t delay_max; /* ns */
	uint64_t run_max; /* the longest handler, ns */
};

/* The longest delay, or the longest run, of the window. */
struct digest_worst {
	bool known; /* ns and dst are known */
	uint64_t ns;
	uint32_t dst;
	bool fn_known;
	size_t fn; /* index in fns of struct digest */
	bool src_known; /* only one CPU can have sent the csd */
	uint32_t src;
	/*
	 * The time that the host stole from all delays, or from all runs, on the CPU @dst, if this
	 * time is at least half of @ns; else 0. How much of it belongs to @ns, only `trace` knows.
	 */
	uint64_t stolen;
};

struct digest {
	/* Sorted by time in handlers and waits, then by csds. */
	struct digest_fn *fns;
	size_t nr_fns;
	/* The interrupted CPUs, sorted by time in handlers, then by csds and reschedules. */
	const struct cpu_stats **cpus;
	size_t nr_cpus;
	double seconds; /* length of the window */
	bool imported; /* the figures are of another tracer's file */
	bool passes_interrupts; /* snapshot__passes_interrupts() */
	uint32_t nr_online;
	uint64_t cpu_ns; /* the window's length times the online CPUs */
	uint64_t handler; /* ns, on all CPUs */
	uint64_t wait; /* ns, of all senders */
	/* csds ran, and the handler of none of them was timed: they took an unknown time. */
	bool handlers_untimed;
	bool reschedules_timed;
	uint64_t reschedules; /* ns, on all CPUs; 0 unless they were timed */
	uint64_t ipis; /* IPIs that were sent, of all kinds whose number is known */
	bool sent_known[NR_KINDS]; /* the number of IPIs of this kind that were sent is known */
	bool most_reschedules; /* more than half of @ipis are reschedules */
	double own; /* the part of the IPIs that ipitrace itself sent */
	struct digest_worst delay;
	struct digest_worst run;
};

/* Make a digest that points into @snap. Returns 0 or -ENOMEM. Call digest__free() in both cases. */
int digest__make(struct digest *digest, const struct snapshot *snap);
void digest__free(struct digest *digest);

/*
 * Returns the function whose longest run (@run) or longest delay took exactly @ns; NULL if no
 * function or several did. The maximum of a CPU equals the maximum of some function, to the ns.
 */
const struct digest_fn *digest__whose(const struct digest *digest, uint64_t ns, bool run);

#endif /* IPITRACE_MODEL_DIGEST_H */
