/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fills in and compares incidents; an incident is one stall (model/incident.h). Pure:
 * no I/O, no allocation, no state.
 */
#ifndef IPITRACE_STALL_INCIDENT_H
#define IPITRACE_STALL_INCIDENT_H

#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/moment.h"

/*
 * Returns the key of a stall, never 0: the same from moments and from its
 * event. @time: when the function was queued (delivery) or began (handler), or
 * when the call began (wait; @cpu is the sender then, and @csd 0).
 */
uint64_t incident__key(enum stall_phase phase, uint32_t cpu, uint64_t csd, uint64_t time);

/* Fill @incident from the event of a stall that is over; incident->targets points into @event. */
void incident__from_event(struct incident *incident, const struct stall_event *event);

/*
 * Whether a reported sleep of the function is credible: its stack, whose frames must have names,
 * passes through the flush of the queue. Otherwise BPF did not see the function's exit, and some
 * other code slept. True for a function that did not sleep.
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

/* Add other looks at the same CPUs, which may have been taken before, meanwhile or after. */
void incident__add_looks(struct incident *incident, const struct looks *others);

/*
 * Set the cause of a delivery, which may still last, to a cause that no other evidence contradicts.
 * If the delivery is over, call incident__set_lateness() before. A delivery that is shorter than
 * BLAME_MIN_NS gets a cause only if a function ran on its CPU, or if most of the time was stolen.
 */
void incident__set_why(struct incident *incident);

/*
 * Set the vector of an IPI that never arrived, as far as it is known by the call site and by the wait,
 * which must have names, and @mode.
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

/* Pass each stall of the last moment that was reported already to @fn, whose result is ignored. */
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
 * interrupt had waited for that. The stack does not show this: it looks the same if interrupts were
 * on all the time.
 */
struct interrupted_code;

/* Returns the kernel's code, as kernel_code__read() does. */
typedef const uint8_t *code_read_fn(void *ctx, uint64_t addr, size_t size);

/* The caller frees the result with free(). NULL: no memory. */
struct interrupted_code *interrupted_code__new(code_read_fn *read, void *ctx);

/*
 * Whether the code at the top of @incident's stack, which is trimmed and has names, had just switched
 * interrupts on at @now. False: it had not, or that is not known. One thread at a time; allocates
 * nothing.
 */
bool interrupted_code__just_enabled(struct interrupted_code *code, const struct incident *incident,
				    uint64_t now);

#endif /* IPITRACE_STALL_INCIDENT_H */
