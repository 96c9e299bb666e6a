// SPDX-License-Identifier: GPL-2.0
/* The bins of a page, of windows that are made by hand: their limits, and their JSON. */
#include "base/cpuset.h"
#include "model/snapshot.h"
#include "unit.h"
#include "view/html/page.h"

static struct bins bins;
static struct cpu_stats cpus[BIN_EDGES_CPUS + 1];
static struct fn_stats fns[BIN_FUNCS + 3];
static char names[BIN_FUNCS + 3][16];
static struct edge edges[8];
static struct snapshot snap;

static int setup(void **state)
{
	bins = (struct bins){};
	memset(cpus, 0, sizeof(cpus));
	memset(fns, 0, sizeof(fns));
	memset(edges, 0, sizeof(edges));
	for (uint32_t cpu = 0; cpu < ARRAY_SIZE(cpus); cpu++)
		cpus[cpu] = (struct cpu_stats){ .cpu = cpu };
	for (size_t i = 0; i < ARRAY_SIZE(fns); i++) {
		snprintf(names[i], sizeof(names[i]), "f%zu", i);
		fns[i] = (struct fn_stats){ .func = { .addr = 1 + i, .name = names[i] },
					    .count = 1 + i };
	}
	snap = (struct snapshot){
		.cpus = cpus, .nr_cpus = 1, .fns = fns, .nr_fns = 1, .edges = edges
	};
	return 0;
}

static int teardown(void **state)
{
	bins__free(&bins);
	return 0;
}

/* Add a window of 10 ns. */
static void add(uint64_t start)
{
	snap.window.mono_start = start;
	snap.window.mono_end = start + 10;
	assert_int_equal(bins__add(&bins, &snap), 0);
}

/* The JSON of a bin. The caller frees the text. */
static char *json_of(const struct bin *bin, uint64_t first)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	bin_json__put(file, bin, first);
	fclose(file);
	return text;
}

TEST_F(a_bin_has_the_terms_of_its_ledger)
{
	char *text;

	snap.nr_fns = 0;
	snap.ledger = (struct ledger){ .queued = 100,
				       .carried_in = 7,
				       .function = 40,
				       .ttwu = 30,
				       .irq_work = 20,
				       .in_flight = 10,
				       .local = 3,
				       .lost_by = { 5, 2 } };
	add(1000);
	text = json_of(&bins.bins[0], 900);
	assert_has(text,
		   "{\"start\":100,\"end\":110,\"covered\":10,\"windows\":1,"
		   "\"ledger\":[100,7,40,30,20,10,7,3,0],\"cpus\":[",
		   "],\"funcs\":[],\"edges\":[]}");
	free(text);
	/* Of the next window only what it did not carry in is new. */
	bins.windows_a_bin = 2;
	snap.ledger.queued++;
	add(1020);
	text = json_of(&bins.bins[0], 1000);
	assert_has(text, "{\"start\":0,\"end\":30,\"covered\":20,\"windows\":2,"
			 "\"ledger\":[201,7,80,60,40,10,14,6,1],");
	free(text);
}

TEST_F(windows_without_cpus_or_a_time_are_refused)
{
	snap.window.mono_start = snap.window.mono_end = 1000;
	assert_int_equal(bins__add(&bins, &snap), -EINVAL);
	snap.window.mono_end = 1001;
	assert_int_equal(bins__add(&bins, &snap), 0);
	snap.nr_cpus = 0;
	assert_int_equal(bins__add(&bins, &snap), -EINVAL);
	assert_int_equal(bins.nr, 1);
}

/* When the bins are full, two become one. */
TEST_F(full_bins_are_halved)
{
	size_t i;

	for (i = 0; i < BINS_MAX; i++)
		add(1000 + 10 * i);
	assert_members(bins, nr, BINS_MAX, windows_a_bin, 1);
	add(1000 + 10 * i++);
	assert_members(bins, nr, BINS_MAX / 2 + 1, windows_a_bin, 2);
	assert_members(bins.bins[1], start, 1020, end, 1040, windows, 2);
	assert_members(bins.bins[BINS_MAX / 2], start, 1000 + 10 * BINS_MAX, windows, 1);
	add(1000 + 10 * i++);
	assert_members(bins.bins[BINS_MAX / 2], windows, 2);
	add(1000 + 10 * i++);
	assert_int_equal(bins.nr, BINS_MAX / 2 + 2);
	/* A machine of more CPUs has fewer bins, but not fewer than BINS_MIN. */
	bins__free(&bins);
	setup(NULL);
	snap.nr_cpus = 3;
	cpus[2].cpu = 1000;
	for (i = 0; i < 3; i++)
		add(1000 + 10 * i);
	assert_int_equal(bins.nr, 3);
	assert_members(bins.bins[0], nr_cpus, 3, cpus[2].row.id, 1000);
}

/* The last of an odd number of bins has room for the window that did not fit. */
TEST_F(the_last_of_an_odd_number_has_room)
{
	const size_t most = BIN_CPUS / 50;

	assert_int_equal(most % 2, 1);
	snap.nr_cpus = 50;
	for (size_t i = 0; i < most; i++)
		add(1000 + 10 * i);
	assert_int_equal(bins.nr, most);
	assert_int_equal(bins.bins[most - 1].windows, 1);
	add(1000 + 10 * most);
	assert_int_equal(bins.nr, most / 2 + 1);
	assert_members(bins.bins[most / 2], windows, 2, start, 1000 + 10 * (most - 1));
	for (size_t i = 0; i < bins.nr; i++)
		assert_members(bins.bins[i], start, 1000 + 20 * i, end, 1020 + 20 * i, covered, 20);
}

/* The functions of a bin, and one row for all others. */
TEST_F(a_bin_has_rows_for_the_first_functions)
{
	const struct bin *bin = &bins.bins[0];

	snap.nr_fns = BIN_FUNCS;
	add(1000);
	assert_int_equal(bin->nr_funcs, BIN_FUNCS);
	assert_int_equal(bin->funcs[BIN_FUNCS - 1].sums.count, BIN_FUNCS);
	bins.windows_a_bin = 9;
	snap.nr_fns = BIN_FUNCS + 3;
	add(1010);
	assert_int_equal(bin->nr_funcs, BIN_FUNCS + 1);
	assert_members(bin->funcs[BIN_FUNCS], row.id, 0, sums.count, 3 * BIN_FUNCS + 6);
	assert_members(bin->funcs[0], sums.count, 2, sums.func.name == NULL, true);
	/* A function of a module is another function. */
	snap.nr_fns = 1;
	fns[0].func.module = "mod";
	add(1020);
	assert_int_equal(bin->funcs[0].sums.count, 2);
	assert_int_equal(bin->funcs[BIN_FUNCS].sums.count, 3 * BIN_FUNCS + 7);
}

/* The pairs of the CPUs that a map has room for; the csds of other pairs are counted. */
TEST_F(pairs_of_cpus_have_limits)
{
	char *text;

	snap.nr_edges = 4;
	edges[0] = (struct edge){ 0, BIN_EDGES_CPUS - 1, 5 };
	edges[1] = (struct edge){ BIN_EDGES_CPUS, 1, 7 };
	edges[2] = (struct edge){ RUN_EDGES_CPUS - 1, 2, 11 };
	edges[3] = (struct edge){ 3, RUN_EDGES_CPUS, 13 };
	snap.edges_other = 100;
	add(1000);
	assert_int_equal(bins.edges_other, 113);
	text = json_of(&bins.bins[0], 1000);
	assert_has(text, "\"edges\":[0,63,5]}");
	free(text);
	assert_int_equal(bins.edges.counts[BIN_EDGES_CPUS * bins.edges.side + 1], 7);
	assert_int_equal(bins.edges.counts[(RUN_EDGES_CPUS - 1) * bins.edges.side + 2], 11);
	assert_int_equal(bins.edges.side, RUN_EDGES_CPUS);
	/* A bin of more CPUs has no pairs, and a run has. */
	snap.nr_cpus = BIN_EDGES_CPUS;
	add(1010);
	assert_true(bins.bins[1].edges.side > 0);
	snap.nr_cpus++;
	add(1020);
	assert_int_equal(bins.bins[2].edges.side, 0);
	text = json_of(&bins.bins[2], 1000);
	assert_has(text, "\"edges\":null}");
	free(text);
	assert_int_equal(bins.edges.counts[BIN_EDGES_CPUS * bins.edges.side + 1], 21);
}

TEST_F(a_map_grows_by_eight)
{
	snap.nr_edges = 1;
	edges[0] = (struct edge){ 1, 2, 5 };
	add(1000);
	assert_int_equal(bins.edges.side, 8);
	edges[0] = (struct edge){ 7, 3, 5 };
	add(1010);
	assert_int_equal(bins.edges.side, 8);
	edges[0] = (struct edge){ 8, 3, 5 };
	add(1020);
	assert_int_equal(bins.edges.side, 16);
	assert_int_equal(bins.edges.counts[1 * 16 + 2], 5);
	assert_int_equal(bins.edges.counts[7 * 16 + 3], 5);
	assert_int_equal(bins.edges.counts[8 * 16 + 3], 5);
}

TEST_MAIN(NULL, NULL)
