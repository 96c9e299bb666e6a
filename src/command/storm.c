// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"

/* The default length of a window, in seconds; a storm needs two windows. */
#define WINDOW 1.0

struct storms {
	struct storm_run run;
	const struct options *opts;
	bool headed;
	int64_t realtime; /* CLOCK_REALTIME minus CLOCK_MONOTONIC, ns */
	/* csds, or calls, that could not be followed: of the last window, most in two windows. */
	uint64_t lost, most_lost;
};

/* Show that the search goes on, unless PROGRAM may write to the same terminal. */
static int note_search(void *ctx)
{
	const struct storms *s = ctx;

	if (!s->opts->quiet && !s->opts->json && !s->opts->program)
		redraw__note("looking for storms", s->opts->duration);
	return EXIT_DONE;
}

static int print_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time)
{
	const struct storms *s = ctx;

	if (s->opts->json)
		return json__put(json__storm_line(storm, evidence, time));
	if (storm->news == STORM_BEGAN)
		view__storm(storm, evidence, s->realtime);
	else
		view__storm_over(storm, s->realtime);
	return 0;
}

static void configure_storm(void *ctx, const struct options *opts, struct collect_config *config)
{
	(void)ctx;
	(void)opts;
	config->count_events = true;
}

static int open_storm(void *ctx, const struct options *opts, struct collector *collector)
{
	const struct storm_limits limits = limits__storm(opts);
	struct storms *s = ctx;

	(void)collector;
	return storm_run__open(&s->run, &limits, "", print_storm, s);
}

static void cut_storm(void *ctx)
{
	struct storms *s = ctx;

	storm_run__cut(&s->run);
}

static int judge_window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct storms *s = ctx;
	uint64_t lost = snap->how.source == SOURCE_CALLS ? call_ledger__lost(&snap->call_ledger) :
							   ledger__lost(&snap->ledger);
	int err;
	if (s->lost + lost > s->most_lost)
		s->most_lost = s->lost + lost;
	s->lost = lost;

	redraw__note_end();
	if (!s->headed && !opts->quiet && !opts->json)
		view__head_open(snap, "storm");
	s->headed = true;
	s->realtime = window__realtime(&snap->window);
	err = storm_run__window(&s->run, snap);
	if (!snap->window.last)
		note_search(s);
	return err;
}

/*
 * What the run saw. What was lost is counted in its row as it was queued, but its time is not, or
 * no row has it: too few to be a storm anywhere are none.
 */
static struct sight storm_sight(const struct storms *s)
{
	struct sight sight = { .found = s->run.found, .fewest = STORM_CSDS_MIN };

	sight__miss(&sight, s->most_lost, 0,
		    "%" PRIu64 " csd%s of two windows could not be followed", s->most_lost,
		    units__plural(s->most_lost));
	if (!s->run.calm.nearest.known && s->run.calm.csds >= STORM_CSDS_MIN)
		sight__miss_time(&sight, 0, "no interval of %s was whole",
				 view__duration(STORM_INTERVAL_NS).s);
	return sight;
}

static int end_storm(void *ctx, const struct options *opts)
{
	struct storms *s = ctx;
	int err = storm_run__end(&s->run), status;
	struct sight sight;

	if (!err && !s->run.found && opts->json)
		err = json__put(json__no_storm_line(&s->run.calm, s->run.end));
	else if (!err && !s->run.found && !opts->quiet)
		view__no_storm(&s->run.calm);
	status = output_status(err);
	sight = storm_sight(s);
	return opts->exit_code ? gate_status("storm", &sight, status) : status;
}

int command_storm(const struct options *opts)
{
	static const struct session_ops ops = {
		.any_source = true,
		.users = true,
		.configure = configure_storm,
		.open = open_storm,
		.begun = note_search,
		.cut = cut_storm,
		.window = judge_window,
		.end = end_storm,
	};
	struct options windowed = *opts;
	struct storms s = { .opts = opts };
	int status;

	/* A storm is compared with the window before: -d without -i means several windows. */
	if (!opts->interval && opts->duration)
		windowed.interval = opts->duration < 2 * WINDOW ? opts->duration / 2 : WINDOW;
	status = session__run(&windowed, &ops, &s);
	storm_run__close(&s.run);
	return status;
}
