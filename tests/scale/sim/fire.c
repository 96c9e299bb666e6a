// SPDX-License-Identifier: GPL-2.0
/* An event: its programs run one after the other, in the order in which they were attached. */
#include <string.h>
#include "machine.h"

static const char *skipped; /* program */
static uint64_t skipped_nth, skipped_runs;

void fire_skips(const char *prog, uint64_t nth)
{
	skipped = prog;
	skipped_nth = nth;
}

static bool skip(const struct prog *prog)
{
	return skipped && !strcmp(prog->name, skipped) && ++skipped_runs % skipped_nth == 0;
}

void fire(enum event event, uint32_t cpu, const uint64_t args[6])
{
	uint64_t *ctx = (uint64_t *)KMEM_ARGUMENTS;
	const uint64_t r[5] = { (uint64_t)ctx };

	memcpy(ctx, args, 6 * sizeof(*args));
	sim.args = ctx;
	sim.cpu = cpu;
	for (int i = 0; i < cap.nr_at[event]; i++) {
		sim.prog = cap.at[event][i];
		sim.clock_read = false;
		if (!skip(&cap.progs[sim.prog]))
			interp(&cap.progs[sim.prog], 0, r, 0);
		if (event == EV_QUEUE && sim.clock_read && sim.behind_clock < sim.since_clock)
			sim.behind_clock = sim.since_clock;
	}
}
