// SPDX-License-Identifier: GPL-2.0
#include "collect/read_moment.h"
#include "command/parts.h"

/* How often the queues are reported while a CPU is stuck. */
#define QUEUES_NS 1000000000ULL
/*
 * A look before attaching lasts at most this long: a threshold of seconds is no reason to begin so
 * late.
 */
#define LOOK_NS	  50000000ULL
/*
 * Attach after this time if a CPU takes no interrupts, but nobody waits for it:
 * perhaps only its clock is wrong.
 */
#define HOLD_NS	  10000000000ULL

/* How often text says how many stalls were counted and not reported. */
#define UNREPORTED_NS 1000000000ULL

struct stalls {
	struct feeds feeds;
	uint64_t unreported_shown; /* when show_unreported() last printed */
	/* Used while a CPU is stuck already, and nothing is attached. */
	const struct options *opts;
	struct queue_report queues;
	uint64_t held_since; /* 0: the CPUs answer */
	uint64_t reported; /* when the queues were reported last */
	uint64_t waited_since; /* by the queues, somebody has waited since then; 0: nobody waits */
	bool found; /* for longer than the threshold */
	bool unproven; /* for less, as far as the queues were read */
	bool no_backtrace; /* it was reported that there is no backtrace */
	uint64_t collection_begun; /* CLOCK_MONOTONIC ns */
	/* With --tap: each watcher has room for a report as notes of TAP. */
	char (*notes)[TAP_NOTES(STALL_TEXT)];
};

/*
 * Print on stderr which CPUs attaching waits for, when these are others than @before, and when
 * attaching begins.
 */
static void held_say(struct stalls *s, const struct cpuset *before, uint64_t now)
{
	const struct cpuset *stuck = &s->queues.stuck;
	bool many = cpuset__count(stuck) > 1;

	if (!cpuset__count(stuck))
		fprintf(stderr, "ipitrace: all CPUs answer again, after %s: attaching\n",
			view__duration(now - s->held_since).s);
	else if (memcmp(stuck, before, sizeof(*stuck)))
		fprintf(stderr, "ipitrace: attaching waits for CPU%s %s, which %s not answer\n",
			many ? "s" : "", view__cpus(stuck).s, many ? "do" : "does");
	/* A backtrace needs a stall that a BPF program has found. */
	if (s->opts->backtrace && cpuset__count(stuck) && !s->no_backtrace) {
		fprintf(stderr,
			"ipitrace: --backtrace: no stacks until then, because no BPF program is "
			"attached\n");
		s->no_backtrace = true;
	}
}

/* Note what a look of @span ns, which ended at @now, shows of waits. */
static void note_wait(struct stalls *s, uint64_t now, uint64_t span)
{
	if (!s->queues.moment->nr_waiting) {
		s->waited_since = 0;
		return;
	}
	if (!s->waited_since)
		s->waited_since = now - span;
	if (now - s->waited_since >= s->queues.threshold)
		s->found = true;
	else
		s->unproven = true;
}

/* Note a wait that may be longer than the threshold: nobody knows when it began. */
static void miss_unproven(const struct stalls *s, struct sight *sight)
{
	if (s->unproven)
		sight__miss_time(sight, 0, "somebody waited before the BPF programs were attached");
}

/* Report from the queues, and attach nothing, as long as a CPU does not answer. */
static int gate_stalls(void *ctx, const struct collect_config *config, struct gating *gating)
{
	struct stalls *s = ctx;
	struct queue_report *queues = &s->queues;
	uint64_t span = queues->threshold < LOOK_NS ? queues->threshold : LOOK_NS, now;
	const struct cpuset before = queues->stuck;
	int read = queue_report__look(queues, config, span), stuck, status;

	gating->slow = queues->slow;
	if (read <= 0)
		return read;
	now = mono_ns();
	stuck = cpuset__count(&queues->stuck);
	if (stuck && !s->held_since)
		s->held_since = now;
	if (s->held_since)
		held_say(s, &before, now);
	gating->hold = stuck && (queues->waits || now - s->held_since < HOLD_NS);
	note_wait(s, now, span);
	/* A sender that waits for a function that sleeps holds nobody up: report it, and attach. */
	if (!gating->hold && !queues->moment->nr_waiting)
		return EXIT_DONE;
	if (s->reported && now - s->reported < QUEUES_NS)
		return EXIT_DONE;
	s->reported = now;
	status = tap_begin(s->opts);
	return status == EXIT_DONE ? output_status(queue_report__show(queues)) : status;
}

static int end_unattached(void *ctx, const struct options *opts)
{
	const struct stalls *s = ctx;
	const struct stall_totals none = {
		.threshold = s->queues.threshold,
		.scope = { .asked = opts->phases,
			   .calls = probe__source() == SOURCE_CALLS,
			   .interrupts_known = true },
	};
	struct sight sight = queue_report__sight(&s->queues, s->held_since);
	int status = tap_begin(opts);

	sight.found |= s->found;
	miss_unproven(s, &sight);
	/* A CPU that was stuck counts, whichever phases the user asked for. */
	if (status == EXIT_DONE && opts->tap) {
		view__tap_stalls(&none, &sight);
		status = output_status(0);
	}
	return opts->exit_code ? gate_status("stalls", &sight, status) : status;
}

/* Write a report as notes. */
static int notes_write(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct stalls *s = ctx;

	return tap_write(s->notes[which], sizeof(*s->notes), report, len);
}

static int open_stalls(void *ctx, const struct options *opts, struct collector *collector)
{
	struct stalls *s = ctx;

	queue_report__close(&s->queues);
	for (int i = 0; i < NR_PHASES; i++)
		if (opts->phases >> i & 1 && !moment_reader__knows(collector->moment_reader, i))
			return fail(
				EXIT_CANNOT,
				collector->source == &call_source ?
					"--phase %s: this kernel has no csd tracepoints" :
					"--phase %s: known only before Linux 6.5, without csd tracepoints",
				phase_names[i]);
	if (opts->tap) {
		s->notes = calloc(WATCHERS_MAX, sizeof(*s->notes));
		if (!s->notes)
			return -ENOMEM;
		return tap_begin(opts);
	}
	queue_report__head(&s->queues);
	if (!opts->json && !opts->quiet && collector->source == &call_source)
		view__stalls_calls();
	/* The watchers write to the descriptor themselves. */
	return output_status(0);
}

static int begin_stalls(void *ctx)
{
	struct stalls *s = ctx;

	s->collection_begun = s->unreported_shown = mono_ns();
	return EXIT_DONE;
}

/* Say once a second how many stalls were counted and not reported. */
static int show_unreported(void *ctx, bool *over)
{
	struct stalls *s = ctx;
	struct stalls_unreported unreported;
	uint64_t now = mono_ns();
	char line[256];
	size_t len;

	(void)over;
	/* With --tap the tests show these figures. */
	if (s->opts->tap || now - s->unreported_shown < UNREPORTED_NS)
		return 0;
	unreported = reporter__take_unreported(s->feeds.stalls.reporter);
	len = view__stalls_unreported(line, sizeof(line), &unreported, now - s->unreported_shown);
	s->unreported_shown = now;
	/* Write in one write(2), as the watchers do. */
	return len ? write_all(STDOUT_FILENO, line, len, NULL) : 0;
}

struct sight stalls_sight(const struct stall_totals *sum, uint64_t unseen, uint64_t hidden,
			  uint64_t ran)
{
	struct sight sight = { .shortest = sum->threshold };

	for (int i = 0; i < NR_PHASES; i++)
		sight.found |= sum->found[i];
	sight__miss(&sight, unseen, ran,
		    "%s that may have been longer than %s could not be followed",
		    words__number(unseen, "csd").s, view__duration(sum->threshold).s);
	sight__miss(&sight, hidden, ran, "the kernel hid the queueing of %s",
		    words__number(hidden, "csd").s);
	sight__miss(&sight, sum->lost, 0, "%s found no room, each longer than %s",
		    words__number(sum->lost, "event").s, view__duration(sum->threshold).s);
	sight__miss(&sight, sum->dropped, 0, "%s found no room",
		    words__number(sum->dropped, "stall").s);
	/* Without names no stack confirms any. */
	sight__miss(&sight, sum->doubted, 0, "no stack confirms %s that seemed to sleep",
		    words__number(sum->doubted, "function").s);
	return sight;
}

/* Returns what the run saw, whose sums are @sum. */
static struct sight run_sight(const struct stalls *s, const struct stall_totals *sum)
{
	struct collector *collector = s->feeds.stalls.collector;
	uint32_t phases = s->opts->phases;
	struct unseen unseen = collector__unseen(collector, phases == 1U << PHASE_WAIT);
	struct sight sight =
		stalls_sight(sum, unseen.late, unseen.queued, sum->ended - s->collection_begun);

	if (!phases || phases >> PHASE_WAIT & 1)
		sight__miss(&sight, unseen.waits, sum->ended - s->collection_begun,
			    "%s could not be followed to the end",
			    words__number(unseen.waits, sum->csds_known ? "wait" : "call").s);
	sight.found |= s->found;
	miss_unproven(s, &sight);
	sight__miss_detached(&sight, programs__detached(&collector->programs));
	return sight;
}

static int end_stalls(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct stalls *s = ctx;
	struct collector *collector = s->feeds.stalls.collector;
	struct stall_totals *sum = &s->feeds.sum;
	struct sight sight = {}, tested;
	char line[512];
	int status;

	sum->csds_known = collector->source == &csd_source;
	if (sum->csds_known) {
		sum->csds = read_delivered(&collector->maps, collector->epoch);
		sum->run_unseen = read_run_unseen(&collector->maps, collector->epoch);
	}
	/* Reading what was missed may take a while, and only a gate needs it. */
	if (opts->exit_code || opts->tap)
		sight = run_sight(s, sum);
	/*
	 * --tap has a test for each phase, which finds its stalls in @sum. sight.found is about all
	 * phases: a stall of one phase would fail every test. Only the tests need @cut: of a gate,
	 * the session itself says that it was cut short.
	 */
	tested = sight;
	tested.found = s->found;
	sight__miss_cut(&tested, cut);
	if (opts->json)
		fwrite(line, 1, json__stalls_end(line, sizeof(line), sum), stdout);
	else if (opts->tap)
		view__tap_stalls(sum, &tested);
	else
		view__stalls_end(sum);
	/* The reader may be gone: that does not change what was found. */
	status = output_status(0);
	return opts->exit_code ? gate_status("stalls", &sight, status) : status;
}

static void close_stalls(void *ctx)
{
	struct stalls *s = ctx;

	free(s->notes);
	queue_report__close(&s->queues);
}

int command_stalls(const struct options *opts)
{
	static const struct session_ops ops = {
		.any_source = true,
		.windowless = true,
		.gate = gate_stalls,
		.end_unattached = end_unattached,
		.open = open_stalls,
		.begun = begin_stalls,
		.tick = show_unreported,
		.end = end_stalls,
		.close = close_stalls,
	};
	struct stalls s = { .opts = opts,
			    .queues = { .opts = opts,
					.command = "stalls",
					.what = "what lasts",
					.threshold = options_limits__stall(opts) } };

	s.feeds = (struct feeds){
		.which = FEED_STALLS,
		.reports = { .phases = opts->phases,
			     .json = opts->json,
			     .fd = STDOUT_FILENO,
			     .write = opts->tap ? notes_write : NULL,
			     .ctx = &s },
	};
	return session__run(opts, &ops, &s.feeds, &s);
}
