// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "prove/waits.h"

static int by_call(const void *a, const void *b)
{
	const struct proof_csd *one = *(const struct proof_csd *const *)a;
	const struct proof_csd *two = *(const struct proof_csd *const *)b;

	if (one->src != two->src)
		return one->src < two->src ? -1 : 1;
	if (one->call != two->call)
		return one->call < two->call ? -1 : 1;
	return one->queued < two->queued ? -1 : one->queued > two->queued;
}

/* From the first queueing of so many csds to the last end, as a side has them. */
struct span {
	uint64_t from, to;
	bool known;
};

static void extend(struct span *span, const struct proof_csd *csd)
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

static uint64_t length(const struct span *span)
{
	return span->known ? span->to - span->from : PROOF_UNKNOWN;
}

static bool far(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) > PROOF_FAR_NS;
}

static bool near_end(const struct proof_input *in, const struct span *span)
{
	return span->from < in->start + PROOF_END_NS || span->to + PROOF_END_NS > in->end;
}

static void untrue(struct proof_waits *waits, const struct proof_call *call)
{
	if (!waits->untrue++)
		waits->first_untrue = *call;
}

/* A call whose csds, and their times, both sides have. */
static void judge(struct proof_waits *waits, const struct proof_call *call, bool exact)
{
	if (call->wait + PROOF_TEXT_NS < call->mine || (exact && far(call->wait, call->mine)))
		untrue(waits, call);
	else if (!far(call->wait, call->its))
		waits->so++;
	else if (far(call->mine, call->its))
		waits->apart++;
	else
		waits->longer++;
}

/* The @nr csds of one call. */
static void judge_csds(struct proof_waits *waits, const struct proof_input *in,
		       const struct proof_csd *const *csds, size_t nr)
{
	struct span mine = { ~0ULL, 0, true }, its = mine;
	struct proof_call call = { *csds[0], PROOF_UNKNOWN, 0, 0 };
	bool twice = false, other = false;

	for (size_t i = 0; i < nr; i++) {
		const struct proof_csd *csd = csds[i];

		extend(&mine, csd);
		if (csd->partner)
			extend(&its, &in->csds[PROOF_FTRACE][csd->partner - 1]);
		else
			its.known = false;
		twice |= csd->wait != PROOF_UNKNOWN && call.wait != PROOF_UNKNOWN;
		other |= csd->func != csds[0]->func;
		if (csd->wait != PROOF_UNKNOWN)
			call.wait = csd->wait;
	}
	call.mine = length(&mine);
	call.its = length(&its);
	waits->calls++;
	if (twice || other)
		untrue(waits, &call);
	else if (!mine.known || !its.known || call.wait == PROOF_UNKNOWN || near_end(in, &mine))
		waits->unjudged++;
	else
		/* A wait may be that of a csd which was lost. */
		judge(waits, &call, waits->exact && !in->ledger.lost);
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
