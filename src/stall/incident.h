/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Only for files of this directory. These functions fill in and compare incidents, each of which is
 * one stall (model/incident.h), follow stalls that last, find the causes of stalls that are over,
 * and decide what is reported. The functions incident__*() are pure: no I/O, no allocation, no
 * state.
 */
#ifndef IPITRACE_STALL_INCIDENT_H
#define IPITRACE_STALL_INCIDENT_H

#include <stdlib.h>
#include <string.h>
#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/moment.h"
#include "model/totals.h"

/*
 * Returns the key of a stall, never 0: the same from moments and from its
 * event. @time: when the function was queued (delivery) or began (handler), or
 * when the call began (wait; @cpu is the sender then, and @csd 0).
 */
uint64_t incident__key(enum stall_phase phase, uint32_t cpu, uint64_t csd, uint64_t time);

/* Fill @incident from the event of a stall that is over; incident->targets points into @event. */
void incident__from_event(struct incident *incident, const struct stall_event *event);

/*
 * Whether a reported sleep of the function is credible: the stack at the sleep, whose frames must
 * have names, passes through the flush of the queue. Otherwise the BPF programs did not see the
 * function's exit, and other code slept. True for a function that did not sleep.
 */
bool incident__sleep_confirmed(const struct incident *incident);

/*
 * Remove the innermost frames of tracing, and of the interrupt that brought
 * the function, from a stack whose frames have names.
 */
void incident__trim(struct incident *incident);

/*
 * Set why a delivery that is over was late, where there is evidence: a function that
 * ran on its CPU, or stolen time. A delivery of BLAME_MIN_NS or more has more evidence: the
 * times of the interrupt, the stack that the interrupt found, or an idle CPU. The incident's
 * stack must be trimmed. @bare: dst is no virtual CPU, so no host can have kept dst from running.
 */
void incident__set_lateness(struct incident *incident, bool bare);

/* Add a look, at @now, at the CPUs of a delivery that lasts. */
void incident__look(struct incident *incident, const struct pending *pending, uint64_t now);

/* Add looks of another watcher, or earlier looks, at the same CPUs, in any order of time. */
void incident__add_looks(struct incident *incident, const struct looks *others);

/*
 * Set the cause of a delivery, which may still last, to a cause that no other evidence contradicts.
 * If the delivery is over, call incident__set_lateness() before. A delivery that is shorter than
 * BLAME_MIN_NS gets a cause only if a function ran on its CPU, or if most of the time was stolen.
 */
void incident__set_why(struct incident *incident);

/*
 * Set the vector of an IPI that never arrived, as far as the call site, which must have a name, and
 * wait_in show it; and set the incident's apic to @mode.
 */
void incident__set_ipi(struct incident *incident, enum apic_mode mode);

/* Add @backtrace, taken of dst while the stall lasted; @incident borrows it. */
void incident__add_backtrace(struct incident *incident, const struct backtrace *backtrace);

/* Add @waiter, or update the waiter with the same CPU and call. False: no room. */
bool incident__add_waiter(struct incident *incident, const struct waiter *waiter);

/* Returns how long both stalls lasted at the same time, ns. */
uint64_t incident__overlap(const struct incident *a, const struct incident *b);

/*
 * Stalls that are over, from their events. A function ends before its sender's wait
 * ends, and before the csds that were queued after it run. Therefore each stall is held
 * for ENDED_HOLD_NS, and then released with its cause and with the senders that waited for
 * the stall. Fixed memory; one thread at a time.
 */
struct ended;

#define ENDED_HOLD_NS 20000000ULL

/* Receives a released stall, which it may change; valid during the call. */
typedef void ended_fn(void *ctx, struct incident *incident);

/* The caller frees the result with free(). NULL: no memory. */
struct ended *ended__new(void);

/* Hold a copy of @incident from @now on. If there is no room, release the oldest stall first. */
void ended__add(struct ended *ended, const struct incident *incident, uint64_t now, ended_fn *fn,
		void *ctx);

/* Release all stalls whose hold is over at @now, oldest first; UINT64_MAX: all. */
void ended__release(struct ended *ended, uint64_t now, ended_fn *fn, void *ctx);

/*
 * Stalls that last, from one moment to the next. Each stall is reported when it
 * passes the threshold, and again if it disappears without an event of its
 * end. Fixed memory; each watcher has its own.
 */
struct ongoing;

/*
 * Moments have everything that is older than threshold / ONGOING_CONTEXT: a sender
 * may pass the threshold before the function that the sender waits for does.
 */
#define ONGOING_CONTEXT 4

/* A stall that is missing from the moments for this long, without an event, ended unseen. */
#define ONGOING_GRACE_NS 1000000000ULL

/* Receives a stall without names. Returns false to receive the stall again with the next moment. */
typedef bool ongoing_fn(void *ctx, const struct incident *incident);

/* @threshold in ns. The caller frees the result with free(). NULL: no memory. */
struct ongoing *ongoing__new(uint64_t threshold);

/*
 * Take in @moment and report stalls to @fn: handlers and interrupts, then deliveries, then
 * waits, so that causes come first. @events_read: when the last complete read of
 * events began; no end is reported as unseen before later events were read.
 */
void ongoing__moment(struct ongoing *ongoing, const struct moment *moment, uint64_t events_read,
		     ongoing_fn *fn, void *ctx);

/* From now on ongoing__moment() holds no report back: no other moment will follow the next one. */
void ongoing__last(struct ongoing *ongoing);

/*
 * Pass to @fn, as ended unseen, each stall that was reported and that the latest moment lacks.
 * Called at the end of the run, when all events have been read. Ignores @fn's result.
 */
void ongoing__end(struct ongoing *ongoing, ongoing_fn *fn, void *ctx);

/* Pass each stall of the last moment to @fn if it was reported before. Ignores @fn's result. */
void ongoing__each(const struct ongoing *ongoing, ongoing_fn *fn, void *ctx);

/* Add to @incident, which is over, the waiters that were seen while it lasted. */
void ongoing__merge(const struct ongoing *ongoing, struct incident *incident);

/*
 * Add to @incident, which is over, the looks at its CPUs. @ongoing may belong to another
 * watcher, which may be at work on it.
 */
void ongoing__merge_looks(const struct ongoing *ongoing, struct incident *incident);

/* Returns how many stalls found no room, in @ongoing or in a moment; the most of any moment. */
size_t ongoing__dropped(const struct ongoing *ongoing);

/*
 * Whether the code that a late interrupt interrupted had just switched interrupts on: then the
 * interrupt had waited until interrupts were on. The stack does not show this: a stack looks the
 * same if interrupts were on all the time.
 */
struct interrupted_code;

/* Returns the kernel's code, as kernel_code__read() does. */
typedef const uint8_t *code_read_fn(void *ctx, uint64_t addr, size_t size);

/* The caller frees the result with free(). NULL: no memory. */
struct interrupted_code *interrupted_code__new(code_read_fn *read, void *ctx);

/*
 * Whether the code at the top of @incident's stack, which is trimmed and has names, had just
 * switched interrupts on. False: the code had not, or this is unknown. @now: mono_ns(). One thread
 * at a time; allocates nothing.
 */
bool interrupted_code__just_enabled(struct interrupted_code *code, const struct incident *incident,
				    uint64_t now);

/*
 * Several watchers see the same stall; one of them reports it. A *claim*
 * is a watcher's right to write one report of a stall: that it lasts, or that
 * it is over. No locks: if a watcher does not finish its claim, because its CPU
 * got stuck, another watcher may take the claim once it is stale. The first
 * watcher may still write its report: then the stall has two.
 */

struct report_once;

/* The reports of a stall; each has a claim of its own. */
enum claim_kind {
	CLAIM_ONGOING,
	CLAIM_LOST, /* the stall lasts, and its IPI never arrived */
	CLAIM_STOLEN, /* the stall lasts, and the host does not run its CPU */
	CLAIM_BACKTRACE, /* the stall lasts, and its CPU's stack is known */
	CLAIM_OVER,
	NR_CLAIMS,
};

enum claim_result {
	CLAIM_WON, /* write the report, then call report_once__done() */
	CLAIM_BUSY, /* another watcher has the claim; try again later */
	CLAIM_DONE, /* the report was written, or the report of the stall's end was claimed */
	CLAIM_FULL, /* no room for the stall */
};

/*
 * Another watcher may take a claim that is older than this, because the report of a stall that
 * lasts must not wait until the stall is over.
 */
#define CLAIM_STALE_NS 3000000ULL

/*
 * The same for CLAIM_OVER: the report that a stall is over may come late, but should not come
 * twice, and a hypervisor may stop a watcher for some 100 ms.
 */
#define CLAIM_OVER_STALE_NS 1000000000ULL

/* The caller frees the result with free(). NULL: no memory. */
struct report_once *report_once__new(void);

/* Returns the result that report_once__take() would have at @now; takes no claim. */
enum claim_result report_once__peek(struct report_once *claims, uint64_t key, enum claim_kind kind,
				    uint64_t now);

/*
 * Claim the report of the stall with @key at @now (ns, not 0). After CLAIM_WON
 * *@first says whether this is the stall's first claim of any kind.
 */
enum claim_result report_once__take(struct report_once *claims, uint64_t key, enum claim_kind kind,
				    uint64_t now, bool *first);
void report_once__done(struct report_once *claims, uint64_t key, enum claim_kind kind);

/* Returns the number of the stall with @key, the next number if it has none. 0: no room. */
uint64_t report_once__assign_number(struct report_once *claims, uint64_t key);

/* Returns the number of the stall with @key; 0: it has none. */
uint64_t report_once__find_number(const struct report_once *claims, uint64_t key);

/* Whether a claim for the stall with @key was taken, and the stall was not forgotten since. */
bool report_once__is_known(const struct report_once *claims, uint64_t key);

/* Returns the number of stalls that were reported while they lasted, and not as over. */
uint64_t report_once__count_lasting(const struct report_once *claims);

/* Whether report_once__set_named() was called for the stall with @key. */
bool report_once__is_named(const struct report_once *claims, uint64_t key);

/*
 * Note that text names the stall with @key, in a report of its own or of its cause. Returns
 * whether that is new; false if the stall is unknown.
 */
bool report_once__set_named(struct report_once *claims, uint64_t key);

/*
 * Note whether, according to its latest report, the stall with @key is @folded: covered by the
 * report of its cause. Returns the change in the number of folded stalls: 1, 0 or -1.
 */
int report_once__fold(struct report_once *claims, uint64_t key, bool folded);

/* Forget stalls whose end was claimed before @before (ns). Called by one thread at a time. */
void report_once__forget(struct report_once *claims, uint64_t before);

/*
 * A threshold of microseconds makes thousands of stalls a second. Therefore text reports only
 * the first few stalls of each family (phase, function, sender), each stall that is twice as
 * long as the longest that was reported, and each stall that lasts; the others are counted.
 * Fixed memory, no locks: for watchers.
 */

struct families;

/*
 * How many families of a run have names: a quarter of them are sums, for a phase and a function, of
 * senders that found no room. All others are summed in one family, the last.
 */
#define FAMILIES_MAX 256

/* This many stalls of a family, the first ones, are reported however short they are. */
#define FAMILY_REPORTED 2

/* The caller frees the result with free(). NULL: no memory. */
struct families *families__new(void);

/* Whether to write the report of @incident, whose function has its name. */
bool families__reports(struct families *families, const struct incident *incident);

/* How text reports a stall. */
enum reported {
	NOT_REPORTED, /* only counted */
	REPORTED_BEFORE, /* reported while it lasted */
	REPORTED_WITH_CAUSE, /* the report of its cause names the stall */
	REPORTED_ALONE,
};

/* Count @incident. @first: this stall was not counted before. */
void families__count(struct families *families, const struct incident *incident, bool first,
		     enum reported how);

/* Returns the stalls that were only counted since the last call. Called by one thread. */
struct stalls_unreported families__take_unreported(struct families *families);

/*
 * Get the families, longest stall first, into @list (FAMILIES_MAX + 1 entries); returns how many.
 * No watcher may count meanwhile.
 */
size_t families__list(const struct families *families, struct stall_family *list);

#endif /* IPITRACE_STALL_INCIDENT_H */
