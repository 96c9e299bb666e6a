// SPDX-License-Identifier: GPL-2.0
/* Without memory: the live page, and a live window with callers and pairs of CPUs. */
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

static const struct opening openings[] = {
	{ ROW(live_page), .step = 7 },
	{ ROW(live_window), .optional = true },
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
