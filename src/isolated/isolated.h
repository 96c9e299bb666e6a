/* SPDX-License-Identifier: GPL-2.0 */
/* Interruptions of CPUs that should be quiet: from events to culprits, causes, and the verdict. */
#ifndef IPITRACE_ISOLATED_ISOLATED_H
#define IPITRACE_ISOLATED_ISOLATED_H

#include <stdlib.h>
#include <string.h>
#include "model/isolation.h"
#include "model/sight.h"

/*
 * From the events of abi/interruption.h to the culprits of each CPU: the sender of an interrupt,
 * the functions in it, and how long the CPU's own program did not run. No I/O, no clock: the events
 * have their times, CLOCK_MONOTONIC ns.
 */
struct account;

/* Count the interruptions of @cpus. Returns 0 and *@account, or -ENOMEM. */
int account__new(struct account **account, const struct cpuset *cpus);
void account__free(struct account *account);

/*
 * Treat the process @tgid and its descendants as the own programs of the CPUs on which they run.
 * Call this once, before the first fork of @tgid. Returns 0 or -ENOMEM.
 */
int account__program(struct account *account, uint32_t tgid);

/* Note that collection begins at @now, CLOCK_MONOTONIC ns. */
void account__begin(struct account *account, uint64_t now);

/*
 * Whether the caller should pass the frames of @event's stack, which an interrupt has, to
 * account__stack() first. The frames of the interrupted task differ each time, and stacks that
 * differ only in these are one stack; without the frames each counts towards CULPRIT_STACKS.
 */
bool account__needs_stack(const struct account *account, const struct interruption *event);
void account__stack(struct account *account, int32_t id, const struct stack_sample *stack);

/* Add the next event. The events of one CPU must come in the order of their ends. */
void account__event(struct account *account, const struct interruption *event);

/*
 * Drop the culprits so far: for a run without an end, whose caller has counted them. The tasks, and
 * the sends whose interrupt has not arrived, stay known. An interruption that goes on is not
 * counted.
 */
void account__restart(struct account *account);

/* Count the tasks and functions that still run, up to @now, when collection ended. */
void account__end(struct account *account, uint64_t now);

/*
 * Count @count interrupts of @cpu for which the kernel has no event; @kind is their name in
 * /proc/interrupts. Their time and their sender are unknown.
 */
void account__untraced(struct account *account, uint32_t cpu, const char *kind, uint64_t count);

/*
 * The kinds of interrupts that have both events and a row in /proc/interrupts. Returns the name
 * that host/machine.h has for number @i.
 */
#define COUNTED_KINDS 4
const char *account__counted_kind(size_t i);

/*
 * Note that the kernel counted @arrived interrupts on @cpu, indexed as account__counted_kind() is,
 * in a time that lies within the time of the account; 0 for a kind without a row. Interrupts beyond
 * those that had an event become the CPU's unseen interrupts. @open: when collection ended, an
 * interrupt of the CPU had begun that is not in the account.
 */
void account__arrived(struct account *account, uint32_t cpu, const uint64_t arrived[COUNTED_KINDS],
		      bool open);

/* Returns the CPUs, ascending; they belong to @account. */
struct isolated_cpu *account__cpus(struct account *account, size_t *nr);

/*
 * Returns the dependency (a bit of enum tick_dep_bits) for which @cpu kept its tick most often; 0
 * if the kernel never reported one.
 */
uint32_t account__tick_dependency(const struct account *account, uint32_t cpu);

/*
 * The table of causes: what interrupts an isolated CPU, and what to do about it. The table extends
 * the signatures of IPIs: a function that has a signature gets name and cause from the signature,
 * and the signature's advice for isolated CPUs if that differs.
 */

/*
 * From the sender's @stack, whose frames have names, set caller, chain and named, which is the
 * cause that model/cause.h finds, of @culprit, whose function has a name already. Returns 0 or
 * -ENOMEM.
 */
int causes__stack(struct culprit *culprit, const struct stack_sample *stack);

/*
 * Set cause, because, advice and group of @culprit, whose function has a name already, and drop a
 * sender that was only interrupted. @tick_dependency: why the CPU kept its tick, a bit of enum
 * tick_dep_bits; 0 if unknown. Returns 0 or -ENOMEM.
 */
int causes__name(struct culprit *culprit, uint32_t tick_dependency);

/*
 * If the cause of @tick, the culprit of a timer, is the scheduler, set the reason: @server, a
 * deadline server on the CPU, or @task, other tasks there. Changes nothing if both or none of the
 * two is set.
 */
void causes__tick(struct culprit *tick, bool server, bool task);

/* Number and names of all causes; a name may occur more than once. */
size_t causes__count(void);
const char *causes__word(size_t i);

/* Whether @glob of --allow matches the name of a cause, or a function of the signatures. */
bool causes__match(const char *glob);

/* Whether @glob of --allow matches a name of the cause of @culprit, or its function. */
bool culprit__matches(const struct culprit *culprit, const char *glob);

/*
 * Judge @isolation, whose culprits have their causes. Merges timers, and a sender's culprits that
 * have one cause. Sorts the culprits: those that are not allowed come first, then those with a
 * known time, then those with the longest interrupted time. Sets follows, judged, allowed,
 * too_long, breaches and verdict. The globs of the breaches belong to @gate. Each CPU is judged by
 * itself; a CPU that is not quiet outweighs a CPU that is not certain.
 */
void verdict__judge(struct isolation *isolation, const struct gate *gate);

/* Returns what the run saw and missed of @cpu, whose breaches of @gate were found before. */
struct sight verdict__sight(const struct isolation *isolation, const struct isolated_cpu *cpu,
			    const struct gate *gate);

#endif /* IPITRACE_ISOLATED_ISOLATED_H */
