/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only owner of the BPF skeleton: load, attach, begin, cut windows,
 * close. Errors are negative errnos; probe.h explains them to people.
 */
#ifndef IPITRACE_COLLECT_H
#define IPITRACE_COLLECT_H

#include "cpulist.h"
#include "snapshot.h"

struct banks;
struct collect;
struct watch;

struct collect_config {
	const struct cpuset *cpus; /* sender or destination in it; NULL: all */
	const struct cpuset *src; /* the sender in it; NULL: all */
	const struct cpuset *dst; /* the destination in it; NULL: all */
	uint32_t tgid; /* sent by this process, in task context; 0: all */
	enum by_key by_key; /* what the second table is by */
	bool kinds; /* follow the interrupts themselves (ipis.h) */
	bool keep_origins; /* who queued what is in a slot (struct origin) */
	/*
	 * What takes longer is a stall, ns: collect__watch() tells of them; 0:
	 * none is watched for. It implies keep_origins.
	 */
	uint64_t watch_threshold;
	/* Where the kernel runs what was queued, for functions that sleep; 0: not known. */
	uint64_t flush_func;
	bool keep_stacks; /* with origins or records: the stack of each */
	uint32_t record_kinds; /* a bit for each enum ipi_kind to be recorded; 0: none */
	uint32_t record_slots; /* of each CPU's ring; 0: as many as is usual */
	uint32_t fn_shards; /* of a table, a power of two; 0: as many as is usual */
	uint64_t min_delay; /* of csds that are recorded, ns */
	uint64_t min_handler;
	bool self; /* count the programs' own runs and time */
	const uint64_t *funcs; /* addresses; NULL: all */
	size_t nr_funcs;
	bool no_fexit; /* tell waits from the csds, whatever the kernel can do */
	bool no_attach; /* for tests, which run the programs themselves */
	bool no_membarrier; /* wait the other way (grace.h) */
};

/*
 * Load and attach; nothing is counted yet. Attaching patches the kernel's
 * static keys and so sends IPIs of its own. 0 and *@c, or a negative errno.
 */
int collect__open(struct collect **c, const struct collect_config *config);

/* Count from here. */
int collect__begin(struct collect *c);

/*
 * End the window and fill @snap, which the caller frees; the next window
 * begins at the same moment. @last: count nothing from here on.
 */
int collect__cut(struct collect *c, struct snapshot *snap, bool last);

/* Detach and free; @c may be NULL. */
void collect__close(struct collect *c);

/*
 * Look which irq_works have run: nothing else tells. Each cut does it too.
 * 0 or a negative errno.
 */
int collect__sweep(struct collect *c);

/* Stack @id of a record, from the inside; how many frames, 0: it is not kept. */
uint32_t collect__stack(const struct collect *c, int32_t id, uint64_t stack[STACK_DEPTH]);

/* The maps, which the programs go on writing. */
const struct banks *collect__banks(const struct collect *c);

/* CPUs possible on this machine. */
const struct cpuset *collect__possible(const struct collect *c);

/* The descriptor of a program by its name, for test runs; -ENOENT. */
int collect__prog_fd(const struct collect *c, const char *name);

/* How windows are cut, for people. */
const char *collect__grace(const struct collect *c);

/*
 * Whether a sender in an interrupt is told from the task that it interrupts;
 * looked at only where the configuration needs it.
 */
bool collect__sees_interrupts(const struct collect *c);

/* The watch for stalls; NULL without watch_threshold. It lives with @c. */
struct watch *collect__watch(struct collect *c);

/* How senders' waits are told. */
enum wait_source collect__wait_source(const struct collect *c);

/* The maps' size in the kernel, bytes. */
uint64_t collect__map_bytes(const struct collect *c);

#endif /* IPITRACE_COLLECT_H */
