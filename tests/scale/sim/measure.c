// SPDX-License-Identifier: GPL-2.0
/* One workload on one capture. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "machine.h"
#include "reader.h"
#include "results.h"

#define CAUSES_MAX 4096 /* that differ when the places in an array are taken together */

struct results results;

void place_add(struct place *list, size_t max, const char *name, uint64_t nr)
{
	size_t i = 0;

	while (i < max - 1 && list[i].nr && strcmp(list[i].name, name))
		i++;
	snprintf(list[i].name, sizeof(list[i].name), "%s",
		 i == max - 1 && list[i].nr ? "others" : name);
	list[i].nr += nr;
}

static int by_nr(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->nr < y->nr) - (x->nr > y->nr);
}

void places_sort(struct place *list, size_t nr)
{
	qsort(list, nr, sizeof(*list), by_nr);
}

uint64_t result_moves(const struct result *r)
{
	uint64_t nr = 0;

	for (int i = 0; i < NR_MOVES; i++)
		nr += r->counts.moves[i];
	return nr;
}

/* "fns[].bank[].delay.sum" without the map, if @with begins with the same one. */
static const char *tail(const char *path, const char *with)
{
	const char *dot = strchr(path, '.');

	return dot && !strncmp(path, with, dot - path) ? dot : path;
}

static void causes_sum(struct result *r)
{
	static struct place all[CAUSES_MAX];
	size_t nr;
	const struct cause *c = causes_list(&nr);

	memset(all, 0, sizeof(all));
	for (; nr; nr--, c++) {
		const struct map *map = &cap.maps[c->map];
		char path[MEMBER_LEN], by[MEMBER_LEN], text[PLACE_LEN];

		member_at(map, c->offset, path);
		member_at(map, c->by_offset, by);
		snprintf(text, sizeof(text), "%-32s %-14s %-8s after %s %s", path,
			 cap.progs[c->prog].name, move_names[c->move], cap.progs[c->by_prog].name,
			 strcmp(path, by) ? tail(by, path) : "(same)");
		place_add(all, CAUSES_MAX, text, c->nr);
		place_add(r->maps, PLACES, map->name, c->nr);
		place_add(r->progs, PLACES, cap.progs[c->prog].name, c->nr);
	}
	places_sort(all, CAUSES_MAX);
	memcpy(r->top, all, sizeof(r->top));
}

/* "calls[0] .call to .wait[].sum, bytes 128-191" */
static void hottest_name(struct result *r, int i)
{
	const struct map *map = &cap.maps[r->hot.top[i].map];
	char first[MEMBER_LEN], last[MEMBER_LEN];

	member_at(map, r->hot.top[i].begin, first);
	member_at(map, r->hot.top[i].end, last);
	snprintf(r->hottest[i], sizeof(r->hottest[i]), "%s[%u] %s to %s, bytes %u-%u", map->name,
		 r->hot.top[i].entry, tail(first, first), tail(last, first), r->hot.top[i].begin,
		 r->hot.top[i].end);
}

static void books_read(struct result *r)
{
	r->functions = members_sum("function");
	r->wakeups = members_sum("ttwu");
	r->orphans = members_sum("orphans");
	/* All functions have ended, so a frame that is left has missed its exit. */
	r->exits_unseen = members_sum("exit_unseen") + members_sum("depth");
	r->lost = members_sum("lost");
	r->bad_reads = sim.bad_reads;
	r->behind_clock = sim.behind_clock;
	for (int m = 0; m < MAPS_MAX; m++)
		r->outside += cap.maps[m].outside;
}

bool result_is_whole(const struct result *r)
{
	return r->functions == r->run.all_csds - r->run.all_wakeups &&
	       r->wakeups == r->run.all_wakeups && !r->orphans && !r->exits_unseen && !r->lost &&
	       !r->outside && !r->bad_reads;
}

void measure(enum workload workload, int size)
{
	struct result *r = &results.of[workload][size];

	layout_reset();
	cache_open();
	reader_open();
	sim.bad_reads = 0;
	sim.behind_clock = 0;
	workload_run(workload, &r->run);
	r->counts = counts;
	cache_hot(&r->hot);
	for (int i = 0; i < HOTTEST && r->hot.top[i].moves; i++)
		hottest_name(r, i);
	causes_sum(r);
	books_read(r);
}
