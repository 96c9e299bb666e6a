// SPDX-License-Identifier: GPL-2.0
#include "prove/parts.h"

static int by_place_and_time(const void *a, const void *b)
{
	const struct proof_stall *one = a, *two = b;
	int by = cmp_u64(one->of, two->of) ?: cmp_u64(one->dst, two->dst);

	return by ?: cmp_u64(one->start, two->start);
}

static uint64_t get_time(const struct proof_csd *csd, enum proof_measure measure)
{
	return measure == PROOF_DELAY ? csd->delay : csd->handler;
}

static struct proof_stall make_stall(const struct proof_csd *csd, enum proof_measure measure)
{
	return (struct proof_stall){
		.of = measure,
		.start = csd->queued + (measure == PROOF_HANDLER ? csd->delay : 0),
		.duration = get_time(csd, measure),
		.func = csd->func,
		.src = csd->src,
		.dst = csd->dst,
	};
}

/*
 * Returns the reported stall that begins when @stall does; NULL if there is none. In a batch of
 * wake-ups the function's time begins, by another reading of the clock, after the CPU has walked
 * through the batch. Therefore a handler may also begin later than @stall by such a walk, if all
 * else is equal.
 */
static struct proof_stall *find_reported(const struct proof_stalls *stalls,
					 const struct proof_stall *stall)
{
	uint64_t latest = stall->start + (stall->of == PROOF_HANDLER ? PROOF_WALK_NS : 0);
	size_t from = 0, to = stalls->nr;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (by_place_and_time(&stalls->reported[mid], stall) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	if (from == stalls->nr || stalls->reported[from].of != stall->of ||
	    stalls->reported[from].dst != stall->dst || stalls->reported[from].start > latest)
		return NULL;
	if (stalls->reported[from].start != stall->start &&
	    (stalls->reported[from].src != stall->src ||
	     stalls->reported[from].func != stall->func ||
	     proof_far(stalls->reported[from].duration, stall->duration) ||
	     stall->duration + PROOF_FAR_NS < stalls->threshold))
		return NULL;
	return &stalls->reported[from];
}

static void count_untrue(struct proof_stalls *stalls, const struct proof_stall *stall,
			 uint64_t ftrace)
{
	if (stalls->untrue++)
		return;
	stalls->first_untrue = *stall;
	stalls->ftrace = ftrace;
}

static bool is_near_end(const struct proof_input *in, const struct proof_stall *stall)
{
	return stall->start < in->start + PROOF_END_NS ||
	       stall->start + stall->duration + PROOF_END_NS > in->end;
}

/*
 * Judge @stall, which was reported for the csd @ipitrace. @ftrace: the same csd as ftrace has it;
 * NULL if ftrace lacks it.
 */
static void judge_reported(struct proof_stalls *stalls, struct proof_stall *stall,
			   const struct proof_csd *ipitrace, const struct proof_csd *ftrace)
{
	uint64_t time = ftrace ? get_time(ftrace, stall->of) : PROOF_UNKNOWN;

	stall->found = true;
	if (stall->src != ipitrace->src || stall->func != ipitrace->func)
		count_untrue(stalls, stall, time);
	else if (time == PROOF_UNKNOWN)
		stalls->unjudged++;
	else if (proof_far(stall->duration, get_time(ipitrace, stall->of)) ||
		 stall->duration + PROOF_FAR_NS < stalls->threshold)
		count_untrue(stalls, stall, time);
	else if (proof_far(stall->duration, time))
		stalls->apart++;
	else
		stalls->confirmed++;
}

/* Whether half of @stall or more was during another reported stall of its CPU. */
static bool is_within_another(const struct proof_stalls *stalls, const struct proof_stall *stall)
{
	uint64_t end = stall->start + stall->duration;

	for (size_t i = 0; i < stalls->nr; i++) {
		const struct proof_stall *other = &stalls->reported[i];
		uint64_t other_end = other->start + other->duration;
		uint64_t from = other->start > stall->start ? other->start : stall->start;
		uint64_t to = other_end < end ? other_end : end;

		if (other->dst == stall->dst && to > from && 2 * (to - from) >= stall->duration)
			return true;
	}
	return false;
}

/* Judge a stall of the csd @ftrace, by ftrace's times, that ipitrace did not report. */
static void judge_missing(struct proof_stalls *stalls, const struct proof_input *in,
			  const struct proof_csd *ipitrace, const struct proof_csd *ftrace,
			  enum proof_measure measure)
{
	struct proof_stall stall = make_stall(ipitrace, measure);

	stall.duration = get_time(ftrace, measure);
	if (is_near_end(in, &stall))
		return;
	if (get_time(ipitrace, measure) < stalls->threshold)
		stalls->apart++;
	else if (is_within_another(stalls, &stall))
		stalls->within++;
	else if (!stalls->missing++)
		stalls->first_missing = stall;
}

void proof_stalls__compare(struct proof_stalls *stalls, const struct proof_input *in)
{
	if (stalls->nr)
		qsort(stalls->reported, stalls->nr, sizeof(*stalls->reported), by_place_and_time);
	for (size_t i = 0; i < in->nr[PROOF_IPITRACE]; i++) {
		const struct proof_csd *ipitrace = &in->csds[PROOF_IPITRACE][i];
		const struct proof_csd *ftrace =
			ipitrace->partner ? &in->csds[PROOF_FTRACE][ipitrace->partner - 1] : NULL;

		for (int measure = 0; measure < NR_PROOF_MEASURES; measure++) {
			struct proof_stall by_csd = make_stall(ipitrace, measure),
					   *stall = find_reported(stalls, &by_csd);

			if (stall)
				judge_reported(stalls, stall, ipitrace, ftrace);
			else if (ftrace && get_time(ftrace, measure) != PROOF_UNKNOWN &&
				 ipitrace->delay != PROOF_UNKNOWN &&
				 get_time(ftrace, measure) > stalls->threshold + PROOF_FAR_NS)
				judge_missing(stalls, in, ipitrace, ftrace, measure);
		}
	}
	for (size_t i = 0; i < stalls->nr; i++) {
		const struct proof_stall *stall = &stalls->reported[i];

		if (stall->found)
			continue;
		if (is_near_end(in, stall))
			stalls->unjudged++;
		else
			count_untrue(stalls, stall, PROOF_UNKNOWN);
	}
}

static int by_call(const void *a, const void *b)
{
	const struct proof_csd *one = *(const struct proof_csd *const *)a;
	const struct proof_csd *two = *(const struct proof_csd *const *)b;
	int by = cmp_u64(one->src, two->src) ?: cmp_u64(one->call, two->call);

	return by ?: cmp_u64(one->queued, two->queued);
}

/* The span from the first queue event of some csds to their last end, on each side. */
struct span {
	uint64_t from, to;
	bool known;
};

static void extend_span(struct span *span, const struct proof_csd *csd)
{
	uint64_t end = csd->queued + csd->delay + csd->handler;

	if (csd->delay == PROOF_UNKNOWN || csd->handler == PROOF_UNKNOWN) {
		span->known = false;
		return;
	}
	if (csd->queued < span->from)
		span->from = csd->queued;
	if (end > span->to)
		span->to = end;
}

static uint64_t get_span_length(const struct span *span)
{
	return span->known ? span->to - span->from : PROOF_UNKNOWN;
}

static void count_untrue_call(struct proof_waits *waits, const struct proof_call *call)
{
	if (!waits->untrue++)
		waits->first_untrue = *call;
}

/* Judge the @nr csds of one call. */
static void judge_csds(struct proof_waits *waits, const struct proof_input *in,
		       const struct proof_csd *const *csds, size_t nr)
{
	struct span ipitrace = { ~0ULL, 0, true }, ftrace = ipitrace;
	struct proof_call call = { *csds[0], PROOF_UNKNOWN, 0, 0 };
	/* If a csd was lost, the call may have waited for this csd. */
	bool exact = waits->exact && !in->ledger.lost, twice = false, other = false;

	for (size_t i = 0; i < nr; i++) {
		const struct proof_csd *csd = csds[i];

		extend_span(&ipitrace, csd);
		if (csd->partner)
			extend_span(&ftrace, &in->csds[PROOF_FTRACE][csd->partner - 1]);
		else
			ftrace.known = false;
		twice |= csd->wait != PROOF_UNKNOWN && call.wait != PROOF_UNKNOWN;
		other |= csd->func != csds[0]->func;
		if (csd->wait != PROOF_UNKNOWN)
			call.wait = csd->wait;
	}
	call.ipitrace = get_span_length(&ipitrace);
	call.ftrace = get_span_length(&ftrace);
	waits->calls++;
	if (twice || other)
		count_untrue_call(waits, &call);
	else if (!ipitrace.known || !ftrace.known || call.wait == PROOF_UNKNOWN ||
		 ipitrace.from < in->start + PROOF_END_NS || ipitrace.to + PROOF_END_NS > in->end)
		waits->unjudged++;
	else if (call.wait + PROOF_TEXT_NS < call.ipitrace ||
		 (exact && proof_far(call.wait, call.ipitrace)))
		count_untrue_call(waits, &call);
	else if (!proof_far(call.wait, call.ftrace))
		waits->confirmed++;
	else if (proof_far(call.ipitrace, call.ftrace))
		waits->apart++;
	else
		waits->longer++;
}

int proof_waits__compare(struct proof_waits *waits, const struct proof_input *in)
{
	size_t nr = 0, end;
	const struct proof_csd **csds = malloc((in->nr[PROOF_IPITRACE] + 1) * sizeof(*csds));

	if (!csds)
		return -ENOMEM;
	for (size_t i = 0; i < in->nr[PROOF_IPITRACE]; i++)
		if (in->csds[PROOF_IPITRACE][i].call)
			csds[nr++] = &in->csds[PROOF_IPITRACE][i];
	qsort(csds, nr, sizeof(*csds), by_call);
	for (size_t i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr && csds[end]->call == csds[i]->call &&
				  csds[end]->src == csds[i]->src;)
			end++;
		judge_csds(waits, in, &csds[i], end - i);
	}
	free(csds);
	return 0;
}
