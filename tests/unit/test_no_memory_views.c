// SPDX-License-Identifier: GPL-2.0
/* Without memory: what windows are added to, and the pages that show them. */
#include "command/parts.h"
#include "model/callers.h"
#include "model/diff.h"
#include "model/digest.h"
#include "model/metrics.h"
#include "serve/serve.h"
#include "storm/detector.h"
#include "view/text/views.h"
#include "view/top/screen.h"
#include "membarrier_window.h"
#include "memory_fails.h"
#include "refused_memory.h"

static const struct storm_limits limits = { .rate = 10, .share = 0.01, .rise = 8 };
static struct stack_sample samples[2];
static struct edge edges[3] = { { 0, 1, 5 }, { 1, 0, 4 }, { 1, 0, 3 } };

/* A second with @csds and their callers. */
static struct snapshot busy_window(int nr, uint64_t csds)
{
	struct snapshot snap = membarrier_window(nr * SECOND, 1, csds);

	for (int i = 0; i < 2; i++) {
		samples[i] = (struct stack_sample){ .tgid = 7 + i, .comm = "sender", .nr = 1 };
		samples[i].stack[0].name = i ? "membarrier_private_expedited" : "futex_wake";
	}
	for (uint32_t cpu = 0; cpu < 2; cpu++) {
		snap.cpus[cpu].delay = (struct hist){ .count = csds, .sum = csds, .max = 9 };
		snap.cpus[cpu].handler.count = csds;
	}
	snap.fns->delay = snap.fns->handler;
	snap.samples = samples;
	snap.nr_samples = 2;
	snap.edges = edges;
	snap.nr_edges = 3;
	return snap;
}

static struct canvas canvas;

static int draw_on_canvas(void)
{
	int err = canvas__resize(&canvas, 30, 9);

	if (err)
		return err;
	assert_int_equal(canvas.width, 30);
	err = canvas__resize(&canvas, 50, 10);
	/* Without memory the canvas is unchanged. */
	assert_int_equal(canvas.width, err ? 30 : 50);
	return err;
}

static void close_canvas(void);
OPENING_OF(canvas, draw_on_canvas(), canvas__free(&canvas))

static struct page page;
static struct pane pane;

static int lay_out_rows(void)
{
	struct table *table = &page.tables[page.nr++];

	table__column(table, NULL, "who", 4, true);
	for (int i = 0; i < 70; i++) {
		table__row(table, i, (struct place){ .page = PAGE_NONE });
		table__text(table, "row %d", i);
	}
	if (table->failed)
		return -ENOMEM;
	table__arrange(table, 0, false, "row");
	/* Without memory for the order no row is shown. */
	assert_true(table->nr_shown == 70 || !table->nr_shown);
	return pane__layout(&pane, &page) ?: pane__layout(&pane, &page);
}

static void close_pane(void);
OPENING_OF(pane, lay_out_rows(), {
	pane__free(&pane);
	table__free(&page.tables[0]);
	page.nr = 0;
})

static struct history history;

static int add_to_history(void)
{
	struct snapshot snap = busy_window(1, 100);

	return history__add(&history, &snap, 1) ?: history__add(&history, &snap, 2);
}

static void close_history(void);
OPENING_OF(history, add_to_history(), history__free(&history))

static struct findings findings;

static int find_stall_and_storm(void)
{
	static const struct wall_clock clock;
	const struct incident incident = { .phase = PHASE_HANDLER, .dst_known = true, .dst = 1 };
	const struct storm storm = { .id = 1, .nr_funcs = 1, .funcs[0].name = "ipi_mb" };

	return findings__stall(&findings, &incident, 1, &clock, "{}\n", 3) ?:
		       findings__storm(&findings, &storm, &(struct storm_evidence){}, 0, "{}\n", 3) ?:
		       findings__stall(&findings, &incident, 1, &clock, "{1}\n", 4);
}

static void close_findings(void);
OPENING_OF(findings, find_stall_and_storm(), findings__free(&findings))

static struct screen screen;

static int show_screen(void)
{
	struct snapshot snap = busy_window(1, 100);
	int err;

	screen__open(&screen);
	err = screen__window(&screen, &snap, 1);
	if (!err)
		screen__draw(&screen, &canvas);
	return err;
}

static void close_screen(void);
OPENING_OF(screen, show_screen(), screen__close(&screen))

static struct digest digest;

static int make_digest(void)
{
	struct snapshot snap = busy_window(1, 100);

	return digest__make(&digest, &snap);
}

static void close_digest(void);
OPENING_OF(digest, make_digest(), digest__free(&digest))

static FILE *nowhere;

static int print_pages(void)
{
	struct brief brief = { .columns = 80,
			       .rows = 24,
			       .program = "ipitrace",
			       .again = "",
			       .ran = "",
			       .filters = "",
			       .ends = "",
			       .hints = true };
	struct snapshot snap = busy_window(1, 100);

	return view__brief(nowhere, &snap, &brief) ?: view__brief_cost(nowhere, 80, &snap, NULL);
}

OPENING(pages, print_pages(), {})

static struct diff diff;

static int compare_windows(void)
{
	struct snapshot snap = busy_window(1, 100);
	char name[8];
	int err = diff__window(&diff, 0, &snap);

	/* So many that the rows and their hash grow. */
	for (int i = 0; i < 70 && !err; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		err = diff__storm(&diff, 0, name, "ipi_mb", i);
	}
	if (!err)
		diff__judge(&diff, 0.1);
	return err;
}

static void close_diff(void);
OPENING_OF(diff, compare_windows(), diff__free(&diff))

static struct metrics metrics;

static int add_to_metrics(void)
{
	const struct metrics_config config = { .threshold = 1000, .max_fns = 4, .nr_cpus = 2 };
	const struct snapshot snap = busy_window(1, 100);
	int err = metrics__init(&metrics, &config, NULL);

	for (int i = 0; i < 3 && !err; i++)
		err = metrics__add(&metrics, &snap);
	return err;
}

static void close_metrics(void);
OPENING_OF(metrics, add_to_metrics(), metrics__free(&metrics))

static struct storm_detector *detector;

static int find_storm(void)
{
	int err = storm_detector__new(&detector, &limits);

	for (int i = 0; i < 3 && !err; i++) {
		const struct snapshot snap = busy_window(i, 50000);

		err = storm_detector__window(detector, &snap, NULL);
	}
	assert_true(err || storm_detector__get(detector, 0));
	return err;
}

static void close_storms(void);
OPENING_OF(storms, find_storm(), {
	storm_detector__free(detector);
	detector = NULL;
})

static struct folded *folded;

static int fold_stacks(void)
{
	const struct snapshot snap = busy_window(1, 100);

	folded = folded__new();
	return !folded ? -ENOMEM : folded__add(folded, &snap) ?: folded__add(folded, &snap);
}

static void close_folded(void);
OPENING_OF(folded, fold_stacks(), {
	folded__free(folded);
	folded = NULL;
})

static int add_to_recent(void)
{
	struct recent *recent = recent__new(&(struct recent_limits){ .nr = 2 });
	int err = recent ? 0 : -ENOMEM;

	for (int i = 0; i < 3 && !err; i++)
		err = recent__add(recent, blob__new(strdup("text"), 4), 1);
	recent__free(recent);
	return err;
}

OPENING(recent, add_to_recent(), {})

static struct run_total total;

static int add_to_total(void)
{
	struct snapshot snap = busy_window(1, 100);
	int err = 0;

	for (uint64_t i = 0; i < 3 && !err; i++) {
		err = run_total__add(&total, &snap, NULL);
		/* Without memory the sum is that of the windows before. */
		assert_int_equal(total.windows, i + !err);
		if (total.windows)
			assert_int_equal(total.sum->snap.fns->count,
					 total.windows * snap.fns->count);
	}
	return err;
}

static void close_total(void);
OPENING_OF(total, add_to_total(), {
	run_total__free(&total);
	total = (struct run_total){};
})

static const struct opening openings[] = {
	{ ROW(canvas) },
	{ ROW(pane), .optional = true },
	{ ROW(history) },
	{ ROW(findings) },
	{ ROW(screen), .optional = true },
	{ ROW(digest), .optional = true },
	{ ROW(pages), .optional = true },
	{ ROW(diff), .optional = true },
	{ ROW(metrics), .optional = true },
	{ ROW(storms) },
	{ ROW(folded) },
	{ ROW(recent) },
	{ ROW(total) },
};

TEST(each_allocation_may_fail)
{
	test_each_allocation(openings, ARRAY_SIZE(openings));
}

static int setup_group(void **state)
{
	nowhere = fopen("/dev/null", "we");
	return nowhere ? host_setup(state) : -1;
}

static int teardown_group(void **state)
{
	name_opening();
	fclose(nowhere);
	return 0;
}

TEST_MAIN(setup_group, teardown_group)
