// SPDX-License-Identifier: GPL-2.0
/* How a gate ends: by the one rule of model/sight.h, with the line on stderr that says why it is not certain. */
#include "command/parts.h"

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
