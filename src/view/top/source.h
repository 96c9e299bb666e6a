/* SPDX-License-Identifier: GPL-2.0 */
/* The pages, how each is made, and the data that they are made of. */
#ifndef IPITRACE_VIEW_TOP_SOURCE_H
#define IPITRACE_VIEW_TOP_SOURCE_H

#include "base/clock.h"
#include "model/incident.h"
#include "view/table/table.h"

/* The windows of the last five minutes, and the latest stalls and storms: all that top keeps. */

/* The windows, with all that they need: names, host. */

#define HISTORY_NS    300000000000ULL
/* Fewer windows where they are larger: 64 CPUs and 100 functions make some 0.5 MB each. */
#define HISTORY_BYTES (64UL << 20)
#define HISTORY_MOST  1024 /* windows */

/* All zero: empty. */
struct history {
	struct kept *windows[HISTORY_MOST]; /* the oldest first */
	size_t nr;
	size_t bytes;
};

void history__free(struct history *history);

/* Keep a copy of @snap, and forget windows that are too old or too many. 0 or -ENOMEM. */
int history__add(struct history *history, const struct snapshot *snap, uint64_t own_ns);

/* Returns the window @back before the latest; NULL: there is none. */
const struct kept *history__get(const struct history *history, size_t back);

/* Stalls and storms, as tables and pages show them, and as the lines that `record` would write. */

#define FINDINGS_MOST 256 /* stalls and storms together; the oldest is dropped first */

struct finding {
	bool storm; /* else a stall */
	uint64_t id; /* a stall or storm that is reported again keeps its id, and its place here */
	bool ongoing;
	bool aside; /* a stall that is folded into its cause, a storm that is a note */
	uint64_t start, duration; /* ns */
	char func[160];
	enum stall_phase phase; /* phase, dst_known, src and dst: only for a stall */
	bool dst_known;
	uint32_t src, dst;
	/* name, rate, cost and cost_known: only for a storm. The name is the signature's. */
	const char *name;
	double rate; /* csds a second */
	uint64_t cost; /* ns a second */
	bool cost_known;
	char *text; /* the block that `stalls` or `storm` prints */
	char *line; /* its line of JSON, with the newline */
	size_t len;
};

/* All zero: empty. */
struct findings {
	struct finding items[FINDINGS_MOST]; /* the oldest first */
	size_t nr;
	uint64_t stalls, storms; /* so far, kept or not; storms without notes */
};

void findings__free(struct findings *findings);

/*
 * Keep a stall or a storm, and a copy of its line of JSON. @realtime: CLOCK_REALTIME less
 * CLOCK_MONOTONIC, ns. 0 or -ENOMEM.
 */
int findings__stall(struct findings *findings, const struct incident *incident, uint64_t id,
		    const struct wall_clock *clock, const char *line, size_t len);
int findings__storm(struct findings *findings, const struct storm *storm,
		    const struct storm_evidence *evidence, int64_t realtime, const char *line,
		    size_t len);

const struct finding *findings__find(const struct findings *findings, bool storm, uint64_t id);

/* Groups of CPUs for maps of machines that have more CPUs than a screen has columns. */
struct grouping {
	const char *name; /* name of one group: "node" */
	const struct numa *of; /* NULL: unknown */
};

#define GROUPINGS 2

struct source {
	const struct snapshot *snap;
	const struct findings *findings;
	struct grouping groupings[GROUPINGS]; /* small groups first */
	struct place place; /* the page: a table, or what a row leads to */
	int width; /* columns of the screen */
};

#define PAGE_TABLES 4

struct page {
	char title[256];
	/*
	 * The column by which the first table is sorted; NO_SORT: rows stay in the order in which
	 * they were added.
	 */
	int default_sort;
	int nr;
	struct table tables[PAGE_TABLES];
};

enum page_kind {
	/* The tables, in the order of their keys 1 to 9. */
	PAGE_FUNCTIONS,
	PAGE_CPUS,
	PAGE_SENDERS,
	PAGE_VICTIMS,
	PAGE_CGROUPS,
	PAGE_EDGES,
	PAGE_KINDS,
	PAGE_STORMS,
	PAGE_STALLS,
	NR_TABLES,
	/* The pages below a row; the comment names a and b. */
	PAGE_FUNCTION = NR_TABLES, /* the address; OTHER_FUNC */
	PAGE_STACK, /* the function's address, the index of a sample */
	PAGE_CPU, /* the number */
	PAGE_PROCESS, /* the tgid, the cgroup; BY_INTERRUPTS or BY_OTHERS in place of the tgid */
	PAGE_CGROUP, /* the cgroup; BY_INTERRUPTS or BY_OTHERS */
	PAGE_STORM, /* the storm's id */
	PAGE_STALL, /* the stall's id */
	PAGE_HELP,
};

#define OTHER_FUNC    UINT64_MAX
#define BY_INTERRUPTS (UINT64_MAX - 1)
#define BY_OTHERS     UINT64_MAX

/* How pages are made. */

/* The words of the line of tables: "functions", "CPUs", ... */
extern const char *const table_names[NR_TABLES];

/*
 * Fill in @page, which is all zero, for source->place. A page below a row says so where its
 * subject is not in this window.
 */
void page__make(const struct source *source, struct page *page);

/* Make each page; a page below a row stays empty (page->nr 0) if its subject is not found. */
void tables__functions(const struct source *source, struct page *page);
void tables__cpus(const struct source *source, struct page *page);
void tables__kinds(const struct source *source, struct page *page);
void tables__storms(const struct source *source, struct page *page);
void tables__stalls(const struct source *source, struct page *page);
void tables__edges(const struct source *source, struct page *page);

/*
 * The programs have room for one key. A sender's row names its cgroup too, so senders and cgroups
 * come from the same rows; a window without the rows that a table needs has a note which says so.
 */
void by__senders(const struct source *source, struct page *page);
void by__victims(const struct source *source, struct page *page);
void by__cgroups(const struct source *source, struct page *page);
void by__process(const struct source *source, struct page *page);
void by__cgroup(const struct source *source, struct page *page);

/* Columns and cells that several tables have in common. */

/* Returns the address that places and keys have for a function. */
uint64_t fn__address(const struct fn_stats *fn);

/* Returns the first row of the function with that address; NULL: none. */
const struct fn_stats *fn__find(const struct snapshot *snap, uint64_t address);

/* Add a time of @samples measurements; "-" where nothing was measured. */
void cells__ns_of(struct table *table, uint64_t ns, uint64_t samples);

/* Add a table of one or several histograms, an octave a row; NULL ends @hists. */
void cells__histograms(struct table *table, const char *const *names,
		       const struct hist *const *hists);

#endif /* IPITRACE_VIEW_TOP_SOURCE_H */
