// SPDX-License-Identifier: GPL-2.0
/* The windows of a live run as one: sums, names that outlive their tables, the worst verdict. */
#include "command/parts.h"
#include "unit.h"

#define SECOND 1000000000ULL

static struct host host = { .name.nodename = "vm" };

/* A window of @seconds from @start on, with csds of one function. */
static struct snapshot window(uint64_t start, uint64_t seconds, uint64_t csds, struct fn_stats *fn,
			      struct edge *edges, size_t nr_edges)
{
	*fn = (struct fn_stats){ .func = { .addr = 0x1000, .name = "ipi_mb" }, .count = csds };
	return (struct snapshot){
		.host = &host,
		.window = { .start.tv_sec = 1700000000 + start,
			    .mono_start = start * SECOND,
			    .mono_end = (start + seconds) * SECOND },
		.ledger = { .queued = csds, .carried_in = start, .function = csds },
		.fns = fn,
		.nr_fns = 1,
		.edges = edges,
		.nr_edges = nr_edges,
	};
}

TEST(windows_are_one)
{
	struct edge edge = { 0, 1, 7 };
	struct run_total total = {};
	struct fn_stats fn;
	const struct snapshot *sum;
	struct snapshot snap = window(3, 1, 10, &fn, &edge, 1);

	assert_int_equal(run_total__add(&total, &snap, NULL), 0);
	snap = window(4, 4, 32, &fn, &edge, 1);
	snap.window.last = true;
	assert_int_equal(run_total__add(&total, &snap, NULL), 0);
	sum = &total.sum->snap;
	assert_int_equal(total.windows, 2);
	assert_int_equal(sum->window.start.tv_sec, 1700000003);
	assert_int_equal(sum->window.mono_end - sum->window.mono_start, 5 * SECOND);
	assert_true(sum->window.last);
	assert_int_equal(sum->ledger.queued, 42);
	/* After one window the sum of the run is that window. */
	assert_members(*sum, ledger.carried_in, 3, nr_fns, 1, fns[0].count, 42, nr_edges, 1,
		       edges[0].count, 14, host->name.nodename, "vm");
	run_total__free(&total);
}

/* Symbol tables are read anew while modules come and go. */
TEST(names_are_its_own)
{
	char name[] = "a_function";
	struct run_total total = {};
	struct fn_stats fn;
	struct snapshot snap = window(0, 1, 1, &fn, NULL, 0);

	fn.func.name = name;
	assert_int_equal(run_total__add(&total, &snap, NULL), 0);
	memset(name, 'x', sizeof(name) - 1);
	assert_string_equal(total.sum->snap.fns[0].func.name, "a_function");
	run_total__free(&total);
}

/* A host of many CPUs has more pairs than a page can use: they are counted, and not kept. */
TEST(pairs_are_bounded)
{
	const size_t nr = 5000;
	struct edge *edges = calloc(nr, sizeof(*edges));
	struct run_total total = {};
	struct fn_stats fn;
	struct snapshot snap;

	for (size_t i = 0; i < nr; i++)
		edges[i] = (struct edge){ i, i + 1, 2 };
	snap = window(0, 1, 2 * nr, &fn, edges, nr);
	assert_int_equal(run_total__add(&total, &snap, NULL), 0);
	assert_int_equal(run_total__add(&total, &snap, NULL), 0);
	assert_members(total.sum->snap, nr_edges, 0, edges_other, 4 * nr);
	run_total__free(&total);
	free(edges);
}

/* A long run keeps a bounded number of samples, from all of its windows. */
TEST(samples_are_bounded)
{
	enum { A_WINDOW = 100, WINDOWS = 30 };
	struct stack_sample *samples = calloc(A_WINDOW, sizeof(*samples));
	struct run_total total = {};
	struct fn_stats fn;
	struct snapshot snap = window(0, 1, 1, &fn, NULL, 0);
	size_t late = 0, nr;

	snap.samples = samples;
	snap.nr_samples = A_WINDOW;
	for (int i = 0; i < WINDOWS; i++) {
		for (int n = 0; n < A_WINDOW; n++)
			samples[n].tgid = i;
		assert_int_equal(run_total__add(&total, &snap, NULL), 0);
	}
	nr = total.sum->snap.nr_samples;
	assert_in_range(nr, 100, 256);
	for (size_t i = 0; i < nr; i++)
		late += total.sum->snap.samples[i].tgid >= WINDOWS / 2;
	assert_in_range(late, nr / 4, nr - nr / 4);
	run_total__free(&total);
	free(samples);
}

static struct storm_nearest verdict(double rate, const struct storm *storm)
{
	return (struct storm_nearest){ .known = true,
				       .judged = true,
				       .storm = storm,
				       .nr_storms = storm ? 1 : 0,
				       .rate = rate,
				       .rate_limit = 1000 };
}

TEST(the_worst_window_is_the_verdict)
{
	struct storm storm = { .id = 3 };
	struct run_total total = {};
	struct fn_stats fn;
	struct snapshot snap = window(0, 1, 1, &fn, NULL, 0);
	struct storm_nearest nearest[] = { verdict(100, NULL), verdict(700, NULL),
					   verdict(3000, NULL), verdict(200, NULL) };

	nearest[2].undecided = true;
	for (int i = 0; i < 4; i++)
		assert_int_equal(run_total__add(&total, &snap, &nearest[i]), 0);
	/* A group that exceeded its limit in one window is no storm. */
	assert_int_equal(total.nearest.rate, 700);
	assert_true(total.nearest.worst);
	assert_null(total.nearest.storm);
	/*
	 * A storm counts more than what came nearest to one, and is kept after the detector freed
	 * it.
	 */
	nearest[0] = verdict(600, &storm);
	assert_int_equal(run_total__add(&total, &snap, &nearest[0]), 0);
	storm.id = 0;
	assert_int_equal(run_total__add(&total, &snap, &nearest[1]), 0);
	assert_members(total.nearest, rate, 600, storm->id, 3);
	run_total__free(&total);
}

/* Of two storms the one counts that exceeds its limit by more; its rates of CPUs are not kept. */
TEST(the_worst_storm_is_the_verdict)
{
	uint64_t rates[2] = { 5, 6 };
	const struct storm storms[] = { { .id = 3, .nr_cpus = 2, .src = rates, .dst = rates },
					{ .id = 4 },
					{ .id = 5 } };
	const struct storm_nearest first = verdict(1600, &storms[0]);
	struct storm_nearest worse = verdict(1700, &storms[1]);
	const struct storm_nearest lesser = verdict(1500, &storms[2]);
	const struct storm_nearest equal = verdict(1600, &storms[2]);
	struct run_total total = {};
	struct fn_stats fn;
	struct snapshot snap = window(0, 1, 1, &fn, NULL, 0);

	assert_int_equal(run_total__add(&total, &snap, &first), 0);
	assert_members(*total.nearest.storm, id, 3, nr_cpus, 0);
	assert_null(total.nearest.storm->src);
	assert_null(total.nearest.storm->dst);
	assert_int_equal(run_total__add(&total, &snap, &lesser), 0);
	assert_int_equal(total.nearest.storm->id, 3);
	/* Of equal ones the first counts. */
	assert_int_equal(run_total__add(&total, &snap, &equal), 0);
	assert_int_equal(total.nearest.storm->id, 3);
	/* Only the last window decides about a storm that has just begun. */
	worse.undecided = true;
	assert_int_equal(run_total__add(&total, &snap, &worse), 0);
	assert_int_equal(total.nearest.storm->id, 3);
	snap.window.last = true;
	assert_int_equal(run_total__add(&total, &snap, &worse), 0);
	assert_members(total.nearest, rate, 1700, storm->id, 4, worst, 1);
	assert_int_equal(total.windows, 5);
	run_total__free(&total);
	/* It may be freed again. */
	assert_null(total.sum);
	run_total__free(&total);
}

TEST_MAIN(NULL, NULL)
