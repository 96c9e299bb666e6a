/* SPDX-License-Identifier: GPL-2.0 */
/* Metrics of made-up windows, as text. */
#ifndef IPITRACE_TESTS_METRICS_TEXT_H
#define IPITRACE_TESTS_METRICS_TEXT_H

#include <inttypes.h>
#include "abi/hist_slots.h"
#include "cli/options.h"
#include "model/metrics.h"
#include "model/snapshot.h"
#include "unit.h"
#include "view/view.h"

static const struct metrics_process process = { .cpu_seconds = 1.5,
						.resident_bytes = 4096,
						.start_time = 1795176075.5 };
static struct metrics metrics;
static char *text; /* as printed last */
static size_t text_len;

static int teardown(void **state)
{
	metrics__free(&metrics);
	free(text);
	text = NULL;
	return 0;
}

static inline const char *print_of(const struct metrics_process *own, enum metrics_format format)
{
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &text_len);
	assert_non_null(out);
	assert_int_equal(view__metrics(out, &metrics, own, format), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static const char *print(enum metrics_format format)
{
	return print_of(&process, format);
}

static void hist_put(struct hist *hist, uint64_t ns, uint64_t n)
{
	hist->slots[hist_slot(ns)] += n;
	hist->count += n;
	hist->sum += ns * n;
	if (ns > hist->max)
		hist->max = ns;
}

#endif /* IPITRACE_TESTS_METRICS_TEXT_H */
