// SPDX-License-Identifier: GPL-2.0
/* Each workload on what was loaded: an object of JSON. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cache.h"
#include "smp.h"

typedef unsigned long long ull;

static FILE *out;
static bool listed; /* the list being written has an element */

static void number(const char *name, uint64_t value)
{
	fprintf(out, "\"%s\": %llu, ", name, (ull)value);
}

static void counts_write(const struct run *run)
{
	number("cpus", sim.nr_cpus);
	number("calls", run->calls);
	number("csds", run->smp.csds);
	number("wakeups", run->smp.wakeups);
	number("batches", run->smp.batches);
	number("again", run->smp.again);
	number("rd_dirty", counts.moves[READ_DIRTY]);
	number("rd_clean", counts.moves[READ_CLEAN]);
	number("wr_miss", counts.moves[WRITE_MISS]);
	number("upgrade", counts.moves[WRITE_UPGRADE]);
	number("invalidated", counts.invalidated);
	number("locked", counts.locked);
	number("instructions", counts.instructions);
	number("reads", counts.reads);
	number("writes", counts.writes);
	number("behind_clock", sim.behind_clock);
}

/* The programs' own books, and the model's. */
static void books_write(const struct run *run)
{
	uint64_t outside = 0;

	for (int m = 0; m < nr_objects; m++)
		outside += objects[m].outside;
	number("all_csds", run->all_csds);
	number("all_wakeups", run->all_wakeups);
	number("functions_followed", members_sum("function"));
	number("wakeups_followed", members_sum("ttwu"));
	number("orphans", members_sum("orphans"));
	/* All functions have ended, so a frame that is left has missed its exit. */
	number("exits_unseen", members_sum("exit_unseen") + members_sum("depth"));
	number("lost", members_sum("lost"));
	number("look_ups_outside", outside);
	number("bad_reads", sim.bad_reads);
}

static const char *comma(void)
{
	const char *before = listed ? ", " : "";

	listed = true;
	return before;
}

static void cause_write(const struct cause *c)
{
	static const char *const names[NR_MOVES] = { "rd-dirty", "rd-clean", "wr-miss", "upgrade" };
	char path[MEMBER_LEN], by[MEMBER_LEN];

	member_at(&objects[c->map], c->offset, path);
	member_at(&objects[c->map], c->by_offset, by);
	fprintf(out, "%s[%llu, \"%s\", \"%s\", \"%s\", \"%s\", \"%s\", \"%s\"]", comma(),
		(ull)c->nr, objects[c->map].name, objects[c->prog].name, path, names[c->move],
		objects[c->by_prog].name, by);
}

static void hot_write(const struct hot *hot)
{
	number("hot_lines", hot->lines);
	number("hot_writes", hot->writes);
	number("hottest_moves", hot->top[0].moves);
	fputs("\"hottest\": [", out);
	listed = false;
	for (int i = 0; i < HOTTEST && hot->top[i].moves; i++) {
		const struct object *map = &objects[hot->top[i].map];
		char first[MEMBER_LEN], last[MEMBER_LEN];

		member_at(map, hot->top[i].begin, first);
		member_at(map, hot->top[i].end, last);
		fprintf(out, "%s[%llu, %u, \"%s[%u]\", \"%s\", \"%s\", %u, %u]", comma(),
			(ull)hot->top[i].moves, hot->top[i].writers, map->name, hot->top[i].entry,
			first, last, hot->top[i].begin, hot->top[i].end);
	}
	fputs("], ", out);
}

static void measure(enum workload workload)
{
	struct run run;
	struct hot hot;

	maps_reset();
	cache_open();
	rings_find();
	sim.bad_reads = 0;
	sim.behind_clock = 0;
	workload_run(workload, &run);
	cache_hot(&hot);
	fprintf(out, "{\"workload\": \"%s\", ", workload_names[workload]);
	counts_write(&run);
	books_write(&run);
	hot_write(&hot);
	fputs("\"causes\": [", out);
	listed = false;
	causes_each(cause_write);
	fprintf(out, "], \"not_run\": \"%s\"}\n", events_not_run);
}

void measure_all(const char *path)
{
	int fd = openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	out = fd < 0 ? NULL : fdopen(fd, "w");
	for (int w = 0; out && w < NR_WORKLOADS; w++)
		measure(w);
	if (!out || fclose(out))
		fail("%s: %s", path, strerror(errno));
}
