// SPDX-License-Identifier: GPL-2.0
/*
 * The reporter over a fake moment reader: its output, with several watchers
 * that see the same stalls, and with a watcher that is held up.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <inttypes.h>
#include <jansson.h>
#include "fake_moments.h"
#include "json_has.h"
#include "skip.h"

/* Compile reporter.c again, over the fakes. */
#define reporter__open		  tested__open
#define reporter__close		  tested__close
#define reporter__scan		  tested__scan
#define reporter__maintain	  tested__maintain
#define reporter__finish	  tested__finish
#define reporter__take_unreported tested__take_unreported
#include "stall/reporter.c"

struct rig {
	struct reporter *reporter;
	struct name_cache *names;
	int fd; /* the other end of the reporter's pipe */
};

static struct rig rig_of(struct reporter_config config)
{
	struct rig rig = {};
	int fds[2];

	memset(&world, 0, sizeof(world));
	nr_ready = held_up = 0;
	test_now = clock_ns(CLOCK_MONOTONIC);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(name_cache__open(&rig.names), 0);
	config.threshold = THRESHOLD;
	config.nr_cpus = 8;
	config.names = rig.names;
	config.fd = fds[1];
	rig.fd = fds[0];
	assert_int_equal(tested__open(&rig.reporter, &config), 0);
	return rig;
}

static struct rig rig_of_phases(bool json, uint32_t phases)
{
	return rig_of((struct reporter_config){ .phases = phases, .json = json });
}

static struct rig rig_open(bool json)
{
	return rig_of_phases(json, 0);
}

static void rig_close(struct rig *rig)
{
	close(rig->reporter->config.fd);
	close(rig->fd);
	tested__close(rig->reporter);
	name_cache__close(rig->names);
}

/* The output since the last call. */
static char *written(struct rig *rig)
{
	static char text[1 << 18];
	ssize_t len = read(rig->fd, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void pass(uint64_t ns)
{
	test_now += ns;
}

static uint64_t found_so_far(struct rig *rig, enum stall_phase phase)
{
	return atomic_load(&rig->reporter->found[phase]);
}

/* The number of reports in @text: "stall 1", "stall 2". */
static size_t blocks(const char *text)
{
	return count_words(text, "stall ");
}

/* CPU 2 has run SPIN for 50 ms, and CPU 0 waits for it. */
static uint64_t spin(void)
{
	uint64_t start = mono_ns() - 50 * MS;

	runs(&world, 0, 2, SPIN, start - 10 * US, start);
	waits(&world, 0, SPIN, start - 10 * US, WAIT_SINGLE);
	return start;
}

TEST(text_is_a_block_a_stall)
{
	struct rig rig = rig_open(false);
	char *text;

	spin();
	tested__scan(rig.reporter, 0);
	text = written(&rig);
	/* The report of the handler covers the wait. */
	assert_int_equal(blocks(text), 1);
	assert_ptr_equal(strstr(text, "stall 1  handler of "), text);
	assert_has(text, ", ongoing\n");
	for (char *p = text; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	assert_has(text, "; sender[100] on CPU 0 waits for it in "
			 "smp_call_function_single. ");
	rig_close(&rig);
}

TEST(each_stall_is_reported_once_by_any_watcher)
{
	struct rig rig = rig_open(false);

	spin();
	for (unsigned int i = 0; i < 12; i++)
		tested__scan(rig.reporter, i % WATCHERS_MAX);
	assert_int_equal(blocks(written(&rig)), 1);
	rig_close(&rig);
}

/* What a reporter's functions got. */
struct got {
	int err; /* what write_report() and take_report() return */
	size_t writes, nr_found;
	unsigned int which;
	uint64_t id;
	enum stall_phase phase;
	char text[4096]; /* the last report */
	struct {
		enum stall_phase phase;
		uint64_t id;
		size_t writes; /* at that time */
	} found[4];
};

static void found_one(void *ctx, const struct incident *incident, uint64_t id)
{
	struct got *got = ctx;

	assert_in_range(got->nr_found, 0, ARRAY_SIZE(got->found) - 1);
	got->found[got->nr_found].phase = incident->phase;
	got->found[got->nr_found].id = id;
	got->found[got->nr_found++].writes = got->writes;
}

static int write_report(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct got *got = ctx;

	/* What the report of the cause has gets none of its own. */
	if (!len)
		return got->err;
	snprintf(got->text, sizeof(got->text), "%.*s", (int)len, report);
	got->which = which;
	got->writes++;
	return got->err;
}

static int take_report(void *ctx, const struct incident *incident, uint64_t id, const char *report,
		       size_t len)
{
	struct got *got = ctx;

	got->id = id;
	got->phase = incident->phase;
	return write_report(ctx, 0, report, len);
}

/* In place of a descriptor a report goes to a function, which may get the stall, too. */
TEST(a_function_gets_the_reports)
{
	struct got got = {}, taken = {};
	struct rig rig = rig_of((struct reporter_config){
		.write = write_report, .ctx = &got, .found = found_one, .found_ctx = &got });

	spin();
	tested__scan(rig.reporter, 2);
	assert_members(got, writes, 1, which, 2, nr_found, 2);
	assert_ptr_equal(strstr(got.text, "stall 1  handler of "), got.text);
	/* The wait is found, too; the report of the handler has the wait. */
	assert_members(got, found[0].phase, PHASE_HANDLER, found[0].id, 1, found[0].writes, 0,
		       found[1].phase, PHASE_WAIT);
	tested__scan(rig.reporter, 0);
	assert_members(got, writes, 1, nr_found, 2);
	assert_string_equal(written(&rig), "");
	rig_close(&rig);

	got = (struct got){};
	rig = rig_of((struct reporter_config){ .write = write_report,
					       .take_report = take_report,
					       .ctx = &taken,
					       .json = true,
					       .found = found_one,
					       .found_ctx = &got });
	spin();
	for (int i = 0; i < 100 && taken.writes < 2; i++)
		tested__scan(rig.reporter, 1);
	assert_members(taken, writes, 2, id, 2, phase, PHASE_WAIT, nr_found, 0);
	assert_json(taken.text, "{'phase':'wait','id':2,'cause':1}");
	assert_members(got, writes, 0, nr_found, 2, found[1].phase, PHASE_WAIT, found[1].id, 2);
	rig_close(&rig);
}

/* After an error stalls are counted, and nothing more is written. */
TEST(an_error_ends_the_reports)
{
	struct got got = { .err = -EIO };
	struct rig rig = rig_of((struct reporter_config){ .write = write_report,
							  .ctx = &got,
							  .json = true,
							  .found = found_one,
							  .found_ctx = &got });
	struct stall_totals sum;

	spin();
	for (int i = 0; i < 100 && got.nr_found < 2; i++)
		tested__scan(rig.reporter, 1);
	assert_members(got, writes, 1, nr_found, 2);
	assert_int_equal(tested__maintain(rig.reporter), -EIO);
	tested__finish(rig.reporter, &sum);
	assert_members(sum, found[PHASE_HANDLER], 1, found[PHASE_WAIT], 1);
	rig_close(&rig);
}

/* In text a family of like stalls has few reports; a message counts the others, by what was asked for. */
TEST(stalls_without_a_report_are_taken_once)
{
	struct rig rig = rig_of_phases(false, 1U << PHASE_DELIVERY), json = rig_open(true);
	uint64_t begun = mono_ns();
	struct stalls_unreported unreported;
	uint64_t reports;

	pass(100 * MS);
	for (int i = 0; i < 40; i++) {
		ready[nr_ready++] = event_of(PHASE_DELIVERY, 1, 3, FLUSH, 0, begun + i * MS,
					     begun + (i + 2) * MS + (i == 39) * 7 * MS);
		pass(ENDED_HOLD_NS + 5 * MS);
		tested__scan(rig.reporter, 0);
	}
	pass(ENDED_HOLD_NS + 5 * MS);
	tested__scan(rig.reporter, 0);
	reports = blocks(written(&rig));
	assert_in_range(reports, 1, 39);
	unreported = tested__take_unreported(rig.reporter);
	assert_members(unreported, stalls[PHASE_DELIVERY], 40 - reports, stalls[PHASE_HANDLER], 0,
		       scope.asked, 1U << PHASE_DELIVERY);
	assert_true(unreported.longest >= 2 * MS);
	unreported = tested__take_unreported(rig.reporter);
	assert_members(unreported, stalls[PHASE_DELIVERY], 0, longest, 0);
	rig_close(&rig);
	/* JSON has all. */
	unreported = tested__take_unreported(json.reporter);
	assert_members(unreported, stalls[PHASE_DELIVERY], 0, longest, 0);
	rig_close(&json);
}

/*
 * Watcher @which looks until it has written two lines: of a look that is held up, the
 * next one reports the rest.
 */
static void look(struct rig *rig, unsigned int which, char *lines[2])
{
	size_t nr = 0;
	char *line;

	for (int i = 0; i < 100 && nr < 2; i++) {
		tested__scan(rig->reporter, which);
		for (line = strtok(written(rig), "\n"); line; line = strtok(NULL, "\n")) {
			assert_in_range(nr, 0, 1);
			free(lines[nr]);
			lines[nr++] = strdup(line);
		}
	}
	assert_int_equal(nr, 2);
}

TEST(json_has_each_with_its_cause_and_the_same_id_at_its_end)
{
	struct rig rig = rig_open(true);
	uint64_t start = spin(), end;
	char *lines[2] = {}, want[128];

	look(&rig, 1, lines);
	assert_json(lines[0],
		    "{'phase':'handler','ongoing':true,'slept':false,'id':1,'waiters':[{}]}");
	assert_json(lines[1], "{'phase':'wait','cause':1}");

	/* The stall ends; another watcher reads its events. */
	memset(&world, 0, sizeof(world));
	end = mono_ns();
	ready[nr_ready++] = event_of(PHASE_HANDLER, 0, 2, SPIN, start - 10 * US, start, end);
	ready[nr_ready++] = event_of(PHASE_WAIT, 0, 2, SPIN, start - 10 * US, start - 10 * US, end);
	tested__scan(rig.reporter, 0);
	assert_string_equal(written(&rig), "");
	pass(ENDED_HOLD_NS + 5 * MS);
	look(&rig, 2, lines);
	snprintf(want, sizeof(want),
		 "{'id':1,'ongoing':false,'duration':%" PRIu64 ",'time':%" PRIu64 "}", end - start,
		 end);
	assert_json(lines[0], want);
	assert_json(lines[1], "{'id':2}");
	free(lines[0]);
	free(lines[1]);
	/* The other watchers still track it. */
	for (unsigned int i = 0; i < WATCHERS_MAX; i++)
		tested__scan(rig.reporter, i);
	assert_string_equal(written(&rig), "");
	rig_close(&rig);
}

/* A stall that the report of its cause includes counts once as found, and once as folded. */
TEST(a_folded_stall_is_counted_once)
{
	static char line[1 << 18];
	struct rig rig = rig_open(true), waits;
	struct stall_totals sum;
	char *lines[2] = {};

	spin();
	look(&rig, 2, lines);
	assert_json(lines[0], "{'folded':false}");
	assert_json(lines[1], "{'folded':true}");
	free(lines[0]);
	free(lines[1]);
	assert_int_equal(tested__finish(rig.reporter, &sum), 0);
	assert_members(sum, found[PHASE_HANDLER], 1, found[PHASE_WAIT], 1, folded, 1);
	rig_close(&rig);
	/* With --phase wait the cause is not reported, so the wait is not folded into it. */
	waits = rig_of_phases(true, 1U << PHASE_WAIT);
	spin();
	do
		tested__scan(waits.reporter, 0);
	while (!strstr(strcpy(line, written(&waits)), "stall"));
	assert_has(line, "\"folded\":false,");
	assert_int_equal(tested__finish(waits.reporter, &sum), 0);
	assert_members(sum, found[PHASE_WAIT], 1, folded, 0);
	rig_close(&waits);
}

TEST(a_stall_seen_only_at_its_end_is_reported_once)
{
	struct rig rig = rig_open(false);
	uint64_t now = mono_ns();
	struct stall_totals sum;

	ready[nr_ready++] = event_of(PHASE_DELIVERY, 1, 3, FLUSH, 0, now - 7 * MS, now);
	assert_int_equal(tested__finish(rig.reporter, &sum), 0);
	assert_int_equal(blocks(written(&rig)), 1);
	assert_members(sum, found[PHASE_DELIVERY], 1, found[PHASE_HANDLER], 0, lost, 5);
	rig_close(&rig);
}

/* Each watcher counts what a look has no room for: these are the same stalls, so the most counts. */
TEST(stalls_without_room_are_counted_by_the_watcher_that_saw_most)
{
	for (unsigned int most = 0; most < WATCHERS_MAX; most++) {
		struct rig rig = rig_open(false);
		struct stall_totals sum;

		spin();
		for (unsigned int i = 0; i < WATCHERS_MAX; i++) {
			world.dropped = i == most ? 7 : 3;
			tested__scan(rig.reporter, i);
		}
		world.dropped = 0;
		assert_int_equal(tested__finish(rig.reporter, &sum), 0);
		assert_int_equal(sum.dropped, 7);
		rig_close(&rig);
	}
}

/* The watchers did not look in time: stopped, starved, or between two looks. */
TEST(what_lasts_when_the_run_ends_is_reported)
{
	struct rig rig = rig_open(false), held;
	struct stall_totals sum;

	spin();
	assert_int_equal(tested__finish(rig.reporter, &sum), 0);
	assert_int_equal(blocks(written(&rig)), 1);
	assert_members(sum, found[PHASE_HANDLER], 1, found[PHASE_WAIT], 1, folded, 1);
	rig_close(&rig);
	/* Its cause is just below the threshold: nothing holds the report back any more. */
	held = rig_of_phases(false, 1U << PHASE_WAIT);
	runs(&world, 0, 2, SPIN, mono_ns() - THRESHOLD - 10 * US, mono_ns() - THRESHOLD + 10 * US);
	waits(&world, 0, SPIN, mono_ns() - THRESHOLD - 10 * US, WAIT_SINGLE);
	tested__scan(held.reporter, 0);
	assert_int_equal(blocks(written(&held)), 0);
	assert_int_equal(tested__finish(held.reporter, &sum), 0);
	assert_int_equal(blocks(written(&held)), 1);
	assert_members(sum, found[PHASE_WAIT], 1);
	rig_close(&held);
}

/* --phase: the others are no stalls, neither while they last nor at their end. */
TEST(other_phases_are_no_stalls)
{
	static const struct {
		uint32_t phases;
		const char *block; /* NULL: none */
		uint64_t found[NR_PHASES];
	} known[] = {
		{ 1U << PHASE_HANDLER, "stall 1  handler of ", { 0, 1, 0 } },
		/* The cause of the wait is not reported, so the wait is. */
		{ 1U << PHASE_WAIT, "stall 1  wait of ", { 0, 0, 1 } },
		{ 1U << PHASE_DELIVERY, NULL, { 1, 0, 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct rig rig = rig_of_phases(false, known[i].phases);
		uint64_t now = mono_ns();
		struct stall_totals sum;
		char *text;

		spin();
		tested__scan(rig.reporter, 0);
		text = written(&rig);
		assert_int_equal(blocks(text), !!known[i].block);
		if (known[i].block)
			assert_ptr_equal(strstr(text, known[i].block), text);
		ready[nr_ready++] = event_of(PHASE_DELIVERY, 1, 3, FLUSH, 0, now - 7 * MS, now);
		assert_int_equal(tested__finish(rig.reporter, &sum), 0);
		assert_int_equal(blocks(written(&rig)), !known[i].block);
		assert_memory_equal(sum.found, known[i].found, sizeof(sum.found));
		assert_int_equal(sum.scope.asked, known[i].phases);
		rig_close(&rig);
	}
}

TEST(a_watcher_held_up_reports_nothing_old)
{
	struct rig rig = rig_open(false);

	spin();
	held_up = ENDED_HOLD_NS + 5 * MS;
	tested__scan(rig.reporter, 0);
	assert_string_equal(written(&rig), "");
	held_up = 0;
	tested__scan(rig.reporter, 0);
	assert_int_equal(blocks(written(&rig)), 1);
	rig_close(&rig);
}

/* A watcher is stuck with a claim: another one takes it. */
TEST(a_stale_claim_is_taken_over)
{
	struct rig rig = rig_open(false);
	uint64_t start = spin();
	uint64_t key = incident__key(PHASE_HANDLER, 2, world.running[0].csd, start);
	bool first;

	assert_int_equal(report_once__take(rig.reporter->claims, key, CLAIM_ONGOING, mono_ns(),
					   &first),
			 CLAIM_WON);
	pass(CLAIM_STALE_NS + MS);
	tested__scan(rig.reporter, 1);
	assert_int_equal(blocks(written(&rig)), 1);
	rig_close(&rig);
}

/* A watcher is stuck while it reads events: the others still report stalls that last. */
TEST(a_reader_that_is_stuck_does_not_stop_the_others)
{
	struct rig rig = rig_open(false);

	rig.reporter->reading = true;
	spin();
	tested__scan(rig.reporter, 1);
	assert_int_equal(blocks(written(&rig)), 1);
	rig_close(&rig);
}

#ifdef __x86_64__
static const uint8_t *fake_code(void *ctx, uint64_t addr, size_t size)
{
	/* The code ends with sti; nop. */
	static uint8_t code[64];

	(void)addr;
	memset(code, 0x90, sizeof(code));
	code[size - 2] = 0xfb;
	return ctx ? code : NULL;
}

/* Returns a delivery that an interrupt ended, 10 ms late, in a function of the kernel that runs. */
static struct stall_event interrupted_event(const struct rig *rig, uint64_t length)
{
	uint64_t now = mono_ns();
	struct stall_event event = event_of(PHASE_DELIVERY, 0, 2, SPIN, 0, now - length, now);

	event.arrived = now - 1 * US;
	event.stack_of = STACK_INTERRUPTED;
	event.nr = 2;
	event.stack[0] = name_cache__address(rig->names, "asm_sysvec_call_function");
	event.stack[1] = name_cache__address(rig->names, "schedule") + 20;
	return event;
}

/* The JSON of a delivery of @length; @readable: the kernel's code can be read, and is fake_code(). */
static char *delivered(uint64_t length, bool readable)
{
	struct rig rig = rig_open(true);
	struct reporter_config config = rig.reporter->config;
	struct stall_totals sum;
	char *text;

	config.read_code = fake_code;
	config.read_code_ctx = readable ? &rig : NULL;
	tested__close(rig.reporter);
	assert_int_equal(tested__open(&rig.reporter, &config), 0);
	ready[0] = interrupted_event(&rig, length);
	nr_ready = 1;
	assert_int_equal(tested__finish(rig.reporter, &sum), 0);
	text = written(&rig);
	rig_close(&rig);
	return text;
}

TEST(interrupts_were_off_if_the_code_says_so)
{
	struct name_cache *names;
	bool hidden;

	assert_int_equal(name_cache__open(&names), 0);
	hidden = !name_cache__address(names, "asm_sysvec_call_function");
	name_cache__close(names);
	if (skip_if(hidden, "not root: the kernel shows no addresses"))
		return;
	assert_has(delivered(10 * MS, true), "\"late\":\"interrupts_off\"");
	assert_has(delivered(10 * MS, false), "\"late\":null");
	/* Not as long as an ordinary one may take. */
	assert_has(delivered(MS / 2, true), "\"late\":null");
}
#endif

TEST(a_sleep_outside_of_the_queue_flush_is_doubted)
{
	struct rig rig = rig_open(false);
	uint64_t now = mono_ns();
	struct stall_totals sum;

	ready[0] = event_of(PHASE_HANDLER, 0, 2, SPIN, 0, now - 7 * MS, now);
	ready[0].slept = 1;
	ready[0].stack_of = STACK_SLEEP;
	ready[0].nr = 1;
	ready[0].stack[0] = 0xdead;
	nr_ready = 1;
	assert_int_equal(tested__finish(rig.reporter, &sum), 0);
	assert_string_equal(written(&rig), "");
	assert_int_equal(sum.doubted, 1);
	rig_close(&rig);
}

/* The JSON of stalls that watcher 1 sees, and that the last moment has (@lasts) or lacks. */
static char *seen_by_one(bool lasts, struct stall_totals *sum)
{
	struct rig rig = rig_open(true);
	char *text;

	spin();
	tested__scan(rig.reporter, 1);
	assert_int_equal(found_so_far(&rig, PHASE_HANDLER), 1);
	pass(5 * MS);
	if (!lasts)
		memset(&world, 0, sizeof(world));
	assert_int_equal(tested__finish(rig.reporter, sum), 0);
	text = written(&rig);
	rig_close(&rig);
	return text;
}

TEST(the_end_of_the_run_reports_ends_without_events)
{
	struct stall_totals sum;
	char *text = seen_by_one(false, &sum), *end = strchr(text, '\n');

	assert_non_null(end);
	assert_has(text, "\"ongoing\":true");
	assert_has(end, "\"id\":1,");
	assert_has(end, "\"ongoing\":false");
	assert_members(sum, found[PHASE_HANDLER], 1, lasting, 0);
	assert_null(strstr(seen_by_one(true, &sum), "\"ongoing\":false"));
	/* The handler, and the wait for it. */
	assert_members(sum, found[PHASE_HANDLER], 1, lasting, 2, lasting_known, true);
}

TEST(a_closed_pipe_ends_it)
{
	struct rig rig = rig_open(false);
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	dup2(fds[1], rig.reporter->config.fd);
	close(fds[1]);
	spin();
	tested__scan(rig.reporter, 0);
	assert_int_equal(tested__maintain(rig.reporter), -EPIPE);
	rig_close(&rig);
}

static struct rig shared;
static _Atomic bool stop;

static void *watcher(void *which)
{
	while (!stop)
		tested__scan(shared.reporter, (uintptr_t)which);
	return NULL;
}

/*
 * All watchers see 40 stalls at once: each stall gets one report and its own number. A
 * watcher that loses its CPU between its claim and its report for longer than
 * CLAIM_STALE_NS gives a second one, with the same number: each watcher, once or never.
 */
TEST(watchers_at_once_share_the_work)
{
	pthread_t threads[WATCHERS_MAX];
	json_int_t ids[40] = {};
	uint64_t start;
	size_t nr = 0, again = 0;
	char *line;

	shared = rig_open(true);
	fcntl(shared.fd, F_SETPIPE_SZ, 1 << 18);
	start = mono_ns() - 50 * MS;
	for (uint32_t cpu = 0; cpu < 40; cpu++)
		runs(&world, 1, cpu, SPIN, 0, start);
	stop = false;
	for (uintptr_t i = 0; i < WATCHERS_MAX; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, watcher, (void *)i), 0);
	for (int ms = 0; ms < 30000 && found_so_far(&shared, PHASE_HANDLER) < 40; ms++)
		usleep(1000);
	stop = true;
	for (int i = 0; i < WATCHERS_MAX; i++)
		pthread_join(threads[i], NULL);
	for (line = strtok(written(&shared), "\n"); line; line = strtok(NULL, "\n")) {
		json_t *object = json_loads(line, 0, NULL);
		uint32_t dst = json_integer_value(json_object_get(object, "dst"));
		json_int_t id = json_integer_value(json_object_get(object, "id"));

		assert_non_null(object);
		assert_true(dst < 40);
		if (ids[dst])
			again++;
		else
			nr++;
		assert_true(!ids[dst] || ids[dst] == id);
		ids[dst] = id;
		for (uint32_t other = 0; other < 40; other++)
			assert_true(other == dst || ids[other] != id);
		json_decref(object);
	}
	assert_int_equal(nr, 40);
	assert_in_range(again, 0, WATCHERS_MAX);
	assert_int_equal(shared.reporter->found[PHASE_HANDLER], 40);
	rig_close(&shared);
}

static const char *fake_stacks(void *ctx)
{
	static const char none[] = "";

	(void)ctx;
	return none;
}

#define LATE 12

/*
 * Deliveries end while all watchers look at them and ask for stacks: who reports the end reads what the
 * other watchers saw, and these go on looking.
 */
TEST(an_end_is_reported_while_others_look)
{
	pthread_t threads[WATCHERS_MAX];
	struct rig rig = rig_open(false);
	struct reporter_config config = rig.reporter->config;
	uint64_t now = mono_ns();
	struct stall_totals sum;

	config.backtrace = MS;
	config.take = fake_stacks;
	tested__close(rig.reporter);
	assert_int_equal(tested__open(&rig.reporter, &config), 0);
	fcntl(rig.fd, F_SETPIPE_SZ, 1 << 18);
	shared = rig;
	for (uint32_t cpu = 0; cpu < LATE; cpu++) {
		is_queued(&world, 20 + cpu, cpu, FLUSH, 0, now - 50 * MS);
		ready[cpu] = event_of(PHASE_DELIVERY, 20 + cpu, cpu, FLUSH, 0, now - 50 * MS, now);
	}
	nr_ready = LATE;
	stop = false;
	for (uintptr_t i = 0; i < WATCHERS_MAX; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, watcher, (void *)i), 0);
	for (uint64_t ns = 0; ns < 3 * ENDED_HOLD_NS; ns += MS) {
		pass(MS);
		usleep(1000);
	}
	stop = true;
	for (int i = 0; i < WATCHERS_MAX; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(tested__finish(rig.reporter, &sum), 0);
	assert_members(sum, found[PHASE_DELIVERY], LATE, doubted, 0);
	rig_close(&rig);
}

TEST_MAIN(NULL, NULL)
