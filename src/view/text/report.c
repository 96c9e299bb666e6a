// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "model/incident.h"
#include "model/trigger.h"
#include "view/text/block.h"
#include "view/text/brief.h"
#include "view/text/report.h"
#include "view/text/style.h"
#include "view/text/heading.h"
#include "view/text/units.h"

void view__report_head(const struct snapshot *sum, uint64_t windows)
{
	view__head(sum, "report", 0, NULL);
	printf("%" PRIu64 " window%s as one\n", windows, units__plural(windows));
}

int view__report_cost(const struct snapshot *sum, const struct storm_nearest *nearest, uint64_t nr,
		      const char *const *names, size_t shown)
{
	char text[512];
	struct block b;
	size_t same;
	int err = view__brief_cost(stdout, style__columns(), sum, nr ? NULL : nearest);

	if (err || !nr)
		return err;
	block__begin(&b, text, sizeof(text));
	for (size_t i = 0; i < shown; i += same) {
		for (same = 1; i + same < shown && !strcmp(names[i + same], names[i]);)
			same++;
		block__add(&b, "%s%s", i ? ", " : "", names[i]);
		if (same > 1)
			block__add(&b, " (%zu)", same);
	}
	if (nr > shown)
		block__add(&b, " and %" PRIu64 " more", nr - shown);
	paragraph__labelled("STORM", sizeof("STORM"), "%s: see below", text);
	return 0;
}

void view__report_trigger(const struct trigger *trigger, uint64_t before,
			  const struct wall_clock *clock)
{
	uint64_t us = (trigger->time + clock->offset) / 1000 % 86400000000ULL;

	printf("%sTRIGGER%s a %s", style__on(STYLE_HEAD), style__off(),
	       trigger_names[trigger->kind]);
	if (trigger__has_csd(trigger))
		printf(": %s, CPU %u to %u, after %s", phase_names[trigger->phase], trigger->src,
		       trigger->dst, units__ns(trigger->duration).s);
	printf("; %02u:%02u:%02u.%06u, %s after the beginning\n", (unsigned int)(us / 3600000000),
	       (unsigned int)(us / 60000000 % 60), (unsigned int)(us / 1000000 % 60),
	       (unsigned int)(us % 1000000), units__ns(before).s);
}

void view__report_stalls(uint64_t nr, uint64_t folded, size_t shown)
{
	char text[64] = "";

	if (folded)
		snprintf(text, sizeof(text), ", %" PRIu64 " of them folded into %s", folded,
			 folded == 1 ? "its cause" : "their causes");
	printf("%sSTALLS%s %" PRIu64 "%s%s\n", style__on(STYLE_HEAD), style__off(), nr, text,
	       nr - folded > shown ? "; the longest:" :
	       shown		   ? ":" :
				     "");
	if (shown)
		putchar('\n');
}

void view__report_storms(uint64_t nr, uint64_t notes, size_t shown)
{
	char noted[48] = "";

	if (notes)
		snprintf(noted, sizeof(noted), ", and %" PRIu64 " note%s", notes,
			 units__plural(notes));
	printf("%sSTORMS%s %" PRIu64 "%s%s\n", style__on(STYLE_HEAD), style__off(), nr - notes,
	       noted,
	       nr > shown ? "; those that cost most:" :
	       shown	  ? ":" :
			    "");
}
