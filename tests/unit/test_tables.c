// SPDX-License-Identifier: GPL-2.0
/* Top's tables of CPUs and of pairs of CPUs: which CPUs have a row, and how the map fits the screen. */
#include "base/cpuset.h"
#include "host/machine.h"
#include "model/host.h"
#include "unit.h"
#include "view/top/screen.h"

#define MANY 300 /* more CPUs than a table has columns */

static struct host host;
static struct cpu_stats cpus[MANY];
static struct edge edges[6];
static struct snapshot snap;
static struct page page;
static struct numa llcs, nodes;
static struct grouping groupings[GROUPINGS];

static int setup(void **state)
{
	host = (struct host){};
	for (uint32_t cpu = 0; cpu < MANY; cpu++) {
		cpus[cpu] = (struct cpu_stats){ .cpu = cpu };
		cpuset__add(&host.online, cpu);
	}
	snap = (struct snapshot){ .host = &host, .cpus = cpus, .nr_cpus = 5, .edges = edges };
	memset(groupings, 0, sizeof(groupings));
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < PAGE_TABLES; i++)
		table__free(&page.tables[i]);
	page = (struct page){};
	return 0;
}

static const struct table *made(void (*make)(const struct source *source, struct page *page),
				int width)
{
	struct source source = { .snap = &snap, .width = width };

	teardown(NULL);
	memcpy(source.groupings, groupings, sizeof(groupings));
	make(&source, &page);
	assert_false(page.tables[0].failed);
	return &page.tables[0];
}

/* A CPU that is offline has a row if anything came from it, went to it, or ran there. */
TEST_F(offline_cpus_have_a_row_for_a_reason)
{
	static const uint64_t shown[] = { 0, 2, 3, 4 };
	const struct table *t;

	host.online = (struct cpuset){ .words = { 1 } };
	cpus[2].sent = cpus[3].received = cpus[4].local = 1;
	t = made(tables__cpus, 80);
	assert_int_equal(t->nr_rows, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_members(t->rows[i], key, shown[i], to.page, PAGE_CPU, to.a, shown[i]);
		assert_members(t->rows[i], cpus[0], shown[i], cpus[1], NO_CPU);
	}
	/* In the map only csds count. */
	t = made(tables__edges, 80);
	assert_int_equal(t->nr_rows, 3);
	assert_members(t->rows[2], key, 3);
	/* Without a host all CPUs are shown. */
	snap.host = NULL;
	assert_int_equal(made(tables__cpus, 80)->nr_rows, 5);
}

TEST_F(a_map_has_the_csds_of_each_pair)
{
	const struct table *t;

	snap.nr_edges = 5;
	edges[0] = (struct edge){ 0, 1, 5 };
	edges[1] = (struct edge){ 4, 3, 7 };
	edges[2] = (struct edge){ 4, 3, 2 };
	edges[3] = (struct edge){ CPUSET_MAX, 1, 100 };
	edges[4] = (struct edge){ 1, CPUSET_MAX, 100 };
	snap.edges_other = 9;
	t = made(tables__edges, 80);
	assert_members(*t, nr_rows, 5, nr_columns, 6, hottest, 9, note,
		       "and 9 csds of senders with too many destinations");
	for (uint32_t from = 0; from < 5; from++)
		for (uint32_t to = 0; to < 5; to++)
			assert_int_equal(table__cell(t, from, 1 + to)->n, !from && to == 1     ? 5 :
									  from == 4 && to == 3 ? 9 :
												 0);
	assert_string_equal(table__cell(t, 4, 0)->text, "CPU 4");
}

/* The columns get narrower as there are more of them; the last digits of a number stay. */
TEST_F(a_map_fits_the_screen)
{
	static const struct {
		int nr, width, columns;
		const char *last;
	} rows[] = {
		{ 10, 80, 6, "9" }, { 11, 80, 2, "10" },     { 23, 80, 2, "22" },
		{ 24, 80, 1, "3" }, { 35, 80, 1, "4" },	     { 36, 80, 0, "5" },
		{ 69, 80, 0, "8" }, { 120, 1000, 6, "119" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct table *t;

		snap.nr_cpus = rows[i].nr;
		t = made(tables__edges, rows[i].width);
		assert_int_equal(t->nr_columns, rows[i].nr + 1);
		assert_int_equal(t->columns[rows[i].nr].width, rows[i].columns);
		assert_string_equal(t->columns[rows[i].nr].name, rows[i].last);
	}
}

/* Eight CPUs, of which two have an LLC each, and four a node. */
static void group_cpus(void)
{
	snap.nr_cpus = 8;
	llcs.nr_nodes = 4;
	nodes.nr_nodes = 2;
	for (uint32_t cpu = 0; cpu < 8; cpu++) {
		llcs.ids[cpu / 2] = 10 + 2 * (cpu / 2);
		llcs.nodes[cpu] = cpu / 2;
		nodes.ids[cpu / 4] = 5 + cpu / 4;
		nodes.nodes[cpu] = cpu / 4;
	}
	groupings[0] = (struct grouping){ "LLC", &llcs };
	groupings[1] = (struct grouping){ "node", &nodes };
}

/* A map has the smallest groups with a column each; the largest where there is no room for any. */
TEST_F(a_narrow_map_has_groups)
{
	static const struct {
		int width;
		const char *last;
	} rows[] = {
		{ 80, "CPU 7" },  { 19, "CPU 7" },  { 18, "LLC 16" }, { 15, "LLC 16" },
		{ 14, "node 6" }, { 12, "node 6" }, { 11, "node 6" }, { 10, "node 6" },
		{ 9, "node 6" },  { 0, "node 6" },
	};

	group_cpus();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct table *t = made(tables__edges, rows[i].width);

		assert_string_equal(table__cell(t, t->nr_rows - 1, 0)->text, rows[i].last);
	}
	/* Groups that are not known are no groups. */
	llcs.nr_nodes = 0;
	assert_string_equal(table__cell(made(tables__edges, 18), 1, 0)->text, "node 6");
	groupings[1].numa = NULL;
	assert_string_equal(table__cell(made(tables__edges, 18), 7, 0)->text, "CPU 7");
}

/* A row of a group opens no page, and no list of CPUs selects it. */
TEST_F(a_map_of_groups_has_their_sums)
{
	static const uint64_t counts[4][4] = {
		{ 1, 0, 0, 0 }, { 0, 0, 0, 2 + 4 }, { 0, 0, 0, 0 }, { 8, 0, 16, 0 }
	};
	const struct table *t;
	char text[16];

	group_cpus();
	snap.nr_edges = 6;
	edges[0] = (struct edge){ 0, 1, 1 };
	edges[1] = (struct edge){ 2, 6, 2 };
	edges[2] = (struct edge){ 3, 7, 4 };
	edges[3] = (struct edge){ 7, 0, 8 };
	edges[4] = (struct edge){ 6, 5, 16 };
	edges[5] = (struct edge){ 6, MANY, 32 }; /* a CPU without a group */
	t = made(tables__edges, 18);
	assert_members(*t, nr_rows, 4, nr_columns, 5, hottest, 16, note, "");
	for (uint32_t from = 0; from < 4; from++) {
		uint32_t id = 10 + 2 * from;

		assert_members(t->rows[from], key, id, to.page, PAGE_NONE, cpus[0], NO_CPU, cpus[1],
			       NO_CPU);
		snprintf(text, sizeof(text), "LLC %u", id);
		assert_string_equal(table__cell(t, from, 0)->text, text);
		assert_string_equal(t->columns[1 + from].name, text + strlen(text) - 1);
		for (uint32_t to = 0; to < 4; to++)
			assert_int_equal(table__cell(t, from, 1 + to)->n, counts[from][to]);
	}
}

/* The CPUs that no column is left for are not in the map. */
TEST_F(a_map_has_a_bounded_number_of_columns)
{
	const struct table *t;

	snap.nr_cpus = MANY;
	snap.nr_edges = 2;
	edges[0] = (struct edge){ COLUMNS_MAX - 2, 0, 5 };
	edges[1] = (struct edge){ COLUMNS_MAX - 1, 0, 7 };
	t = made(tables__edges, 5000);
	assert_members(*t, nr_columns, COLUMNS_MAX, nr_rows, COLUMNS_MAX - 1, hottest, 5);
	assert_int_equal(table__cell(t, COLUMNS_MAX - 2, 1)->n, 5);
	/* A table takes no further column. */
	table__column(&page.tables[0], NULL, "more", 5, false);
	assert_int_equal(t->nr_columns, COLUMNS_MAX);
}

TEST_MAIN(NULL, NULL)
