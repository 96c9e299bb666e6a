// SPDX-License-Identifier: GPL-2.0
#include "base/helper_process.h"
#include "command/parts.h"

/* Refuse an option that --tap rules out. Returns an exit status. */
static int check_tap(const struct options *opts)
{
	const char *option = opts->json ? "json" : opts->quiet ? "quiet" : NULL;

	if (!opts->tap || !option)
		return EXIT_DONE;
	return fail(EXIT_USAGE, "--tap cannot go with --%s (see ipitrace %s --help)", option,
		    command_texts[opts->command].name);
}

int command_begin(const struct options *opts)
{
	struct host host;
	int status = check_tap(opts);

	if (status != EXIT_DONE)
		return status;
	if (opts->colour != COLOUR_AUTO)
		style__set(opts->colour == COLOUR_ALWAYS);
	/* The lines of a capture, or of a dump, name the host that recorded it. */
	if (opts->command == COMMAND_REPORT || opts->command == COMMAND_IMPORT || opts->vmcore)
		return EXIT_DONE;
	machine__read(&host);
	wall_clock__sync();
	if (stamp__set(&host.name))
		return part_status("start", -ENOMEM);
	return EXIT_DONE;
}

uint64_t limits__stall(const struct options *opts)
{
	if (opts->flight.on.threshold)
		return opts->flight.on.threshold;
	return opts->threshold ? opts->threshold : THRESHOLD_DEFAULT;
}

struct storm_limits limits__storm(const struct options *opts)
{
	return (struct storm_limits){
		.rate = opts->storm_rate ? opts->storm_rate : STORM_RATE_DEFAULT,
		.share = opts->storm_share ? opts->storm_share / 100 : STORM_SHARE_DEFAULT,
		.rise = opts->storm_rise ? opts->storm_rise : STORM_RISE_DEFAULT,
		/* An explicit --storm-rate disables the check of the cost. */
		.note = opts->storm_rate ? 0 : STORM_NOTE,
	};
}

uint64_t stalls_missing__say(const struct stall_totals *sum)
{
	uint64_t nr = sum->lost + sum->dropped;

	if (nr)
		fail(EXIT_DONE, "no room for %" PRIu64 " stall%s, which %s missing", nr,
		     units__plural(nr), nr == 1 ? "is" : "are");
	return nr;
}
