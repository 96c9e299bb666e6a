/* SPDX-License-Identifier: GPL-2.0 */
/*
 * csds from their events, in user space: which entry and which exit belong to which queue event, by
 * the rules of the BPF programs (bpf/mailbox.bpf.h, delivery.bpf.h, frames.bpf.h). Pure: events in,
 * pairs out, in fixed memory.
 *
 * Events come in the order of their times, those of all CPUs together. They may be fewer than there
 * were: pairing__lost() says on which CPU some are missing, and ends what can no longer be paired.
 * A csd that cannot be told from another instance of itself is lost, and not paired by a guess. One
 * case would be told wrongly: a csd of unknown type that is queued again in the nanoseconds between
 * its unlock and its entry, twice in a row, or when its first instance has just been lost.
 *
 * A file does not have what the BPF programs read in the csd: its type, and the list of a batch of
 * wake-ups. So the type may be MARK_UNKNOWN, and the members of a batch are told by the entry of
 * the next one, before which all queued earlier must have left.
 */
#ifndef IPITRACE_IMPORT_PAIRING_H
#define IPITRACE_IMPORT_PAIRING_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "model/snapshot.h"

/* csds that are outstanding at one time, of all CPUs; each takes some 150 bytes. */
#define PAIRING_SLOTS 65536

/* A time that is not known. */
#define PAIR_UNKNOWN (~0ULL)

/* CSD_TYPE_* of the kernel, and one more. */
enum mark_type {
	MARK_ASYNC = 0,
	MARK_SYNC = 0x10,
	MARK_IRQ_WORK = 0x20,
	MARK_TTWU = 0x30,
	MARK_UNKNOWN = CSD_TYPE_NOT_KNOWN, /* ASYNC or SYNC */
};

/* The task that queued a csd. */
struct mark_task {
	uint32_t pid; /* the thread */
	uint32_t tgid; /* TGID_NOT_KNOWN */
	bool interrupt_known;
	bool interrupt; /* an interrupt queued the csd: no task is behind it */
	char comm[COMM_LEN];
};

/* An event. Functions and call sites are any numbers that stand for them, 0 for none. */
struct mark {
	uint64_t time; /* ns */
	uint64_t csd; /* 0: the function runs locally, without an IPI */
	uint64_t func;
	uint64_t callsite; /* of queue events, and so are the rest */
	uint32_t cpu; /* where the event is; all CPUs are below MAX_CPUS */
	uint32_t dst;
	enum mark_type type;
	struct mark_task task;
};

/* A csd and its times. */
struct pair {
	uint64_t csd;
	uint64_t func;
	uint64_t callsite;
	uint64_t queued;
	uint64_t sent; /* its IPI; PAIR_UNKNOWN: none of its own, or not seen */
	uint64_t entered; /* PAIR_UNKNOWN: an irq_work, or a member of a batch that may be of the next */
	uint64_t ended; /* PAIR_UNKNOWN: as entered, no first member of a batch, or the exit was not seen */
	uint32_t src;
	uint32_t dst;
	enum mark_type type;
	struct mark_task task;
};

enum pair_news {
	PAIR_ENTERED, /* the csd runs; `ended` is not known yet */
	PAIR_ENDED, /* the last news of a csd that ran, always behind PAIR_ENTERED */
	PAIR_LOST, /* the last news of a csd that could not be followed */
	PAIR_LOCAL, /* a function ran without an IPI: func, dst, entered */
};

/* Valid during the call. News of one csd come in order; those of several in the order of finding out. */
typedef void pair_fn(void *ctx, const struct pair *pair, enum pair_news news);

struct pairing;

/* NULL without memory. */
struct pairing *pairing__new(pair_fn *news, void *ctx);
void pairing__free(struct pairing *p);

/* csd_queue_cpu, ipi_send_cpu, csd_function_entry, csd_function_exit. */
void pairing__queue(struct pairing *p, const struct mark *mark);
void pairing__send(struct pairing *p, uint32_t src, uint32_t dst, uint64_t time);
void pairing__entry(struct pairing *p, const struct mark *mark);
void pairing__exit(struct pairing *p, const struct mark *mark);

/*
 * Events of @cpu are missing, right before now: what was queued to it may have run, and what ran
 * there may have ended.
 */
void pairing__lost(struct pairing *p, uint32_t cpu);

/* The clock was set back, or events of all CPUs are missing. */
void pairing__lost_all(struct pairing *p);

/*
 * No event follows: decide what waited for a later one. A csd that may still be queued stays in
 * flight, and is not told of.
 */
void pairing__end(struct pairing *p);

/* The sums since the last call; the equation of struct ledger holds. */
void pairing__cut(struct pairing *p, struct ledger *ledger);

/* Call @each for the csds that are queued, in no order. */
void pairing__pending(const struct pairing *p, void (*each)(void *ctx, const struct pair *pair),
		      void *ctx);

#endif /* IPITRACE_IMPORT_PAIRING_H */
