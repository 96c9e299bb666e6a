// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"

/* The default length of a window, in seconds; a storm needs two windows. */
#define WINDOW 1.0

struct storms {
	struct feeds feeds;
	const struct options *opts;
	bool headed;
	int64_t realtime; /* CLOCK_REALTIME minus CLOCK_MONOTONIC, ns */
	uint64_t lost; /* csds, or calls, of the last window that could not be followed */
	struct storm_seen seen;
	struct collector *collector;
};

/* A window that is longer by this factor is late: a busy machine makes it late by less. */
#define STRETCH_MIN 1.5

/* Show that the search goes on, unless PROGRAM may write to the same terminal. */
static int note_search(void *ctx)
{
	const struct storms *s = ctx;

	if (!s->opts->quiet && !s->opts->json && !s->opts->tap && !s->opts->program)
		redraw__note_run("looking for storms", s->opts->duration);
	return EXIT_DONE;
}

static int print_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time)
{
	const struct storms *s = ctx;
	char text[STORM_TEXT], notes[TAP_NOTES(STORM_TEXT)];
	size_t len;

	if (s->opts->json)
		return json__put(json__storm_line(storm, evidence, time));
	if (s->opts->tap && storm->news == STORM_BEGAN) {
		len = view__storm_text(text, sizeof(text), storm, evidence, s->realtime);
		fwrite(notes, 1, view__tap_notes(notes, sizeof(notes), text, len), stdout);
	} else if (!s->opts->tap && storm->news == STORM_BEGAN) {
		view__storm(storm, evidence, s->realtime);
	} else if (!s->opts->tap) {
		view__storm_over(storm, s->realtime);
	}
	return 0;
}

static int open_storm(void *ctx, const struct options *opts, struct collector *collector)
{
	struct storms *s = ctx;

	s->collector = collector;
	return tap_begin(opts);
}

uint64_t storm_lost(const struct snapshot *snap)
{
	uint64_t lost =
		snap->how.source == SOURCE_CALLS ?
			call_ledger__lost(&snap->call_ledger) + snap->call_ledger.filter_unseen :
			ledger__lost(&snap->ledger) + snap->ledger.filter_unseen;

	/* Reschedules and irq_works may be a storm, too. */
	lost += snap->sends_unseen;
	/* The sum of many functions is judged as no function. */
	for (size_t i = 0; i < snap->nr_fns; i++)
		lost += snap->fns[i].other ? snap->fns[i].count : 0;
	return lost;
}

/* A window has ended: print the head before its storms, and note what the gate has seen. */
static int take_window(void *ctx, const struct snapshot *snap, const struct storm_nearest *nearest)
{
	struct storms *s = ctx;
	const struct options *opts = s->opts;
	uint64_t lost = storm_lost(snap);

	(void)nearest;
	storm_seen__window(&s->seen, opts->interval ?: WINDOW,
			   snap->window.mono_end - snap->window.mono_start);
	if (s->lost + lost > s->seen.lost)
		s->seen.lost = s->lost + lost;
	s->lost = lost;

	redraw__note_end();
	if (!s->headed && !opts->quiet && !opts->json && !opts->tap)
		view__head_open(snap, "storm");
	s->headed = true;
	s->realtime = window__realtime(&snap->window);
	return 0;
}

static int end_window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	(void)opts;
	return snap->window.last ? EXIT_DONE : note_search(ctx);
}

void storm_seen__window(struct storm_seen *seen, double seconds, uint64_t ns)
{
	seen->window = seconds * 1e9;
	if (ns > seen->longest)
		seen->longest = ns;
}

bool storm_seen__averages(const struct storm_seen *seen)
{
	double stretch = (double)seen->longest / seen->window;

	return stretch >= STRETCH_MIN && seen->nearest * stretch >= 1;
}

struct sight storm_sight(const struct storm_seen *seen)
{
	/* Fewer lost csds than the smallest storm has cannot hide a storm. */
	struct sight sight = { .found = seen->found, .fewest = STORM_CSDS_MIN };

	/* A lost csd is in its row's count, without its time; or it is in no row. */
	sight__miss(&sight, seen->lost, 0,
		    "%" PRIu64 " IPI%s of two windows could not be followed, or found no row",
		    seen->lost, units__plural(seen->lost));
	if (seen->hides)
		sight__miss_time(
			&sight, 0,
			"functions without names may be a storm, because causes have lower limits");
	if (!seen->whole)
		sight__miss_time(&sight, 0, "no interval of %s was whole",
				 view__duration(STORM_INTERVAL_NS).s);
	if (storm_seen__averages(seen))
		sight__miss_time(&sight, 0, "a window of %s lasted %s",
				 view__duration(seen->window).s, view__duration(seen->longest).s);
	return sight;
}

static int end_storm(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct storms *s = ctx;
	const struct storm_run *run = &s->feeds.storms;
	const struct storm_nearest *nearest = &run->calm.nearest;
	struct sight sight, tested;
	int err = 0, status;

	s->seen.found = run->found;
	s->seen.hides = run->hides;
	s->seen.whole = nearest->known || run->calm.csds < STORM_CSDS_MIN;
	s->seen.nearest = nearest->known ? storm_nearest__part(nearest) : 0;
	sight = storm_sight(&s->seen);
	sight__miss_detached(&sight, programs__detached(&s->collector->programs));
	/* Only the test needs @cut: of a gate, the session itself says that it was cut short. */
	tested = sight;
	sight__miss_cut(&tested, cut);
	if (opts->tap)
		view__tap_storm(&run->calm, &tested);
	else if (!run->found && opts->json)
		err = json__put(json__no_storm_line(&run->calm, run->end));
	else if (!run->found && !opts->quiet)
		view__no_storm(&run->calm);
	status = output_status(err);
	return opts->exit_code ? gate_status("storm", &sight, status) : status;
}

int command_storm(const struct options *opts)
{
	static const struct session_ops ops = {
		.any_source = true,
		.users = true,
		.open = open_storm,
		.begun = note_search,
		.window = end_window,
		.end = end_storm,
	};
	struct options windowed = *opts;
	struct storms s = { .opts = &windowed };

	s.feeds = (struct feeds){
		.which = FEED_STORMS | FEED_EVIDENCE,
		.sink = { .ctx = &s, .window = take_window },
		.storm = print_storm,
		.ctx = &s,
	};
	/* A storm is compared with the window before: -d without -i means several windows. */
	if (!opts->interval && opts->duration)
		windowed.interval = opts->duration < 2 * WINDOW ? opts->duration / 2 : WINDOW;
	return session__run(&windowed, &ops, &s.feeds, &s);
}
