/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A source of figures, as the collector sees it: the csd tracepoints (csds.c), or where there
 * are none the calls of kernel/smp.c (hooks/hooks.c). Each has programs, maps, and a struct
 * of its own, which begins with a struct collector. Errors are negative errnos.
 */
#ifndef IPITRACE_COLLECT_SOURCE_H
#define IPITRACE_COLLECT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cpuset.h"
#include "collect/mapping.h"
#include "collect/maps.h"
#include "collect/programs.h"
#include "collect/read_cpus.h"
#include "model/snapshot.h"

struct collect_config;
struct collector;
struct interruption;
struct moment_reader;
struct ring_buffer;

/* The parts of a map for one CPU; struct geometry has their sizes. */
enum by_cpu {
	WHOLE, /* the map has no parts */
	ENTRY,
	BOX,
	EDGES,
	RING,
	RUNNING, /* an entry for each frame */
	PLACES, /* of hot rows */
};

/* A map that is read as plain memory, and where its address is kept. */
struct mapped {
	const char *name;
	enum use use;
	enum by_cpu by_cpu;
	size_t at; /* in the source's struct */
	size_t size; /* of an entry */
};

#define MAPPED(type, name, use, by_cpu, member)                                            \
	{                                                                                  \
		name, use, by_cpu, offsetof(type, member), sizeof(*((type *)NULL)->member) \
	}

/* The most maps that there can be, those of both sources included. */
#define NR_MAPPED 24

struct source_desc {
	enum snapshot_source source;
	size_t size; /* of the source's struct */
	const struct program *programs;
	size_t nr_programs;
	uint32_t optional; /* uses, as bits, whose tracepoints a kernel may lack */
	const struct mapped *mapped; /* besides those of both sources */
	size_t nr_mapped;
	/* Open and load the skeleton. The CPUs and the usual geometry are known. @probes: by kprobes. */
	int (*load)(struct collector *collector, const struct collect_config *config, bool probes);
	/* All is mapped and attached: open what needs that. */
	int (*open)(struct collector *collector, const struct collect_config *config);
	/* A window, the first of all too, is about to begin. */
	void (*begins)(struct collector *collector);
	/* The window has ended, and nothing counts there: fill @snap. */
	int (*read)(struct collector *collector, struct snapshot *snap);
	/* While a window lasts, now and then: collector__sweep(), collector__tend(). Or NULL. */
	int (*sweep)(struct collector *collector);
	void (*tend)(struct collector *collector);
	/* Free what open() opened, and the skeleton; nothing need be open. */
	void (*close)(struct collector *collector);
};

extern const struct source_desc csd_source, call_source;

/* The part of a collector that does not depend on its source. */
struct collector {
	const struct source_desc *source;
	struct programs programs;
	struct maps maps; /* a source without csds has tables, samples and edges, no others */
	struct event_maps events; /* mapped where events are counted */
	struct mapping mappings[NR_MAPPED];
	uint64_t map_bytes;
	struct moment_reader *moment_reader; /* NULL: stalls are not watched for */
	struct ring_buffer *interruptions; /* NULL: they are not asked for */
	void (*interruption)(void *ctx, const struct interruption *event);
	void *interruption_ctx;
	struct grace grace;
	struct window window; /* the one that runs now */
	uint32_t epoch; /* its epoch */
	struct cpuset possible;
	struct cpuset seen; /* CPUs that have been online since the beginning: they are mapped */
	int online_fd; /* of the list of CPUs that are online; negative: there is none */
	int stats_fd; /* while open, the kernel keeps BPF statistics; -1: closed */
	enum wait_source wait_source;
	bool filtered;
	bool sees_interrupts; /* the programs know if an interrupt or the current task sends */
};

#endif /* IPITRACE_COLLECT_SOURCE_H */
