// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "hist.h"
#include "style.h"
#include "summary.h"
#include "units.h"

#define BAR_WIDTH 18

/* People read octaves; JSON has the slots. */
static uint64_t octave(const struct hist *hist, int o)
{
	uint64_t n = 0;

	for (int i = 0; i < HIST_SUB; i++)
		n += hist->slots[o * HIST_SUB + i];
	return n;
}

static void bar(uint64_t n, uint64_t max, bool last)
{
	char buf[BAR_BYTES];
	const char *text = style__bar(buf, n, max, BAR_WIDTH);
	int columns = 0;

	printf(" %7s %s", n ? units__count(n).s : "", text);
	for (const char *p = text; *p; p++)
		columns += (*p & 0xc0) != 0x80;
	if (!last)
		printf("%*s", BAR_WIDTH - columns, "");
}

static void percentiles(const char *name, const struct hist *hist)
{
	printf("  %-8s", name);
	if (!hist->count) {
		puts("none");
		return;
	}
	printf("p50 %s  p90 %s  p99 %s  p99.9 %s  max %s  of %s\n",
	       units__ns(hist__percentile(hist, 50)).s, units__ns(hist__percentile(hist, 90)).s,
	       units__ns(hist__percentile(hist, 99)).s, units__ns(hist__percentile(hist, 99.9)).s,
	       units__ns(hist->max).s, units__count(hist->count).s);
}

static void cpu_hist(const struct cpu_stats *cpu)
{
	int first = HIST_SLOTS / HIST_SUB, last = -1;
	uint64_t delay_max = 0, handler_max = 0;

	for (int o = 0; o < HIST_SLOTS / HIST_SUB; o++) {
		uint64_t delay = octave(&cpu->delay, o), handler = octave(&cpu->handler, o);

		if (!delay && !handler)
			continue;
		first = first < o ? first : o;
		last = o;
		delay_max = delay > delay_max ? delay : delay_max;
		handler_max = handler > handler_max ? handler : handler_max;
	}
	printf("\n%sCPU %" PRIu32 "%s\n", style__on(STYLE_HEAD), cpu->cpu, style__off());
	percentiles("delay", &cpu->delay);
	percentiles("handler", &cpu->handler);
	printf("%s  %16s %7s %-*s %7s %s%s\n", style__on(STYLE_DIM), "from .. to", "delay",
	       BAR_WIDTH, "", "handler", "", style__off());
	for (int o = first; o <= last; o++) {
		uint64_t from = hist_lower(o * HIST_SUB),
			 to = hist_upper(o * HIST_SUB + HIST_SUB - 1);

		printf("  %6s .. %-6s", units__ns(from).s, units__ns(to + 1).s);
		bar(octave(&cpu->delay, o), delay_max, false);
		bar(octave(&cpu->handler, o), handler_max, true);
		putchar('\n');
	}
}

void view__hist(const struct snapshot *snap, bool quiet)
{
	bool any = false;

	if (!quiet)
		view__head(snap, "hist");
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		if (!snap->cpus[i].delay.count && !snap->cpus[i].handler.count)
			continue;
		cpu_hist(&snap->cpus[i]);
		any = true;
	}
	if (!any)
		puts("no CPU received one");
	putchar('\n');
}
