// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "prove/kinds.h"
#include "prove/page.h"
#include "prove/stalls.h"
#include "prove/tables.h"
#include "prove/waits.h"

/* Rows that are shown of functions and of edges, those with most csds first; JSON has all. */
#define SHOWN 8

static const char *const verdicts[] = { "equal", "not equal", "no verdict" };

static const char *ns(char text[24], uint64_t time)
{
	if (time == PROOF_UNKNOWN)
		return "-";
	snprintf(text, 24, "%" PRIu64, time);
	return text;
}

static void side(const struct proof_report *report, const char *name, const struct proof_csd *csd)
{
	char delay[24], handler[24];

	printf("    %-8s %11.6f  %u -> %u  delay %s  handler %s  %.24s\n", name,
	       ((double)csd->queued - report->in->start) / 1e9, csd->src, csd->dst,
	       ns(delay, csd->delay), ns(handler, csd->handler), proof__func(report, csd->func));
}

static int by_csds(const void *a, const void *b)
{
	const struct proof_row *one = *(const struct proof_row *const *)a;
	const struct proof_row *two = *(const struct proof_row *const *)b;
	bool good_one = proof_row__holds(one), good_two = proof_row__holds(two);

	if (good_one != good_two)
		return good_one - good_two;
	return one->within > two->within ? -1 : one->within < two->within;
}

/* The rows of a table, those that are not equal first; the caller's to free. NULL: no memory. */
static const struct proof_row **sorted(const struct proof_table *table)
{
	const struct proof_row **rows = malloc((table->map.nr + 1) * sizeof(*rows));

	for (uint32_t i = 0; rows && i < table->map.nr; i++)
		rows[i] = &table->rows[i];
	if (rows)
		qsort(rows, table->map.nr, sizeof(*rows), by_csds);
	return rows;
}

static void table(const struct proof_report *report, const struct proof_table *of, const char *head,
		  bool edges)
{
	const struct proof_row **rows = sorted(of);
	uint32_t shown = of->map.nr < SHOWN ? of->map.nr : SHOWN;
	char edge[32];

	printf("\n%-34s %12s %12s\n", head, "IPITRACE", "FTRACE");
	for (uint32_t i = 0; rows && i < shown; i++) {
		snprintf(edge, sizeof(edge), "%u -> %u", (uint32_t)(rows[i]->key >> 32),
			 (uint32_t)rows[i]->key);
		printf("  %-32.32s %12" PRIu64 " %12" PRIu64 "%s\n",
		       edges ? edge : proof__func(report, rows[i]->key), rows[i]->told,
		       rows[i]->within, proof_row__holds(rows[i]) ? "" : "  NOT EQUAL");
	}
	if (of->map.nr > shown)
		printf("  and %u more: -j\n", of->map.nr - shown);
	if (of->other || of->unroomed)
		printf("  not compared row by row: %" PRIu64 " csds that ipitrace sums up\n",
		       of->other + of->unroomed);
	free(rows);
}

static void kinds(const struct proof_kinds *of)
{
	char told[24], seen[24];

	printf("\n%-34s %12s %12s\n", "INTERRUPTS, AND LOCAL CALLS", "IPITRACE", "FTRACE");
	for (int i = 0; i < NR_PROOF_KINDS; i++) {
		const struct proof_kind *kind = &of->rows[i];

		printf("  %-32s %12s %12s%s\n", proof_kind_words[i],
		       ns(told, kind->told_known ? kind->told : PROOF_UNKNOWN),
		       ns(seen, kind->seen_known ? kind->seen : PROOF_UNKNOWN),
		       proof_kind__holds(of, i) ? "" : "  NOT EQUAL");
	}
	printf("  within %d ms of an end: in or out; arrived: as /proc/interrupts has it\n",
	       (int)(PROOF_KIND_END_NS / 1000000));
}

static void stall(const struct proof_report *report, const char *head, const struct proof_stall *of,
		  const char *name)
{
	printf("  %s: %s of %" PRIu64 " ns at %.6f s, %u -> %u, %s", head,
	       proof_measure_keys[of->of], of->duration,
	       ((double)of->start - report->in->start) / 1e9, of->src, of->dst, name);
}

static void stalls(const struct proof_report *report)
{
	const struct proof_stalls *of = report->in->stalls;
	char its[24];

	printf("\nstalls from %.3f ms on  %zu told: %" PRIu64 " so by ftrace, %" PRIu64
	       " false, %" PRIu64 " not judged\n",
	       of->threshold / 1e6, of->nr, of->so, of->untrue, of->unjudged);
	printf("                       %" PRIu64 " were not told, %" PRIu64
	       " lay within one that was\n",
	       of->untold, of->within);
	printf("                       %" PRIu64
	       " by one side alone, for the CPU was away between both readings\n",
	       of->apart);
	if (of->untrue) {
		stall(report, "FALSE", &of->first_untrue,
		      proof__func(report, of->first_untrue.func));
		printf(", by ftrace %s\n", ns(its, of->its));
	}
	if (of->untold) {
		stall(report, "NOT TOLD", &of->first_untold,
		      proof__func(report, of->first_untold.func));
		putchar('\n');
	}
}

static void waits(const struct proof_report *report)
{
	const struct proof_waits *of = report->in->waits;
	const struct proof_call *call = &of->first_untrue;
	char told[24], mine[24], its[24];

	printf("\nwaits of senders       %" PRIu64 " calls: %" PRIu64
	       " so by the ends of ftrace's csds, "
	       "%" PRIu64 " false\n",
	       of->calls, of->so, of->untrue);
	printf("                       %" PRIu64
	       " longer, for call and return are beyond them, %" PRIu64 " not judged\n",
	       of->longer, of->unjudged);
	printf("                       %" PRIu64 " whose csds' times are apart\n", of->apart);
	if (of->untrue)
		printf("  FALSE: %s ns at %.6f s, CPU %u, %.24s; its csds %s ns, by ftrace %s\n",
		       ns(told, call->wait), ((double)call->first.queued - report->in->start) / 1e9,
		       call->first.src, proof__func(report, call->first.func), ns(mine, call->mine),
		       ns(its, call->its));
}

static void times(const struct proof *proof)
{
	printf("\n");
	for (int i = 0; i < NR_PROOF_MEASURES; i++) {
		const struct proof_differences *of = &proof->differences[i];

		printf("%-8s %" PRIu64 " compared: %+.0f ns in the mean, %" PRIu64
		       " beyond %" PRIu64 " ns\n",
		       proof_measure_keys[i], of->count, proof_differences__mean(of), of->beyond,
		       of->bound);
	}
	printf("apart    %" PRIu64 " times by over %d us: the CPU was away between both readings, "
	       "%" PRIu64 ": it was not\n",
	       proof->apart, PROOF_FAR_NS / 1000, proof->impossible);
	for (int i = 0; i < NR_PROOF_MARKS; i++) {
		const struct proof_mean *is = &proof->means[i];

		if (is->known)
			printf("%-8s ipitrace reads the clock %.0f ns behind ftrace (%.0f at least), "
			       "5th percentile %.0f (%.0f at most)\n",
			       proof_mark_keys[i], is->mean, is->least, is->low, is->most);
		else
			printf("%-8s too few csds to tell how far both readings are apart\n",
			       proof_mark_keys[i]);
	}
}

static void examples(const struct proof_report *report)
{
	const struct proof *proof = report->proof;

	for (int i = 0; i < NR_PROOF_SIDES; i++)
		if (proof->alone[i]) {
			printf("\nthe first that one side alone has (s, CPUs, ns):\n");
			side(report, proof_side_keys[i], &proof->stray[i]);
		}
	if (proof->impossible) {
		printf("\nthe first that cannot be, for the CPU did other things (s, CPUs, ns):\n");
		for (int s = 0; s < NR_PROOF_SIDES; s++)
			side(report, proof_side_keys[s], &proof->first_impossible.side[s]);
	}
	if (proof->nr_worst)
		printf("\nthe largest differences (s, CPUs, ns):\n");
	for (size_t i = 0; i < proof->nr_worst; i++) {
		printf("  %s %" PRIu64 "\n", proof_measure_keys[proof->worst[i].measure],
		       proof->worst[i].difference);
		for (int s = 0; s < NR_PROOF_SIDES; s++)
			side(report, proof_side_keys[s], &proof->worst[i].side[s]);
	}
}

static void cost(const struct proof_cost *of)
{
	printf("\ncost by the kernel's statistics, which add to it:\n");
	for (size_t i = 0; i < of->nr; i++)
		printf("  %-32s %12.0f ns a run\n", of->programs[i].name,
		       (double)of->programs[i].ns / of->programs[i].runs);
	if (of->bare && of->ftrace && of->both)
		printf("  round trip of a membarrier       %12.1f us, with ftrace %.1f, with both %.1f\n",
		       of->bare / 1e3, of->ftrace / 1e3, of->both / 1e3);
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
	printf("at the window's ends  %" PRIu64 ", on one side alone: not judged\n",
	       proof->at_ends);
	printf("hidden from BPF       %" PRIu64 ", in the time of threads of pid 1\n",
	       proof->hidden);
	printf("alone                 ipitrace %" PRIu64 ", ftrace %" PRIu64 "\n",
	       proof->alone[PROOF_IPITRACE], proof->alone[PROOF_FTRACE]);
	printf("ledger                %" PRIu64 " queued, of them %" PRIu64 " lost and %" PRIu64
	       " in flight\n",
	       in->ledger.queued, in->ledger.lost, in->ledger.in_flight);
	table(report, in->functions, "FUNCTION", false);
	table(report, in->edges, "FROM CPU -> TO CPU", true);
	kinds(in->kinds);
	stalls(report);
	waits(report);
	times(proof);
	cost(&report->cost);
	examples(report);
}
