/* SPDX-License-Identifier: GPL-2.0 */
/* What witness.bpf.c keeps for witness.c. Times are CLOCK_MONOTONIC, durations ns. */
#ifndef TESTS_BPF_WITNESS_H
#define TESTS_BPF_WITNESS_H

#define CPUS_MAX  512
#define SEEN_MAX  65536
#define CODE_SIZE 96

/* Deliveries longer than this are kept, with stolen time or without. */
#define LATE_NS 1000000

/* A csd that was late, or of which the host stole. */
struct seen {
	__u64 time; /* of its queue event */
	__u64 delay, delay_stolen;
	__u64 src_stolen; /* what the host stole of the delay from the sender's CPU */
	__u64 handler, handler_stolen; /* 0: its exit was not seen */
	__u32 src, dst;
};

struct totals {
	__u64 deliveries;
	__u64 late, late_stolen; /* longer than LATE_NS; those of them with stolen time */
	__u64 unpaired; /* entries of csds whose queue event was not seen */
	__u64 seen; /* entries of the log, which may be more than it has room for */
};

/* Memory of both. */
struct memory {
	__u64 clocks[CPUS_MAX]; /* where each CPU's steal clock is, in the kernel's memory */
	struct totals totals;
	__u64 peek_at; /* an address for peek(), and the bytes that are there */
	__u8 peeked[CODE_SIZE];
};

#endif /* TESTS_BPF_WITNESS_H */
