// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "prove/parts.h"

/* Compare csds by sender, target and function. */
static int by_key(const struct proof_csd *a, const struct proof_csd *b)
{
	return cmp_u64(a->src, b->src) ?: cmp_u64(a->dst, b->dst) ?: cmp_u64(a->func, b->func);
}

static int by_key_and_time(const void *a, const void *b)
{
	const struct proof_csd *one = a, *two = b;

	return by_key(one, two) ?: cmp_u64(one->queued, two->queued);
}

/* Set the verdict, and its reason. Only the first verdict other than PROOF_EQUAL is kept. */
static void __attribute__((format(printf, 3, 4)))
set_verdict(struct proof *proof, enum proof_verdict verdict, const char *why, ...)
{
	va_list args;

	if (proof->verdict != PROOF_EQUAL)
		return;
	proof->verdict = verdict;
	va_start(args, why);
	vsnprintf(proof->why, sizeof(proof->why), why, args);
	va_end(args);
}

static bool is_within(const struct proof_input *in, const struct proof_csd *csd)
{
	return csd->queued >= in->start && csd->queued <= in->end;
}

/* Count @csd, which the other side lacks. */
static void count_alone(struct proof *proof, const struct proof_input *in, enum proof_side side,
			const struct proof_csd *csd)
{
	proof->outside += side == PROOF_FTRACE;
	if (proof_distance(csd->queued, in->start) < PROOF_END_NS ||
	    proof_distance(csd->queued, in->end) < PROOF_END_NS) {
		proof->at_ends += is_within(in, csd);
	} else if (csd->hidden) {
		proof->hidden += is_within(in, csd);
	} else if (side == PROOF_IPITRACE || is_within(in, csd)) {
		if (!proof->alone[side]++)
			proof->stray[side] = *csd;
		if (side == PROOF_FTRACE)
			return;
		if (!proof->first_alone || csd->queued < proof->first_alone)
			proof->first_alone = csd->queued;
		if (csd->queued > proof->last_alone)
			proof->last_alone = csd->queued;
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

static void add_difference(struct proof_differences *all, uint64_t a, uint64_t b)
{
	all->count++;
	all->beyond += proof_distance(a, b) > all->bound;
	if (proof_far(a, b))
		return;
	all->near++;
	all->sum += (int64_t)(a - b);
	all->bins[((int64_t)(a - b) + PROOF_FAR_NS) / PROOF_BIN_NS]++;
	all->squares += pow((double)(int64_t)(a - b), 2);
}

static void compare_measure(struct proof *proof, enum proof_measure measure,
			    const struct proof_csd *ipitrace, const struct proof_csd *ftrace)
{
	uint64_t a = measure == PROOF_DELAY ? ipitrace->delay : ipitrace->handler;
	uint64_t b = measure == PROOF_DELAY ? ftrace->delay : ftrace->handler;
	struct proof_pair pair = { measure, { *ipitrace, *ftrace }, proof_distance(a, b) };

	if (a == PROOF_UNKNOWN || b == PROOF_UNKNOWN)
		return;
	add_difference(&proof->differences[measure], a, b);
	keep_worst(proof, &pair);
}

/* Compare the readings of the clock, if both sides know all times of the csd. */
static void compare_readings(struct proof *proof, const struct proof_csd *ipitrace,
			     const struct proof_csd *ftrace)
{
	uint64_t a = ipitrace->queued, b = ftrace->queued;

	if (ipitrace->delay == PROOF_UNKNOWN || ipitrace->handler == PROOF_UNKNOWN ||
	    ftrace->delay == PROOF_UNKNOWN || ftrace->handler == PROOF_UNKNOWN)
		return;
	add_difference(&proof->readings[PROOF_QUEUE], a, b);
	add_difference(&proof->readings[PROOF_ENTRY], a += ipitrace->delay, b += ftrace->delay);
	if (!ipitrace->batch)
		add_difference(&proof->readings[PROOF_EXIT], a + ipitrace->handler,
			       b + ftrace->handler);
}

/*
 * Whether the csd @ftrace is older than all csds that ipitrace has from @ipitrace on; so ipitrace
 * lacks it. Both sides read the clock in the same event of a CPU, ftrace first: its probe was
 * attached first, and a tracepoint calls its probes in that order. Therefore ipitrace's time of a
 * csd is after ftrace's time of this csd and before ftrace's next time, except for the half
 * microsecond by which ftrace's text is rounded.
 */
static bool is_older(const struct proof_csd *ftrace, size_t left, const struct proof_csd *ipitrace)
{
	if (proof_distance(ftrace->queued, ipitrace->queued) > PROOF_SAME_NS)
		return ftrace->queued < ipitrace->queued;
	return left > 1 && !by_key(ftrace, ftrace + 1) &&
	       ftrace[1].queued <= ipitrace->queued + PROOF_TEXT_NS;
}

static void match_csds(struct proof *proof, const struct proof_input *in)
{
	struct proof_csd *a = in->csds[PROOF_IPITRACE], *b = in->csds[PROOF_FTRACE];
	const struct proof_csd *a_end = a + in->nr[PROOF_IPITRACE];
	const struct proof_csd *b_end = b + in->nr[PROOF_FTRACE];

	while (a < a_end && b < b_end) {
		int key = by_key(a, b);

		if (key > 0 || (!key && is_older(b, b_end - b, a))) {
			count_alone(proof, in, PROOF_FTRACE, b++);
		} else if (key < 0 || b->queued > a->queued + PROOF_TEXT_NS) {
			count_alone(proof, in, PROOF_IPITRACE, a++);
		} else {
			a->partner = b - in->csds[PROOF_FTRACE] + 1;
			b->partner = a - in->csds[PROOF_IPITRACE] + 1;
			proof->matched++;
			compare_measure(proof, PROOF_DELAY, a, b);
			compare_measure(proof, PROOF_HANDLER, a, b);
			compare_readings(proof, a++, b++);
		}
	}
	while (a < a_end)
		count_alone(proof, in, PROOF_IPITRACE, a++);
	while (b < b_end)
		count_alone(proof, in, PROOF_FTRACE, b++);
}

/*
 * At one event of one CPU both sides read the clock, and a host may take the CPU away for any time
 * between the two readings. Then both times are right, and far apart. Nothing else runs on the CPU
 * meanwhile, because a function is entered and left with interrupts off. Therefore ipitrace's time,
 * which is read second, is before ftrace's next event of that CPU.
 */
struct event_time {
	uint64_t time;
	uint32_t cpu;
};

struct event_times {
	struct event_time *times; /* times of ftrace's events, sorted by CPU and time */
	size_t nr;
};

static int by_cpu_and_time(const void *a, const void *b)
{
	const struct event_time *one = a, *two = b;

	return cmp_u64(one->cpu, two->cpu) ?: cmp_u64(one->time, two->time);
}

/* Read the times of ftrace's events into @to; the caller frees them. Returns 0 or -ENOMEM. */
static int read_event_times(struct event_times *to, const struct proof_input *in)
{
	size_t nr = in->nr[PROOF_FTRACE];

	to->nr = 0;
	to->times = calloc(NR_PROOF_MARKS * nr + 1, sizeof(*to->times));
	if (!to->times)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		const struct proof_csd *csd = &in->csds[PROOF_FTRACE][i];
		uint64_t entry = csd->queued + csd->delay;

		to->times[to->nr++] = (struct event_time){ csd->queued, csd->src };
		if (csd->delay == PROOF_UNKNOWN)
			continue;
		to->times[to->nr++] = (struct event_time){ entry, csd->dst };
		if (csd->handler != PROOF_UNKNOWN)
			to->times[to->nr++] = (struct event_time){ entry + csd->handler, csd->dst };
	}
	qsort(to->times, to->nr, sizeof(*to->times), by_cpu_and_time);
	return 0;
}

/*
 * Whether ftrace has an event of @cpu between @from, ftrace's time of an event, and @to, ipitrace's
 * time of the same event.
 */
static bool is_busy(const struct event_times *events, uint32_t cpu, uint64_t from, uint64_t to)
{
	/* Both times are rounded, and @from is the time of ftrace's own event. */
	const struct event_time after = { from + 3 * PROOF_TEXT_NS, cpu };
	size_t low = 0, high = events->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_cpu_and_time(&events->times[mid], &after) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < events->nr && events->times[low].cpu == cpu &&
	       events->times[low].time + PROOF_TEXT_NS < to;
}

/*
 * Judge both times of one event on @cpu, however close they are: @a, ipitrace's time, must be after
 * @b, ftrace's time, and before ftrace's next event of that CPU. @a may be earlier than @b by
 * @early, ns.
 */
static void judge_gap(struct proof *proof, const struct event_times *events, uint32_t cpu,
		      uint64_t a, uint64_t b, uint64_t early, const struct proof_pair *pair)
{
	bool possible = a < b ? b - a <= PROOF_TEXT_NS + early : !is_busy(events, cpu, b, a);

	if (possible)
		proof->apart += a > b && a - b > PROOF_FAR_NS;
	else if (!proof->impossible++)
		proof->first_impossible = *pair;
}

static void judge_gaps(struct proof *proof, const struct proof_input *in)
{
	struct event_times events;

	if (read_event_times(&events, in))
		return set_verdict(proof, PROOF_NONE, "no memory");
	for (size_t i = 0; i < in->nr[PROOF_IPITRACE]; i++) {
		const struct proof_csd *ipitrace = &in->csds[PROOF_IPITRACE][i], *ftrace;
		struct proof_pair pair = { .measure = PROOF_DELAY };
		uint64_t a, b;

		if (!ipitrace->partner || ipitrace->delay == PROOF_UNKNOWN)
			continue;
		ftrace = &in->csds[PROOF_FTRACE][ipitrace->partner - 1];
		if (ftrace->delay == PROOF_UNKNOWN)
			continue;
		pair.side[PROOF_IPITRACE] = *ipitrace;
		pair.side[PROOF_FTRACE] = *ftrace;
		pair.difference = proof_distance(ipitrace->delay, ftrace->delay);
		a = ipitrace->queued + ipitrace->delay;
		b = ftrace->queued + ftrace->delay;
		judge_gap(proof, &events, ftrace->dst, a, b, 0, &pair);
		if (ipitrace->handler == PROOF_UNKNOWN || ftrace->handler == PROOF_UNKNOWN)
			continue;
		pair.measure = PROOF_HANDLER;
		pair.difference = proof_distance(ipitrace->handler, ftrace->handler);
		judge_gap(proof, &events, ftrace->dst, a + ipitrace->handler, b + ftrace->handler,
			  ipitrace->batch ? PROOF_WALK_NS : 0, &pair);
	}
	free(events.times);
}

double proof_differences__mean(const struct proof_differences *differences)
{
	return differences->near ? (double)differences->sum / differences->near : 0;
}

/* Returns by how much chance and ftrace's rounding may move the mean: 3 standard errors, ns. */
static double get_mean_error(const struct proof_differences *differences)
{
	double mean = proof_differences__mean(differences);

	return differences->near ?
		       3 * sqrt(fmax(0, differences->squares / differences->near - mean * mean) /
				differences->near) :
		       0;
}

/* Returns the 5th percentile: cold caches, and other work at the event, only add to a value. */
static double find_percentile_5(const struct proof_differences *differences)
{
	uint64_t sum = 0;
	int bin = 0;

	while (bin < PROOF_BINS - 1 && (sum += differences->bins[bin]) * 20 < differences->near)
		bin++;
	return bin * PROOF_BIN_NS - PROOF_FAR_NS;
}

/*
 * Set how far both readings of each event may be apart in the mean, by this run's own figures.
 * ipitrace's program runs after ftrace's probe, therefore the mean is not negative. The distance is
 * the end of ftrace's probe and the part of the program before it reads the clock. This is at most
 * the distance at another event plus a whole run of the program. A wrong delay also increases the
 * distance at the exit, and the distance at the queueing is the longest. Therefore the exit limits
 * the queueing, and the queueing limits both others.
 */
static void limit_means(struct proof *proof, const struct proof_input *in)
{
	static const enum proof_mark others[] = { PROOF_EXIT, PROOF_QUEUE, PROOF_QUEUE };

	for (int mark = 0; mark < NR_PROOF_MARKS; mark++) {
		const struct proof_differences *differences = &proof->readings[mark];
		const struct proof_differences *other = &proof->readings[others[mark]];

		proof->means[mark] = (struct proof_mean){
			.known = differences->near >= PROOF_MEAN_CSDS && in->run_ns[mark],
			.mean = proof_differences__mean(differences),
			.least = -get_mean_error(differences),
			.low = find_percentile_5(differences),
			.most = fmax(-PROOF_TEXT_NS, find_percentile_5(other)) + in->run_ns[mark] +
				get_mean_error(differences) + get_mean_error(other),
		};
	}
}

/* Judge delays and handlers' times: each is the difference of two readings. */
static void judge_times(struct proof *proof)
{
	static const char *const marks[] = { "queueing", "entry", "exit" };
	static const char *const names[] = { "delay", "handler" };
	/* The first verdict stays. A wrong delay moves entry and exit: judge the entry first. */
	static const enum proof_mark order[] = { PROOF_ENTRY, PROOF_EXIT, PROOF_QUEUE };

	for (int i = 0; i < NR_PROOF_MARKS; i++) {
		const struct proof_mean *mean = &proof->means[order[i]];

		if (mean->known && (mean->mean < mean->least || mean->low > mean->most))
			set_verdict(
				proof, PROOF_NOT_EQUAL,
				"%s: ipitrace's time minus ftrace's is %+.0f ns in the mean (at "
				"least %+.0f is possible) and %+.0f in the 5th percentile (at most "
				"%+.0f)",
				marks[order[i]], mean->mean, mean->least, mean->low, mean->most);
	}
	for (int i = 0; i < NR_PROOF_MEASURES; i++) {
		const struct proof_differences *differences = &proof->differences[i];

		if (differences->beyond * 1000 > differences->count * PROOF_BEYOND)
			set_verdict(proof, PROOF_NOT_EQUAL,
				    "%s: %" PRIu64 " of %" PRIu64
				    " csds differ by more than %" PRIu64 " ns",
				    names[i], differences->beyond, differences->count,
				    differences->bound);
	}
}

/*
 * Whether ftrace seems to have been off: it has no csd between the first and the last of many csds
 * that only ipitrace has.
 */
static bool has_hole(const struct proof *proof, const struct proof_input *in)
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

static void judge_ledger(struct proof *proof, const struct proof_input *in)
{
	const struct proof_ledger *ledger = &in->ledger;
	uint64_t unrecorded = ledger->lost + ledger->in_flight;
	uint64_t most = proof->matched + proof->outside + proof->alone[PROOF_IPITRACE];

	if (proof->alone[PROOF_IPITRACE])
		set_verdict(proof, PROOF_NOT_EQUAL, "%" PRIu64 " csds that ftrace does not have",
			    proof->alone[PROOF_IPITRACE]);
	if (proof->alone[PROOF_FTRACE] > unrecorded)
		set_verdict(proof, PROOF_NOT_EQUAL,
			    "%" PRIu64 " csds that only ftrace has; ipitrace counts %" PRIu64
			    " as lost or in flight",
			    proof->alone[PROOF_FTRACE], unrecorded);
	if (ledger->queued < proof->matched || ledger->queued > most)
		set_verdict(proof, PROOF_NOT_EQUAL,
			    "the ledger has %" PRIu64 " csds queued, ftrace has %" PRIu64
			    " to %" PRIu64,
			    ledger->queued, proof->matched, most);
}

static void judge_tables(struct proof *proof, const struct proof_input *in)
{
	const struct proof_row *row = proof_table__fault(in->functions);

	if (row)
		set_verdict(proof, PROOF_NOT_EQUAL,
			    "a function has %" PRIu64 " csds, by ftrace %" PRIu64, row->reported,
			    row->within);
	row = proof_table__fault(in->edges);
	if (row)
		set_verdict(proof, PROOF_NOT_EQUAL,
			    "CPU %u to CPU %u: %" PRIu64 " csds, by ftrace %" PRIu64,
			    (uint32_t)(row->key >> 32), (uint32_t)row->key, row->reported,
			    row->within);
	for (int i = 0; i < NR_PROOF_KINDS; i++)
		if (!proof_kind__holds(in->kinds, i))
			set_verdict(proof, PROOF_NOT_EQUAL, "%s: %" PRIu64 ", by ftrace %" PRIu64,
				    proof_kind_words[i], in->kinds->rows[i].reported,
				    in->kinds->rows[i].seen);
}

/* If ipitrace lost more csds than could be compared, equal ones prove little. */
static void judge_lost(struct proof *proof, const struct proof_input *in)
{
	uint64_t compared = proof->matched + proof->alone[PROOF_IPITRACE];

	if (compared < PROOF_LEAST || in->ledger.lost > compared)
		set_verdict(proof, PROOF_NONE,
			    "only %" PRIu64 " csds could be compared, and ipitrace lost %" PRIu64,
			    compared, in->ledger.lost);
}

static void judge_all(struct proof *proof, const struct proof_input *in)
{
	const struct proof_csd *impossible = proof->first_impossible.side;
	const struct proof_stalls *stalls = in->stalls;

	if (in->unsound)
		set_verdict(proof, PROOF_NONE, "%s", in->unsound);
	if (proof->csds[PROOF_FTRACE] < PROOF_LEAST)
		set_verdict(proof, PROOF_NONE,
			    "%" PRIu64 " csds are too few: %d are needed; --load makes some",
			    proof->csds[PROOF_FTRACE], PROOF_LEAST);
	if (proof->hole)
		set_verdict(proof, PROOF_NONE,
			    "ftrace has none of %" PRIu64
			    " csds in a row, from %.3f to %.3f s: was ftrace off?",
			    proof->alone[PROOF_IPITRACE], (proof->first_alone - in->start) / 1e9,
			    (proof->last_alone - in->start) / 1e9);
	judge_ledger(proof, in);
	judge_tables(proof, in);
	if (stalls->untrue)
		set_verdict(proof, PROOF_NOT_EQUAL,
			    "%" PRIu64 " stalls were reported that ftrace does not have, or "
			    "with another length",
			    stalls->untrue);
	if (stalls->missing > stalls->dropped)
		set_verdict(proof, PROOF_NOT_EQUAL,
			    "%" PRIu64
			    " stalls by ftrace were not reported; ipitrace counts %" PRIu64
			    " for which it had no room",
			    stalls->missing, stalls->dropped);
	if (in->waits->untrue)
		set_verdict(proof, PROOF_NOT_EQUAL,
			    "%" PRIu64 " of %" PRIu64 " calls have a wait that differs from the "
			    "time of their csds",
			    in->waits->untrue, in->waits->calls);
	judge_times(proof);
	if (proof->impossible)
		set_verdict(proof, PROOF_NOT_EQUAL,
			    "%" PRIu64
			    " times are not between ftrace's time and the CPU's next event: "
			    "first CPU %u to CPU %u",
			    proof->impossible, impossible->src, impossible->dst);
	judge_lost(proof, in);
}

/*
 * If csds of ftrace's own lack events, ftrace lacks whole csds as well: then a difference is no
 * fault of ipitrace's, and nobody can tell.
 */
static void doubt_ftrace(struct proof *proof, uint64_t gaps)
{
	char why[PROOF_WHY];

	if (proof->verdict != PROOF_NOT_EQUAL || !gaps)
		return;
	proof->verdict = PROOF_NONE;
	memcpy(why, proof->why, sizeof(why));
	snprintf(proof->why, sizeof(proof->why),
		 "ftrace lacks events of %" PRIu64 " csds, and counts none as lost; %.120s", gaps,
		 why);
}

void prove(struct proof *proof, const struct proof_input *in)
{
	memset(proof, 0, sizeof(*proof));
	for (int side = 0; side < NR_PROOF_SIDES; side++) {
		if (in->nr[side])
			qsort(in->csds[side], in->nr[side], sizeof(struct proof_csd),
			      by_key_and_time);
		for (size_t i = 0; i < in->nr[side]; i++)
			proof->csds[side] += is_within(in, &in->csds[side][i]);
	}
	for (int i = 0; i < NR_PROOF_MEASURES; i++) {
		uint64_t runs = 2 * (in->run_ns[i] + in->run_ns[i + 1]);

		proof->differences[i].bound = runs > PROOF_BOUND_NS ? runs : PROOF_BOUND_NS;
	}
	match_csds(proof, in);
	proof->hole = has_hole(proof, in);
	proof_tables__count(in->functions, in->edges, in);
	proof_stalls__compare(in->stalls, in);
	if (proof_waits__compare(in->waits, in))
		set_verdict(proof, PROOF_NONE, "no memory");
	limit_means(proof, in);
	judge_gaps(proof, in);
	judge_all(proof, in);
	doubt_ftrace(proof, in->gaps);
}
