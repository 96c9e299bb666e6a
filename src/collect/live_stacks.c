// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include "abi/limits.h"
#include "abi/table.h"
#include "collect/live_stacks.h"

size_t live_stacks__each(struct live_stacks *live, const struct maps *maps, uint32_t epoch,
			 live_stack_fn *see, void *ctx)
{
	uint64_t taken = __atomic_load_n(&maps->samples_taken[epoch & 1], __ATOMIC_RELAXED);
	size_t bank = (size_t)(epoch & 1) * SAMPLES;
	bool more = true;
	uint64_t before;

	if (live->epoch != epoch)
		*live = (struct live_stacks){ .epoch = epoch };
	before = live->seen;
	while (more && maps->geo.user_stacks && live->seen < taken && live->seen < SAMPLES) {
		more = see(ctx, maps->samples[bank + live->seen].tgid,
			   &maps->user_stacks[bank + live->seen]);
		live->seen++;
	}
	return live->seen - before;
}
