/* SPDX-License-Identifier: GPL-2.0 */
/* A capture as the text of a live command, and the page of the most important. */
#ifndef IPITRACE_COMMAND_REPORT_VIEW_H
#define IPITRACE_COMMAND_REPORT_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "cli/options.h"
#include "view/capture/line.h"
#include "view/capture/record_line.h"

/* The views of `report`, fed with the lines that pass its filters. */
struct report_view {
	const char *name; /* as VIEW; NULL: the page */
	unsigned int types; /* a bit for each enum line_type that belongs to the view */
	unsigned int also; /* of types that the text needs besides */
	bool by_csd; /* its lines are of single csds: -c, -f and the like */
	bool traced; /* its lines are those that `record --trace` keeps */
	/*
	 * Show a line, of one of the types; @object: of LINE_CAPTURE too. Not 0: a negative
	 * errno.
	 */
	int (*line)(void *ctx, const json_t *object, enum line_type type);
	/* The same for LINE_IPI, of which a capture may have millions; NULL: not of the view. */
	int (*record)(void *ctx, const struct record_line *line);
	/* The capture is over, also if it was cut off. As line(). */
	int (*end)(void *ctx);
};

extern const struct report_view report_views[];
extern const size_t nr_report_views;
extern const struct report_view report_page;
extern const struct report_view report_folded; /* --folded */

struct report_shown;

/* The ctx of a view. NULL without memory. */
struct report_shown *report_shown__new(const struct options *opts);
/* The first line, before all others: the host and its clocks. */
void report_shown__head(struct report_shown *shown, const json_t *object);
/* Whether a name found no room, so that it would read as unknown. */
bool report_shown__short(const struct report_shown *shown);
void report_shown__free(struct report_shown *shown);

#endif /* IPITRACE_COMMAND_REPORT_VIEW_H */
