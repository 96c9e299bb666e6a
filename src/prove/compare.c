// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "prove/compare.h"
#include "prove/gaps.h"
#include "prove/kinds.h"
#include "prove/stalls.h"
#include "prove/tables.h"
#include "prove/waits.h"

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* By sender, target and function. */
static int by_key(const struct proof_csd *a, const struct proof_csd *b)
{
	int by = order(a->src, b->src);

	by = by ? by : order(a->dst, b->dst);
	return by ? by : order(a->func, b->func);
}

static int by_key_and_time(const void *a, const void *b)
{
	const struct proof_csd *one = a, *two = b;
	int by = by_key(one, two);

	return by ? by : order(one->queued, two->queued);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static bool within(const struct proof_input *in, const struct proof_csd *csd)
{
	return csd->queued >= in->start && csd->queued <= in->end;
}

static bool at_end(const struct proof_input *in, const struct proof_csd *csd)
{
	return distance(csd->queued, in->start) < PROOF_END_NS ||
	       distance(csd->queued, in->end) < PROOF_END_NS;
}

/* ipitrace alone has a csd of @time. */
static void stretch(struct proof *proof, uint64_t time)
{
	if (!proof->first_alone || time < proof->first_alone)
		proof->first_alone = time;
	if (time > proof->last_alone)
		proof->last_alone = time;
}

/* @csd has no partner. */
static void leave(struct proof *proof, const struct proof_input *in, enum proof_side side,
		  const struct proof_csd *csd)
{
	proof->outside += side == PROOF_FTRACE;
	if (at_end(in, csd)) {
		proof->at_ends += within(in, csd);
	} else if (csd->hidden) {
		proof->hidden += within(in, csd);
	} else if (side == PROOF_IPITRACE || within(in, csd)) {
		if (!proof->alone[side]++)
			proof->stray[side] = *csd;
		if (side == PROOF_IPITRACE)
			stretch(proof, csd->queued);
	}
}

static void keep_worst(struct proof *proof, const struct proof_pair *pair)
{
	size_t at = proof->nr_worst;

	while (at && proof->worst[at - 1].difference < pair->difference)
		at--;
	if (at == PROOF_WORST)
		return;
	proof->nr_worst += proof->nr_worst < PROOF_WORST;
	memmove(&proof->worst[at + 1], &proof->worst[at],
		(proof->nr_worst - at - 1) * sizeof(*pair));
	proof->worst[at] = *pair;
}

static void differ(struct proof_differences *to, uint64_t a, uint64_t b)
{
	to->count++;
	to->beyond += distance(a, b) > to->bound;
	if (distance(a, b) > PROOF_FAR_NS)
		return;
	to->near++;
	to->sum += (int64_t)(a - b);
	to->bins[((int64_t)(a - b) + PROOF_FAR_NS) / PROOF_BIN_NS]++;
	to->squares += pow((double)(int64_t)(a - b), 2);
}

static void measure(struct proof *proof, enum proof_measure of, const struct proof_csd *mine,
		    const struct proof_csd *its)
{
	uint64_t a = of == PROOF_DELAY ? mine->delay : mine->handler;
	uint64_t b = of == PROOF_DELAY ? its->delay : its->handler;
	struct proof_pair pair = { of, { *mine, *its }, distance(a, b) };

	if (a == PROOF_UNKNOWN || b == PROOF_UNKNOWN)
		return;
	differ(&proof->differences[of], a, b);
	keep_worst(proof, &pair);
}

/* When both sides read the clock, where both know all of the csd's times. */
static void measure_readings(struct proof *proof, const struct proof_csd *mine,
			     const struct proof_csd *its)
{
	uint64_t a = mine->queued, b = its->queued;

	if (mine->delay == PROOF_UNKNOWN || mine->handler == PROOF_UNKNOWN ||
	    its->delay == PROOF_UNKNOWN || its->handler == PROOF_UNKNOWN)
		return;
	differ(&proof->readings[PROOF_QUEUE], a, b);
	differ(&proof->readings[PROOF_ENTRY], a += mine->delay, b += its->delay);
	if (!mine->batch)
		differ(&proof->readings[PROOF_EXIT], a + mine->handler, b + its->handler);
}

static void pair_up(struct proof *proof, struct proof_csd *mine, size_t my_index,
		    struct proof_csd *its, size_t its_index)
{
	mine->partner = its_index + 1;
	its->partner = my_index + 1;
	proof->matched++;
	measure(proof, PROOF_DELAY, mine, its);
	measure(proof, PROOF_HANDLER, mine, its);
	measure_readings(proof, mine, its);
}

/*
 * Both sides read the clock in one CPU's one event, ftrace first: its probe was attached first, and
 * a tracepoint calls its probes in that order. So ipitrace's time is behind ftrace's own and before
 * ftrace's next, but for the half microsecond by which ftrace's text is rounded.
 */
static bool is_older(const struct proof_csd *its, size_t left, const struct proof_csd *mine)
{
	if (distance(its->queued, mine->queued) > PROOF_SAME_NS)
		return its->queued < mine->queued;
	return left > 1 && !by_key(its, its + 1) && its[1].queued <= mine->queued + PROOF_TEXT_NS;
}

static void match(struct proof *proof, const struct proof_input *in)
{
	struct proof_csd *a = in->csds[PROOF_IPITRACE], *b = in->csds[PROOF_FTRACE];
	const struct proof_csd *a_end = a + in->nr[PROOF_IPITRACE];
	const struct proof_csd *b_end = b + in->nr[PROOF_FTRACE];

	while (a < a_end && b < b_end) {
		int key = by_key(a, b);

		if (key > 0 || (!key && is_older(b, b_end - b, a))) {
			leave(proof, in, PROOF_FTRACE, b++);
		} else if (key < 0 || b->queued > a->queued + PROOF_TEXT_NS) {
			leave(proof, in, PROOF_IPITRACE, a++);
		} else {
			pair_up(proof, a, a - in->csds[PROOF_IPITRACE], b,
				b - in->csds[PROOF_FTRACE]);
			a++;
			b++;
		}
	}
	while (a < a_end)
		leave(proof, in, PROOF_IPITRACE, a++);
	while (b < b_end)
		leave(proof, in, PROOF_FTRACE, b++);
}

/* Both times of one event on @cpu, where they are far apart; ipitrace's may be @early. */
static void judge_gap(struct proof *proof, const struct proof_gaps *gaps, uint32_t cpu, uint64_t a,
		      uint64_t b, uint64_t early, const struct proof_pair *pair)
{
	if (distance(a, b) <= PROOF_FAR_NS || (a < b && b - a <= early))
		return;
	if (a > b && !proof_gaps__busy(gaps, cpu, b, a))
		proof->apart++;
	else if (!proof->impossible++)
		proof->first_impossible = *pair;
}

static void judge_gaps(struct proof *proof, const struct proof_input *in)
{
	struct proof_gaps gaps;

	if (proof_gaps__open(&gaps, in))
		return proof__judge(proof, PROOF_NONE, "no memory");
	for (size_t i = 0; i < in->nr[PROOF_IPITRACE]; i++) {
		const struct proof_csd *mine = &in->csds[PROOF_IPITRACE][i], *its;
		struct proof_pair pair = { .measure = PROOF_DELAY };
		uint64_t a, b;

		if (!mine->partner || mine->delay == PROOF_UNKNOWN)
			continue;
		its = &in->csds[PROOF_FTRACE][mine->partner - 1];
		if (its->delay == PROOF_UNKNOWN)
			continue;
		pair.side[PROOF_IPITRACE] = *mine;
		pair.side[PROOF_FTRACE] = *its;
		pair.difference = distance(mine->delay, its->delay);
		a = mine->queued + mine->delay;
		b = its->queued + its->delay;
		judge_gap(proof, &gaps, its->dst, a, b, 0, &pair);
		if (mine->handler == PROOF_UNKNOWN || its->handler == PROOF_UNKNOWN)
			continue;
		pair.measure = PROOF_HANDLER;
		pair.difference = distance(mine->handler, its->handler);
		judge_gap(proof, &gaps, its->dst, a + mine->handler, b + its->handler,
			  mine->batch ? PROOF_WALK_NS : 0, &pair);
	}
	proof_gaps__close(&gaps);
}

double proof_differences__mean(const struct proof_differences *of)
{
	return of->near ? (double)of->sum / of->near : 0;
}

void proof__judge(struct proof *proof, enum proof_verdict verdict, const char *why, ...)
{
	va_list args;

	if (proof->verdict != PROOF_EQUAL)
		return;
	proof->verdict = verdict;
	va_start(args, why);
	vsnprintf(proof->why, sizeof(proof->why), why, args);
	va_end(args);
}

/* How far the mean of so many may be off by chance, ftrace's rounding included: 3 standard errors. */
static double error_of(const struct proof_differences *of)
{
	double mean = proof_differences__mean(of);

	return of->near ? 3 * sqrt(fmax(0, of->squares / of->near - mean * mean) / of->near) : 0;
}

/* The 5th percentile: caches that are cold, and what else runs at the event, are beyond it. */
static double low(const struct proof_differences *of)
{
	uint64_t sum = 0;
	int bin = 0;

	while (bin < PROOF_BINS - 1 && (sum += of->bins[bin]) * 20 < of->near)
		bin++;
	return bin * PROOF_BIN_NS - PROOF_FAR_NS;
}

/*
 * What the mean distance of both readings may be at each event, told by this run. ipitrace's program
 * comes behind ftrace's probe, so the mean is not negative. It is the end of ftrace's probe and
 * the part of the program before its reading: no more than at another event, where that part is
 * short or longer, and a whole run of the program. The exit's distance has the entry's in it where
 * a delay is wrong, and the queueing's is the longest of all; so the exit's limits the queueing's,
 * and the queueing's both others.
 */
static void limit_means(struct proof *proof, const struct proof_input *in)
{
	static const enum proof_mark others[] = { PROOF_EXIT, PROOF_QUEUE, PROOF_QUEUE };

	for (int mark = 0; mark < NR_PROOF_MARKS; mark++) {
		const struct proof_differences *of = &proof->readings[mark];
		const struct proof_differences *other = &proof->readings[others[mark]];

		proof->means[mark] = (struct proof_mean){
			.known = of->near >= PROOF_MEAN_CSDS && in->run_ns[mark],
			.mean = proof_differences__mean(of),
			.least = -error_of(of),
			.low = low(of),
			.most = fmax(-PROOF_TEXT_NS, low(other)) + in->run_ns[mark] + error_of(of) +
				error_of(other),
		};
	}
}

/* The differences of delays and handlers are those of two readings each. */
static void judge_times(struct proof *proof)
{
	static const char *const marks[] = { "queueing", "entry", "exit" };
	static const char *const names[] = { "delay", "handler" };
	/* A fault in the delay is one of the exit, too. */
	static const enum proof_mark order[] = { PROOF_ENTRY, PROOF_EXIT, PROOF_QUEUE };

	for (int i = 0; i < NR_PROOF_MARKS; i++) {
		const struct proof_mean *is = &proof->means[order[i]];

		if (is->known && (is->mean < is->least || is->low > is->most))
			proof__judge(
				proof, PROOF_NOT_EQUAL,
				"%s: ipitrace's time is %+.0f ns from ftrace's in the mean, %+.0f at "
				"least could be; in the 5th percentile %+.0f, %+.0f at most",
				marks[order[i]], is->mean, is->least, is->low, is->most);
	}
	for (int i = 0; i < NR_PROOF_MEASURES; i++) {
		const struct proof_differences *of = &proof->differences[i];

		if (of->beyond * 1000 > of->count * PROOF_BEYOND)
			proof__judge(proof, PROOF_NOT_EQUAL,
				     "%s: %" PRIu64 " of %" PRIu64
				     " csds differ by more than %" PRIu64 " ns",
				     names[i], of->beyond, of->count, of->bound);
	}
}

static bool is_hole(const struct proof *proof, const struct proof_input *in)
{
	if (proof->alone[PROOF_IPITRACE] < PROOF_HOLE)
		return false;
	for (size_t i = 0; i < in->nr[PROOF_FTRACE]; i++) {
		uint64_t time = in->csds[PROOF_FTRACE][i].queued;

		if (time > proof->first_alone && time < proof->last_alone)
			return false;
	}
	return true;
}

static void judge_csds(struct proof *proof, const struct proof_input *in)
{
	const struct proof_ledger *ledger = &in->ledger;
	uint64_t unrecorded = ledger->lost + ledger->in_flight;
	uint64_t most = proof->matched + proof->outside + proof->alone[PROOF_IPITRACE];

	if (proof->alone[PROOF_IPITRACE])
		proof__judge(proof, PROOF_NOT_EQUAL, "%" PRIu64 " csds that ftrace does not have",
			     proof->alone[PROOF_IPITRACE]);
	if (proof->alone[PROOF_FTRACE] > unrecorded)
		proof__judge(proof, PROOF_NOT_EQUAL,
			     "%" PRIu64 " csds that only ftrace has; ipitrace counts %" PRIu64
			     " as lost or in flight",
			     proof->alone[PROOF_FTRACE], unrecorded);
	if (ledger->queued < proof->matched || ledger->queued > most)
		proof__judge(proof, PROOF_NOT_EQUAL,
			     "the ledger has %" PRIu64 " csds queued, %" PRIu64 " to %" PRIu64
			     " are in ftrace's",
			     ledger->queued, proof->matched, most);
}

static void judge_apart(struct proof *proof)
{
	const struct proof_pair *pair = &proof->first_impossible;

	if (proof->impossible)
		proof__judge(proof, PROOF_NOT_EQUAL,
			     "%" PRIu64 " times are off by more than %d us, though the CPU did "
			     "other things meanwhile: CPU %u to %u",
			     proof->impossible, PROOF_FAR_NS / 1000, pair->side[0].src,
			     pair->side[0].dst);
}

static void judge_tables(struct proof *proof, const struct proof_input *in)
{
	const struct proof_row *row = proof_table__fault(in->functions);

	if (row)
		proof__judge(proof, PROOF_NOT_EQUAL,
			     "a function has %" PRIu64 " csds, by ftrace %" PRIu64, row->told,
			     row->within);
	row = proof_table__fault(in->edges);
	if (row)
		proof__judge(proof, PROOF_NOT_EQUAL,
			     "CPU %u to CPU %u: %" PRIu64 " csds, by ftrace %" PRIu64,
			     (uint32_t)(row->key >> 32), (uint32_t)row->key, row->told,
			     row->within);
	for (int i = 0; i < NR_PROOF_KINDS; i++)
		if (!proof_kind__holds(in->kinds, i))
			proof__judge(proof, PROOF_NOT_EQUAL, "%s: %" PRIu64 ", by ftrace %" PRIu64,
				     proof_kind_words[i], in->kinds->rows[i].told,
				     in->kinds->rows[i].seen);
}

static void judge_stalls(struct proof *proof, const struct proof_stalls *stalls)
{
	if (stalls->untrue)
		proof__judge(proof, PROOF_NOT_EQUAL,
			     "%" PRIu64 " stalls were told that are none by ftrace, or of another "
			     "length",
			     stalls->untrue);
	if (stalls->untold > stalls->unroomed)
		proof__judge(proof, PROOF_NOT_EQUAL,
			     "%" PRIu64 " stalls by ftrace were not told; ipitrace counts %" PRIu64
			     " that found no room",
			     stalls->untold, stalls->unroomed);
}

static void judge_waits(struct proof *proof, const struct proof_waits *waits)
{
	if (waits->untrue)
		proof__judge(proof, PROOF_NOT_EQUAL,
			     "%" PRIu64 " of %" PRIu64 " calls have a wait that is not that of "
			     "their csds",
			     waits->untrue, waits->calls);
}

static void judge(struct proof *proof, const struct proof_input *in)
{
	if (in->unsound)
		proof__judge(proof, PROOF_NONE, "%s", in->unsound);
	if (proof->csds[PROOF_FTRACE] < PROOF_LEAST)
		proof__judge(proof, PROOF_NONE,
			     "%" PRIu64 " csds are too few: %d at least; --load makes some",
			     proof->csds[PROOF_FTRACE], PROOF_LEAST);
	if (proof->hole)
		proof__judge(proof, PROOF_NONE,
			     "ftrace has none of %" PRIu64
			     " csds in a row, from %.3f to %.3f s: was "
			     "it off?",
			     proof->alone[PROOF_IPITRACE], (proof->first_alone - in->start) / 1e9,
			     (proof->last_alone - in->start) / 1e9);
	judge_csds(proof, in);
	judge_apart(proof);
	judge_tables(proof, in);
	judge_stalls(proof, in->stalls);
	judge_waits(proof, in->waits);
	judge_times(proof);
}

static void set_bounds(struct proof *proof, const struct proof_input *in)
{
	for (int i = 0; i < NR_PROOF_MEASURES; i++) {
		uint64_t runs = 2 * (in->run_ns[i] + in->run_ns[i + 1]);

		proof->differences[i].bound = runs > PROOF_BOUND_NS ? runs : PROOF_BOUND_NS;
	}
}

void prove(struct proof *proof, const struct proof_input *in)
{
	memset(proof, 0, sizeof(*proof));
	for (int side = 0; side < NR_PROOF_SIDES; side++) {
		if (in->nr[side])
			qsort(in->csds[side], in->nr[side], sizeof(struct proof_csd),
			      by_key_and_time);
		for (size_t i = 0; i < in->nr[side]; i++)
			proof->csds[side] += within(in, &in->csds[side][i]);
	}
	set_bounds(proof, in);
	match(proof, in);
	proof->hole = is_hole(proof, in);
	proof_tables__count(in->functions, in->edges, in);
	proof_stalls__compare(in->stalls, in);
	if (proof_waits__compare(in->waits, in))
		proof__judge(proof, PROOF_NONE, "no memory");
	limit_means(proof, in);
	judge_gaps(proof, in);
	judge(proof, in);
}
