// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "command/command.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "model/window.h"
#include "run/session.h"
#include "storm/detector.h"
#include "storm/evidence.h"
#include "view/json/storm.h"
#include "view/text/storm.h"
#include "view/text/summary.h"

/* The default length of a window, in seconds; a storm needs two windows. */
#define WINDOW 1.0

struct storm_run {
	struct storm_detector *detector;
	struct evidence_reader *evidence;
	bool headed;
	bool found;
	uint64_t end; /* of the last window */
	int64_t realtime; /* CLOCK_REALTIME minus CLOCK_MONOTONIC, ns */
	double seconds; /* of all windows */
};

static int detector_failed(int err)
{
	return fail(EXIT_FAILED, "storm: %s", strerror(-err));
}

static int begin(void *ctx, const struct options *opts, struct collector *collector)
{
	struct storm_run *run = ctx;
	struct storm_limits limits = {
		.rate = opts->storm_rate ? opts->storm_rate : STORM_RATE_DEFAULT,
		.share = opts->storm_share ? opts->storm_share / 100 : STORM_SHARE_DEFAULT,
		.rise = opts->storm_rise ? opts->storm_rise : STORM_RISE_DEFAULT,
	};

	(void)collector;
	if (storm_detector__new(&run->detector, &limits) || evidence_reader__open(&run->evidence))
		return detector_failed(-ENOMEM);
	return EXIT_DONE;
}

static int report(struct storm_run *run, const struct storm *storm, const struct options *opts)
{
	struct storm_evidence out;

	evidence_reader__of(run->evidence, storm, &out);
	if (opts->json)
		return json__storm(storm, &out, run->end);
	if (storm->news == STORM_BEGAN)
		view__storm(storm, &out, run->realtime);
	else
		view__storm_over(storm, run->realtime);
	return 0;
}

/* Report the storms that began or ended; @all: those that go on, too. */
static int report_each(struct storm_run *run, const struct options *opts, bool all)
{
	const struct storm *storm;
	int err = 0;

	for (size_t i = 0; !err && (storm = storm_detector__get(run->detector, i)); i++) {
		run->found = true;
		if (all || storm->news != STORM_LASTS)
			err = report(run, storm, opts);
	}
	if (!opts->json)
		fflush(stdout);
	return err;
}

static void cut(void *ctx)
{
	struct storm_run *run = ctx;

	evidence_reader__cut(run->evidence);
}

static int window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct storm_run *run = ctx;
	struct task_moves moved;
	int err;

	if (!run->headed && !opts->quiet && !opts->json)
		view__head(snap, "storm");
	run->headed = true;
	run->end = snap->window.mono_end;
	run->realtime = snap->window.start.tv_sec * 1000000000LL + snap->window.start.tv_nsec -
			(int64_t)snap->window.mono_start;
	run->seconds += window__seconds(&snap->window);
	evidence_reader__window(run->evidence, snap, &moved);
	err = storm_detector__window(run->detector, snap, &moved);
	return err ? detector_failed(err) : output_status(report_each(run, opts, false));
}

static int end(void *ctx, const struct options *opts)
{
	struct storm_run *run = ctx;
	int err = storm_detector__end(run->detector), status;

	if (err)
		return detector_failed(err);
	err = report_each(run, opts, true);
	if (!err && !run->found && !opts->json && !opts->quiet)
		view__no_storm(run->seconds);
	status = output_status(err);
	if (status == EXIT_DONE && run->found && opts->exit_code)
		return EXIT_FOUND;
	return status;
}

int command_storm(const struct options *opts)
{
	static const struct session_ops ops = {
		.open = begin, .cut = cut, .window = window, .end = end
	};
	struct options windowed = *opts;
	struct storm_run run = {};
	int status;

	/* A storm needs a window before it to compare: -d alone still means several windows. */
	if (!opts->interval && opts->duration)
		windowed.interval = opts->duration < 2 * WINDOW ? opts->duration / 2 : WINDOW;
	status = session__run(&windowed, &ops, &run);
	storm_detector__free(run.detector);
	evidence_reader__close(run.evidence);
	return status;
}
