// SPDX-License-Identifier: GPL-2.0
/* How a gate ends: by the one rule of model/sight.h, with the line on stderr that says why it is not certain. */
#include "command/parts.h"

int gate_status(const char *name, const struct sight *sight, int status)
{
	char why[512] = "";
	size_t len = 0;

	/* What could not be told is no verdict, either. */
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
	for (size_t i = 0; i < sight->nr_missed && len < sizeof(why); i++)
		if (sight__could_hide(sight, &sight->missed[i]))
			len += snprintf(why + len, sizeof(why) - len, "%s%s", len ? "; " : "",
					sight->missed[i].what);
	return fail(EXIT_FAILED, "%s: not certain: %s", name, why);
}
