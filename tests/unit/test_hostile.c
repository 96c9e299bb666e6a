// SPDX-License-Identifier: GPL-2.0
/*
 * Names that a user or a module may choose, in each view: text has no byte of
 * theirs that a terminal obeys, and JSON and metrics stay valid.
 */
#include <jansson.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "base/cpuset.h"
#include "cli/options.h"
#include "model/host.h"
#include "model/isolation.h"
#include "model/metrics.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "printed.h"
#include "stalls.h"
#include "view/json/json.h"
#include "view/view.h"
#include "view/table/table.h"
#include "view/text/views.h"

/* Ten bytes, the last two the C1 control CSI as UTF-8, and the text that must replace them. */
#define HOSTILE "\x1b[31m\n\x9b\xff\xc2\x9b"
#define TAMED	"?[31m????"
/* HOSTILE, a quote and a backslash as the value of a label, where a newline has an escape. */
#define LABEL	"?[31m\\n???\\\"\\\\"

/* Each string of each model, as far as it has room. */
static const char *name;

static void named(char *to, size_t size)
{
	snprintf(to, size, "%s", name);
}

static const char *path_named(void)
{
	static char path[1024];

	snprintf(path, sizeof(path), "/%s/lxc.payload.%s/%s", name, name, name);
	return path;
}

static struct symbol symbol_named(uint64_t addr)
{
	return (struct symbol){ .addr = addr, .offset = 0x1c, .name = name, .module = name };
}

static const struct host *host_named(void)
{
	static struct host host;

	named(host.name.nodename, sizeof(host.name.nodename));
	named(host.name.release, sizeof(host.name.release));
	named(host.name.machine, sizeof(host.name.machine));
	return &host;
}

static struct task_id task(void)
{
	return task_named(name, 812);
}

/* Snapshots */

static struct hist one_sample(void)
{
	return (struct hist){ .count = 1, .sum = 9, .max = 9, .slots = { [9] = 1 } };
}

static void kinds_fill(struct snapshot *snap)
{
	static struct kind_stats kinds[2];
	static struct wake_stats wakes[2];

	for (int i = 0; i < 2; i++) {
		named(kinds[i].kind, sizeof(kinds[i].kind));
		named(wakes[i].waker_comm, sizeof(wakes[i].waker_comm));
		named(wakes[i].woken_comm, sizeof(wakes[i].woken_comm));
		wakes[i].waker = wakes[i].woken = 5;
		kinds[i].why = name;
	}
	/* The second kind has no counts, only a reason for that. */
	kinds[0].sent_known = kinds[0].received_known = kinds[0].timed = true;
	kinds[0].sent = kinds[0].received = 7;
	snap->how.timed = snap->known.kinds = true;
	snap->all_kinds = kinds;
	snap->wakes = wakes;
	snap->nr_all_kinds = snap->nr_wakes = 2;
}

static void senders_fill(struct snapshot *snap, enum by_key by_key)
{
	static struct stack_sample sample;
	static struct by_stats by;

	by = (struct by_stats){ .tgid = 5, .cgroup = 6, .cgroup_path = path_named(), .count = 7 };
	named(by.comm, sizeof(by.comm));
	sample = (struct stack_sample){ .tgid = 5, .cgroup_path = path_named(), .nr = 2 };
	named(sample.comm, sizeof(sample.comm));
	sample.stack[0] = symbol_named(0x10);
	sample.stack[1] = symbol_named(0x20);
	sample.user[0] = sample.user[1] = symbol_named(0x30);
	sample.user[1].name = NULL;
	sample.nr_user = 2;
	snap->how.by_key = by_key;
	snap->by = &by;
	snap->samples = &sample;
	snap->nr_by = snap->nr_samples = 1;
}

static struct snapshot snapshot_named(enum by_key by_key)
{
	static struct cpu_stats cpu;
	static struct fn_stats fn;
	struct snapshot snap = { .host = host_named(), .window.mono_end = 1000000000 };

	cpu = (struct cpu_stats){ .sent = 1, .received = 1, .delay = one_sample() };
	fn = (struct fn_stats){ .func = symbol_named(0x30),
				.callsite = symbol_named(0x40),
				.count = 1,
				.calls = { 1, 1, 1, 5, { 5, 1, 0, 0 } },
				.wait = { 1, 5, 5 },
				.delay = one_sample() };
	snap.cpus = &cpu;
	snap.fns = &fn;
	snap.nr_cpus = snap.nr_fns = 1;
	kinds_fill(&snap);
	senders_fill(&snap, by_key);
	return snap;
}

static const struct view_options stacks = { .stacks = true };

static void snapshots_text(void)
{
	const struct brief brief = {
		.columns = 200,
		.rows = 24,
		.hints = true,
		.program = "ipitrace",
		.filters = "",
		.again = "",
		.ran = name,
	};

	for (enum by_key by = BY_NONE; by <= BY_VICTIM; by++) {
		struct snapshot snap = snapshot_named(by);

		view__summary(&snap, &stacks);
		assert_int_equal(view__brief(stdout, &snap, &brief), 0);
		view__hist(&snap, false);
		view__calls(&snap, &(struct view_options){});
	}
}

static void snapshots_json(void)
{
	for (enum by_key by = BY_NONE; by <= BY_VICTIM; by++) {
		struct snapshot snap = snapshot_named(by);

		assert_int_equal(json__put(json__snapshot_line(&snap, &stacks)), 0);
	}
}

static struct feature feature_named(bool available)
{
	struct feature feature = { .name = "names", .what = name, .available = available };

	named(feature.how, sizeof(feature.how));
	named(feature.why, sizeof(feature.why));
	return feature;
}

static void check_text(void)
{
	struct feature features[] = { feature_named(true), feature_named(false) };

	view__check(features, ARRAY_SIZE(features));
}

static void check_json(void)
{
	struct feature features[] = { feature_named(true), feature_named(false) };

	assert_int_equal(json__check(features, ARRAY_SIZE(features), 1), 0);
}

/* Storms */

static struct storm storm_named(const struct signature *sig)
{
	static uint64_t by_cpu[1] = { 1000 };
	struct storm storm = { .sig = sig,
			       .reason = STORM_BY_RATE,
			       .nr_funcs = 2,
			       .nr_sources = 2,
			       .samples = 4,
			       .nr_cpus = 1,
			       .src = by_cpu,
			       .dst = by_cpu };

	storm.last = (struct storm_sums){ .ns = 1000000000, .count = 1000, .all = 1000 };
	for (int i = 0; i < 2; i++) {
		struct storm_source *source = &storm.sources[i];

		named(storm.funcs[i].name, sizeof(storm.funcs[i].name));
		named(storm.funcs[i].module, sizeof(storm.funcs[i].module));
		named(source->comm, sizeof(source->comm));
		snprintf(source->cgroup, sizeof(source->cgroup), "%.127s", path_named());
		named(source->chain[0], sizeof(source->chain[0]));
		named(source->chain[1], sizeof(source->chain[1]));
		source->has_user = true;
		named(source->user_func, sizeof(source->user_func));
		named(source->user_module, sizeof(source->user_module));
		source->nr_chain = 2;
		source->samples = 2;
	}
	return storm;
}

static struct storm_evidence evidence_named(void)
{
	struct storm_evidence evidence = { .tsc.known = true, .guests.known = true };
	struct cpufreq_evidence *cpufreq = &evidence.cpufreq;

	named(evidence.tsc.clocksource, EVIDENCE_LEN);
	named(evidence.guests.module, EVIDENCE_LEN);
	named(evidence.guests.owner, EVIDENCE_LEN);
	named(evidence.guest_ipis.vms[0].comm, EVIDENCE_LEN);
	evidence.guest_ipis.known = true;
	evidence.guest_ipis.nr_vms = 1;
	named(evidence.changes[0].text, sizeof(evidence.changes[0].text));
	evidence.nr_changes = cpufreq->nr_policies = evidence.nr_online = 1;
	named(cpufreq->policies[0].name, EVIDENCE_LEN);
	named(cpufreq->policies[0].driver, EVIDENCE_LEN);
	named(cpufreq->policies[0].governor, EVIDENCE_LEN);
	return evidence;
}

static const struct signature all_evidence = {
	.name = "tsc_khz_changed",
	.shows = SHOWS_TSC | SHOWS_CPUFREQ | SHOWS_GUESTS | SHOWS_STOPS,
	.cause = "a cause",
	.advice = "an advice",
};

/* Run @view for each kind of storm: unknown, with all evidence, with vCPUs, with KVM in use. */
static void storms(void (*view)(const struct storm *storm, const struct storm_evidence *evidence))
{
	struct storm unknown = storm_named(NULL), storm = storm_named(&all_evidence);
	struct storm_evidence evidence = evidence_named();

	view(&unknown, &evidence);
	view(&storm, &evidence);
	/* The driver is in the advice if the governor is performance. */
	snprintf(evidence.cpufreq.policies[0].governor, EVIDENCE_LEN, "performance");
	evidence.guests.users = 3;
	view(&storm, &evidence);
	evidence.guests.vcpus = 2;
	view(&storm, &evidence);
}

static void storm_text(const struct storm *storm, const struct storm_evidence *evidence)
{
	view__storm(storm, evidence, 0);
	view__storm_over(storm, 0);
}

static void storm_json(const struct storm *storm, const struct storm_evidence *evidence)
{
	assert_int_equal(json__put(json__storm_line(storm, evidence, 1)), 0);
}

static void storms_text(void)
{
	storms(storm_text);
}

static void storms_json(void)
{
	storms(storm_json);
}

/* Stalls and waits */

static struct incident incident_named(enum stall_phase phase, bool ongoing)
{
	struct incident in = { .phase = phase,
			       .ongoing = ongoing,
			       .start = T0,
			       .time = T0 + 48 * MS,
			       .src = 0,
			       .dst = 2,
			       .dst_known = true,
			       .func = symbol_named(0x10),
			       .callsite = symbol_named(0x20),
			       .doing = symbol_named(0x30),
			       .late = LATE_BEHIND,
			       .sender = task(),
			       .victim = task(),
			       .cgroup_path = path_named(),
			       .nr_targets = 1,
			       .stack_of = STACK_INTERRUPTED,
			       .nr = 2,
			       .nr_waiters = 2 };

	in.stack[0] = symbol_named(0x40);
	in.stack[1] = symbol_named(0x50);
	for (size_t i = 0; i < in.nr_waiters; i++)
		in.waiters[i] = (struct waiter){ .task = task(), .call = T0, .until = in.time };
	return in;
}

static void each_incident(size_t (*view)(char *buf, size_t size, const struct incident *incident))
{
	static char text[1 << 16];

	for (enum stall_phase phase = 0; phase < NR_PHASES; phase++) {
		for (int ongoing = 0; ongoing < 2; ongoing++) {
			struct incident in = incident_named(phase, ongoing);
			size_t len = view(text, sizeof(text), &in);

			assert_true(len > 0);
			fwrite(text, 1, len, stdout);
		}
	}
}

static size_t incident_text(char *buf, size_t size, const struct incident *incident)
{
	static const struct wall_clock wall;

	return view__stall(buf, size, incident, 1, &wall);
}

static size_t incident_json(char *buf, size_t size, const struct incident *incident)
{
	return json__stall(buf, size, incident, 1, 0);
}

static void stalls_text(void)
{
	static struct stall_family family = {
		.phase = PHASE_WAIT, .stalls = 3, .reported = 1, .longest = 1
	};
	const struct stall_totals totals = { .families = &family, .nr_families = 1 };

	view__stalls_head("stalls", "what lasts", host_named(), 1000,
			  &(struct timespec){ .tv_sec = 1 });
	each_incident(incident_text);
	named(family.func, sizeof(family.func));
	named(family.sender, sizeof(family.sender));
	view__stalls_end(&totals);
}

static void stalls_json(void)
{
	each_incident(incident_json);
}

static void name_symbol(void *ctx, struct symbol *symbol, bool func)
{
	*symbol = symbol_named(symbol->addr);
}

static void name_stack(void *ctx, int32_t id, struct stack_sample *sample)
{
	sample->nr = 2;
	sample->stack[0].addr = 0x10;
	sample->stack[1].addr = 0x20;
}

static const struct naming naming = { NULL, name_symbol, name_stack };

static const struct moment *moment_named(void)
{
	struct moment *m = moment_at(T0 + 48 * MS);

	runs(m, 0, 2, SPIN, T0, T0)->sender = task();
	waits(m, 0, SPIN, T0, WAIT_SINGLE)->sender = task();
	is_queued(m, 1, 3, FLUSH, T0 + 1, T0)->sender = task();
	waits(m, 1, FLUSH, T0 + 1, WAIT_MANY)->sender = task();
	waits(m, 4, FLUSH, T0 + 2, WAIT_MANY)->sender = task();
	return m;
}

static void waits_text(void)
{
	static char text[8192];

	assert_true(view__waits(text, sizeof(text), moment_named(), &naming) > 0);
	fputs(text, stdout);
}

static void waits_json(void)
{
	static char text[1 << 16];
	size_t len = json__waits(text, sizeof(text), moment_named(), NULL, &naming);

	assert_true(len > 0);
	fwrite(text, 1, len, stdout);
}

/* Records */

static void records(void (*view)(const struct trace_view *view, const struct record *r,
				 struct lines *lines))
{
	static struct lines lines;
	struct trace_view trace = { .names = trace_names__open(&naming), .sees_interrupts = true };
	struct record r = { .func = 0x10, .callsite = 0x20, .tgid = 42, .pid = 42 };

	assert_non_null(trace.names);
	lines.fd = STDOUT_FILENO;
	named(r.comm, sizeof(r.comm));
	if (view == view__trace)
		view__trace_head(&trace, host_named(), &(struct timespec){ 1700000000, 123456789 },
				 &lines);
	view(&trace, &r, &lines);
	r.tgid = 4194303;
	view(&trace, &r, &lines);
	assert_int_equal(lines__flush(&lines), 0);
	trace_names__close(trace.names);
}

static void records_text(void)
{
	records(view__trace);
}

static void records_json(void)
{
	records(json__trace);
}

static void metrics_text(void)
{
	static const struct metrics_process process;
	struct snapshot snap = snapshot_named(BY_NONE);
	static const struct metrics_config config = {
		.threshold = THRESHOLD_DEFAULT, .max_fns = 4, .series = SERIES_DEFAULT, .nr_cpus = 4
	};
	struct metrics m;

	assert_int_equal(metrics__init(&m, &config, NULL), 0);
	assert_int_equal(metrics__add(&m, &snap), 0);
	assert_int_equal(view__metrics(stdout, &m, &process, METRICS_OPENMETRICS), 0);
	metrics__free(&m);
}

/* The bytes that are expected */

static void call(const void *view)
{
	(*(void (*const *)(void))view)();
}

static char *printed_with(const char *of, void (*view)(void))
{
	name = of;
	return printed(call, &view);
}

/* Check that @text has only printable characters and newlines. */
static void assert_harmless(const char *text)
{
	json_t *string = json_string(text);

	if (!string)
		fail_msg("not UTF-8: %s", text);
	json_decref(string);
	for (const char *at = text; *at; at++) {
		unsigned char byte = *at, next = at[1];

		if ((byte < 0x20 && byte != '\n') || byte == 0x7f ||
		    (byte == 0xc2 && next >= 0x80 && next < 0xa0))
			fail_msg("byte %#x at %zu of: %s", byte, at - text, text);
	}
}

/* Isolated CPUs */

static void culprits_fill(struct culprit *culprits, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct culprit *culprit = &culprits[i];

		*culprit = (struct culprit){ .kind = i,
					     .id = 24,
					     .count = 3,
					     .timed = true,
					     .sender = task(),
					     .kworker = i == INTERRUPTION_CSD,
					     .queued_by = task(),
					     .cause = "a_cause",
					     .because = "because",
					     .advice = "advice" };
		named(culprit->cgroup, sizeof(culprit->cgroup));
		named(culprit->caller, sizeof(culprit->caller));
		culprit->chain = (char *)name;
		named(culprit->what, sizeof(culprit->what));
		if (i % 2)
			continue;
		named(culprit->func, sizeof(culprit->func));
		named(culprit->module, sizeof(culprit->module));
	}
}

static struct isolation isolation_named(void)
{
	static struct culprit culprits[NR_INTERRUPTIONS];
	static struct isolated_cpu cpu;
	struct isolation isolation = { .cpus = &cpu, .nr_cpus = 1, .nr_checks = 1, .lost = 1 };

	culprits_fill(culprits, NR_INTERRUPTIONS);
	cpu = (struct isolated_cpu){ .culprits = culprits,
				     .nr_culprits = NR_INTERRUPTIONS,
				     .verdict = VERDICT_NOT_QUIET,
				     .breaches = { { .glob = name, .found = 3 } },
				     .nr_breaches = 1 };
	isolation.verdict = VERDICT_NOT_CERTAIN;
	isolation.cut.by = CUT_PROGRAM;
	named(isolation.cut.why, sizeof(isolation.cut.why));
	isolation.checks[0] =
		(struct setup_check){ .name = "irqs", .known = true, .advice = "advice" };
	named(isolation.checks[0].found, sizeof(isolation.checks[0].found));
	return isolation;
}

static void isolated_text(void)
{
	struct isolation isolation = isolation_named();
	struct cpuset cpus = {};
	struct gate gate = {};

	view__isolated_setup(host_named(), &cpus, &(struct timespec){ .tv_sec = 1 },
			     isolation.checks, isolation.nr_checks, false);
	view__isolated(&isolation);
	view__isolated_verdict(&isolation, &gate);
}

static void isolated_json(void)
{
	struct isolation isolation = isolation_named();

	assert_int_equal(json__isolated(&isolation), 0);
}

static void (*const texts[])(void) = { snapshots_text, check_text,   storms_text,  stalls_text,
				       waits_text,     records_text, isolated_text };

static void (*const jsons[])(void) = { snapshots_json, check_json,   storms_json,  stalls_json,
				       waits_json,     records_json, isolated_json };

/* The name adds no line, and shifts no column. */
TEST(text_is_as_if_the_name_were_tame)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char *hostile = printed_with(HOSTILE, texts[i]);
		char *tame = printed_with(TAMED, texts[i]);

		assert_harmless(hostile);
		assert_has(hostile, TAMED);
		assert_string_equal(hostile, tame);
	}
}

/* Names are cut in many places: never within a character, wherever the cut falls. */
TEST(characters_stay_whole)
{
	for (size_t at = 0; at < 4; at++) {
		char many[500] = "xxx";
		size_t len = at;

		for (; len + 4 < sizeof(many); len += 4)
			memcpy(many + len, "\xf0\x9f\x90\xa7", 5);
		for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
			char *text = printed_with(many, texts[i]);

			assert_harmless(text);
		}
	}
}

/* Each line is an object, and no line has a byte that a terminal obeys. */
TEST(json_stays_valid)
{
	for (size_t i = 0; i < ARRAY_SIZE(jsons); i++) {
		char *text = printed_with(HOSTILE, jsons[i]);

		assert_harmless(text);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
			json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

			if (!object)
				fail_msg("no JSON: %s", line);
			json_decref(object);
		}
	}
}

/* Prometheus refuses a whole scrape for a label that is not UTF-8. */
TEST(metrics_stay_valid)
{
	char *text = printed_with(HOSTILE "\"\\", metrics_text);

	assert_harmless(text);
	assert_has(text, "{func=\"" LABEL "\",module=\"" LABEL "\"} ");
}

/* Only bytes that are not UTF-8 are replaced, however long the string is. */
TEST(json_keeps_all_it_can)
{
	char bytes[701], *text, *line;
	json_t *object;
	const char *why;

	memset(bytes, 'a', 700);
	memcpy(bytes, "\xff\xc3\xa9\x1b", 4);
	bytes[700] = '\0';
	text = printed_with(bytes, waits_json);
	line = strtok(text, "\n");
	object = json_loads(line, 0, NULL);
	assert_non_null(object);
	why = json_string_value(
		json_object_get(json_array_get(json_object_get(object, "waiting"), 0), "func"));
	bytes[0] = '?';
	assert_non_null(why);
	assert_string_equal(why, bytes);
	json_decref(object);
}

TEST_MAIN(NULL, NULL)
