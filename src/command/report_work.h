/* SPDX-License-Identifier: GPL-2.0 */
/* `report` itself: lines of a capture to a view, with what was opened before. */
#ifndef IPITRACE_COMMAND_REPORT_WORK_H
#define IPITRACE_COMMAND_REPORT_WORK_H

#include "cli/options.h"
#include "command/pictures.h"
#include "command/report_read.h"
#include "command/report_view.h"

#define REPORT_INPUTS 2

struct report_work {
	const struct options *opts; /* checked */
	const struct report_view *view;
	size_t nr_inputs; /* 2 with --diff */
	struct report_input inputs[REPORT_INPUTS];
	struct picture_files pictures;
};

/* The view that the operands name; NULL: there is none. */
const struct report_view *report_work__view(const struct options *opts);

/* Read, and write. Opens no file. Returns an exit status; a failure has been reported. */
int report_work__do(struct report_work *work);

#endif /* IPITRACE_COMMAND_REPORT_WORK_H */
