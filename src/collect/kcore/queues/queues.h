/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The call-function queues of the running kernel (live.c), or of a kernel in a dump (dump.c), and
 * which csds and waits last.
 */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_QUEUES_H
#define IPITRACE_COLLECT_KCORE_QUEUES_QUEUES_H

#include "model/host.h"
#include "model/moment.h"
#include "model/names.h"

struct symbols;

/*
 * The running kernel, read from /proc/kcore. Nothing is attached, no kernel text is patched, no
 * executable memory is allocated and no IPI is sent, so that reading does not wait for a stuck CPU.
 */
struct live_queues;

/*
 * Returns 0 and *@q, which the caller closes; or a negative errno, with one line in @why (@size
 * bytes) that says why the queues cannot be read.
 */
int live_queues__open(struct live_queues **q, char *why, size_t size);
void live_queues__close(struct live_queues *q);

/*
 * Look several times within @span ns. @m gets the csds and waits that lasted all this time, with
 * the CPUs of the last look. A look ends early if nobody waits, or, unless @over is NULL, when
 * @over returns true. Returns 0 or a negative errno.
 */
int live_queues__look(struct live_queues *q, uint64_t span, bool (*over)(const void *ctx),
		      const void *ctx, struct moment *m);

/* Returns the functions of the kernel and its modules, owned by @q. */
struct symbols *live_queues__symbols(const struct live_queues *q);

/* Set @feature, a line of `check`: whether the queues can be read. */
void live_queues__feature(struct feature *feature);

/* The kernel in a dump, whose symbols, BTF and offsets of members come from the dump itself. */
struct dump_queues;

/*
 * Open the files, and parse nothing. @btf is a file with the kernel's BTF, such as its vmlinux;
 * NULL: use the BTF in the dump. Returns 0 and *@q; a negative errno, with one line in @why (@size
 * bytes).
 */
int dump_queues__open(struct dump_queues **q, const char *path, const char *btf, char *why,
		      size_t size);

/*
 * Call this before parsing a dump, which is untrusted input. Give up all privileges of this process
 * for good, except to read the open files, to compute for DUMP_CPU_S, and to write. Returns 0 or a
 * negative errno.
 */
#define DUMP_CPU_S 600
int dump_queues__confine(void);

/*
 * Read the kernel's symbols and layout, before any function below. Returns 0, or a negative errno
 * with one line in @why.
 */
int dump_queues__read(struct dump_queues *q, char *why, size_t size);
void dump_queues__close(struct dump_queues *q);

/* Look once: a dump does not change. Returns 0 or a negative errno. */
int dump_queues__look(struct dump_queues *q, struct moment *m);

/* Whether the dump has a process @tgid: 1 or 0; a negative errno if it does not say. */
int dump_queues__has_process(const struct dump_queues *q, uint32_t tgid);

/*
 * Get the host of the dump: nodename and release in @name, safe for a terminal, "" if unknown; in
 * *@realtime CLOCK_REALTIME minus CLOCK_MONOTONIC, ns, 0 if unknown.
 */
void dump_queues__host(const struct dump_queues *q, struct utsname *name, int64_t *realtime);

/* Returns all functions of the kernel and its modules, owned by @q. */
struct symbols *dump_queues__symbols(const struct dump_queues *q);

/*
 * Keep in @later only the waits and csds that @earlier has, too. A csd is used again and again, so
 * the same csd in both looks proves nothing by itself: in addition, the target must not have taken
 * a call-function interrupt in between, unless the function sleeps.
 */
void lasting__keep(const struct moment *earlier, struct moment *later);

/* The filters that the user chose; NULL or 0: no filter. */
struct queue_filter {
	const struct cpuset *cpus; /* the sender or the target is one of these CPUs */
	const struct cpuset *src;
	const struct cpuset *dst;
	const uint64_t *funcs;
	size_t nr_funcs;
	uint32_t tgid; /* the process that sends and waits */
};

/* Keep in @m only the csds that @filter lets through, and their waits. */
void lasting__filter(struct moment *m, const struct queue_filter *filter);

/*
 * Find the CPUs that do not respond to interrupts: attaching would wait for them. A CPU on which a
 * function sleeps does respond.
 */
void lasting__stuck(const struct moment *m, struct cpuset *stuck);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_QUEUES_H */
