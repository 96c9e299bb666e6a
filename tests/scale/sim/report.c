// SPDX-License-Identifier: GPL-2.0
/* Tables for people. */
#include <stdio.h>
#include <string.h>
#include "capture.h"
#include "results.h"

#define LARGE 64 /* CPUs: from here on a brief list of causes has a size */

typedef unsigned long long ull;

static void head_print(bool brief)
{
	if (!brief)
		puts("Per csd: line moves, of which dirty and clean reads, write misses, upgrades; "
		     "copies\ninvalidated; writes to lines that more than 2 CPUs write (hot), and "
		     "how many such\nlines there are; moves of the one line that moves most, per "
		     "csd and per call; locked\noperations; reads and writes of maps and globals.");
	printf("\n%-9s %4s %7s | %6s: %6s %6s %6s %6s | %7s | %6s %5s | %6s %7s | %6s %5s %5s\n",
	       "workload", "CPUs", "csds", "moves", "rd-d", "rd-c", "wr", "upgr", "inval", "hot wr",
	       "lines", "top 1", "a call", "locked", "rd", "wr");
}

static void row_print(int w, int size)
{
	const struct result *r = &results.of[w][size];
	const uint64_t *moves = r->counts.moves;
	double n = r->run.smp.csds, calls = r->run.calls;

	printf("%-9s %4u %7.0f | %6.2f: %6.2f %6.2f %6.2f %6.2f | ", workload_names[w],
	       results.sizes[size], n, result_moves(r) / n, moves[READ_DIRTY] / n,
	       moves[READ_CLEAN] / n, moves[WRITE_MISS] / n, moves[WRITE_UPGRADE] / n);
	printf("%7.2f | %6.2f %5llu | %6.2f %7.1f | %6.2f %5.1f %5.1f\n", r->counts.invalidated / n,
	       r->hot.writes / n, (ull)r->hot.lines, r->hot.top[0].moves / n,
	       r->hot.top[0].moves / calls, r->counts.locked / n, r->counts.reads / n,
	       r->counts.writes / n);
}

static const struct place *places_of(const struct result *r, bool progs)
{
	return progs ? r->progs : r->maps;
}

static uint64_t moves_at(const struct place *list, const char *name)
{
	for (int i = 0; i < PLACES && list[i].nr; i++)
		if (!strcmp(list[i].name, name))
			return list[i].nr;
	return 0;
}

/* The rows of one workload, by map or by program. */
static void split_print(int w, bool progs)
{
	struct place names[PLACES] = {};

	for (int i = 0; i < results.nr_sizes; i++) {
		const struct place *list = places_of(&results.of[w][i], progs);

		for (int m = 0; m < PLACES && list[m].nr; m++)
			place_add(names, PLACES, list[m].name, list[m].nr);
	}
	places_sort(names, PLACES);
	for (int m = 0; m < PLACES && names[m].nr; m++) {
		printf("%-9s %-16s", m ? "" : workload_names[w], names[m].name);
		for (int i = 0; i < results.nr_sizes; i++) {
			const struct result *r = &results.of[w][i];

			printf(" %6.2f", moves_at(places_of(r, progs), names[m].name) /
						 (double)r->run.smp.csds);
		}
		putchar('\n');
	}
}

static void matrix_print(bool progs)
{
	printf("\n%-9s %-16s", "workload", progs ? "program" : "map");
	for (int i = 0; i < results.nr_sizes; i++)
		printf(" %6u", results.sizes[i]);
	putchar('\n');
	for (int w = 0; w < NR_WORKLOADS; w++)
		split_print(w, progs);
}

static void causes_print(int w, int size)
{
	const struct result *r = &results.of[w][size];

	printf("\n%s, %u CPUs: moves per csd; the access, its program, what it met; after what "
	       "another CPU did\n",
	       workload_names[w], results.sizes[size]);
	for (int i = 0; i < TOP && r->top[i].nr; i++)
		printf("  %6.3f %4.1f %%  %s\n", r->top[i].nr / (double)r->run.smp.csds,
		       100.0 * r->top[i].nr / result_moves(r), r->top[i].name);
	puts("  the lines that move most: moves a call, CPUs that write it");
	for (int i = 0; i < HOTTEST && r->hot.top[i].moves; i++)
		printf("  %6.1f %4u    %s\n", r->hot.top[i].moves / (double)r->run.calls,
		       r->hot.top[i].writers, r->hottest[i]);
}

static void check_print(int w, int size)
{
	const struct result *r = &results.of[w][size];

	printf("%s%s, %u CPUs: %llu of %llu csds followed, ",
	       result_is_whole(r) ? "" : "WRONG: ", workload_names[w], results.sizes[size],
	       (ull)(r->functions + r->wakeups), (ull)r->run.all_csds);
	printf("%llu of %llu wake-ups, %llu orphans, %llu exits unseen, %llu lost, ",
	       (ull)r->wakeups, (ull)r->run.all_wakeups, (ull)r->orphans, (ull)r->exits_unseen,
	       (ull)r->lost);
	printf("%llu look-ups outside a map, %llu reads of nothing\n", (ull)r->outside,
	       (ull)r->bad_reads);
}

static void checks_print(bool all)
{
	bool whole = true;

	putchar('\n');
	for (int w = 0; w < NR_WORKLOADS; w++)
		for (int i = 0; i < results.nr_sizes; i++) {
			whole &= result_is_whole(&results.of[w][i]);
			if (all || !result_is_whole(&results.of[w][i]))
				check_print(w, i);
		}
	if (whole)
		puts("checked: the programs' own counters have every csd, none lost");
}

void report(bool brief, bool all)
{
	head_print(brief);
	for (int w = 0; w < NR_WORKLOADS; w++)
		for (int i = 0; i < results.nr_sizes; i++)
			row_print(w, i);
	printf("\nLine moves per csd:\n");
	matrix_print(false);
	if (!brief)
		matrix_print(true);
	for (int w = 0; w < NR_WORKLOADS; w++)
		for (int i = 0; i < results.nr_sizes; i++)
			if (all || (!brief && w >= BROADCAST && results.sizes[i] >= LARGE))
				causes_print(w, i);
	if (*cap.not_run)
		printf("\nnot run, for no workload has the event:%s\n", cap.not_run);
	checks_print(all);
}
