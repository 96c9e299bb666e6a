// SPDX-License-Identifier: GPL-2.0
/* command/prove: its session, both sides' data, why a comparison would be unsound, its exit status. */
#include <stdarg.h>
#include "abi/record.h"
#include "command_run.h"
#include "membarrier_window.h"
#include "prove/proof.h"

/* What the made functions say. */
static uid_t uid;
static const char *no_instance; /* why instance__open() fails; NULL: it does not */
static bool stopped;
static struct instance_end ftrace;
static int read_result;
static enum proof_verdict verdict;
static uint64_t memory; /* KB */
static double calls; /* arrivals on the CPU most hit, while one looks */
static bool has_load;
static bool nameless; /* the kernel hides its functions' addresses */
static int signo; /* comes while one looks; 0: none */

/* What they were asked for. */
static uint64_t kb; /* of ftrace's buffers */
static int closed, renewed;
static struct proof_input in; /* the comparison's; its pointers are valid while it lasts */
static char unsound[256];
static struct proof_ledger ledger;
static bool details;
static struct proof_cost cost; /* the report's */
static uint64_t trips; /* measured round trips */
static void (*look)(void); /* at `in` */

void __wrap_probe__names(struct feature *feature)
{
	feature->available = !nameless;
	snprintf(feature->why, sizeof(feature->why), "hidden");
}

uid_t __wrap_geteuid(void)
{
	return uid;
}

bool __wrap_instance__open(struct instance *instance, uint64_t of, char why[INSTANCE_WHY])
{
	kb = of;
	snprintf(why, INSTANCE_WHY, "%s", no_instance ?: "");
	return !no_instance;
}

bool __wrap_instance__stop(struct instance *instance, struct instance_end *end)
{
	*end = ftrace;
	return stopped;
}

void __wrap_instance__close(struct instance *instance)
{
	closed++;
}

bool __wrap_instance__renew(struct instance *instance)
{
	renewed++;
	return true;
}

uint64_t __wrap_round_trip__measure(void)
{
	return 1000 * ++trips;
}

int __wrap_proof_reader__read(struct proof_reader *reader, int fd)
{
	return read_result;
}

void __wrap_prove(struct proof *proof, const struct proof_input *of)
{
	in = *of;
	ledger = of->ledger;
	snprintf(unsound, sizeof(unsound), "%s", of->unsound ?: "");
	proof->verdict = verdict;
	if (look)
		look();
}

void __wrap_proof__page(const struct proof_report *report)
{
	details = report->details;
	cost = report->cost;
	printf("page\n");
}

json_t *__wrap_proof__json(const struct proof_report *report)
{
	return json_pack("{sb}", "details", report->details);
}

int __wrap_interrupts__open(struct interrupts **interrupts, const char *path)
{
	*interrupts = NULL;
	return 0;
}

void __wrap_interrupts__close(struct interrupts *interrupts)
{
}

void __wrap_interrupts__since(struct interrupts *interrupts, struct arrivals *since)
{
	since->nr = 2;
	since->rows[0] = (struct arrival){ .kind = "reschedule", .most = 1e9 };
	since->rows[1] = (struct arrival){ .kind = "call_function", .most = calls };
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
	if (signo)
		raise(signo);
	return 0;
}

bool __wrap_sysfile__number(uint64_t *number, const char *form, const char *path, ...)
{
	*number = memory * sysconf(_SC_NPROCESSORS_ONLN);
	return true;
}

int __wrap_access(const char *path, int how)
{
	assert_has(path, "/ipiload");
	return has_load ? 0 : -1;
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&ftrace, 0, sizeof(ftrace));
	memset(&ledger, 0, sizeof(ledger));
	opts.command = COMMAND_PROVE;
	uid = 0;
	no_instance = NULL;
	stopped = has_load = true;
	read_result = 0;
	verdict = PROOF_EQUAL;
	memory = 8 << 20;
	calls = 0;
	kb = closed = trips = 0;
	look = NULL;
	*unsound = '\0';
	return 0;
}

#define TEST_RUN(name) TEST(name, setup, printed_restore)

static const char *said(void (*session)(void))
{
	closed = 0;
	return run_command(command_prove, session);
}

static void end(void)
{
	const struct cut_short cut = {};

	given.result = given.ops->end(given.ctx, given.opts, &cut);
}

TEST_RUN(only_root_can_prove)
{
	uid = 1;
	assert_string_equal(said(NULL), "ipitrace: prove: needs root: try sudo ipitrace prove\n");
	assert_int_equal(status, EXIT_CANNOT);
	assert_int_equal(given.runs, 0);
}

static double duration;

static void play_session(void)
{
	const struct feeds *feeds = given.feeds;

	duration = given.opts->duration;
	assert_true(given.opts->interval == WHOLE_RUN);
	assert_true(given.opts->self);
	assert_null(given.opts->program);
	assert_true(given.ops->nameless);
	assert_false(given.ops->any_source || given.ops->windowless || given.ops->users);
	assert_int_equal(feeds->which, FEED_FIGURES | FEED_STALLS);
	assert_true(feeds->unwatched && feeds->reports.json);
	assert_non_null(feeds->records);
	given.result = EXIT_CANNOT;
}

static void play_attaching(void)
{
	struct collect_config config = {};

	given.ops->configure(given.ctx, given.opts, &config);
	renewed = 0;
	config.attaching(config.attaching_ctx);
}

/* Else the programs of another tracer could be between ftrace's probes and ipitrace's programs. */
TEST_RUN(ftrace_registers_its_probes_right_before_the_programs_are_attached)
{
	said(play_attaching);
	assert_int_equal(renewed, 1);
}

TEST_RUN(the_session_of_a_proof)
{
	said(play_session);
	assert_true(duration == 5);
	assert_int_equal(status, EXIT_CANNOT);
	assert_int_equal(closed, 1);
	opts.duration = 2;
	said(play_session);
	assert_true(duration == 2);
}

static void play_failed(void)
{
	end();
	given.result = EXIT_CANNOT;
}

TEST_RUN(the_verdict_is_the_status)
{
	static const int want[] = {
		[PROOF_EQUAL] = EXIT_DONE,
		[PROOF_NOT_EQUAL] = EXIT_FOUND,
		[PROOF_NONE] = EXIT_FAILED,
	};

	for (verdict = PROOF_EQUAL; verdict <= PROOF_NONE; verdict++) {
		assert_string_equal(said(end), "");
		assert_string_equal(out, "page\n");
		assert_int_equal(status, want[verdict]);
		assert_int_equal(given.result, EXIT_DONE);
	}
	verdict = PROOF_EQUAL;
	said(play_failed);
	assert_int_equal(status, EXIT_CANNOT);
}

/* A file is for others. */
TEST_RUN(a_file_names_no_host)
{
	said(end);
	assert_true(details);
	opts.output = "file";
	said(end);
	assert_false(details);
	opts.json = true;
	said(end);
	assert_has(out, "\"type\":\"prove\"", "\"details\":false", "\"?\"");
	opts.details = true;
	said(end);
	assert_has(out, "\"details\":true");
}

static void play_cut(void)
{
	given.feeds->records->totals.dropped = 4;
	end();
}

TEST_RUN(a_proof_may_be_unsound)
{
	said(end);
	assert_string_equal(unsound, "");
	said(play_cut);
	assert_string_equal(unsound, "4 of ipitrace's records found no room");
	ftrace.lost = 7;
	said(play_cut);
	assert_string_equal(unsound, "ftrace lost 7 events: its buffers were too small");
	ftrace.was_off = true;
	said(play_cut);
	assert_has(unsound, "somebody switched ftrace's instance or its events off");
}

/* ftrace names functions whose addresses ipitrace may not know: that is no difference. */
TEST_RUN(without_names_nothing_is_compared)
{
	nameless = true;
	assert_string_equal(said(NULL), "ipitrace: no verdict: hidden\n");
	assert_int_equal(status, EXIT_FAILED);
	assert_int_equal(kb, 0);
	nameless = false;
}

TEST_RUN(ftrace_may_fail)
{
	no_instance = "no tracefs";
	assert_string_equal(said(NULL), "ipitrace: no verdict: no tracefs\n");
	assert_int_equal(status, EXIT_FAILED);
	assert_int_equal(given.runs, 0);
	assert_string_equal(out, "");
	opts.json = true;
	said(NULL);
	assert_has(out, "\"type\":\"prove\"", "no tracefs");
	assert_int_equal(count_words(out, "\n"), 1);
	opts.json = false;
	no_instance = NULL;
	read_result = -EIO;
	assert_string_equal(said(end), "ipitrace: ftrace: Input/output error\n");
	assert_int_equal(status, EXIT_FAILED);
	stopped = false;
	assert_string_equal(said(end),
			    "ipitrace: ftrace: the process that holds the instance is gone\n");
	assert_int_equal(status, EXIT_FAILED);
}

/* Scripts end prove by SIGINT before it has begun to compare. */
TEST_RUN(a_signal_may_come_first)
{
	const struct timespec now = {};
	sigset_t held, before;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_SETMASK, NULL, &before);
	/* As main() does: SIGINT may be ignored where the test was started. */
	signal(SIGINT, SIG_DFL);
	opts.json = true;
	for (int i = 0; i < 2; i++) {
		signo = i ? SIGTERM : SIGINT;
		assert_string_equal(
			said(NULL),
			i ? "ipitrace: no verdict: SIGTERM came before the comparison began\n" :
			    "ipitrace: no verdict: SIGINT came before the comparison began\n");
		assert_int_equal(status, EXIT_FAILED);
		assert_int_equal(given.runs, 0);
		assert_has(out, "\"verdict\":\"no_verdict\"", "came before");
		assert_int_equal(sigtimedwait(&held, NULL, &now), signo);
	}
	signo = 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void window(uint64_t at, uint64_t csds)
{
	struct snapshot snap = membarrier_window(at * SECOND, 1, csds);
	struct prog_cost *cost = snap.cost;

	snap.ledger.local = 2;
	snap.ledger.in_flight = at;
	snap.ledger.lost_by[0] = 3;
	snap.edges_other = 5;
	snap.sends_unseen = 1;
	snap.known.self = true;
	cost[1] = (struct prog_cost){ .name = "csd_entry", .runs = 10, .ns = 700 };
	given.result = given.ops->window(given.ctx, &snap, given.opts);
	assert_int_equal(given.result, EXIT_DONE);
}

static void look_windows(void)
{
	assert_members(in, start, SECOND, end, 4 * SECOND, run_ns[PROOF_QUEUE], 0,
		       run_ns[PROOF_ENTRY], 70);
	assert_members(*in.functions, other, 0, map.nr, 1, rows[0].reported, 30);
	assert_members(*in.edges, other, 10, rows[0].key, proof_edge(0, 1), rows[0].reported, 30);
	assert_members(*in.kinds, nested, 2, start, SECOND, end, 4 * SECOND);
	for (int i = 0; i < NR_PROOF_KINDS; i++) {
		const struct proof_kind *kind = &in.kinds->rows[i];
		bool arrived = i == PROOF_CALLS_ARRIVED || i == PROOF_RESCHEDULES_ARRIVED ||
			       i == PROOF_IRQ_WORKS_ARRIVED;

		assert_int_equal(kind->seen_known, i == PROOF_LOCAL || !arrived);
		assert_int_equal(kind->reported_known, i == PROOF_LOCAL);
	}
	assert_int_equal(in.kinds->rows[PROOF_LOCAL].reported, 4);
}

static void play_windows(void)
{
	window(1, 10);
	window(3, 20);
	end();
}

TEST_RUN(windows_add_up)
{
	ftrace.sends = true;
	look = look_windows;
	said(play_windows);
	assert_members(ledger, queued, 30, lost, 6, in_flight, 3);
}

/* A window with as many IPIs of two kinds, and some of the statistics of ipitrace's programs. */
static void kinds_window(uint64_t sent, uint64_t received)
{
	struct kind_stats kinds[] = {
		{ .kind = "reschedule", .sent_known = true, .sent = sent },
		{ .kind = "irq_work", .received_known = true, .received = received, .sent = 9 },
	};
	struct snapshot snap = membarrier_window(SECOND, 1, 10);

	snap.all_kinds = kinds;
	snap.nr_all_kinds = ARRAY_SIZE(kinds);
	snap.how.wait_source = WAITS_CSD;
	snap.fns[0].other = true;
	snap.known.self = sent == 3;
	snap.cost[0] = (struct prog_cost){ .name = "csd_queue", .runs = 4, .ns = 803 };
	snap.cost[2] = (struct prog_cost){ .name = "csd_entry", .ns = 5 };
	snap.cost[3] = (struct prog_cost){ .runs = 2, .ns = 5 };
	snap.cost[4] = (struct prog_cost){ .name = "ipi_entry", .runs = 2, .ns = 10 };
	snap.cost[NR_PROGS - 1] = (struct prog_cost){ .name = "csd_exit", .runs = 3, .ns = 300 };
	assert_int_equal(given.ops->window(given.ctx, &snap, given.opts), EXIT_DONE);
}

static void look_kinds(void)
{
	const struct proof_kind *rows = in.kinds->rows;

	assert_members(rows[PROOF_RESCHEDULES_SENT], reported_known, 1, reported, 7, seen_known, 0);
	assert_members(rows[PROOF_RESCHEDULES_ARRIVED], reported_known, 0, seen_known, 1);
	assert_members(rows[PROOF_IRQ_WORKS_SENT], reported_known, 0, seen_known, 0);
	assert_members(rows[PROOF_IRQ_WORKS_ARRIVED], reported_known, 1, reported, 11, seen_known,
		       1);
	assert_members(rows[PROOF_CALLS_SENT], reported_known, 0, reported, 0);
	/* The table was full: its rows are one sum. */
	assert_members(*in.functions, other, 20, map.nr, 0);
	assert_true(in.waits->exact);
	assert_members(in, run_ns[PROOF_QUEUE], 200, run_ns[PROOF_ENTRY], 0, run_ns[PROOF_EXIT],
		       100);
}

static void play_kinds(void)
{
	assert_int_equal(given.ops->begun(given.ctx), EXIT_DONE);
	kinds_window(3, 5);
	kinds_window(4, 6);
	end();
}

TEST_RUN(interrupts_and_costs_of_the_windows)
{
	ftrace.arrivals = true;
	look = look_kinds;
	said(play_kinds);
	assert_members(cost, bare, 1000, ftrace, 2000, both, 3000, nr, 3);
	assert_members(cost, programs[0].name, "csd_queue", programs[0].runs, 4, programs[0].ns,
		       803, programs[1].name, "ipi_entry", programs[1].runs, 2, programs[2].name,
		       "csd_exit", programs[2].ns, 300);
}

static void look_records(void)
{
	assert_int_equal(in.nr[PROOF_IPITRACE], 2);
	assert_int_equal(in.nr[PROOF_FTRACE], 0);
	assert_members(in.csds[PROOF_IPITRACE][0], queued, 5, delay, 6, handler, 7, wait, 8, call,
		       9, src, 1, dst, 2, batch, 0);
	assert_members(in.csds[PROOF_IPITRACE][1], queued, 50, batch, 1);
}

static void play_records(void)
{
	struct trace_run *records = given.feeds->records;
	struct record r = { .kind = KIND_CALL_FUNCTION,
			    .time = 5,
			    .delay = 6,
			    .handler = 7,
			    .wait = 8,
			    .call = 9,
			    .src = 1,
			    .dst = 2 };

	records->print(&records->view, &r, &records->lines);
	r.kind = KIND_RESCHEDULE;
	records->print(&records->view, &r, &records->lines);
	r.kind = KIND_CALL_FUNCTION;
	r.time = 50;
	r.type = CSD_NAME_TTWU << 4;
	records->print(&records->view, &r, &records->lines);
	end();
}

TEST_RUN(records_are_kept)
{
	look = look_records;
	said(play_records);
	assert_string_equal(out, "page\n");
}

static void stall(struct incident incident)
{
	const struct reporter_config *reports = &given.feeds->reports;

	assert_int_equal(reports->take_report(reports->ctx, &incident, 1, "", 0), 0);
}

static void look_stalls(void)
{
	assert_members(*in.stalls, threshold, opts.threshold, nr, 2, dropped, 7);
	assert_members(in.stalls->reported[0], of, PROOF_DELAY, start, 100, src, 1, dst, 2);
	assert_members(in.stalls->reported[1], of, PROOF_HANDLER, start, 200);
}

static void play_stalls(void)
{
	stall((struct incident){ .phase = PHASE_DELIVERY, .start = 100, .src = 1, .dst = 2 });
	stall((struct incident){ .phase = PHASE_HANDLER, .start = 200 });
	/* ftrace has no event at their ends. */
	stall((struct incident){ .phase = PHASE_WAIT });
	stall((struct incident){ .phase = PHASE_HANDLER, .ongoing = true });
	stall((struct incident){ .phase = PHASE_HANDLER, .end_unseen = true });
	given.feeds->sum.lost = 3;
	given.feeds->sum.dropped = 4;
	end();
}

TEST_RUN(stalls_that_are_over_are_kept)
{
	opts.threshold = 123456;
	look = look_stalls;
	said(play_stalls);
}

static void check_buffer(double rate)
{
	uint64_t most = memory / 8;
	double of = opts.duration ?: 5;

	most = most < 1024 ? 1024 : most > 256 << 10 ? 256 << 10 : most;
	assert_int_equal(kb, instance__fit(&of, rate, most));
	assert_true(duration == of);
}

static void play_buffer(void)
{
	duration = given.opts->duration;
}

/* As large as the rate needs: a busier time may follow. */
TEST_RUN(buffers_for_the_rate)
{
	calls = 2000; /* in a fifth of a second */
	assert_string_equal(said(play_buffer), "");
	check_buffer(30000);
	memory = 8 * 4096;
	assert_has(said(play_buffer), " s in place of 5.0: ftrace's buffers have no room for more "
				      "at 30000 csds a second\n");
	assert_true(duration < 5);
	check_buffer(30000);
	memory = 0;
	said(play_buffer);
	check_buffer(30000);
}

static void play_load(void)
{
	char **program = given.opts->program;

	duration = given.opts->duration;
	assert_string_equal(program[0], "/bin/sh");
	assert_string_equal(program[1], "-c");
	assert_has(program[2], "membarrier tlb-munmap", "--rate $2 --duration $1");
	assert_has(program[3], "/ipiload");
	assert_string_equal(program[4], "2.00");
	assert_string_equal(program[5], "40000");
	assert_null(program[6]);
	end();
}

TEST_RUN(loads_beside_the_proof)
{
	opts.load = true;
	opts.duration = 10;
	assert_has(said(play_load), "ipitrace: --load runs membarrier",
		   "for 2.0 s each, at most 40000 calls a second\n");
	check_buffer(40000);
	assert_int_equal(status, EXIT_DONE);
	/* Others send more. */
	calls = 4000;
	said(play_buffer);
	check_buffer(60000);
	has_load = false;
	assert_has(said(NULL), "ipitrace: --load needs ipiload beside ipitrace: ", "/ipiload\n");
	assert_int_equal(status, EXIT_CANNOT);
	assert_int_equal(given.runs, 0);
}

TEST_MAIN(host_setup, NULL)
