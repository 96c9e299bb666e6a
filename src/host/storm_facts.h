/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What may explain a storm: changes of the machine, runs of the stopper threads, guests, the time
 * stamp counter and the policies of the CPUs' frequency.
 * @root of each function: where the kernel's files are, "" outside tests.
 */
#ifndef IPITRACE_HOST_STORM_FACTS_H
#define IPITRACE_HOST_STORM_FACTS_H

#include "model/storm.h"

/*
 * Changes of the machine while ipitrace runs: modules, CPUs online, the clocksource, a few settings
 * that cause IPIs. They are read once a window.
 */
struct change_log;

/* Open the log, and read the machine. Returns 0 and *@ch, or a negative errno. */
int change_log__open(struct change_log **ch, const char *root);
void change_log__close(struct change_log *ch);

/* Read the machine again. What differs from the last reading changed at @time, which is not 0. */
void change_log__update(struct change_log *ch, uint64_t time);

/* Get the latest @max changes between @from and @to, oldest first. Returns how many. */
uint32_t change_log__of(const struct change_log *ch, uint64_t from, uint64_t to,
			struct change *changes, uint32_t max);

/*
 * Counts how often the stopper threads ran: once for each running task that is moved to another
 * CPU, and for stop_machine(). No event shows the cause of a plain reschedule interrupt; these runs
 * hint at a cause.
 */
struct stopper_threads;

/*
 * Find the stopper threads. @root must live as long as *@st. Returns 0 and *@st, or a negative
 * errno: -ENOENT if no stopper thread is visible, as in a container.
 */
int stopper_threads__open(struct stopper_threads **st, const char *root);
void stopper_threads__close(struct stopper_threads *st);

/*
 * Get the runs since the last call, or since opening, also of CPUs that came meanwhile. Returns
 * false, with 0 runs, if they are unknown: @st is NULL, or a thread cannot be read now or could not
 * be read at the last call (/proc is mounted with hidepid, and ipitrace has given up root).
 */
bool stopper_threads__since(struct stopper_threads *st, uint64_t *runs);

/* Whether the CPU itself delivers IPIs between running vCPUs, without an exit. */
bool kvm_guests__ipis_virtualized(const char *root);

/* Get the name of process @tgid; "" if the process is hidden or has ended. */
void kvm_guests__name(uint32_t tgid, char *name, size_t size, const char *root);

/* Find the guests, by reading every thread: expensive, so only if a storm gives a reason. */
void kvm_guests__read(struct guest_evidence *guests, const char *root);

void tsc__read(struct tsc_evidence *tsc, const char *root);

/* Set in @f, a line of `check`, whether KVM's tsc_khz_changed is impossible on this machine. */
void tsc__feature(struct feature *f);

/* Read the cpufreq policies; the members about transitions stay as they are. */
void cpufreq__policies(struct cpufreq_evidence *evidence, const char *root);

#endif /* IPITRACE_HOST_STORM_FACTS_H */
