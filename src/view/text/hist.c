// SPDX-License-Identifier: GPL-2.0
#include "view/text/views.h"

#define BAR_WIDTH 11
#define NR_SHOWN  3

uint64_t view__octave(const struct hist *hist, int o)
{
	uint64_t n = 0;

	for (int i = 0; i < HIST_SUB; i++)
		n += hist->slots[o * HIST_SUB + i];
	return n;
}

static void print_percentiles(const char *name, const struct hist *hist, bool known)
{
	printf("  %-8s", name);
	if (!known)
		puts("-: no csd tracepoints before Linux 6.5");
	else if (!hist->count)
		puts("none");
	else
		printf("mean %s p50 %s p90 %s p99 %s p99.9 %s max %s\n",
		       units__ns(hist__mean(hist)).s, units__ns(hist__percentile(hist, 50)).s,
		       units__ns(hist__percentile(hist, 90)).s,
		       units__ns(hist__percentile(hist, 99)).s,
		       units__ns(hist__percentile(hist, 99.9)).s, units__ns(hist->max).s);
}

/* Print a CPU's histograms. @runs: it is known when functions run. */
static void print_cpu(const struct cpu_stats *cpu, bool runs)
{
	static const char *const names[NR_SHOWN] = { "delay", "handler", "wait" };
	/* Two columns for the CPU as a destination, one as a sender. */
	const struct hist *const shown[NR_SHOWN] = { &cpu->delay, &cpu->handler, &cpu->wait };
	int first = HIST_SLOTS / HIST_SUB, last = -1;
	uint64_t max[NR_SHOWN] = {};

	for (int o = 0; o < HIST_SLOTS / HIST_SUB; o++) {
		for (int i = 0; i < NR_SHOWN; i++) {
			uint64_t n = view__octave(shown[i], o);

			if (!n)
				continue;
			first = first < o ? first : o;
			last = o;
			max[i] = n > max[i] ? n : max[i];
		}
	}
	putchar('\n');
	style__line(STYLE_HEAD, "CPU %u", cpu->cpu);
	for (int i = 0; i < NR_SHOWN; i++)
		print_percentiles(names[i], shown[i], runs || shown[i] == &cpu->wait);
	printf("%s  %16s", style__on(STYLE_DIM), "from .. to");
	for (int i = 0; i < NR_SHOWN; i++) {
		char of[40] = "";

		if (shown[i]->count)
			snprintf(of, sizeof(of), "of %s", units__count(shown[i]->count).s);
		printf(" %7s %-*s", names[i], i == NR_SHOWN - 1 ? 0 : BAR_WIDTH, of);
	}
	printf("%s\n", style__off());
	for (int o = first; o <= last; o++) {
		uint64_t from = hist_lower(o * HIST_SUB),
			 to = hist_upper(o * HIST_SUB + HIST_SUB - 1);

		printf("  %6s .. %-6s", units__ns(from).s, units__ns(to + 1).s);
		for (int i = 0; i < NR_SHOWN; i++) {
			char buf[BAR_BYTES];
			uint64_t n = view__octave(shown[i], o);
			const char *bar = style__bar(buf, n, max[i], BAR_WIDTH);

			printf(" %7s %s%*s", n ? units__count(n).s : "", bar,
			       i == NR_SHOWN - 1 ? 0 : BAR_WIDTH - (int)safe__width(bar), "");
		}
		putchar('\n');
	}
}

void view__hist(const struct snapshot *snap, bool quiet)
{
	bool any = false, runs = snap->how.source == SOURCE_CSD;

	if (!quiet)
		view__head(snap, "hist", 0, NULL);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		if (!cpu->delay.count && !cpu->handler.count && !cpu->wait.count)
			continue;
		print_cpu(cpu, runs);
		any = true;
	}
	if (!any)
		puts(runs ? "no CPU sent or received one" : "no CPU waited in a call");
	putchar('\n');
}
