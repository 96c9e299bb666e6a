/* SPDX-License-Identifier: GPL-2.0 */
/* What interrupts CPUs that should be left alone: events to culprits, causes, the verdict. */
#ifndef IPITRACE_ISOLATED_ISOLATED_H
#define IPITRACE_ISOLATED_ISOLATED_H

#include "model/isolation.h"
#include "model/sight.h"

/*
 * From the events of abi/interruption.h to the culprits of each CPU: whose
 * interrupt it was, what it ran, how long the CPU did not get on. No I/O, no
 * clock: the events bring their times.
 */
struct account;

/* Count what interrupts @cpus. 0 and *@account, or -ENOMEM. */
int account__new(struct account **account, const struct cpuset *cpus);
void account__free(struct account *account);

/*
 * The CPUs are there for the process @tgid and its descendants, where they run.
 * Before its first fork, once. 0 or -ENOMEM.
 */
int account__program(struct account *account, uint32_t tgid);

/* Collection begins at @now. */
void account__begin(struct account *account, uint64_t now);

/* The next event; those of one CPU come in the order of their ends. */
void account__event(struct account *account, const struct interruption *event);

/*
 * Drop the culprits so far, for a run without an end that has counted them; the tasks and
 * what is on its way stay known. An interruption that is open now is not counted.
 */
void account__restart(struct account *account);

/* Collection ended at @now: what still runs is counted up to there. */
void account__end(struct account *account, uint64_t now);

/*
 * @count interrupts of @cpu that the kernel has no event for, by their kind in
 * /proc/interrupts: neither their time nor their sender is known.
 */
void account__untraced(struct account *account, uint32_t cpu, const char *kind, uint64_t count);

/* The CPUs, in order; they belong to @account. */
struct isolated_cpu *account__cpus(struct account *account, size_t *nr);

/* The bits of why @cpu kept its tick most often (enum tick_dep_bits); 0: it never said. */
uint32_t account__tick_dependency(const struct account *account, uint32_t cpu);

/*
 * The table of causes: what interrupts an isolated CPU, and what to do about
 * it. It extends the signatures of IPIs: a function that has a signature has
 * its name and cause, and advice for an isolated CPU where that differs.
 */

/*
 * @culprit's function is named. Set its caller, its chain and what model/cause.h says of it, from
 * its sender's @stack, whose frames are named. Returns 0 or -ENOMEM.
 */
int causes__stack(struct culprit *culprit, const struct stack_sample *stack);

/*
 * Set cause, because, advice and group of @culprit, whose function is named, and drop
 * a sender that is only the task that was interrupted. @tick_dependency: why
 * the CPU kept its tick, a bit of enum tick_dep_bits; 0: not known. Returns 0 or -ENOMEM.
 */
int causes__name(struct culprit *culprit, uint32_t tick_dependency);

/* @tick is a timer's culprit: what needs it, where the CPU has seen a deadline server or other tasks. */
void causes__tick(struct culprit *tick, bool server, bool task);

/* The names of all causes; some are there more than once. */
size_t causes__count(void);
const char *causes__word(size_t i);

/* Whether @glob of --allow matches one of them, or a function of the table. */
bool causes__match(const char *glob);

/*
 * Judge @isolation, whose culprits have their causes: merge timers, sort them, those with the
 * longest interrupted time first, then what follows from others, and those whose time is
 * not known last; set follows, judged, allowed, too_long, breaches and verdict. The globs
 * of the breaches are @gate's. Each CPU is judged for itself; one that is not quiet outweighs one that is not certain.
 */
void verdict__judge(struct isolation *isolation, const struct gate *gate);

/* What @gate saw of @cpu, whose breaches were found, and what it missed. */
struct sight verdict__sight(const struct isolation *isolation, const struct isolated_cpu *cpu,
			    const struct gate *gate);

#endif /* IPITRACE_ISOLATED_ISOLATED_H */
