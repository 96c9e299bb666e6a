// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "prove/parts.h"

/* Rows of functions and of edges that are printed, most csds first; JSON has all rows. */
#define SHOWN 8

const char *const proof_measure_keys[] = { "delay", "handler" };
const char *const proof_mark_keys[] = { "queue", "entry", "exit" };
const char *const proof_side_keys[] = { "ipitrace", "ftrace" };

const char *proof__func(const struct proof_report *report, uint64_t func)
{
	struct symbol symbol = {};

	if (report->names)
		symbol = names__symbol(report->names, func);
	if (!symbol.name)
		return "?";
	return symbol.module && !report->details ? "of a module" : symbol.name;
}

static const char *const verdicts[] = { "equal", "not equal", "no verdict" };

static const char *format_ns(char text[24], uint64_t time)
{
	if (time == PROOF_UNKNOWN)
		return "-";
	snprintf(text, 24, "%" PRIu64, time);
	return text;
}

static void print_csd(const struct proof_report *report, const char *name,
		      const struct proof_csd *csd)
{
	char delay[24], handler[24];

	printf("    %-8s %11.6f  %u -> %u  delay %s  handler %s  %.24s\n", name,
	       ((double)csd->queued - report->in->start) / 1e9, csd->src, csd->dst,
	       format_ns(delay, csd->delay), format_ns(handler, csd->handler),
	       proof__func(report, csd->func));
}

/* Compare rows: rows whose counts differ come first, then those with most csds. */
static int by_csds(const void *a, const void *b)
{
	const struct proof_row *one = *(const struct proof_row *const *)a;
	const struct proof_row *two = *(const struct proof_row *const *)b;

	return proof_row__holds(one) - proof_row__holds(two) ?: cmp_u64(two->within, one->within);
}

static void print_table(const struct proof_report *report, const struct proof_table *table,
			const char *head, bool edges)
{
	const struct proof_row **rows = malloc((table->map.nr + 1) * sizeof(*rows));
	uint32_t shown = table->map.nr < SHOWN ? table->map.nr : SHOWN;
	char edge[32];

	for (uint32_t i = 0; rows && i < table->map.nr; i++)
		rows[i] = &table->rows[i];
	if (rows)
		qsort(rows, table->map.nr, sizeof(*rows), by_csds);
	printf("\n%-34s %12s %12s\n", head, "IPITRACE", "FTRACE");
	for (uint32_t i = 0; rows && i < shown; i++) {
		snprintf(edge, sizeof(edge), "%u -> %u", (uint32_t)(rows[i]->key >> 32),
			 (uint32_t)rows[i]->key);
		printf("  %-32.32s %12" PRIu64 " %12" PRIu64 "%s\n",
		       edges ? edge : proof__func(report, rows[i]->key), rows[i]->reported,
		       rows[i]->within, proof_row__holds(rows[i]) ? "" : "  NOT EQUAL");
	}
	if (table->map.nr > shown)
		printf("  and %u more: -j\n", table->map.nr - shown);
	if (table->other || table->rowless)
		printf("  not compared row by row: %" PRIu64 " csds that ipitrace sums up\n",
		       table->other + table->rowless);
	free(rows);
}

static void print_kinds(const struct proof_kinds *kinds)
{
	char reported[24], seen[24];

	printf("\n%-34s %12s %12s\n", "INTERRUPTS, AND LOCAL CALLS", "IPITRACE", "FTRACE");
	for (int i = 0; i < NR_PROOF_KINDS; i++) {
		const struct proof_kind *kind = &kinds->rows[i];

		printf("  %-32s %12s %12s%s\n", proof_kind_words[i],
		       format_ns(reported, kind->reported_known ? kind->reported : PROOF_UNKNOWN),
		       format_ns(seen, kind->seen_known ? kind->seen : PROOF_UNKNOWN),
		       proof_kind__holds(kinds, i) ? "" : "  NOT EQUAL");
	}
	printf("  may differ by the interrupts within %d ms of the beginning or the end;\n"
	       "  arrived: ipitrace takes this figure from /proc/interrupts\n",
	       (int)(PROOF_KIND_END_NS / 1000000));
}

static void print_stall(const struct proof_report *report, const char *head,
			const struct proof_stall *stall, const char *name)
{
	printf("  %s: %s of %" PRIu64 " ns at %.6f s, %u -> %u, %s", head,
	       proof_measure_keys[stall->of], stall->duration,
	       ((double)stall->start - report->in->start) / 1e9, stall->src, stall->dst, name);
}

static void print_stalls(const struct proof_report *report)
{
	const struct proof_stalls *stalls = report->in->stalls;
	char ftrace[24];

	printf("\nstalls from %.3f ms on  %zu reported: %" PRIu64 " also by ftrace, %" PRIu64
	       " false, %" PRIu64 " not judged\n",
	       stalls->threshold / 1e6, stalls->nr, stalls->confirmed, stalls->untrue,
	       stalls->unjudged);
	printf("                       %" PRIu64 " were not reported, %" PRIu64
	       " were part of a reported stall\n",
	       stalls->missing, stalls->within);
	printf("                       %" PRIu64
	       " by one tracer only: their clock readings are far apart\n",
	       stalls->apart);
	if (stalls->untrue) {
		print_stall(report, "FALSE", &stalls->first_untrue,
			    proof__func(report, stalls->first_untrue.func));
		printf(", by ftrace %s\n", format_ns(ftrace, stalls->ftrace));
	}
	if (stalls->missing) {
		print_stall(report, "NOT REPORTED", &stalls->first_missing,
			    proof__func(report, stalls->first_missing.func));
		putchar('\n');
	}
}

static void print_waits(const struct proof_report *report)
{
	const struct proof_waits *waits = report->in->waits;
	const struct proof_call *call = &waits->first_untrue;
	char reported[24], ipitrace[24], ftrace[24];

	printf("\nwaits of senders       %" PRIu64 " calls: %" PRIu64
	       " as long as ftrace's csds, %" PRIu64 " false\n",
	       waits->calls, waits->confirmed, waits->untrue);
	printf("                       %" PRIu64
	       " longer, as ipitrace times the whole call, %" PRIu64 " not judged\n",
	       waits->longer, waits->unjudged);
	printf("                       %" PRIu64
	       " not compared: a csd's clock readings are far apart\n",
	       waits->apart);
	if (waits->untrue)
		printf("  FALSE: %s ns at %.6f s, CPU %u, %.24s; its csds %s ns, by ftrace %s\n",
		       format_ns(reported, call->wait),
		       ((double)call->first.queued - report->in->start) / 1e9, call->first.src,
		       proof__func(report, call->first.func), format_ns(ipitrace, call->ipitrace),
		       format_ns(ftrace, call->ftrace));
}

static void print_times(const struct proof *proof)
{
	printf("\n");
	for (int i = 0; i < NR_PROOF_MEASURES; i++) {
		const struct proof_differences *differences = &proof->differences[i];

		printf("%-8s %" PRIu64 " compared: %+.0f ns in the mean, %" PRIu64
		       " beyond %" PRIu64 " ns\n",
		       proof_measure_keys[i], differences->count,
		       proof_differences__mean(differences), differences->beyond,
		       differences->bound);
	}
	printf("apart    %" PRIu64
	       " times: over %d us between both clock readings, not compared\nwrong    %" PRIu64
	       " impossible times: before ftrace's time, or after the CPU's next event\n",
	       proof->apart, PROOF_FAR_NS / 1000, proof->impossible);
	for (int i = 0; i < NR_PROOF_MARKS; i++) {
		const struct proof_mean *mean = &proof->means[i];

		if (mean->known)
			printf("%-8s ipitrace reads the clock %.0f ns after ftrace (%.0f at least),\n"
			       "         5th percentile %.0f (%.0f at most)\n",
			       proof_mark_keys[i], mean->mean, mean->least, mean->low, mean->most);
		else
			printf("%-8s too few csds to say how far both readings are apart\n",
			       proof_mark_keys[i]);
	}
}

static void print_examples(const struct proof_report *report)
{
	const struct proof *proof = report->proof;

	for (int i = 0; i < NR_PROOF_SIDES; i++)
		if (proof->alone[i]) {
			printf("\nthe first csd that only one tracer has (s, CPUs, ns):\n");
			print_csd(report, proof_side_keys[i], &proof->stray[i]);
		}
	if (proof->impossible) {
		printf("\nthe first impossible time (s, CPUs, ns):\n");
		for (int s = 0; s < NR_PROOF_SIDES; s++)
			print_csd(report, proof_side_keys[s], &proof->first_impossible.side[s]);
	}
	if (proof->nr_worst)
		printf("\nthe largest differences (s, CPUs, ns):\n");
	for (size_t i = 0; i < proof->nr_worst; i++) {
		printf("  %s %" PRIu64 "\n", proof_measure_keys[proof->worst[i].measure],
		       proof->worst[i].difference);
		for (int s = 0; s < NR_PROOF_SIDES; s++)
			print_csd(report, proof_side_keys[s], &proof->worst[i].side[s]);
	}
}

static void print_cost(const struct proof_cost *cost)
{
	printf("\ncost by the kernel's statistics, which themselves add to the cost:\n");
	for (size_t i = 0; i < cost->nr; i++)
		printf("  %-32s %12.0f ns a run\n", cost->programs[i].name,
		       (double)cost->programs[i].ns / cost->programs[i].runs);
	if (cost->bare && cost->ftrace && cost->both)
		printf("  round trip of a membarrier       %12.1f us, with ftrace %.1f, with both %.1f\n",
		       cost->bare / 1e3, cost->ftrace / 1e3, cost->both / 1e3);
	else
		printf("  round trip of a membarrier       not known: no other CPU was free\n");
}

void proof__page(const struct proof_report *report)
{
	const struct proof *proof = report->proof;
	const struct proof_input *in = report->in;

	printf("VERDICT: %s%s%s\n\n", verdicts[proof->verdict], *proof->why ? ": " : "",
	       proof->why);
	printf("csds in %.3f s        ipitrace %" PRIu64 ", ftrace %" PRIu64 "\n",
	       (in->end - in->start) / 1e9, proof->csds[PROOF_IPITRACE], proof->csds[PROOF_FTRACE]);
	printf("matched one by one    %" PRIu64 ", by sender, target, function and time\n",
	       proof->matched);
	printf("at the window's ends  %" PRIu64 ", by one tracer only: not judged\n",
	       proof->at_ends);
	printf("hidden from BPF       %" PRIu64 ", in the time of threads of pid 1\n",
	       proof->hidden);
	printf("with a missing event  %" PRIu64 ", by ftrace, which counts none as lost\n",
	       in->gaps);
	printf("by one tracer only    ipitrace %" PRIu64 ", ftrace %" PRIu64 "\n",
	       proof->alone[PROOF_IPITRACE], proof->alone[PROOF_FTRACE]);
	printf("ledger                %" PRIu64 " queued, of them %" PRIu64 " lost and %" PRIu64
	       " in flight\n",
	       in->ledger.queued, in->ledger.lost, in->ledger.in_flight);
	print_table(report, in->functions, "FUNCTION", false);
	print_table(report, in->edges, "FROM CPU -> TO CPU", true);
	print_kinds(in->kinds);
	print_stalls(report);
	print_waits(report);
	print_times(proof);
	print_cost(&report->cost);
	print_examples(report);
}
