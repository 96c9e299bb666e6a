/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A window in few figures: what its IPIs cost, by function and by CPU, most first, and
 * the worst of them, and the function whose it was. What a snapshot does not say is not guessed.
 */
#ifndef IPITRACE_MODEL_DIGEST_H
#define IPITRACE_MODEL_DIGEST_H

#include "model/snapshot.h"

/* All rows of one function, whatever their call sites. */
struct digest_fn {
	size_t row; /* the first of them in the snapshot's fns */
	struct symbol func;
	bool other; /* the sum of the functions that got no row */
	uint64_t count;
	uint64_t handler; /* ns, on all CPUs */
	uint64_t wait; /* ns, of all senders */
	bool waited; /* some call was synchronous */
	bool delayed, ran; /* the maximum below is known */
	uint64_t delay_max;
	uint64_t run_max;
};

/* The longest delay, or the longest run, of the window. */
struct digest_worst {
	bool known; /* ns, and dst */
	uint64_t ns;
	uint32_t dst;
	bool fn_known;
	size_t fn; /* index in struct digest's fns */
	bool src_known; /* only one CPU can have sent it */
	uint32_t src;
};

struct digest {
	/* By time in handlers and waits, then csds. */
	struct digest_fn *fns;
	size_t nr_fns;
	/* CPUs that were interrupted: by time in handlers, then csds and reschedules. */
	const struct cpu_stats **cpus;
	size_t nr_cpus;
	uint32_t nr_online;
	uint64_t cpu_ns; /* the window's length times the online CPUs */
	uint64_t handler; /* ns, on all CPUs */
	uint64_t wait; /* ns, of all senders */
	struct digest_worst delay;
	struct digest_worst run;
};

/* Points into @snap. 0 or -ENOMEM; digest__free() frees it in either case. */
int digest__make(struct digest *digest, const struct snapshot *snap);
void digest__free(struct digest *digest);

/*
 * The function whose longest run (@run) or delay took @ns; NULL: none, or several. A
 * CPU's maximum is some function's, to the ns.
 */
const struct digest_fn *digest__whose(const struct digest *digest, uint64_t ns, bool run);

#endif /* IPITRACE_MODEL_DIGEST_H */
