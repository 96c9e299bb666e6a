// SPDX-License-Identifier: GPL-2.0
#include "base/sysfile.h"
#include "command/parts.h"

int command_begin(const struct options *opts)
{
	struct host host;
	char advice[128];

	if (stack__is_small(advice, sizeof(advice)))
		return fail(EXIT_CANNOT, "%s", advice);
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

void capture_head__set(struct capture_head *head, struct host *host, const struct options *opts)
{
	machine__read(host);
	*head = (struct capture_head){
		.host = host,
		.options = opts->words,
		.nr_options = opts->nr_words,
		.program = opts->program ? opts->program[0] : NULL,
		.mono = mono_ns(),
		.minor = CAPTURE_MINOR,
	};
	clock_gettime(CLOCK_REALTIME, &head->started);
}

uint64_t stalls_missing__say(const struct stall_totals *sum)
{
	uint64_t nr = sum->lost + sum->dropped;

	if (nr)
		fail(EXIT_DONE, "no room for %" PRIu64 " stall%s, which %s missing", nr,
		     units__plural(nr), nr == 1 ? "is" : "are");
	return nr;
}

int gate_status(const char *name, const struct sight *sight, int status)
{
	char why[512];

	/* A run that failed has no verdict. */
	if (status != EXIT_DONE)
		return status;
	switch (sight__judge(sight)) {
	case SIGHT_CLEAR:
		return EXIT_DONE;
	case SIGHT_FOUND:
		return EXIT_FOUND;
	case SIGHT_NOT_CERTAIN:
		break;
	}
	sight__why(sight, why, sizeof(why));
	return fail(EXIT_FAILED, "%s: not certain: %s", name, why);
}

int tap_write(char *notes, size_t size, const char *text, size_t len)
{
	return write_all(STDOUT_FILENO, notes, view__tap_notes(notes, size, text, len), NULL);
}

int tap_begin(const struct options *opts)
{
	static bool begun;

	if (!opts->tap || begun)
		return EXIT_DONE;
	begun = true;
	view__tap_begin();
	/* Flush stdout, because watchers write to the descriptor themselves. */
	return output_status(0);
}
