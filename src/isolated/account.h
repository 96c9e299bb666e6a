/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the events of abi/interruption.h to the culprits of each CPU: whose
 * interrupt it was, what it ran, how long the CPU did not get on. No I/O, no
 * clock: the events bring their times.
 */
#ifndef IPITRACE_ISOLATED_ACCOUNT_H
#define IPITRACE_ISOLATED_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>
#include "abi/interruption.h"
#include "base/cpuset.h"
#include "model/isolation.h"

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

#endif /* IPITRACE_ISOLATED_ACCOUNT_H */
