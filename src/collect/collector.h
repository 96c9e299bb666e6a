/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A collection, from open to close: load and attach the programs, begin, cut windows. Its
 * source is the csd tracepoints, or where there are none, and either will do, the calls of
 * kernel/smp.c (hooks/). Errors are negative errnos; probe__explain() puts them into words.
 */
#ifndef IPITRACE_COLLECT_COLLECTOR_H
#define IPITRACE_COLLECT_COLLECTOR_H

#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/config.h"
#include "collect/read_tables.h"
#include "model/snapshot.h"

struct maps;
struct collector;
struct interruption;
struct moment_reader;

/* libbpf writes its messages to stderr, but none from here on if not @verbose. */
void collector__verbose(bool verbose);

/*
 * Load and attach the programs; nothing is counted yet. Attaching patches the
 * kernel's static keys and so sends IPIs of its own. Returns 0 and *@collector,
 * or a negative errno and NULL. -EOPNOTSUPP: @config asks for what this kernel's source
 * cannot know.
 */
int collector__open(struct collector **collector, const struct collect_config *config);

/* Which source it is; csds are known to the first alone. */
enum snapshot_source collector__source(const struct collector *collector);

/* Count from here. */
void collector__begin(struct collector *collector);

/*
 * End the window and fill @snap, which the caller frees; the next window
 * begins at the same moment. @last: count nothing from here on.
 */
int collector__cut(struct collector *collector, struct snapshot *snap, bool last);

/*
 * Find the irq_works that have run, for they have no event at their end, what
 * ran unseen on CPUs that went offline, and CPUs that came, whose records are
 * read from here on. Each cut sweeps too. Returns 0 or a negative errno.
 */
int collector__sweep(struct collector *collector);

/* Now and then while a window lasts: where calls are followed, measure functions that are new. */
void collector__tend(struct collector *collector);

/* The second half of a sweep alone: what ran unseen on CPUs that went offline. */
void collector__find_offline(struct collector *collector);

/* Detach and free; @collector may be NULL. */
void collector__close(struct collector *collector);

/*
 * The stack with the number @id, as in a record, innermost frame first. Returns
 * the number of frames; 0: this stack was not kept.
 */
uint32_t collector__stack(const struct collector *collector, int32_t id,
			  uint64_t stack[STACK_DEPTH]);

/* The maps, which the programs go on writing. They live with @collector. */
const struct maps *collector__maps(const struct collector *collector);

/* live_stacks__each() of the window that has begun. */
size_t collector__live_stacks(const struct collector *collector, struct live_stacks *live,
			      live_stack_fn *see, void *ctx);

/* The csds that were delivered in the window that has begun, so far. Waits for no CPU. */
uint64_t collector__delivered(const struct collector *collector);

/* Likewise those whose run was not seen. */
uint64_t collector__run_unseen(const struct collector *collector);

/* The reader for stalls; NULL without watch_threshold. It lives with @collector. */
struct moment_reader *collector__moment_reader(struct collector *collector);

/*
 * Hand over the events of all that interrupted the CPUs of dst since the last
 * call, where the configuration asks for them. Returns 0 or a negative errno.
 */
int collector__interruptions(struct collector *collector,
			     void (*event)(void *ctx, const struct interruption *event), void *ctx);

/* The events that found no room, so far. */
uint64_t collector__interruptions_lost(const struct collector *collector);

/* CPUs possible on this machine. */
const struct cpuset *collector__possible(const struct collector *collector);

/* The descriptor of the program @name, for test runs; -ENOENT: it is not loaded. */
int collector__prog_fd(const struct collector *collector, const char *name);

/* How a cut waits for the programs that run, in words. */
const char *collector__grace(const struct collector *collector);

/*
 * Whether the programs know if an interrupt or the current task sends. Only a
 * configuration that needs to know makes the loader try.
 */
bool collector__sees_interrupts(const struct collector *collector);

/* How senders' waits are measured. */
enum wait_source collector__wait_source(const struct collector *collector);

/* The maps' size in the kernel, bytes. */
uint64_t collector__map_bytes(const struct collector *collector);

#endif /* IPITRACE_COLLECT_COLLECTOR_H */
