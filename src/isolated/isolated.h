/* SPDX-License-Identifier: GPL-2.0 */
/* What interrupts CPUs that should be quiet: events to culprits, their causes, and the verdict. */
#ifndef IPITRACE_ISOLATED_ISOLATED_H
#define IPITRACE_ISOLATED_ISOLATED_H

#include "model/isolation.h"
#include "model/sight.h"

/*
 * From the events of abi/interruption.h to the culprits of each CPU: who sent the
 * interrupt, what the interrupt ran, how long the CPU's program did not run. No I/O, no
 * clock: the events have their times.
 */
struct account;

/* Count what interrupts @cpus. 0 and *@account, or -ENOMEM. */
int account__new(struct account **account, const struct cpuset *cpus);
void account__free(struct account *account);

/*
 * The CPUs on which the process @tgid or its descendants run are there for these
 * processes. Call once, before the first fork of @tgid. 0 or -ENOMEM.
 */
int account__program(struct account *account, uint32_t tgid);

/* Collection begins at @now. */
void account__begin(struct account *account, uint64_t now);

/* Take the next event; the events of one CPU come in the order of their ends. */
void account__event(struct account *account, const struct interruption *event);

/*
 * Drop the culprits so far: a run without an end has counted them. The tasks, and
 * the sends whose interrupt has not come, stay known. An interruption that is open now is not
 * counted.
 */
void account__restart(struct account *account);

/* Collection ended at @now: what still runs is counted up to that time. */
void account__end(struct account *account, uint64_t now);

/*
 * Count @count interrupts of @cpu for which the kernel has no event; @kind: their name in
 * /proc/interrupts. Neither their time nor their sender is known.
 */
void account__untraced(struct account *account, uint32_t cpu, const char *kind, uint64_t count);

/* The CPUs, in order; they belong to @account. */
struct isolated_cpu *account__cpus(struct account *account, size_t *nr);

/*
 * The dependency (a bit of enum tick_dep_bits) for which @cpu kept its tick most often; 0: the
 * kernel never reported a dependency.
 */
uint32_t account__tick_dependency(const struct account *account, uint32_t cpu);

/*
 * The table of causes: what interrupts an isolated CPU, and what to do about the
 * interruptions. The table extends the signatures of IPIs: a function that has a signature
 * takes name and cause from the signature, and the signature's advice for isolated CPUs
 * where that differs.
 */

/*
 * @culprit's function has its name. Set the culprit's caller, chain, and what model/cause.h
 * says, from the sender's @stack, whose frames have names. Returns 0 or -ENOMEM.
 */
int causes__stack(struct culprit *culprit, const struct stack_sample *stack);

/*
 * Set cause, because, advice and group of @culprit, whose function has its name, and drop
 * a sender that is only the task that was interrupted. @tick_dependency: why
 * the CPU kept its tick, a bit of enum tick_dep_bits; 0: not known. Returns 0 or -ENOMEM.
 */
int causes__name(struct culprit *culprit, uint32_t tick_dependency);

/*
 * If the scheduler needs @tick, the culprit of a timer, say whether for @server, a deadline
 * server on the CPU, or for @task, other tasks there. With both, or none, nothing changes.
 */
void causes__tick(struct culprit *tick, bool server, bool task);

/* The names of all causes; some names are in the table more than once. */
size_t causes__count(void);
const char *causes__word(size_t i);

/* Whether @glob of --allow matches the name of a cause, or a function of the signatures. */
bool causes__match(const char *glob);

/*
 * Judge @isolation, whose culprits have their causes. Merges timers. Sorts the culprits: those
 * that follow from no other come before those that do, then a known time before an unknown one,
 * then the longest interrupted time first. Sets follows, judged, allowed,
 * too_long, breaches and verdict. The globs of the breaches are @gate's. Each CPU is judged by
 * itself; a CPU that is not quiet outweighs a CPU that is not certain.
 */
void verdict__judge(struct isolation *isolation, const struct gate *gate);

/* What the run saw and missed of @cpu, whose breaches of @gate were found before. */
struct sight verdict__sight(const struct isolation *isolation, const struct isolated_cpu *cpu,
			    const struct gate *gate);

#endif /* IPITRACE_ISOLATED_ISOLATED_H */
