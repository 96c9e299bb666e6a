// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "cli/diag.h"
#include "command/report_diff.h"
#include "command/report_read.h"
#include "model/diff.h"
#include "view/capture/line.h"
#include "view/capture/parse_snapshot.h"
#include "view/capture/strings.h"
#include "view/json/diff.h"
#include "view/text/diff.h"

/* Percent. */
#define TOLERANCE_DEFAULT 10

struct comparison {
	struct strings *strings;
	struct diff diff;
	int which; /* the capture that is being read */
};

static int window_take(void *ctx, const struct capture_line *line)
{
	struct comparison *c = ctx;
	struct snapshot snap;
	struct host host;
	json_t *object;
	int err;

	if (line->type != LINE_SNAPSHOT)
		return 0;
	object = capture_line__object(line);
	if (!object)
		return -EBADMSG;
	err = parse__snapshot(c->strings, object, &snap, &host);
	json_decref(object);
	if (!err && strings__short(c->strings)) {
		snapshot__free(&snap);
		err = -E2BIG;
	}
	if (err)
		return err;
	err = diff__window(&c->diff, c->which, &snap);
	snapshot__free(&snap);
	return err;
}

static int show(struct comparison *c, const struct options *opts)
{
	const char *const names[] = { opts->operands[0], opts->operands[1] };
	double tolerance = opts->tolerance ? opts->tolerance : TOLERANCE_DEFAULT;
	int err = 0, status;

	for (int i = 0; i < 2; i++)
		if (!c->diff.side[i].windows)
			return fail(EXIT_FAILED, "%s: has no windows", names[i]);
	diff__judge(&c->diff, tolerance / 100);
	if (opts->json)
		err = json__diff(&c->diff, tolerance);
	else
		view__diff(&c->diff, names, opts->quiet);
	status = output_status(err);
	return status == EXIT_DONE && opts->exit_code && c->diff.rose ? EXIT_FOUND : status;
}

int report_diff(const struct options *opts, struct report_input inputs[2])
{
	struct comparison c = {};
	int status = EXIT_DONE;

	c.strings = strings__new();
	if (!c.strings)
		return output_status(-ENOMEM);
	for (c.which = 0; c.which < 2 && status == EXIT_DONE; c.which++)
		status = report_read(&inputs[c.which], window_take, &c);
	if (status == EXIT_DONE)
		status = show(&c, opts);
	free(c.diff.rows);
	strings__free(c.strings);
	return status;
}
