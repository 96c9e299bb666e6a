/* SPDX-License-Identifier: GPL-2.0 */
/* The queues of the running kernel (live.c), or of a kernel in a dump (dump.c), and what lasts there. */
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
 * Returns 0 and *@q; a negative errno, with one line in @why (@size bytes) that says
 * why the queues cannot be read.
 */
int live_queues__open(struct live_queues **q, char *why, size_t size);
void live_queues__close(struct live_queues *q);

/*
 * Look several times within @span ns. @m gets what lasted all that time, with the
 * CPUs of the last look. Returns 0 or a negative errno.
 */
int live_queues__look(struct live_queues *q, uint64_t span, struct moment *m);

/* Name @symbol by its address. @func: the address is the start of a function. */
void live_queues__name(const struct live_queues *q, struct symbol *symbol, bool func);

/* Fill in @feature, for `check`: whether the queues can be read. */
void live_queues__feature(struct feature *feature);

/* The kernel in a dump: its symbols, BTF and members come from the dump itself. */
struct dump_queues;

/*
 * Open the files, and parse nothing. @btf: a file with the kernel's BTF, such as its vmlinux; NULL:
 * use the BTF in the dump. Returns 0 and *@q; a negative errno, with one line in @why (@size bytes).
 */
int dump_queues__open(struct dump_queues **q, const char *path, const char *btf, char *why,
		      size_t size);

/*
 * From here on this process parses a dump that may be anybody's. Give up all rights, for good, except
 * to read the files that are open, to compute for DUMP_CPU_S, and to write. Returns 0 or a negative
 * errno.
 */
#define DUMP_CPU_S 600
int dump_queues__confine(void);

/* Read the kernel's symbols and layout, before any function below. Returns as dump_queues__open(). */
int dump_queues__read(struct dump_queues *q, char *why, size_t size);
void dump_queues__close(struct dump_queues *q);

/* A dump allows only one look. Returns 0 or a negative errno. */
int dump_queues__look(struct dump_queues *q, struct moment *m);

/*
 * The host from which the dump came: @name gets nodename and release, safe for a terminal; "":
 * the dump does not say. *@realtime: CLOCK_REALTIME less CLOCK_MONOTONIC, ns; 0: unknown.
 */
void dump_queues__host(const struct dump_queues *q, struct utsname *name, int64_t *realtime);

/* All functions of the kernel and its modules. */
struct symbols *dump_queues__symbols(const struct dump_queues *q);

/*
 * Leave in @later only the waits and csds that were the same in @earlier. A csd is used again and
 * again, so the same csd in both looks proves nothing: also, the target must not have taken a call-function
 * interrupt in between, unless the function sleeps.
 */
void lasting__keep(const struct moment *earlier, struct moment *later);

/* The filters of the options; NULL or 0: all pass. */
struct queue_filter {
	const struct cpuset *cpus; /* the sender or the target is one of these */
	const struct cpuset *src;
	const struct cpuset *dst;
	const uint64_t *funcs;
	size_t nr_funcs;
	uint32_t tgid; /* of the sender, where it waits */
};

/* Leave in @m only the csds that @filter lets through, and their waits. */
void lasting__filter(struct moment *m, const struct queue_filter *filter);

/*
 * The CPUs that answer no interrupt: attaching would wait for them. A CPU whose function sleeps does
 * answer.
 */
void lasting__stuck(const struct moment *m, struct cpuset *stuck);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_QUEUES_H */
