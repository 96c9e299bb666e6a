// SPDX-License-Identifier: GPL-2.0
/* command/waits: what answers (queues, a look, the counts), its verdict, its limits of time. */
#include <poll.h>
#include "collect/read_moment.h"
#include "abi/hist_slots.h"
#include "command_run.h"
#include "memory_fails.h"
#include "stall/incident.h"

#define THRESHOLD THRESHOLD_DEFAULT

static struct collector collector;
static struct moment moment; /* of the queues */
static char *make[] = { "make", NULL };

/* What the made functions say. */
static int look; /* queue_report__look() */
static bool look_cut;
static bool stuck; /* CPU 3 does not answer */
static enum snapshot_source source;
static uint64_t waited; /* by the sender that each look sees, ns */
static uint64_t long_wait; /* the wait that the counts have, ns */
static int cut_result;
static struct ledger ledger;
static uint64_t unseen; /* waits */
static const char *detached;
static int threads_err; /* watcher_threads__open() */
static bool nameless; /* stall_run__configure() has no memory for names */
static bool eventless; /* eventfd() fails */
static bool no_room; /* the JSON of a wait does not fit */

static int shown, closed, probed, started, stopped, locked, placed, watchers_closed;
static int naming; /* begun, and not ended */
static watcher_scan_fn *scan;
static void *scan_ctx;
static uint64_t watched; /* the threshold of the last look */

static bool is_over; /* the command says that its run is over */
static uint64_t clock_now; /* all clocks, ns; 0: those of this machine */

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!clock_now)
		return __real_clock_gettime(clock, time);
	*time = (struct timespec){ clock_now / 1000000000, clock_now % 1000000000 };
	return 0;
}

int __wrap_queue_report__look(struct queue_report *r, const struct collect_config *config,
			      uint64_t span)
{
	assert_int_equal(span, r->threshold);
	assert_int_equal(r->over(r->over_ctx), is_over);
	r->cut = look_cut;
	r->queues = look > 0 ? (void *)&moment : NULL;
	r->moment = &moment;
	memset(&r->stuck, 0, sizeof(r->stuck));
	if (stuck)
		cpuset__add(&r->stuck, 3);
	return look;
}

int __wrap_queue_report__show(struct queue_report *r)
{
	shown++;
	return 0;
}

void __wrap_queue_report__head(struct queue_report *r)
{
	if (!r->opts->json && !r->opts->tap)
		printf("%s: %s\n", r->command, r->what);
	/* As the real one does, before watchers write. */
	fflush(stdout);
}

struct sight __wrap_queue_report__sight(const struct queue_report *r, uint64_t since)
{
	return (struct sight){ .found = since };
}

void __wrap_queue_report__close(struct queue_report *r)
{
	closed++;
}

enum snapshot_source __wrap_probe__source(void)
{
	probed++;
	return source;
}

void __wrap_stall_run__configure(struct stall_run *run, struct collect_config *config)
{
	config->watch_threshold = run->threshold;
	run->names = nameless ? NULL : (void *)&collector;
}

int __real_eventfd(unsigned int value, int flags);
int __wrap_eventfd(unsigned int value, int flags)
{
	errno = EMFILE;
	return eventless ? -1 : __real_eventfd(value, flags);
}

size_t __real_json__waits(char *text, size_t size, const struct moment *m,
			  const struct wait_counts *counts, const struct naming *naming);
size_t __wrap_json__waits(char *text, size_t size, const struct moment *m,
			  const struct wait_counts *counts, const struct naming *naming)
{
	return no_room ? 0 : __real_json__waits(text, size, m, counts, naming);
}

void __wrap_stall_run__close(struct stall_run *run)
{
	watchers_closed++;
}

int __wrap_watcher_threads__open(struct watcher_threads **threads)
{
	*threads = (void *)&scan;
	return threads_err;
}

void __wrap_watcher_threads__lock_memory(void)
{
	locked++;
}

int __wrap_watcher_threads__start(struct watcher_threads *threads, watcher_scan_fn *of, void *ctx)
{
	scan = of;
	scan_ctx = ctx;
	started++;
	return 0;
}

void __wrap_watcher_threads__place(struct watcher_threads *threads)
{
	placed++;
}

void __wrap_watcher_threads__stop(struct watcher_threads *threads)
{
	stopped++;
}

unsigned int __wrap_watcher_threads__nr(const struct watcher_threads *threads)
{
	return 2;
}

void __wrap_name_cache__begin(struct name_cache *cache, unsigned int reader)
{
	assert_ptr_equal(cache, &collector);
	naming++;
}

void __wrap_name_cache__end(struct name_cache *cache, unsigned int reader)
{
	naming--;
}

void __wrap_name_cache__symbol(struct name_cache *cache, struct symbol *symbol, bool function)
{
	/* At the end of the run no watcher is left. */
	assert_int_equal(naming, !stopped);
	symbol->name = function ? "ipi_mb" : NULL;
}

static void fill(struct moment_reader *reader, struct moment *m, uint64_t threshold)
{
	assert_ptr_equal(reader, &moment);
	watched = threshold;
	moment__begin(m, 100 * THRESHOLD);
	if (!waited)
		return;
	m->waiting[0] = (struct waiting){ .call = m->now - waited, .func = 9, .src = 1 };
	m->nr_waiting = 1;
}

void __wrap_moment_reader__watch(struct moment_reader *reader, uint64_t threshold, struct moment *m)
{
	fill(reader, m, threshold);
}

void __wrap_moment_reader__read(struct moment_reader *reader, uint64_t threshold, struct moment *m)
{
	fill(reader, m, threshold);
}

int __wrap_collector__cut(struct collector *c, struct snapshot *snap, bool last)
{
	assert_true(last);
	assert_int_equal(stopped, 1);
	if (cut_result)
		return cut_result;
	*snap = (struct snapshot){ .ledger = ledger, .waits_unseen = unseen };
	snap->cpus = calloc(2, sizeof(*snap->cpus));
	snap->nr_cpus = 2;
	for (int i = 0; long_wait && i < 2; i++) {
		struct hist *wait = &snap->cpus[i].wait;

		wait->count = wait->slots[hist_slot(long_wait)] = 1;
		wait->sum = wait->max = long_wait;
	}
	return 0;
}

const char *__wrap_programs__detached(const struct programs *programs)
{
	return detached;
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&moment, 0, sizeof(moment));
	memset(&ledger, 0, sizeof(ledger));
	opts.command = COMMAND_WAITS;
	look = 1;
	look_cut = stuck = is_over = false;
	clock_now = 0;
	naming = 0;
	collector.moment_reader = (void *)&moment;
	source = SOURCE_CSD;
	waited = long_wait = unseen = 0;
	cut_result = 0;
	detached = NULL;
	threads_err = 0;
	nameless = eventless = no_room = false;
	shown = closed = probed = started = stopped = locked = placed = watchers_closed = 0;
	return 0;
}

static void gate(bool hold, bool over)
{
	static const struct collect_config config;
	struct gating gating = {};

	assert_int_equal(given.ops->gate(given.ctx, &config, &gating), EXIT_DONE);
	assert_int_equal(gating.hold, hold);
	assert_int_equal(gating.over, over);
	assert_non_null(gating.slow);
}

static void begin(void)
{
	struct collect_config config = {};

	given.ops->configure(given.ctx, given.opts, &config);
	assert_true(config.keep_sums);
	assert_int_equal(config.watch_threshold, opts.threshold ?: THRESHOLD);
	assert_int_equal(given.ops->open(given.ctx, given.opts, &collector), EXIT_DONE);
	assert_int_equal(locked, 1);
	/* The queues have done their part. */
	assert_int_equal(closed, 1);
	assert_int_equal(given.ops->begun(given.ctx), EXIT_DONE);
	assert_int_equal(started, 1);
}

/* How the run is cut short. */
static struct cut_short cut;

static void end(void)
{
	given.result = given.ops->end(given.ctx, given.opts, &cut);
}

static bool is_readable(void)
{
	struct pollfd fd = { .fd = given.ops->fd(given.ctx), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static const char *said(void (*session)(void))
{
	shown = closed = probed = started = stopped = locked = placed = watchers_closed = 0;
	return run_command(command_waits, session);
}

static double duration;

static void play_session(void)
{
	assert_true(given.ops->windowless);
	assert_null(given.feeds);
	assert_false(given.ops->any_source || given.ops->users || given.ops->nameless);
	assert_int_equal(given.ops->tick_ns, 100000000);
	duration = given.opts->duration;
	given.result = EXIT_CANNOT;
}

TEST(an_answer_and_no_more, setup, printed_restore)
{
	said(play_session);
	assert_true(duration == 1);
	assert_int_equal(status, EXIT_CANNOT);
	assert_int_equal(closed, 1);
	assert_int_equal(watchers_closed, 1);
	opts.duration = 5;
	said(play_session);
	assert_true(duration == 5);
	opts.duration = 0;
	opts.program = make;
	said(play_session);
	assert_true(!duration);
}

static void play_counts(void)
{
	bool over = false;

	gate(false, false);
	assert_int_equal(probed, 1);
	gate(false, false);
	assert_int_equal(probed, 1);
	begin();
	scan(scan_ctx, 0);
	scan(scan_ctx, 3);
	assert_int_equal(watched, THRESHOLD / ONGOING_CONTEXT);
	assert_false(is_readable());
	assert_int_equal(given.ops->tick(given.ctx, &over), EXIT_DONE);
	assert_int_equal(placed, 1);
	assert_false(over);
	end();
	assert_int_equal(watched, THRESHOLD);
}

/* The sums of all CPUs, and how often somebody looked. */
static void play_late(void)
{
	gate(false, false);
	begin();
	end();
}

TEST(without_a_wait_the_counts_answer, setup, printed_restore)
{
	said(play_counts);
	assert_memory_equal(out, "waits: who waits\n", 17);
	assert_int_equal(status, EXIT_DONE);
	opts.json = true;
	waited = THRESHOLD - 1;
	long_wait = 3 * THRESHOLD;
	ledger.lost_by[0] = 6;
	said(play_counts);
	/* Two watchers share a period. */
	assert_has(out, "\"threshold\":1000000,\"looks\":2,\"look_period\":4000000,\"waits\":2,",
		   "\"longest\":3000000,\"lost\":6}");
	assert_int_equal(status, EXIT_DONE);
}

/* The watchers did not look in time, and the wait goes on: no count has it. */
TEST(a_wait_that_lasts_at_the_end_answers, setup, printed_restore)
{
	opts.json = opts.exit_code = true;
	waited = 2 * THRESHOLD;
	said(play_late);
	assert_int_equal(status, EXIT_FOUND);
	assert_has(out, "\"waiting\":[{", "\"counted\":null");
}

static void play_wait(void)
{
	bool over = false;

	gate(false, false);
	begin();
	scan(scan_ctx, 1);
	assert_true(is_readable());
	assert_int_equal(given.ops->readable(given.ctx, &over), EXIT_DONE);
	assert_true(over);
	/* One answer. */
	scan(scan_ctx, 0);
	end();
	assert_int_equal(stopped, 1);
}

TEST(the_first_wait_answers, setup, printed_restore)
{
	waited = THRESHOLD;
	assert_string_equal(said(play_wait), "");
	assert_int_equal(count_words(out, "ipi_mb"), 1);
	assert_int_equal(status, EXIT_DONE);
	opts.exit_code = true;
	said(play_wait);
	assert_int_equal(status, EXIT_FOUND);
	opts.json = true;
	said(play_wait);
	assert_int_equal(count_words(out, "\"ipi_mb\""), 1);
	assert_int_equal(count_words(out, "\n"), 1);
	opts.threshold = 4 * THRESHOLD;
	waited = opts.threshold;
	said(play_wait);
	assert_int_equal(status, EXIT_FOUND);
}

static void play_end(void)
{
	gate(false, false);
	begin();
	end();
}

static void not_certain(const char *why)
{
	assert_has(said(play_end), "waits: not certain: ", why);
	assert_int_equal(status, EXIT_FAILED);
}

TEST(the_gate_of_a_run, setup, printed_restore)
{
	/* The run is longer than this. */
	opts.threshold = 1;
	opts.exit_code = true;
	assert_string_equal(said(play_end), "");
	assert_int_equal(status, EXIT_DONE);
	ledger.waits_unseen = 2;
	not_certain("not certain: 2 csds could not be followed, and it is not known who waited for "
		    "them");
	unseen = 3;
	not_certain("not certain: 5 csds could not be followed");
	unseen = 0;
	ledger.waits_unseen = 1;
	not_certain("1 csd could not be followed, and it is not known who waited for it");
	/* A run that is shorter than the threshold has no longer wait. */
	opts.threshold = 3600000000000ULL;
	assert_string_equal(said(play_end), "");
	assert_int_equal(status, EXIT_DONE);
	opts.threshold = 1;
	ledger.waits_unseen = 0;
	ledger.lost_by[LOST_QUEUE_UNSEEN] = 4;
	not_certain("the kernel hid the queueing of 4 csds");
	ledger.filter_unseen = 3;
	not_certain("the kernel hid the queueing of 7 csds");
	ledger = (struct ledger){};
	detached = "csd_entry";
	not_certain("csd_entry");
	/* Only a gate asks for that. */
	opts.exit_code = false;
	assert_string_equal(said(play_end), "");
	assert_int_equal(status, EXIT_DONE);
	opts.exit_code = true;
	long_wait = THRESHOLD;
	assert_string_equal(said(play_end), "");
	assert_int_equal(status, EXIT_FOUND);
	cut_result = -ENODATA;
	assert_string_equal(said(play_end), "ipitrace: end of the run: No data available\n");
	assert_int_equal(status, EXIT_FAILED);
}

TEST(tap_is_a_test_and_notes, setup, printed_restore)
{
	opts.tap = opts.exit_code = true;
	said(play_end);
	assert_has(out, "1..1\n", "\nok 1 - no sender waits longer than 1 ms\n", "\n# ");
	/* The session says so, and its status is the run's. */
	cut = (struct cut_short){ .by = CUT_SIGNAL, .why = "SIGINT came" };
	assert_string_equal(said(play_end), "");
	assert_has(out, "not ok 1 - no sender waits longer than 1 ms\n", "SIGINT came");
	assert_int_equal(status, EXIT_DONE);
	cut = (struct cut_short){};
	waited = THRESHOLD;
	said(play_wait);
	assert_has(out, "# a task on CPU 1 has waited 1 ms for ipi_mb",
		   "not ok 1 - no sender waits longer than 1 ms\n");
	assert_int_equal(status, EXIT_FOUND);
}

static void play_stuck(void)
{
	gate(true, false);
	stuck = false;
	gate(source == SOURCE_CALLS, false);
	stuck = true;
	gate(true, false);
	given.result = given.ops->end_unattached(given.ctx, given.opts);
}

/* Attaching waits for all CPUs. */
TEST(a_stuck_cpu_holds_the_run, setup, printed_restore)
{
	stuck = true;
	opts.exit_code = true;
	said(play_stuck);
	assert_has(
		out,
		"waits: who waits\nnobody waited longer than 1 ms when the kernel's queues were read\n",
		"\nwaits longer than 1 ms were not counted, because no BPF program was attached\n");
	assert_int_equal(shown, 1);
	assert_int_equal(status, EXIT_FOUND);
	opts.json = true;
	said(play_stuck);
	assert_lacks(out, "nobody waited", "not counted");
	source = SOURCE_CALLS;
	stuck = true;
	said(play_stuck);
}

static void play_queues_alone(void)
{
	gate(true, false);
	given.result = given.ops->end_unattached(given.ctx, given.opts);
}

/* Without csd tracepoints nothing can be attached: the queues are all that answers. */
TEST(queues_alone_are_looked_at_until_somebody_waits, setup, printed_restore)
{
	source = SOURCE_CALLS;
	opts.tap = true;
	said(play_queues_alone);
	assert_has(out, "# nobody waited longer", "\n# waits longer than 1 ms were not counted",
		   "\nok 1 - no sender waits");
	assert_int_equal(status, EXIT_DONE);
}

/* The command has run for 3 s when it looks for the last time. */
static void play_time(void)
{
	clock_now += 2999999999;
	gate(false, false);
	clock_now++;
	is_over = given.opts->duration == 3;
	gate(false, false);
	is_over = false;
}

/* A look at the queues ends with -d. Without -d the look has no such end. */
TEST(the_duration_ends_a_look, setup, printed_restore)
{
	clock_now = 7000000000;
	opts.duration = 3;
	said(play_time);
	clock_now = 7000000000;
	opts.duration = 4;
	said(play_time);
	clock_now = 7000000000;
	opts.duration = 0;
	said(play_time);
}

static void play_queued_wait(void)
{
	gate(stuck, true);
	assert_int_equal(shown, 1);
	given.result = given.ops->end_unattached(given.ctx, given.opts);
	assert_int_equal(shown, 1);
}

static void play_cut_look(void)
{
	gate(false, true);
	assert_int_equal(shown, 0);
	given.result = given.ops->end_unattached(given.ctx, given.opts);
	assert_int_equal(shown, 1);
}

/* -d ends the look at the queues, which else lasts as long as the threshold. */
TEST(a_wait_that_may_be_shorter_is_no_finding, setup, printed_restore)
{
	moment.nr_waiting = 1;
	look_cut = true;
	opts.exit_code = true;
	said(play_cut_look);
	assert_lacks(out, "nobody waited");
	assert_int_equal(status, EXIT_DONE);
}

TEST(a_wait_in_the_queues_answers, setup, printed_restore)
{
	moment.nr_waiting = 1;
	opts.exit_code = true;
	said(play_queued_wait);
	assert_string_equal(
		out,
		"waits longer than 1 ms were not counted, because no BPF program was attached\n");
	assert_int_equal(status, EXIT_FOUND);
	stuck = true;
	said(play_queued_wait);
	opts.exit_code = false;
	said(play_queued_wait);
	assert_int_equal(status, EXIT_DONE);
}

static void play_unreadable(void)
{
	static const struct collect_config config;
	struct gating gating = {};

	given.result = given.ops->gate(given.ctx, &config, &gating);
	assert_false(gating.hold || gating.over);
}

TEST(queues_that_do_not_answer, setup, printed_restore)
{
	stuck = true;
	moment.nr_waiting = 1;
	look = 0;
	said(play_unreadable);
	assert_int_equal(status, EXIT_DONE);
	look = -ENOMEM;
	said(play_unreadable);
	assert_int_equal(status, -ENOMEM);
	/* With PROGRAM the question is about what PROGRAM does. */
	look = 1;
	opts.program = make;
	said(play_unreadable);
	assert_int_equal(status, EXIT_DONE);
	assert_int_equal(probed, 0);
}

TEST(a_wait_whose_json_does_not_fit_is_a_failure, setup, printed_restore)
{
	opts.json = opts.exit_code = true;
	waited = 2 * THRESHOLD;
	no_room = true;
	assert_string_equal(said(play_late), "ipitrace: a report: Cannot allocate memory\n");
	assert_int_equal(status, EXIT_FAILED);
	assert_string_equal(out, "");
}

/* How many allocations of a run that opens succeed before one fails, and what the run returns. */
static long nr_before;
static int opened;

static void play_open(void)
{
	struct collect_config config = {};

	given.ops->configure(given.ctx, given.opts, &config);
	nr_granted = nr_before;
	opened = given.ops->open(given.ctx, given.opts, &collector);
	nr_granted = -1;
}

/* Without one of the buffers a watcher would write to address 0. */
TEST(a_run_without_memory_does_not_begin, setup, printed_restore)
{
	size_t before = nr_taken;

	for (nr_before = 0; nr_before < 4; nr_before++) {
		assert_string_equal(said(play_open), "");
		assert_int_equal(opened, -ENOMEM);
		assert_int_equal(locked, 0);
		assert_int_equal(watchers_closed, 1);
		assert_int_equal(nr_taken, before);
	}
	nr_before = -1;
	nameless = true;
	said(play_open);
	assert_int_equal(opened, -ENOMEM);
	threads_err = -ENODEV;
	said(play_open);
	assert_int_equal(opened, -ENODEV);
	assert_int_equal(locked, 0);
	nameless = false;
	threads_err = 0;
	eventless = true;
	said(play_open);
	assert_int_equal(opened, -EMFILE);
	assert_int_equal(locked, 0);
	eventless = false;
	said(play_open);
	assert_int_equal(opened, EXIT_DONE);
	assert_int_equal(locked, 1);
	assert_int_equal(nr_taken, before);
}

TEST_MAIN(NULL, NULL)
