// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "prove/gaps.h"

static int by_cpu_and_time(const void *a, const void *b)
{
	const struct proof_moment *one = a, *two = b;

	if (one->cpu != two->cpu)
		return one->cpu < two->cpu ? -1 : 1;
	return one->time < two->time ? -1 : one->time > two->time;
}

static void add(struct proof_gaps *gaps, uint32_t cpu, uint64_t time)
{
	gaps->moments[gaps->nr++] = (struct proof_moment){ time, cpu };
}

int proof_gaps__open(struct proof_gaps *gaps, const struct proof_input *in)
{
	size_t nr = in->nr[PROOF_FTRACE];

	gaps->nr = 0;
	gaps->moments = calloc(NR_PROOF_MARKS * nr + 1, sizeof(*gaps->moments));
	if (!gaps->moments)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		const struct proof_csd *csd = &in->csds[PROOF_FTRACE][i];

		add(gaps, csd->src, csd->queued);
		if (csd->delay == PROOF_UNKNOWN)
			continue;
		add(gaps, csd->dst, csd->queued + csd->delay);
		if (csd->handler != PROOF_UNKNOWN)
			add(gaps, csd->dst, csd->queued + csd->delay + csd->handler);
	}
	qsort(gaps->moments, gaps->nr, sizeof(*gaps->moments), by_cpu_and_time);
	return 0;
}

void proof_gaps__close(struct proof_gaps *gaps)
{
	free(gaps->moments);
}

bool proof_gaps__busy(const struct proof_gaps *gaps, uint32_t cpu, uint64_t from, uint64_t to)
{
	/* Both times are rounded, and ftrace's own event is at @from. */
	const struct proof_moment behind = { from + 3 * PROOF_TEXT_NS, cpu };
	size_t low = 0, high = gaps->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_cpu_and_time(&gaps->moments[mid], &behind) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < gaps->nr && gaps->moments[low].cpu == cpu &&
	       gaps->moments[low].time + PROOF_TEXT_NS < to;
}
