/* SPDX-License-Identifier: GPL-2.0 */
/* One storm: plain data. */
#ifndef IPITRACE_MODEL_STORM_H
#define IPITRACE_MODEL_STORM_H

#include "abi/limits.h"
#include "model/signature.h"
#include <stdbool.h>
#include <stdint.h>

#define STORM_INTERVAL_NS 200000000ULL
#define STORM_CSDS_MIN	  32 /* fewer in two looks say nothing */
#define STORM_GROUPS	  320 /* kept at once: more than one snapshot has */
#define STORM_FUNCS	  6 /* told of one storm */
#define STORM_SOURCES	  8
#define STORM_CHAIN	  5
#define STORM_NAME	  64
#define STORM_CGROUP	  128
#define STORM_CHAIN_LEN	  80

struct storm_func {
	char name[STORM_NAME]; /* "": an interrupt without a function, see kind */
	char module[STORM_NAME]; /* "": the kernel proper */
	enum ipi_kind kind;
	uint64_t count;
};

/* Samples of the sender's stack that have frame and task in common. */
struct storm_source {
	bool interrupt; /* sent from an interrupt: there is no task behind it */
	uint32_t tgid;
	char comm[COMM_LEN];
	char cgroup[STORM_CGROUP]; /* "": unknown */
	/* From the inside, without smp.c's own; "name [module]". [0]: the caller */
	char chain[STORM_CHAIN][STORM_CHAIN_LEN];
	int nr_chain;
	uint64_t samples;
};

enum storm_shape {
	SHAPE_UNKNOWN,
	SHAPE_BROADCAST, /* one call to all other CPUs at once */
	SHAPE_MASK, /* one call to several CPUs at once */
	SHAPE_IN_TURN, /* one CPU calls several, one after the other */
	SHAPE_PAIRWISE, /* several CPUs call several, one at a time */
	SHAPE_ONE_TARGET, /* all to one CPU */
	SHAPE_SELF, /* each CPU to itself */
};

enum storm_reason {
	STORM_CALM,
	STORM_BY_RATE,
	STORM_BY_RISE,
	STORM_BY_SHARE,
};

enum storm_news {
	STORM_BEGAN, /* named in this window */
	STORM_LASTS,
	STORM_ENDED, /* gone after this window */
};

/* Sums over some time. */
struct storm_sums {
	uint64_t ns; /* the time itself */
	uint64_t cpu_ns; /* of all online CPUs */
	uint64_t count; /* csds, or interrupts where there is no csd */
	uint64_t all; /* the same of all groups */
	uint64_t handler_ns;
	uint64_t wait_ns; /* the senders', in synchronous calls */
	uint64_t many; /* of count, csds of calls to several CPUs at once */
	double victim; /* count at the CPU that gets most */
	double victim_ns; /* handler_ns there */
};

struct storm {
	uint64_t id;
	enum storm_news news;
	enum storm_reason reason;
	const struct signature *sig; /* NULL: unknown */
	struct storm_func funcs[STORM_FUNCS]; /* by count, most first */
	int nr_funcs;
	struct storm_source sources[STORM_SOURCES]; /* by samples, most first */
	int nr_sources;
	uint64_t samples; /* all, those of sources that found no place included */
	uint64_t onset; /* CLOCK_MONOTONIC ns, within a window */
	uint64_t seen; /* end of the last window in which it was */
	bool before; /* it was there when we began */
	double baseline; /* csds a second on one CPU, before */
	bool baseline_known;
	struct storm_sums last; /* the last look */
	struct storm_sums life; /* all looks since it was named, and that one */
	/*
	 * csds by sender and by destination over its life: of all functions, for
	 * an edge does not tell which. Indexed by CPU; nr_cpus of each.
	 */
	uint32_t nr_cpus;
	uint64_t *src;
	uint64_t *dst;
};

/* Whether @cpu has its part in @by (src or dst): a tenth of the most. */
bool storm__has_cpu(const struct storm *storm, const uint64_t *by, uint32_t cpu);

/* From the calls' kind and from who sends to whom. */
enum storm_shape storm__shape(const struct storm *storm, uint32_t nr_online);

/* Whether src, dst and shape are of this storm more than of others. */
bool storm__dominates(const struct storm *storm);

/* What its figures are of: the last look when it began, then all of its life. */
const struct storm_sums *storm__figures(const struct storm *storm);

double sums__rate(const struct storm_sums *sums);
double sums__share(const struct storm_sums *sums);

extern const char *const shape_names[];
extern const char *const reason_names[];

#endif /* IPITRACE_MODEL_STORM_H */
