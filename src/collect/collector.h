/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A collection, from open to close: load and attach the programs, begin, cut windows. Its source is
 * the csd tracepoints (csds.c). Where the kernel has none, and the configuration accepts any source,
 * its source is the calls of kernel/smp.c (hooks/hooks.c). Errors are negative errnos;
 * probe__explain() puts them into words.
 */
#ifndef IPITRACE_COLLECT_COLLECTOR_H
#define IPITRACE_COLLECT_COLLECTOR_H

#include "collect/config.h"
#include "collect/programs.h"
#include "collect/read_bank.h"

struct collector;
struct interruption;
struct moment_reader;
struct ring_buffer;

/* A source of figures. It has programs, maps, and a struct of its own, which begins with a struct collector. */
struct source_desc {
	size_t size; /* of the source's struct */
	const struct program *programs;
	size_t nr_programs;
	uint32_t optional; /* uses, as bits, whose tracepoints a kernel may lack */
	/* Open and load the skeleton. The CPUs and the usual geometry are known. @probes: use kprobes. */
	int (*load)(struct collector *collector, const struct collect_config *config, bool probes);
	/* All maps are mapped and all programs attached: open what needs them. */
	int (*open)(struct collector *collector, const struct collect_config *config);
	/* A window is about to begin, perhaps the first one. */
	void (*begins)(struct collector *collector);
	/* The window has ended, and nothing counts there: fill @snap. */
	int (*read)(struct collector *collector, struct snapshot *snap);
	/* Called now and then while a window lasts, by collector__sweep() and collector__tend(). Or NULL. */
	int (*sweep)(struct collector *collector);
	void (*tend)(struct collector *collector);
	/* Free what open() opened, and the skeleton; nothing need be open. */
	void (*close)(struct collector *collector);
};

extern const struct source_desc csd_source, call_source;

/*
 * Only of csd_source, while the first window lasts: the queue events since the window began that no
 * program saw. With a filter this is an upper limit: nobody knows which of them the filter lets through.
 */
uint64_t csds__queue_unseen(struct collector *collector);

/* The part that does not depend on the source. Code outside of collect/ only reads this struct. */
struct collector {
	/* Known once the collector is open. */
	const struct source_desc *source; /* only csd_source knows csds */
	enum wait_source wait_source; /* how senders' waits are measured */
	/*
	 * Whether the programs know if an interrupt or the current task sends. Only a
	 * configuration that needs to know makes the loader try.
	 */
	bool sees_interrupts;
	bool filtered;
	struct cpuset possible; /* the CPUs that this machine can have */
	uint64_t map_bytes; /* the maps' size in the kernel */
	/* The maps, which the programs go on writing. A source without csds has tables, samples and edges. */
	struct maps maps;
	struct moment_reader *moment_reader; /* NULL: stalls are not watched for */
	struct programs programs;
	struct grace grace;
	/* The window that runs now. */
	struct window window;
	uint32_t epoch;
	/* The collector's own. */
	struct event_maps events; /* mapped where events are counted */
	struct mapping mappings[NR_MAPS]; /* of programs.maps */
	struct ring_buffer *interruptions; /* NULL: the configuration asks for none */
	void (*interruption)(void *ctx, const struct interruption *event);
	void *interruption_ctx;
	struct cpuset seen; /* CPUs that were online at some time: their parts are mapped */
	int online_fd; /* of the list of CPUs that are online; negative: there is none */
	int stats_fd; /* while open, the kernel keeps BPF statistics; -1: closed */
};

/* libbpf writes its messages to stderr; from here on only if @verbose. */
void collector__verbose(bool verbose);

/*
 * Load and attach the programs; nothing is counted yet. Attaching patches the kernel's static keys
 * and so sends IPIs of its own. Returns 0 and *@collector, or a negative errno and NULL.
 * -EOPNOTSUPP: @config asks for what this kernel's source cannot know.
 */
int collector__open(struct collector **collector, const struct collect_config *config);

/* Begin to count: the first window begins. */
void collector__begin(struct collector *collector);

/*
 * End the window and fill @snap, which the caller frees; the next window
 * begins at the same moment. @last: count nothing from here on.
 */
int collector__cut(struct collector *collector, struct snapshot *snap, bool last);

/*
 * Find the irq_works that have run (they have no event at their end), the csds that
 * ran unseen on CPUs that went offline, and the CPUs that came, whose records are
 * read from here on. Each cut sweeps too. Returns 0 or a negative errno.
 */
int collector__sweep(struct collector *collector);

/* To be called now and then while a window lasts. Where calls are followed, measures functions that are new. */
void collector__tend(struct collector *collector);

/*
 * Only the second half of a sweep: find the csds that ran unseen on CPUs that went offline, and the
 * CPUs that came. If the kernel does not say which CPUs are online, find only the CPUs that came.
 */
int collector__look(struct collector *collector);

/* Detach and free; @collector may be NULL. */
void collector__close(struct collector *collector);

/*
 * The stack with the number @id, as in a record, innermost frame first. Returns
 * the number of frames; 0: this stack was not kept.
 */
uint32_t collector__stack(const struct collector *collector, int32_t id,
			  uint64_t stack[STACK_DEPTH]);

/*
 * Hand over the events of all that interrupted the CPUs of dst since the last
 * call, where the configuration asks for them. Returns 0 or a negative errno.
 */
int collector__interruptions(struct collector *collector,
			     void (*event)(void *ctx, const struct interruption *event), void *ctx);

/*
 * *@ns: how long the host has not run @cpu, since some fixed time, ns. False, and 0: this
 * machine has no such clock, or the configuration asks for no interruptions.
 */
bool collector__host_time(const struct collector *collector, uint32_t cpu, uint64_t *ns);

/* The interruptions that found no room in the ring buffer so far. */
uint64_t collector__interruptions_lost(const struct collector *collector);

#endif /* IPITRACE_COLLECT_COLLECTOR_H */
