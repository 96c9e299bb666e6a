// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include "model/wait_counts.h"
#include "view/text/block.h"
#include "view/text/units.h"
#include "view/text/wait_counts.h"
#include "view/text/words.h"

static void say_longer(struct block *words, const struct wait_counts *counts)
{
	struct duration threshold = view__duration(counts->threshold);

	if (!counts->at_least && !counts->waits)
		block__add(words, "nobody waited longer than %s: no sender waited", threshold.s);
	else if (!counts->at_least)
		block__add(words,
			   "nobody waited longer than %s: %" PRIu64 " wait%s, the longest %s",
			   threshold.s, counts->waits, units__plural(counts->waits),
			   view__duration(counts->longest).s);
	else if (counts->at_least == counts->at_most)
		block__add(words, "%" PRIu64 " of %" PRIu64 " wait%s %s longer than %s",
			   counts->at_least, counts->waits, units__plural(counts->waits),
			   counts->at_least == 1 ? "was" : "were", threshold.s);
	else
		block__add(words,
			   "%" PRIu64 " to %" PRIu64 " of %" PRIu64 " wait%s were longer than %s",
			   counts->at_least, counts->at_most, counts->waits,
			   units__plural(counts->waits), threshold.s);
	if (counts->at_least)
		block__add(words, ", the longest %s", view__duration(counts->longest).s);
}

size_t view__wait_counts(char *buf, size_t size, const struct wait_counts *counts)
{
	char text[400];
	struct block lines, words;

	block__begin(&lines, buf, size);
	block__begin(&words, text, sizeof(text));
	say_longer(&words, counts);
	block__add(&words, "; none caught in %" PRIu64 " look%s", counts->looks,
		   units__plural(counts->looks));
	if (counts->at_least)
		block__add(&words,
			   ": waits shorter than %s can pass between looks; "
			   "ipitrace stalls reports each",
			   view__duration(counts->look_period).s);
	block__wrap(&lines, text, 0);
	if (!counts->lost)
		return lines.len;
	block__begin(&words, text, sizeof(text));
	block__add(&words, "%" PRIu64 " csd%s could not be followed: waits may be missing",
		   counts->lost, units__plural(counts->lost));
	block__wrap(&lines, text, 0);
	return lines.len;
}
