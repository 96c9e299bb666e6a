/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only owner of the BPF skeleton: load, attach, begin, cut windows,
 * close. Errors are negative errnos; probe.h explains them to people.
 */
#ifndef IPITRACE_COLLECT_COLLECTOR_H
#define IPITRACE_COLLECT_COLLECTOR_H

#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/config.h"
#include "model/snapshot.h"

struct maps;
struct collector;
struct moment_reader;

/* Count from here. */
int collector__begin(struct collector *c);

/*
 * End the window and fill @snap, which the caller frees; the next window
 * begins at the same moment. @last: count nothing from here on.
 */
int collector__cut(struct collector *c, struct snapshot *snap, bool last);

/* Detach and free; @c may be NULL. */
void collector__close(struct collector *c);

/*
 * Look which irq_works have run: nothing else tells. Each cut does it too.
 * 0 or a negative errno.
 */
int collector__sweep(struct collector *c);

/* Stack @id of a record, from the inside; how many frames, 0: it is not kept. */
uint32_t collector__stack(const struct collector *c, int32_t id, uint64_t stack[STACK_DEPTH]);

/* The maps, which the programs go on writing. */
const struct maps *collector__maps(const struct collector *c);

/* CPUs possible on this machine. */
const struct cpuset *collector__possible(const struct collector *c);

/* The descriptor of a program by its name, for test runs; -ENOENT. */
int collector__prog_fd(const struct collector *c, const char *name);

/* How windows are cut, for people. */
const char *collector__grace(const struct collector *c);

/*
 * Whether a sender in an interrupt is told from the task that it interrupts;
 * looked at only where the configuration needs it.
 */
bool collector__sees_interrupts(const struct collector *c);

/* The watch for stalls; NULL without watch_threshold. It lives with @c. */
struct moment_reader *collector__moment_reader(struct collector *c);

/* How senders' waits are told. */
enum wait_source collector__wait_source(const struct collector *c);

/* The maps' size in the kernel, bytes. */
uint64_t collector__map_bytes(const struct collector *c);

/*
 * Load and attach; nothing is counted yet. Attaching patches the kernel's
 * static keys and so sends IPIs of its own. 0 and *@c, or a negative errno.
 */
int collector__open(struct collector **c, const struct collect_config *config);

#endif /* IPITRACE_COLLECT_COLLECTOR_H */
