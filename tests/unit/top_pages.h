/* SPDX-License-Identifier: GPL-2.0 */
/* The pages of top, made of a small snapshot, as the text that the screen has. */
#ifndef IPITRACE_TESTS_TOP_PAGES_H
#define IPITRACE_TESTS_TOP_PAGES_H

#include "abi/hist_slots.h"
#include "canvas_line.h"
#include "model/snapshot.h"
#include "unit.h"
#include "view/top/screen.h"

static struct canvas canvas;
static struct pane pane;
static struct page page;
static char shown[1 << 14]; /* the page, its title first */

static struct fn_stats fns[4];
static struct stack_sample samples[4];
static struct cpu_stats cpus[2];
static struct edge edges[3];
static struct by_stats by[4];
static struct by_stats others[2];
static struct fn_cpu fn_cpus[2];
static struct host host;
static struct snapshot snap;
static struct findings findings;

static int setup(void **state)
{
	memset(fns, 0, sizeof(fns));
	memset(samples, 0, sizeof(samples));
	memset(cpus, 0, sizeof(cpus));
	memset(by, 0, sizeof(by));
	memset(others, 0, sizeof(others));
	memset(fn_cpus, 0, sizeof(fn_cpus));
	snap = (struct snapshot){ .host = &host,
				  .window = { .mono_start = 1000000000, .mono_end = 2000000000 },
				  .fns = fns,
				  .samples = samples,
				  .cpus = cpus,
				  .edges = edges,
				  .by = by,
				  .others = others,
				  .fn_cpus = fn_cpus };
	return canvas__resize(&canvas, 100, 40);
}

static void page_free(void)
{
	for (int i = 0; i < PAGE_TABLES; i++)
		table__free(&page.tables[i]);
	page = (struct page){};
}

static int teardown(void **state)
{
	page_free();
	pane__free(&pane);
	canvas__free(&canvas);
	findings__free(&findings);
	return 0;
}

/* Make the page, and keep in `shown` what the screen has. */
static void show(int kind, uint64_t a, uint64_t b)
{
	struct source source = {
		.snap = &snap, .findings = &findings, .place = { kind, a, b }, .width = 100
	};

	page_free();
	page__make(&source, &page);
	for (int i = 0; i < PAGE_TABLES; i++)
		table__arrange(&page.tables[i], NO_SORT, false, "");
	assert_int_equal(pane__layout(&pane, &page), 0);
	canvas__clear(&canvas);
	pane__draw(&pane, &canvas, 0, canvas.height);
	snprintf(shown, sizeof(shown), "%s\n", page.title);
	for (int y = 0; y < canvas.height; y++) {
		size_t len = strlen(shown);

		canvas__line(&canvas, y, shown + len, sizeof(shown) - len - 1);
		strcat(shown, "\n");
	}
}

/* Fails unless the page is @want: its title, then the lines of the screen up to the last one with text. */
static inline void check_page(int kind, uint64_t a, uint64_t b, const char *want)
{
	size_t len;

	show(kind, a, b);
	for (len = strlen(shown); len > 1 && shown[len - 2] == '\n'; len--)
		shown[len - 1] = '\0';
	assert_text(shown, want);
}

static inline void hist_fill(struct hist *hist, uint64_t n, uint64_t ns)
{
	hist->count += n;
	hist->slots[hist_slot(ns)] += n;
	hist->sum += n * ns;
	hist->max = ns > hist->max ? ns : hist->max;
}

static inline struct fn_stats *add_function(uint64_t addr, const char *name, const char *module,
					    uint64_t count)
{
	fns[snap.nr_fns] =
		(struct fn_stats){ .func = { .addr = addr, .name = name, .module = module },
				   .count = count };
	return &fns[snap.nr_fns++];
}

static inline struct stack_sample *add_sample(size_t fn, uint32_t tgid, const char *comm)
{
	struct stack_sample *sample = &samples[snap.nr_samples++];

	*sample = (struct stack_sample){ .fn = fn, .tgid = tgid, .nr = 3 };
	snprintf(sample->comm, sizeof(sample->comm), "%s", comm);
	sample->stack[0] = (struct symbol){ .addr = 1, .name = "smp_call_function_many_cond" };
	sample->stack[1] = (struct symbol){ .addr = 2, .name = "membarrier_private_expedited" };
	sample->stack[2] = (struct symbol){ .addr = 3, .name = "__x64_sys_membarrier" };
	return sample;
}

static inline struct by_stats *add_by(uint32_t tgid, uint64_t cgroup, const char *comm,
				      uint64_t count)
{
	struct by_stats *row = &by[snap.nr_by++];

	*row = (struct by_stats){ .tgid = tgid, .cgroup = cgroup, .count = count };
	snprintf(row->comm, sizeof(row->comm), "%s", comm);
	return row;
}

#endif /* IPITRACE_TESTS_TOP_PAGES_H */
