// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: a file of another tracer, through reader, pairing and windows. Whatever it says, each
 * window's ledger closes, and a csd has news in their order.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "import/import.h"

static uint64_t queued, ended, lost, in_flight;

static int window(void *ctx, struct snapshot *snap)
{
	(void)ctx;
	if (!ledger__closed(&snap->ledger) || snap->window.mono_end < snap->window.mono_start)
		abort();
	queued += snap->ledger.queued;
	lost += ledger__lost(&snap->ledger);
	in_flight = snap->ledger.in_flight;
	return 0;
}

static int csd(void *ctx, const struct pair *pair)
{
	(void)ctx;
	ended++;
	if (pair->src >= MAX_CPUS || pair->dst >= MAX_CPUS)
		abort();
	return 0;
}

static int stall(void *ctx, const struct incident *incident)
{
	(void)ctx;
	if (incident->time < incident->start)
		abort();
	return 0;
}

static int take(void *ctx, const struct import_event *event)
{
	return replay__event(ctx, event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct replay_ops ops = { .window = window, .csd = csd, .stall = stall };
	struct names *names = names__new();
	struct replay *replay = replay__new(names, &ops, NULL, 1000000, 1000);
	struct import_reader reader = { .names = names, .fn = take, .ctx = replay };
	int fd = memfd_create("import", MFD_CLOEXEC);

	queued = ended = lost = in_flight = 0;
	if (write(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET))
		abort();
	/* Each csd that was queued is told once: it ran, it was lost, or it is in flight. */
	if (!import__read(&reader, fd).err && !replay__end(replay) &&
	    queued != ended + lost + in_flight)
		abort();
	close(fd);
	replay__free(replay);
	names__free(names);
	return 0;
}
