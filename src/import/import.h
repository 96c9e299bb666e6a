/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that another tracer wrote: their events, the csds that these events make, and the run that
 * they tell of. All memory is bounded, whatever a file says.
 */
#ifndef IPITRACE_IMPORT_IMPORT_H
#define IPITRACE_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "base/cpuset.h"
#include "model/incident.h"
#include "model/names.h"
#include "model/snapshot.h"

/* Rows by a key of 64 bits, as many as there is room for. The rows are the caller's. All zero: not open. */
struct key_map {
	uint32_t max; /* rows, a power of two */
	uint32_t nr;
	uint64_t *keys; /* of the rows */
	uint32_t *buckets; /* row + 1; 0: free */
};

/* 0 or -ENOMEM. */
int key_map__open(struct key_map *map, uint32_t max);
void key_map__close(struct key_map *map);

/* Forget all rows. */
void key_map__clear(struct key_map *map);

/* The row of @key. If the row is new, map->nr has risen. map->max: there is no room. */
uint32_t key_map__row(struct key_map *map, uint64_t key);

/*
 * Functions and call sites by the texts that a file has of them. A file may have so many different
 * texts; the kernel's csds have some hundred functions and call sites.
 */
#define NAMES_MAX 16384

/* A longer text is cut: KSYM_NAME_LEN is 512. */
#define NAME_BYTES 640

/* The number of each text for which there was no room. */
#define NAME_OTHER NAMES_MAX

struct names;

/* NULL without memory. */
struct names *names__new(void);
void names__free(struct names *names);

/*
 * The number of @text, "func", "func+0x1c/0x40 [module]" or "0xADDRESS". Texts that differ only in the
 * function's length have the same number. 0 for no text, and for the address 0.
 */
uint64_t names__id(struct names *names, const char *text, size_t len);

/* The symbol whose number, by names__id(), is @id; its strings live as long as @names. */
struct symbol names__symbol(const struct names *names, uint64_t id);

/*
 * Pairing: csds from their events, in user space. Which entry and which exit belong to which queue
 * event is decided by the rules of the BPF programs (bpf/mailbox.bpf.h, delivery.bpf.h,
 * frames.bpf.h). Pure: events in, pairs out, in fixed memory.
 *
 * Events come in the order of their times, those of all CPUs together. Events may be missing:
 * pairing__lost() says on which CPU, and ends what can no longer be paired. A csd that cannot be
 * distinguished from another instance of itself is lost, and not paired by a guess. One case is
 * paired wrongly: a csd of unknown type that is queued again in the nanoseconds between its unlock
 * and its entry, twice in a row, or when its first instance has just been lost.
 *
 * A file lacks what the BPF programs read in the csd: its type, and the list of a batch of wake-ups.
 * Therefore the type may be MARK_UNKNOWN, and the members of a batch are known when the next batch
 * is entered: all that were queued earlier must have left before.
 */

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
	bool interrupt; /* an interrupt queued the csd, and no task */
	char comm[COMM_LEN];
};

/* An event. Functions and call sites are any numbers that stand for them, 0 for none. */
struct mark {
	uint64_t time; /* ns */
	uint64_t csd; /* 0: the function runs locally, without an IPI */
	uint64_t func;
	uint64_t callsite; /* only queue events have this and the following */
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
	uint64_t sent; /* its IPI; PAIR_UNKNOWN: the csd had no IPI of its own, or the IPI was not seen */
	uint64_t entered; /* PAIR_UNKNOWN: an irq_work, or a wake-up that may be in this batch or the next */
	uint64_t ended; /* PAIR_UNKNOWN: as entered; or not the first of a batch; or the exit was not seen */
	uint32_t src;
	uint32_t dst;
	enum mark_type type;
	struct mark_task task;
};

enum pair_news {
	PAIR_ENTERED, /* the csd runs; `ended` is not known yet */
	PAIR_ENDED, /* the last news of a csd that ran, always after PAIR_ENTERED */
	PAIR_LOST, /* the last news of a csd that could not be followed */
	PAIR_LOCAL, /* a function ran without an IPI: func, dst, entered */
};

/* @pair is valid during the call. The news of one csd come in order; others come when they are known. */
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
 * Events of @cpu are missing, right before now: what was queued to this CPU may have run, and what
 * ran there may have ended.
 */
void pairing__lost(struct pairing *p, uint32_t cpu);

/* The clock was set back, or events of all CPUs are missing. */
void pairing__lost_all(struct pairing *p);

/* No event follows: decide what waited for a later event. A csd that may still be queued stays in flight. */
void pairing__end(struct pairing *p);

/* The sums since the last call; the equation of struct ledger holds. */
void pairing__cut(struct pairing *p, struct ledger *ledger);

/* Call @each for the csds that are queued, in no order. */
void pairing__pending(const struct pairing *p, void (*each)(void *ctx, const struct pair *pair),
		      void *ctx);

/* An event, as the reader hands it over. */
enum event_type {
	EVENT_QUEUE, /* csd_queue_cpu */
	EVENT_ENTRY, /* csd_function_entry */
	EVENT_EXIT, /* csd_function_exit */
	EVENT_SEND, /* ipi_send_cpu: kind, mark.dst */
	EVENT_SEND_MASK, /* ipi_send_cpumask: dsts, if they are known */
	EVENT_ARRIVED, /* irq_vectors:*_entry: kind */
	EVENT_LOST, /* events of mark.cpu are missing before this one: lost, 0 where their number is not known */
	EVENT_LOST_ALL, /* the same of all CPUs */
};

struct import_event {
	enum event_type type;
	struct mark mark; /* time, cpu, task: of all but EVENT_LOST, which has no time */
	enum ipi_kind kind;
	bool dsts_known;
	uint64_t lost;
	struct cpuset dsts; /* only set for EVENT_SEND_MASK */
};

/* @event is valid during the call. Not 0 ends the reading. */
typedef int import_event_fn(void *ctx, const struct import_event *event);

/* What a reader found besides events. */
struct import_facts {
	const char *kind; /* of the file: "perf script", ... */
	uint32_t nr_cpus; /* online; 0: not known */
	uint64_t bytes; /* read */
	uint64_t events; /* handed over */
	uint64_t others; /* events of other tracepoints */
	uint64_t unread; /* events of these tracepoints that could not be read */
	uint64_t lost; /* events that the file says are missing, as far as it has their number */
	uint64_t gaps; /* places where events are missing */
	bool cut; /* the file ends in the middle of an event */
};

/*
 * Text of other tracers, line by line: tracefs' `trace` and `trace_pipe`, `perf script`, `trace-cmd
 * report`. One grammar reads them all, and trusts no line. A longer line is no event of ours.
 */
#define TEXT_LINE 4096

/* All zero except for the first members: nothing was read. */
struct text_reader {
	struct names *names;
	import_event_fn *fn;
	void *ctx;
	struct import_facts *facts; /* added to with each line */
	size_t len; /* of line[], if the line goes on in the next bytes */
	bool skips; /* the line is too long, and its rest follows */
	char line[TEXT_LINE];
};

/* The next @len bytes. 0, or what @fn returned. */
int text_reader__feed(struct text_reader *reader, const char *bytes, size_t len);

/* No more bytes. A last line without its newline was cut off, and is not read. */
void text_reader__end(struct text_reader *reader);

/* A file of another tracer, of whichever kind. */
enum import_kind {
	IMPORT_NONE, /* nothing that is read here */
	IMPORT_CAPTURE, /* zstd: ipitrace's own */
	IMPORT_TEXT, /* of tracefs, perf script, trace-cmd report */
	IMPORT_PERF_DATA, /* perf's own file: recognized, and not read */
	IMPORT_TRACE_DAT, /* trace-cmd's own file: recognized, and not read */
	NR_IMPORT_KINDS,
};

/* So many bytes are enough to recognize a file's kind. */
#define IMPORT_HEAD 64

/* The kind by the file's first bytes, as many as there are up to IMPORT_HEAD. */
enum import_kind import_kind__of(const char *head, size_t len);

/* Bytes of one read(2). */
#define IMPORT_CHUNK (256 << 10)

struct import_reader {
	struct names *names;
	import_event_fn *fn;
	void *ctx;
	/* Called after each chunk that was read, to show progress; may be NULL. */
	void (*progress)(void *ctx);
	struct import_facts facts;
};

/* How reading ended. */
struct import_result {
	enum import_kind kind; /* all but IMPORT_TEXT: nothing was read */
	int err; /* a negative errno of reading, or what fn returned; 0: the file was read to its end */
};

/* Read @fd from its position on, a file or a pipe. */
struct import_result import__read(struct import_reader *reader, int fd);

/*
 * The run that a file's events tell of: windows, csds one by one, stalls. Pure. Times are the file's,
 * in ns, but go on where the file's clock was set back. Each function returns 0, or what ends the
 * replay; its argument is valid during the call.
 */
struct replay_ops {
	/* A window is over. The receiver sets its host and the realtime of its start. */
	int (*window)(void *ctx, struct snapshot *snap);
	/* A csd has run, or is an irq_work that must have. */
	int (*csd)(void *ctx, const struct pair *pair);
	/* A delivery or a handler took the threshold or longer; without cause and lateness. */
	int (*stall)(void *ctx, const struct incident *incident);
};

struct replay;

/* What the events of all files said so far. */
struct replay_facts {
	uint64_t began; /* the time of the first event; 0: there was none */
	uint64_t now; /* the time of the latest event */
	uint64_t set_back; /* how often the file's clock was set back */
	struct cpuset cpus; /* that events name */
};

/* @interval, @threshold: ns. NULL without memory. @names must live as long. */
struct replay *replay__new(const struct names *names, const struct replay_ops *ops, void *ctx,
			   uint64_t interval, uint64_t threshold);
void replay__free(struct replay *replay);

/* An import_event_fn. 0, -ENOMEM, -ERANGE (times that no run has), or what @ops returned. */
int replay__event(void *replay, const struct import_event *event);

/* No event follows: the last window. Returns as replay__event(). */
int replay__end(struct replay *replay);

const struct replay_facts *replay__facts(const struct replay *replay);

#endif /* IPITRACE_IMPORT_IMPORT_H */
