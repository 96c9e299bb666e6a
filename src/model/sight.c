// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include "model/isolation.h"
#include "model/sight.h"

static void __attribute__((format(printf, 4, 0)))
add_missed(struct sight *sight, uint64_t count, uint64_t ns, const char *what, va_list args)
{
	/* A figure that finds no place of its own is added to the last place. */
	bool full = sight->nr_missed == MISSED_MAX;
	struct missed *missed = &sight->missed[full ? MISSED_MAX - 1 : sight->nr_missed++];

	/*
	 * The length of such a sum is unknown. If a time in which nobody watched is a part of the
	 * sum, the sum counts as a time.
	 */
	missed->count = full && !(missed->count && count) ? 0 : missed->count + count;
	missed->ns = full ? 0 : ns;
	vsnprintf(missed->what, sizeof(missed->what), what, args);
}

void sight__miss(struct sight *sight, uint64_t count, uint64_t ns, const char *what, ...)
{
	va_list args;

	if (!count)
		return;
	va_start(args, what);
	add_missed(sight, count, ns, what, args);
	va_end(args);
}

void sight__miss_time(struct sight *sight, uint64_t ns, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	add_missed(sight, 0, ns, what, args);
	va_end(args);
}

void sight__miss_detached(struct sight *sight, const char *program)
{
	if (program)
		sight__miss_time(sight, 0, "program %s is no longer attached", program);
}

void sight__miss_cut(struct sight *sight, const struct cut_short *cut)
{
	if (cut->by != CUT_NOT)
		sight__miss_time(sight, 0, "%s", cut->why);
}

/* Whether @missed could have held what the gate looks for. */
static bool could_hide(const struct sight *sight, const struct missed *missed)
{
	return !missed->ns || missed->ns > sight->shortest;
}

enum sight_verdict sight__judge(const struct sight *sight)
{
	uint64_t events = 0;

	/* A finding remains, whatever was missed. */
	if (sight->found)
		return SIGHT_FOUND;
	for (size_t i = 0; i < sight->nr_missed; i++) {
		const struct missed *missed = &sight->missed[i];

		if (!could_hide(sight, missed))
			continue;
		if (!missed->count)
			return SIGHT_NOT_CERTAIN;
		events += missed->count;
	}
	return events && events >= sight->fewest && events > sight->allowed ? SIGHT_NOT_CERTAIN :
									      SIGHT_CLEAR;
}

void sight__why(const struct sight *sight, char *why, size_t size)
{
	size_t len = 0;

	*why = '\0';
	for (size_t i = 0; i < sight->nr_missed && len < size; i++)
		if (could_hide(sight, &sight->missed[i]))
			len += snprintf(why + len, size - len, "%s%s", len ? "; " : "",
					sight->missed[i].what);
}
