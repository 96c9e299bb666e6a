// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include "view/html/bin_json.h"

/* [count, sum, max, [slot, count, slot, count...]]; 0 if it is empty. */
static void put_hist(FILE *file, const struct hist *hist)
{
	const char *comma = "";

	if (!hist->count) {
		putc('0', file);
		return;
	}
	fprintf(file, "[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",[", hist->count, hist->sum, hist->max);
	for (int i = 0; i < HIST_SLOTS; i++)
		if (hist->slots[i]) {
			fprintf(file, "%s%d,%" PRIu64, comma, i, hist->slots[i]);
			comma = ",";
		}
	fputs("]]", file);
}

static void put_cpus(FILE *file, const struct bin *bin)
{
	for (size_t i = 0; i < bin->nr_cpus; i++) {
		const struct bin_cpu *cpu = &bin->cpus[i];

		fprintf(file, "%s[%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", i ? "," : "", cpu->cpu,
			cpu->sent, cpu->received, cpu->local);
		put_hist(file, &cpu->delay);
		putc(',', file);
		put_hist(file, &cpu->handler);
		putc(',', file);
		put_hist(file, &cpu->wait);
		fprintf(file, ",%" PRIu64 "]", wait_spun(cpu->wait.sum, cpu->wait_away));
	}
}

static void put_funcs(FILE *file, const struct bin *bin)
{
	for (size_t i = 0; i < bin->nr_funcs; i++) {
		const struct bin_func *func = &bin->funcs[i];

		fprintf(file, "%s[%u,%" PRIu64 ",%" PRIu64 ",", i ? "," : "", func->name,
			func->count, func->local);
		put_hist(file, &func->delay);
		putc(',', file);
		put_hist(file, &func->handler);
		fprintf(file, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", func->wait.count,
			wait_sum__spun(&func->wait), func->wait.max);
	}
}

void bin_json__put_edges(FILE *file, const struct edges *edges)
{
	const char *comma = "";

	putc('[', file);
	for (uint32_t src = 0; src < edges->side; src++)
		for (uint32_t dst = 0; dst < edges->side; dst++) {
			uint64_t count = edges->counts[src * edges->side + dst];

			if (!count)
				continue;
			fprintf(file, "%s%u,%u,%" PRIu64, comma, src, dst, count);
			comma = ",";
		}
	putc(']', file);
}

static void put_ledger(FILE *file, const struct ledger *l, uint64_t open)
{
	fprintf(file,
		"[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 ",%" PRIu64 "]",
		l->queued, l->carried_in, l->function, l->ttwu, l->irq_work, l->in_flight,
		ledger__lost(l), l->local, open);
}

void bin_json__put(FILE *file, const struct bin *bin, uint64_t first)
{
	fprintf(file, "{\"start\":%" PRIu64 ",\"end\":%" PRIu64 ",\"covered\":%" PRIu64 ",",
		bin->start - first, bin->end - first, bin->covered);
	fprintf(file, "\"windows\":%u,\"ledger\":", bin->windows);
	put_ledger(file, &bin->ledger, bin->open);
	fputs(",\"cpus\":[", file);
	put_cpus(file, bin);
	fputs("],\"funcs\":[", file);
	put_funcs(file, bin);
	fputs("],\"edges\":", file);
	if (bin->nr_cpus <= BIN_EDGES_CPUS)
		bin_json__put_edges(file, &bin->edges);
	else
		fputs("null", file);
	fputs("}", file);
}
