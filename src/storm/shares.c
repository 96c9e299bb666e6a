// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/callers.h"
#include "storm/shares.h"

/*
 * A cause with a smaller part of the csds gets no share, since few samples show that cause: its
 * csds count for no cause. Half of this part is enough for a cause whose group is a storm already.
 * A smaller part of ipitrace's own counts for no cause, too, and is not shown.
 */
#define PART_LEAST 0.2

void shares__begin(struct shares *shares, const struct sending *sent)
{
	memset(shares, 0, sizeof(*shares));
	possible__find(&shares->possible, sent);
}

static const struct signature *find_signature(const struct shares *shares,
					      const struct stack_sample *sample)
{
	return possible__cause(&shares->possible, sample->stack, sample->nr).sig;
}

/* Returns the index of @sig's share; shares->nr if it has none. */
static size_t share_find(const struct shares *shares, const struct signature *sig)
{
	size_t i = 0;

	while (i < shares->nr && shares->causes[i].sig != sig)
		i++;
	return i;
}

void shares__sample(struct shares *shares, const struct stack_sample *sample)
{
	const struct signature *sig;
	struct share added;
	size_t i;

	shares->samples++;
	shares->csds += sample__csds(sample);
	if (sample->own) {
		shares->own += sample__csds(sample);
		return;
	}
	sig = find_signature(shares, sample);
	added = (struct share){ .sig = sig, .part = sample__csds(sample) };
	i = share_find(shares, sig);
	if (i == CAUSES_MAX)
		return;
	if (i == shares->nr)
		shares->nr++;
	added.part += shares->causes[i].part;
	for (; i > 0 && shares->causes[i - 1].part < added.part; i--)
		shares->causes[i] = shares->causes[i - 1];
	shares->causes[i] = added;
}

void shares__settle(struct shares *shares)
{
	size_t nr = 0;

	if (!shares->samples) {
		shares->nr = 1;
		shares->causes[0] =
			(struct share){ .sig = possible__cause(&shares->possible, NULL, 0).sig,
					.part = 1 };
		return;
	}
	shares->own_part = shares->own / shares->csds;
	if (shares->own_part < PART_LEAST)
		shares->own_part = 0;
	for (size_t i = 0; i < shares->nr; i++) {
		struct share *share = &shares->causes[i];
		double least = PART_LEAST * (shares->csds - shares->own);

		if (nr && share->part < (share->lasts ? least / 2 : least))
			continue;
		share->part /= shares->csds;
		shares->causes[nr++] = *share;
	}
	shares->nr = nr;
}

bool shares__cause(const struct shares *shares, const struct stack_sample *sample,
		   const struct signature **sig)
{
	*sig = find_signature(shares, sample);
	return !sample->own && share_find(shares, *sig) < shares->nr;
}
