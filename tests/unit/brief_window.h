/* SPDX-License-Identifier: GPL-2.0 */
/* Made-up windows, and the brief page that shows them. */
#ifndef IPITRACE_TESTS_BRIEF_WINDOW_H
#define IPITRACE_TESTS_BRIEF_WINDOW_H

#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "unit.h"
#include "view/text/views.h"

#define CPUS_MAX 256
#define FNS_MAX	 40

static struct host host = {
	.name.nodename = "a-host-with-a-long-name.example",
	.name.release = "6.12.117+deb13-cloud-amd64-unsigned",
};
static struct storm_nearest nearest;
static struct brief brief;

static const char *const names[] = { "flush_tlb_func", "ipi_mb", "sched_ttwu_pending",
				     "a_function_whose_name_is_longer_than_any_column_of_a_page" };
static struct stack_sample samples[FNS_MAX];
static struct cpu_stats cpus[CPUS_MAX];
static struct fn_stats fns[FNS_MAX];
static struct edge edges[CPUS_MAX];

static inline struct hist hist_of(uint64_t count, uint64_t ns)
{
	return (struct hist){ .count = count, .sum = count * ns, .max = 3 * ns };
}

/* @nr_cpus that each send @n csds to the next. */
static inline void cpus_fill(uint32_t nr_cpus, uint64_t n)
{
	host.online = (struct cpuset){};
	for (uint32_t i = 0; i < nr_cpus; i++) {
		cpuset__add(&host.online, i);
		cpus[i] = (struct cpu_stats){ .cpu = i,
					      .sent = n,
					      .received = n,
					      .reschedules_known = true,
					      .reschedules = n / 2,
					      .delay = hist_of(n, 1000 + i),
					      .handler = hist_of(n, 500 + i),
					      .wait = hist_of(n, 700) };
		edges[i] = (struct edge){ (i + 1) % nr_cpus, i, n };
	}
}

/* @nr_fns functions with @n csds each. */
static inline void fns_fill(size_t nr_fns, uint64_t n)
{
	for (size_t i = 0; i < nr_fns; i++) {
		fns[i] = (struct fn_stats){ .func = { .addr = i + 1, .name = names[i % 4] },
					    .count = n,
					    .delay = hist_of(n, 10 * (i + 1)),
					    .handler = hist_of(n, 100 * (i + 1)),
					    .wait = { n, 700 * n, 2100 } };
		samples[i] = (struct stack_sample){
			.fn = i, .tgid = 4194304, .comm = "fifteen_letters", .nr = 1
		};
		samples[i].stack[0].name = "membarrier_private_expedited";
	}
}

/* @nr_cpus that each send to the next, @nr_fns functions with @n csds each. */
static inline struct snapshot window(uint32_t nr_cpus, size_t nr_fns, uint64_t n)
{
	cpus_fill(nr_cpus, n);
	fns_fill(nr_fns, n);
	brief = (struct brief){ .columns = 80,
				.rows = 24,
				.hints = true,
				.asked = 1,
				.ends = "Ctrl-C ends",
				.program = "ipitrace",
				.again = "",
				.ran = "",
				.filters = "",
				.nearest = &nearest };
	nearest = (struct storm_nearest){ .known = true,
					  .judged = true,
					  .cause = "membarrier",
					  .usual = "routine",
					  .func.name = "ipi_mb",
					  .rate = 978,
					  .rate_limit = 8000,
					  .cost.share = 0.001,
					  .cost.limit = 0.05,
					  .cpu_known = true,
					  .cpu = 1 };
	return (struct snapshot){
		.host = &host,
		.window.mono_end = 1000000000,
		.known.kinds = true,
		.kinds = { [KIND_CALL_FUNCTION] = n, [KIND_RESCHEDULE] = n / 2 },
		.ledger = { .queued = n * nr_fns, .function = n * nr_fns },
		.cpus = cpus,
		.nr_cpus = nr_cpus,
		.fns = fns,
		.nr_fns = nr_fns,
		.edges = edges,
		.nr_edges = nr_cpus,
		.samples = samples,
		.nr_samples = nr_fns,
	};
}

/* To be freed. The pointer is static because gcc 12 takes it for a pointer that dangles. */
static inline char *page(const struct snapshot *snap)
{
	static char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(view__brief(out, snap, &brief), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* A page with and without these words. */
static inline void assert_page(const struct snapshot *snap, const char *words,
			       const char *not_these)
{
	char *text = page(snap);

	assert_has(text, words);
	if (not_these)
		assert_lacks(text, not_these);
	free(text);
}

/* The same window as calls: who called, and the interrupts that arrived. */
static inline struct snapshot window_of_calls(uint32_t nr_cpus, size_t nr_fns, uint64_t n)
{
	struct snapshot snap = window(nr_cpus, nr_fns, n);

	for (uint32_t i = 0; i < nr_cpus; i++) {
		struct cpu_stats *cpu = &snap.cpus[i];

		cpu->received = 0;
		cpu->delay = cpu->handler = (struct hist){};
		cpu->irqs[KIND_CALL_FUNCTION] = (struct irq_sum){ 2 * n, n * 400, 7000 };
		cpu->irqs[KIND_RESCHEDULE] = (struct irq_sum){ n, n * 100, 300 };
	}
	for (size_t i = 0; i < nr_fns; i++)
		snap.fns[i].delay = snap.fns[i].handler = (struct hist){};
	snap.ledger = (struct ledger){ .queued = n * nr_fns };
	snap.call_ledger = (struct call_ledger){ .begun = n, .returned = n };
	snap.how.source = SOURCE_CALLS;
	snap.known.kinds = false;
	snap.known.irqs = true;
	brief.nearest = NULL;
	return snap;
}

#endif /* IPITRACE_TESTS_BRIEF_WINDOW_H */
