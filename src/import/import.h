/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of other tracers: their events, the csds of these events, and the run that the file
 * describes. All memory is bounded, whatever a file contains.
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

/*
 * Rows of the largest tables of an import, a power of two; other sizes follow from it. A fuzzer's
 * input has few events: tests/fuzz builds with fewer rows, which such an input can fill.
 */
#ifndef IMPORT_ROWS
#define IMPORT_ROWS 65536
#endif

/* Numbers rows by a 64-bit key, up to a maximum. The caller owns the rows. All zero: not open. */
struct key_map {
	uint32_t max; /* maximum number of rows, a power of two */
	uint32_t nr;
	uint64_t *keys; /* the keys, by row */
	uint32_t *buckets; /* row + 1; 0 if free */
};

/* Returns 0 or -ENOMEM. */
int key_map__open(struct key_map *map, uint32_t max);
void key_map__close(struct key_map *map);

/* Forget all rows. */
void key_map__clear(struct key_map *map);

/* Returns the row of @key; map->max if there is no room. A new row increases map->nr. */
uint32_t key_map__row(struct key_map *map, uint64_t key);

/*
 * Functions and call sites, by the texts that a file has for them. At most this many different
 * texts are kept; the kernel's csds have some hundred functions and call sites.
 */
#define NAMES_MAX (IMPORT_ROWS / 4)

/* A longer text is cut. KSYM_NAME_LEN is 512. */
#define NAME_BYTES 640

/* The number of each text that found no room. */
#define NAME_OTHER NAMES_MAX

struct names;

/* NULL if there is no memory. */
struct names *names__new(void);
void names__free(struct names *names);

/*
 * Returns the number of @text: "func", "func+0x1c/0x40 [module]" or "0xADDRESS". Texts that differ
 * only in the function's length have the same number. Returns 0 if @text is empty, or is the
 * address 0.
 */
uint64_t names__id(struct names *names, const char *text, size_t len);

/* Returns the symbol with the number @id of names__id(); its strings live as long as @names. */
struct symbol names__symbol(const struct names *names, uint64_t id);

/*
 * Pairing: makes csds from their events, in user space. The rules of the BPF programs
 * (bpf/mailbox.bpf.h, delivery.bpf.h, frames.bpf.h) decide which entry and which exit belong to
 * which queue event. No I/O: events in, pairs out, in fixed memory.
 *
 * Events must come in the order of their times, those of all CPUs together. Events may be missing:
 * the caller then calls pairing__lost() for the CPU, which ends what can no longer be paired. A csd
 * that cannot be distinguished from another instance of itself is lost, and not paired by a guess.
 * One case is paired wrongly: a csd of unknown type that is queued again in the nanoseconds between
 * its unlock and its entry, twice in a row, or when its first instance has just been lost.
 *
 * A file lacks what the BPF programs read in the csd: its type, and the list of a batch of
 * wake-ups. Therefore the type may be MARK_UNKNOWN, and the members of a batch are known when the
 * next batch is entered: all wake-ups queued before that must have left the queue.
 */

/* Maximum number of outstanding csds, on all CPUs; each takes about 150 bytes. */
#define PAIRING_SLOTS IMPORT_ROWS

/* An unknown time. */
#define PAIR_UNKNOWN (~0ULL)

/* CSD_TYPE_* of the kernel, and one more value. */
enum mark_type {
	MARK_ASYNC = 0,
	MARK_SYNC = 0x10,
	MARK_IRQ_WORK = 0x20,
	MARK_TTWU = 0x30,
	MARK_UNKNOWN = CSD_TYPE_NOT_KNOWN, /* not known: either ASYNC or SYNC */
};

/* The task that queued a csd. */
struct mark_task {
	uint32_t pid; /* thread id */
	uint32_t tgid; /* or TGID_NOT_KNOWN */
	bool interrupt_known;
	bool interrupt; /* an interrupt queued the csd, and no task */
	char comm[COMM_LEN];
};

/* An event. Functions and call sites are numbers of the caller's, 0 for none. */
struct mark {
	uint64_t time; /* ns */
	uint64_t csd; /* 0: the function runs locally, without an IPI */
	uint64_t func;
	uint64_t callsite; /* only queue events have this and the following members */
	uint32_t cpu; /* CPU of the event; all CPUs are below MAX_CPUS */
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
	/* time of its IPI; PAIR_UNKNOWN: the csd had no IPI of its own, or the IPI was not seen */
	uint64_t sent;
	/* PAIR_UNKNOWN: an irq_work, or a wake-up that may belong to either of two batches */
	uint64_t entered;
	/* PAIR_UNKNOWN: as for entered; or a wake-up that is not first of its batch; or unseen */
	uint64_t ended;
	uint32_t src;
	uint32_t dst;
	enum mark_type type;
	struct mark_task task;
};

enum pair_news {
	PAIR_ENTERED, /* the csd runs; `ended` is not known yet */
	PAIR_ENDED, /* the last news of a csd that ran, always after PAIR_ENTERED */
	PAIR_LOST, /* the last news of a csd that could not be followed */
	PAIR_LOCAL, /* a function ran without an IPI; only func, dst and entered are known */
	/* a csd ran whose queue event is missing; only csd, func, dst and entered are known */
	PAIR_ORPHAN,
};

/* @pair is valid during the call. Only the news of one csd come in the order of their times. */
typedef void pair_fn(void *ctx, const struct pair *pair, enum pair_news news);

struct pairing;

/* NULL if there is no memory. */
struct pairing *pairing__new(pair_fn *news, void *ctx);
void pairing__free(struct pairing *p);

/* Add an event: csd_queue_cpu, ipi_send_cpu, csd_function_entry, csd_function_exit. */
void pairing__queue(struct pairing *p, const struct mark *mark);
void pairing__send(struct pairing *p, uint32_t src, uint32_t dst, uint64_t time);
void pairing__entry(struct pairing *p, const struct mark *mark);
void pairing__exit(struct pairing *p, const struct mark *mark);

/*
 * Note that events of @cpu are missing, right before now: csds queued to this CPU may have run, and
 * functions that ran there may have ended.
 */
void pairing__lost(struct pairing *p, uint32_t cpu);

/* Note that the clock was set back, or that events of all CPUs are missing. */
void pairing__lost_all(struct pairing *p);

/*
 * Call this after the last event: decides what waited for a later event. A csd that may still be
 * queued stays in flight.
 */
void pairing__end(struct pairing *p);

/* Get the sums since the last call; the equation of struct ledger holds. */
void pairing__cut(struct pairing *p, struct ledger *ledger);

/* Call @each for the queued csds, in any order. */
void pairing__pending(const struct pairing *p, void (*each)(void *ctx, const struct pair *pair),
		      void *ctx);

/* An event that a reader passes on. */
enum event_type {
	EVENT_QUEUE, /* csd_queue_cpu */
	EVENT_ENTRY, /* csd_function_entry */
	EVENT_EXIT, /* csd_function_exit */
	EVENT_SEND, /* ipi_send_cpu: kind, mark.dst */
	EVENT_SEND_MASK, /* ipi_send_cpumask: dsts, if they are known */
	EVENT_ARRIVED, /* irq_vectors:*_entry: kind */
	/* events of mark.cpu are missing before this one: lost, 0 if their number is unknown */
	EVENT_LOST,
	/* events of all CPUs are missing before this one: lost, 0 if their number is unknown */
	EVENT_LOST_ALL,
};

struct import_event {
	enum event_type type;
	struct mark mark; /* all events have time, cpu and task, but EVENT_LOST has no time */
	enum ipi_kind kind;
	bool dsts_known;
	uint64_t lost;
	struct cpuset dsts; /* set for EVENT_SEND_MASK only */
};

/* @event is valid during the call. A return value other than 0 ends the reading. */
typedef int import_event_fn(void *ctx, const struct import_event *event);

/* Facts that a reader found in addition to events. */
struct import_facts {
	const char *kind; /* kind of the file: "perf script", ... */
	uint32_t nr_cpus; /* CPUs online; 0 if unknown */
	uint64_t bytes; /* bytes read */
	uint64_t events; /* events passed on */
	uint64_t others; /* events of other tracepoints */
	uint64_t unread; /* events of the right tracepoints that could not be parsed */
	uint64_t lost; /* events that are missing according to the file, if it has their number */
	uint64_t gaps; /* places where events are missing */
	bool cut; /* the file ends in the middle of an event */
};

/*
 * Text of other tracers, line by line: tracefs' `trace` and `trace_pipe`, `perf script`, `trace-cmd
 * report`. One grammar accepts all of them, and trusts no line. A longer line is ignored, because
 * no event has one.
 */
#define TEXT_LINE 4096

/* The members after `facts` are zero before the first read. */
struct text_reader {
	struct names *names;
	import_event_fn *fn;
	void *ctx;
	struct import_facts *facts; /* each line adds to these */
	size_t len; /* bytes in line[], if the line continues in the next bytes */
	bool skips; /* the line is too long, and the rest of it follows */
	char line[TEXT_LINE];
};

/* Read the next @len bytes. Returns 0, or what @fn returned. */
int text_reader__feed(struct text_reader *reader, const char *bytes, size_t len);

/* End the text: a last line without its newline was cut off, and is ignored. */
void text_reader__end(struct text_reader *reader);

/* The kind of a file. */
enum import_kind {
	IMPORT_NONE, /* no file that ipitrace can read */
	IMPORT_CAPTURE, /* ipitrace's own capture, compressed with zstd */
	IMPORT_TEXT, /* text of tracefs, perf script, trace-cmd report */
	IMPORT_PERF_DATA, /* perf's own file: recognized, but not read here */
	IMPORT_TRACE_DAT, /* trace-cmd's own file: recognized, but not read here */
	NR_IMPORT_KINDS,
};

/* This many bytes are enough to recognize a file's kind. */
#define IMPORT_HEAD 64

/* Returns what @fd is, by its first bytes; IMPORT_NONE: a pipe. Does not move its position. */
enum import_kind import_kind__read(int fd);

/* Bytes of one read(2). */
#define IMPORT_CHUNK (4 * IMPORT_ROWS)

struct import_reader {
	struct names *names;
	import_event_fn *fn;
	void *ctx;
	/* called after each chunk, to show progress; may be NULL */
	void (*progress)(void *ctx);
	struct import_facts facts;
};

/* The result of reading. */
struct import_result {
	enum import_kind kind; /* for all kinds other than IMPORT_TEXT nothing was read */
	bool tracer; /* a text that begins as those of ftrace and of trace-cmd do, events or not */
	int err; /* a negative errno of reading, or what fn returned; 0: the whole file was read */
};

/* Read @fd from its position on; @fd may be a file or a pipe. */
struct import_result import__read(struct import_reader *reader, int fd);

/*
 * Receivers of the run that a file's events describe: windows, single csds, stalls. Times are the
 * file's, in ns, but never go back, even if the file's clock was set back. Each function returns 0;
 * any other value ends the replay. The argument is valid during the call.
 */
struct replay_ops {
	/* A window is over. The receiver sets host and start, CLOCK_REALTIME. */
	int (*window)(void *ctx, struct snapshot *snap);
	/* A csd has run, or is an irq_work that must have run. */
	int (*csd)(void *ctx, const struct pair *pair);
	/* A delivery or a handler took the threshold or longer; cause and lateness are unknown. */
	int (*stall)(void *ctx, const struct incident *incident);
};

struct replay;

/* Some CPU has csds more often, also on an idle machine. */
#define PAUSE_NS 10000000000ULL

/* Facts from the events of all files so far. */
struct replay_facts {
	uint64_t began; /* time of the first event; 0 if there was none */
	uint64_t now; /* time of the latest event */
	uint64_t set_back; /* how often the file's clock was set back */
	/*
	 * Sum of the pauses of PAUSE_NS and more between two events, ns. In such a time nothing was
	 * traced, or the file's clock was set forward: no event shows which.
	 */
	uint64_t paused;
	struct cpuset cpus; /* CPUs in the events */
};

/* @interval and @threshold are ns. @names must outlive the result. NULL without memory. */
struct replay *replay__new(const struct names *names, const struct replay_ops *ops, void *ctx,
			   uint64_t interval, uint64_t threshold);
void replay__free(struct replay *replay);

/*
 * Add an event; this is an import_event_fn. Returns 0, -ENOMEM, -ERANGE (impossible times), or what
 * @ops returned.
 */
int replay__event(void *replay, const struct import_event *event);

/* End the last window after the last event. Returns what replay__event() returns. */
int replay__end(struct replay *replay);

const struct replay_facts *replay__facts(const struct replay *replay);

#endif /* IPITRACE_IMPORT_IMPORT_H */
