// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "prove/parts.h"

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

static void count_untrue(struct proof_waits *waits, const struct proof_call *call)
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
		count_untrue(waits, &call);
	else if (!ipitrace.known || !ftrace.known || call.wait == PROOF_UNKNOWN ||
		 ipitrace.from < in->start + PROOF_END_NS || ipitrace.to + PROOF_END_NS > in->end)
		waits->unjudged++;
	else if (call.wait + PROOF_TEXT_NS < call.ipitrace ||
		 (exact && proof_far(call.wait, call.ipitrace)))
		count_untrue(waits, &call);
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
