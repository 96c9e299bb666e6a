// SPDX-License-Identifier: GPL-2.0
#include <stdatomic.h>
#include <sys/eventfd.h>
#include "collect/read_moment.h"
#include "command/parts.h"
#include "stall/incident.h"

#define TEXT_BYTES (1 << 20)
#define POOL_BYTES (8 << 20)
/* How often the main thread checks whether CPUs went or came. */
#define PLACE_NS   100000000

struct waits {
	const struct options *opts;
	struct stall_run run; /* only its names and its watchers are used */
	bool only_queues; /* no csd tracepoints: no BPF program can be attached */
	struct collector *collector;
	struct moment_reader *watch;
	int reported_fd; /* an eventfd: a watcher has reported */
	_Atomic uint64_t looks;
	/* Set by the first watcher that sees a wait. Only that watcher uses pool and text. */
	_Atomic bool taken;
	struct json_pool pool;
	char *text;
	char *notes; /* with --tap: room for text as notes of TAP */
	/* The waits of a run in which no look caught one; set at the end of the run. */
	struct wait_counts counts;
	int error;
	struct queue_report queues;
	uint64_t stuck_since; /* 0: all CPUs have answered */
	bool timed; /* the user gave -d */
	uint64_t run_begun; /* when the command began, CLOCK_MONOTONIC ns */
	uint64_t collection_begun; /* when collection began; 0 until then */
	uint64_t unseen; /* csds or waits that may have been too long, at the end of the run */
	uint64_t hidden; /* csds that no program saw being queued */
	struct moment *moments; /* one for each watcher */
};

static void configure_waits(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct waits *w = ctx;

	(void)opts;
	/* The looks catch few waits; the sums count all of them. */
	config->keep_sums = true;
	w->run.threshold = w->queues.threshold;
	stall_run__configure(&w->run, config);
}

/* Show the queues, and say what they leave open. Returns an exit status. */
static int unattached_show(struct waits *w)
{
	int err, status = tap_begin(w->opts);

	if (status != EXIT_DONE)
		return status;
	err = queue_report__show(&w->queues);
	if (!err && !w->opts->json)
		printf("%swaits longer than %s were not counted, because no BPF program was "
		       "attached\n",
		       w->opts->tap ? "# " : "", view__duration(w->queues.threshold).s);
	return output_status(err);
}

/* Whether a signal or -d has ended the run while nothing is attached. A bool (*)(const void *). */
static bool is_over(const void *ctx)
{
	const struct waits *w = ctx;

	return signals__stopped_by() ||
	       (w->timed && mono_ns() - w->run_begun >= w->opts->duration * 1e9);
}

/*
 * Answer from the queues if somebody waits already: attaching waits for all CPUs, and would hang
 * for as long as the stall lasts. Without csd tracepoints, look again and again until somebody
 * waits or the run is over. With PROGRAM do not look: PROGRAM has not begun.
 */
static int gate_waits(void *ctx, const struct collect_config *config, struct gating *gating)
{
	struct waits *w = ctx;
	bool first = !w->queues.queues, stuck;
	int read;

	if (w->opts->program)
		return EXIT_DONE;
	read = queue_report__look(&w->queues, config, w->queues.threshold);
	gating->slow = w->queues.slow;
	if (read <= 0)
		return read;
	if (first)
		w->only_queues = probe__source() == SOURCE_CALLS;
	stuck = cpuset__count(&w->queues.stuck);
	gating->hold = stuck || w->only_queues;
	w->stuck_since = !stuck ? 0 : w->stuck_since ?: mono_ns();
	if (!w->queues.moment->nr_waiting)
		return EXIT_DONE;
	gating->over = true;
	/* Nobody knows whether the sender has waited for longer than the threshold. */
	if (w->queues.cut)
		return EXIT_DONE;
	w->taken = true;
	return unattached_show(w);
}

static int open_waits(void *ctx, const struct options *opts, struct collector *collector)
{
	struct waits *w = ctx;
	int err = watcher_threads__open(&w->run.watchers);

	queue_report__close(&w->queues);
	w->collector = collector;
	w->watch = w->collector->moment_reader;
	json_pool__install();
	/* This checks, once, whether stdout is a terminal, which watchers must not do. */
	style__on(STYLE_PLAIN);
	w->text = malloc(TEXT_BYTES);
	w->notes = malloc(w->opts->tap ? TAP_NOTES(TEXT_BYTES) : 1);
	w->pool.size = w->opts->json ? POOL_BYTES : 16;
	w->pool.memory = malloc(w->pool.size);
	w->moments = calloc(WATCHERS_MAX, sizeof(*w->moments));
	if (!err && (!w->text || !w->notes || !w->pool.memory || !w->moments || !w->run.names))
		err = -ENOMEM;
	if (!err)
		err = tap_begin(opts);
	if (err)
		return err;
	w->reported_fd = eventfd(0, EFD_CLOEXEC);
	if (w->reported_fd < 0)
		return -errno;
	watcher_threads__lock_memory();
	return EXIT_DONE;
}

static void name_symbol(void *ctx, struct symbol *symbol, bool func)
{
	struct waits *w = ctx;

	name_cache__symbol(w->run.names, symbol, func);
}

/*
 * Write @m in one write(2), because a thread on a stuck CPU may hold stdio's lock. @counts NULL:
 * unknown.
 */
static void show_moment(struct waits *w, const struct moment *m, const struct wait_counts *counts)
{
	const struct naming naming = { .ctx = w, .symbol = name_symbol };
	size_t len;

	json_pool__enter(&w->pool);
	len = w->opts->json ? json__waits(w->text, TEXT_BYTES, m, counts, &naming) :
	      counts	    ? view__wait_counts(w->text, TEXT_BYTES, counts) :
			      view__waits(w->text, TEXT_BYTES, m, &naming);
	json_pool__leave();
	if (w->opts->json && !len)
		w->error = -ENOMEM;
	else if (w->opts->tap)
		w->error = tap_write(w->notes, TAP_NOTES(TEXT_BYTES), w->text, len);
	else
		w->error = write_all(STDOUT_FILENO, w->text, len, NULL);
}

/* A watcher's turn: read the moment, and report the first one that has a wait. */
static void look_once(void *ctx, unsigned int which)
{
	struct waits *w = ctx;
	struct moment *m = &w->moments[which];

	if (w->taken)
		return;
	moment_reader__watch(w->watch, w->queues.threshold / ONGOING_CONTEXT, m);
	w->looks++;
	if (!moment__waits_longer(m, w->queues.threshold) || atomic_exchange(&w->taken, true))
		return;
	name_cache__begin(w->run.names, which);
	show_moment(w, m, NULL);
	name_cache__end(w->run.names, which);
	if (eventfd_write(w->reported_fd, 1))
		w->error = -errno;
}

static int begin_waits(void *ctx)
{
	struct waits *w = ctx;

	queue_report__head(&w->queues);
	w->collection_begun = mono_ns();
	return watcher_threads__start(w->run.watchers, look_once, w);
}

static int reported_fd(void *ctx)
{
	const struct waits *w = ctx;

	return w->reported_fd;
}

static int read_reported(void *ctx, bool *over)
{
	(void)ctx;
	*over = true;
	return EXIT_DONE;
}

static int tick_waits(void *ctx, bool *over)
{
	(void)over;
	watcher_threads__place(((struct waits *)ctx)->run.watchers);
	return EXIT_DONE;
}

/*
 * Count the waits that are over: most are shorter than the time from one look to the
 * next. The cut waits for all CPUs. Returns an exit status.
 */
static int count_waits(struct waits *w)
{
	struct hist waits = {};
	struct snapshot snap;
	int err = collector__cut(w->collector, &snap, true);

	if (err)
		return part_status("end of the run", err);
	for (size_t i = 0; i < snap.nr_cpus; i++)
		hist__add(&waits, &snap.cpus[i].wait);
	w->counts.threshold = w->queues.threshold;
	w->counts.looks = w->looks;
	w->counts.lost = ledger__lost(&snap.ledger);
	w->unseen = snap.ledger.waits_unseen + snap.waits_unseen;
	w->hidden = snap.ledger.lost_by[LOST_QUEUE_UNSEEN] + snap.ledger.filter_unseen;
	wait_counts__set(&w->counts, &waits);
	snapshot__free(&snap);
	return EXIT_DONE;
}

struct sight waits_sight(bool found, uint64_t threshold, uint64_t unseen, uint64_t hidden,
			 uint64_t ran)
{
	struct sight sight = { .found = found, .shortest = threshold };

	sight__miss(&sight, unseen, ran,
		    "%" PRIu64
		    " csd%s could not be followed, and it is not known who waited for %s",
		    unseen, units__plural(unseen), unseen == 1 ? "it" : "them");
	sight__miss(&sight, hidden, ran, "the kernel hid the queueing of %s",
		    words__number(hidden, "csd").s);
	return sight;
}

/*
 * Print the test of --tap, by @sight, what the gate saw. Returns the run's exit status; @status is
 * the status so far.
 */
static int end_gate(const struct waits *w, struct sight sight, const struct cut_short *cut,
		    int status)
{
	struct sight tested = sight;

	/* Only the test needs @cut: of a gate, the session itself says that it was cut short. */
	sight__miss_cut(&tested, cut);
	if (status == EXIT_DONE && w->opts->tap) {
		view__tap_waits(w->queues.threshold, &tested);
		status = output_status(0);
	}
	return w->opts->exit_code ? gate_status("waits", &sight, status) : status;
}

/*
 * Look a last time, before the cut that waits for all CPUs: the watchers may not have run for a
 * while.
 */
static void look_last(struct waits *w)
{
	struct moment *m = w->moments;

	moment_reader__read(w->watch, w->queues.threshold, m);
	w->taken = moment__waits_longer(m, w->queues.threshold);
	if (w->taken)
		show_moment(w, m, NULL);
}

static int end_waits(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct waits *w = ctx;
	int status = EXIT_DONE;
	unsigned int nr = watcher_threads__nr(w->run.watchers);
	struct sight sight;

	(void)opts;
	w->counts.look_period = WATCHERS_PERIOD_NS / (nr ? nr : 1);
	watcher_threads__stop(w->run.watchers);
	if (!w->taken)
		look_last(w);
	if (!w->taken) {
		status = count_waits(w);
		if (status == EXIT_DONE)
			show_moment(w, w->moments, &w->counts);
	}
	/* A look that found nobody proves nothing: the counts decide. */
	sight = waits_sight(w->taken || w->counts.at_least, w->queues.threshold, w->unseen,
			    w->hidden, mono_ns() - w->collection_begun);
	sight__miss_detached(&sight, programs__detached(&w->collector->programs));
	if (status == EXIT_DONE)
		status = output_status(w->error);
	return end_gate(w, sight, cut, status);
}

static int end_unattached(void *ctx, const struct options *opts)
{
	const struct cut_short not_cut = {};
	struct waits *w = ctx;
	int status;

	if (w->taken)
		return end_gate(w, (struct sight){ .found = true }, &not_cut, EXIT_DONE);
	status = tap_begin(opts);
	queue_report__head(&w->queues);
	/* A look that was cut short does not know. */
	if (!opts->json && !w->queues.cut)
		printf("%snobody waited longer than %s when the kernel's queues were read\n",
		       opts->tap ? "# " : "", view__duration(w->queues.threshold).s);
	if (status == EXIT_DONE)
		status = output_status(0);
	if (status == EXIT_DONE)
		status = unattached_show(w);
	return end_gate(w, queue_report__sight(&w->queues, w->stuck_since), &not_cut, status);
}

static void close_waits(void *ctx)
{
	struct waits *w = ctx;

	stall_run__close(&w->run);
	queue_report__close(&w->queues);
	free(w->moments);
	free(w->pool.memory);
	free(w->text);
	free(w->notes);
	if (w->reported_fd >= 0)
		close(w->reported_fd);
}

int command_waits(const struct options *opts)
{
	static const struct session_ops ops = {
		.configure = configure_waits,
		.windowless = true,
		.gate = gate_waits,
		.end_unattached = end_unattached,
		.open = open_waits,
		.begun = begin_waits,
		.tick_ns = PLACE_NS,
		.tick = tick_waits,
		.fd = reported_fd,
		.readable = read_reported,
		.end = end_waits,
		.close = close_waits,
	};
	struct options own = *opts;
	struct waits w = {
		.opts = &own,
		.queues = { .opts = &own,
			    .command = "waits",
			    .what = "who waits",
			    .threshold = opts->threshold ? opts->threshold : THRESHOLD_DEFAULT },
		.reported_fd = -1,
		.timed = opts->duration,
		.run_begun = mono_ns(),
	};

	w.queues.over = is_over;
	w.queues.over_ctx = &w;
	if (opts->vmcore)
		return vmcore_report(opts);
	/* waits answers once, and does not wait for Ctrl-C. */
	if (!own.duration && !own.program)
		own.duration = 1;
	return session__run(&own, &ops, NULL, &w);
}
