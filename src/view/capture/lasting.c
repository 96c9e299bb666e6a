// SPDX-License-Identifier: GPL-2.0
/* Stalls or storms of a capture, by id from their first report to their last. */
#include "view/capture/capture.h"

int kept_report__set(struct kept_report *kept, const struct parsed_report *report,
		     const struct capture_line *line)
{
	*kept = (struct kept_report){ .id = report->id,
				      .duration = report->duration,
				      .secondary = report->secondary,
				      .text = strndup(line->text, line->len),
				      .len = line->len };
	return kept->text ? 0 : -ENOMEM;
}

void kept_report__free(struct kept_report *kept)
{
	free(kept->text);
}

static bool has_ended(const struct lasting *o, uint64_t id)
{
	size_t nr = o->nr_over < OVER_MAX ? o->nr_over : OVER_MAX;

	for (size_t i = 0; i < nr; i++)
		if (o->over[i] == id)
			return true;
	return false;
}

/* Remove the earlier report with this id. */
static void remove_report(struct lasting *o, uint64_t id)
{
	size_t i = 0;

	while (i < o->nr && o->reports[i].id != id)
		i++;
	if (i == o->nr)
		return;
	kept_report__free(&o->reports[i]);
	memmove(&o->reports[i], &o->reports[i + 1], (--o->nr - i) * sizeof(*o->reports));
}

static int keep_report(struct lasting *o, const struct parsed_report *report,
		       const struct capture_line *line)
{
	size_t room = o->room ? 2 * o->room : 16;
	struct kept_report *reports = o->reports;

	if (o->nr == o->room) {
		reports = realloc(reports, room * sizeof(*reports));
		if (!reports)
			return -ENOMEM;
		o->reports = reports;
		o->room = room;
	}
	if (kept_report__set(&reports[o->nr], report, line))
		return -ENOMEM;
	o->nr++;
	return 0;
}

int lasting__report(struct lasting *o, const struct parsed_report *report,
		    const struct capture_line *line)
{
	if (!report->id_known)
		return -EINVAL;
	if (report->ongoing && has_ended(o, report->id))
		return 0;
	remove_report(o, report->id);
	if (report->ongoing && o->nr < LASTING_MAX)
		return keep_report(o, report, line);
	o->over[o->nr_over++ % OVER_MAX] = report->id;
	o->secondary += report->secondary;
	return 1;
}

uint64_t lasting__nr(const struct lasting *o)
{
	return o->nr_over + o->nr;
}

uint64_t lasting__secondary(const struct lasting *o)
{
	uint64_t secondary = o->secondary;

	for (size_t i = 0; i < o->nr; i++)
		secondary += o->reports[i].secondary;
	return secondary;
}

void lasting__free(struct lasting *o)
{
	for (size_t i = 0; i < o->nr; i++)
		kept_report__free(&o->reports[i]);
	free(o->reports);
	*o = (struct lasting){ 0 };
}
