// SPDX-License-Identifier: GPL-2.0
/* Without memory: two bins of a page that become one, the live page, a live window with callers and pairs. */
#include "view/html/page.h"
#include "membarrier_window.h"
#include "memory_fails.h"
#include "refused_memory.h"

static struct stack_sample samples[CALLERS_SHOWN + 1];

/* A window with more callers than a page shows. */
static struct snapshot called_window(void)
{
	struct snapshot snap = membarrier_window(SECOND, 1, 5);

	for (uint32_t i = 0; i < ARRAY_SIZE(samples); i++) {
		samples[i] = (struct stack_sample){ .tgid = 7 + i, .comm = "sender", .nr = 1 };
		samples[i].stack[0].name = "membarrier_private_expedited";
	}
	snap.samples = samples;
	snap.nr_samples = ARRAY_SIZE(samples);
	return snap;
}

static int write_live_page(void)
{
	size_t len;

	return keep_object(live_view__page(&(struct live_page){ 1, 600, true }, &len));
}

OPENING(live_page, write_live_page(), free(object))

static int write_live_window(void)
{
	struct snapshot snap = called_window();
	size_t len;
	int err;

	/* Then the pairs are a list of their own. */
	snap.nr_cpus = BIN_EDGES_CPUS + 1;
	snap.cpus = calloc(snap.nr_cpus, sizeof(*snap.cpus));
	if (!snap.cpus)
		return -ENOMEM;
	err = keep_object(live_view__window(&snap, true, &len));
	free(snap.cpus);
	return err;
}

OPENING(live_window, write_live_window(), free(object))

static struct bins bins;

/* Add a window of the function @name, which went from CPU @src to CPU 0. */
static int add_window(int nr, const char *name, uint32_t src)
{
	struct snapshot snap = membarrier_window(SECOND + nr * SECOND, 1, 5);

	snap.nr_cpus = 1;
	snap.cpus[0].cpu = src;
	snap.fns->func.name = name;
	snap.edges[0].src = src;
	return bins__add(&bins, &snap);
}

static void free_bins(void)
{
	bins__free(&bins);
	bins = (struct bins){};
}

/* Each two bins have a CPU, a function and a pair that differ. All windows but the last have memory. */
static int merge_bins(void)
{
	long granted = nr_granted;
	char name[16];
	int err;

	nr_granted = -1;
	for (int i = 0; i < BINS_MAX; i++) {
		snprintf(name, sizeof(name), "f%d", i % 4);
		assert_int_equal(add_window(i, name, i % 4 * 8), 0);
	}
	nr_granted = granted;
	err = add_window(BINS_MAX, "f0", 0);
	if (err)
		free_bins();
	else
		assert_int_equal(bins.nr, BINS_MAX / 2 + 1);
	return err;
}

OPENING(bins, merge_bins(), free_bins())

static const struct opening openings[] = {
	{ ROW(live_page), .step = 7 },
	{ ROW(live_window), .optional = true },
	{ ROW(bins) },
};

TEST(each_allocation_may_fail)
{
	test_each_allocation(openings, ARRAY_SIZE(openings));
}

static int teardown_group(void **state)
{
	name_opening();
	return 0;
}

TEST_MAIN(host_setup, teardown_group)
