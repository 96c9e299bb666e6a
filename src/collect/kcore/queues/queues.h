/* SPDX-License-Identifier: GPL-2.0 */
/* The queues of a kernel: of the running one (live.c), of one in a dump (dump.c); what lasts there. */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_QUEUES_H
#define IPITRACE_COLLECT_KCORE_QUEUES_QUEUES_H

#include "model/host.h"
#include "model/moment.h"
#include "model/names.h"

struct symbols;

/*
 * The running kernel, through /proc/kcore: nothing is attached, no kernel text is patched, no
 * executable memory is allocated and no IPI is sent, so a look returns at once while a CPU is
 * stuck.
 */
struct live_queues;

/*
 * 0 and *@q; a negative errno, with one line in @why (@size bytes) that says
 * what keeps the queues from being read.
 */
int live_queues__open(struct live_queues **q, char *why, size_t size);
void live_queues__close(struct live_queues *q);

/*
 * Look several times within @span ns. @m has what lasted all that time; its
 * cpus are those of the last look. 0 or a negative errno.
 */
int live_queues__look(struct live_queues *q, uint64_t span, struct moment *m);

/* Name @symbol by its address. @func: the address is the start of a function. */
void live_queues__name(const struct live_queues *q, struct symbol *symbol, bool func);

/* For `check`. */
void live_queues__feature(struct feature *feature);

/* The kernel in a dump: symbols, BTF and members come out of the dump itself. */
struct dump_queues;

/*
 * Open the files, and parse nothing. @btf: a file with the kernel's BTF, such as its vmlinux;
 * NULL: the dump's own. 0 and *@q; a negative errno, with one line in @why (@size bytes).
 */
int dump_queues__open(struct dump_queues **q, const char *path, const char *btf, char *why,
		      size_t size);

/*
 * From here on this process parses what may be anybody's: give up all rights, for good, but to
 * read the files that are open, to compute for DUMP_CPU_S, and to write. 0 or a negative errno.
 */
#define DUMP_CPU_S 600
int dump_queues__confine(void);

/* Read the kernel's symbols and layout. 0 or as above. The functions below come after this one. */
int dump_queues__read(struct dump_queues *q, char *why, size_t size);
void dump_queues__close(struct dump_queues *q);

/* The one look that a dump allows. 0 or a negative errno. */
int dump_queues__look(struct dump_queues *q, struct moment *m);

/*
 * The host that the dump is of: @name gets nodename and release, safe for a terminal; "":
 * the dump does not say. *@realtime: CLOCK_REALTIME less CLOCK_MONOTONIC, ns; 0: unknown.
 */
void dump_queues__host(const struct dump_queues *q, struct utsname *name, int64_t *realtime);

/* All functions of the kernel and its modules. */
struct symbols *dump_queues__symbols(const struct dump_queues *q);

/*
 * Leave in @later only the waits, and their csds, that were the same in @earlier. A csd is used
 * again and again, so the same csd is no proof: the target must have taken no call-function
 * interrupt in between, unless the function sleeps.
 */
void lasting__keep(const struct moment *earlier, struct moment *later);

/* The filters of the options; NULL, 0: all pass. */
struct queue_filter {
	const struct cpuset *cpus; /* either end */
	const struct cpuset *src;
	const struct cpuset *dst;
	const uint64_t *funcs;
	size_t nr_funcs;
	uint32_t tgid; /* of the sender, where it waits */
};

/* Leave in @m only what @filter lets through. */
void lasting__filter(struct moment *m, const struct queue_filter *filter);

/* The CPUs that answer no interrupt: attaching would wait for them. A function that sleeps lets its CPU answer. */
void lasting__stuck(const struct moment *m, struct cpuset *stuck);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_QUEUES_H */
