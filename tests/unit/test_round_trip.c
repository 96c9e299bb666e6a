// SPDX-License-Identifier: GPL-2.0
/*
 * A window, a storm, a stall with random values into a line and back: the same line comes of what was
 * read, and the same text.
 */
#include <jansson.h>
#include "abi/limits.h"
#include "base/clock.h"
#include "forms.h"
#include "model/host.h"
#include "model/incident.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "parsed.h"
#include "printed.h"
#include "unit.h"
#include "view/capture/capture.h"
#include "view/json/json.h"
#include "view/view.h"
#include "view/text/views.h"

#define SECOND	  1000000000ULL
#define NR_ONLINE 8
#define ROUNDS	  20

static uint64_t number(void)
{
	return 1 + random_magnitude(&seed, 20);
}

/* Shows only the part in which two lines differ, because the lines are long. */
static void assert_same_line(const char *got, const char *want)
{
	size_t at = 0, from;

	while (got[at] && got[at] == want[at])
		at++;
	from = at > 200 ? at - 200 : 0;
	if (got[at] != want[at])
		fail_msg("%.240s\nnot\n%.240s", got + from, want + from);
}

static void host_make(struct host *host)
{
	strcpy(host->name.nodename, "node");
	strcpy(host->name.release, "6.12");
	strcpy(host->name.machine, "x86_64");
	for (int cpu = 0; cpu < NR_ONLINE; cpu++)
		cpuset__add(&host->online, cpu);
}

/* Members that only rows of senders have. */
static void rows_hide_sends(struct snapshot *snap)
{
	if (!by_key_sends(snap->how.by_key))
		for (size_t i = 0; i < snap->nr_by; i++)
			snap->by[i].reschedules = snap->by[i].irq_works = 0;
	if (!by_key_sends(snap->how.by_key))
		for (size_t i = 0; i < snap->nr_others; i++)
			snap->others[i].reschedules = snap->others[i].irq_works = 0;
}

/* Members that a line has only if csds were followed. */
static void runs_hide(struct snapshot *snap)
{
	snap->ledger = (struct ledger){};
	if (!snap->known.entry_unseen)
		snap->call_ledger.lost_by[HOOK_ENTRY_UNSEEN] = 0;
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		struct cpu_stats *cpu = &snap->cpus[i];

		snap->ledger.queued += cpu->sent;
		cpu->received = 0;
		cpu->delay = cpu->handler = (struct hist){};
	}
	for (size_t i = 0; i < snap->nr_fns; i++)
		snap->fns[i].delay = snap->fns[i].handler = (struct hist){};
	for (size_t i = 0; i < snap->nr_by; i++)
		snap->by[i].delay = snap->by[i].handler = (struct hist){};
	for (size_t i = 0; i < snap->nr_others; i++)
		snap->others[i].delay = snap->others[i].handler = (struct hist){};
}

/* Members that a line has only if calls were followed. */
static void calls_hide(struct snapshot *snap)
{
	snap->call_ledger = (struct call_ledger){};
	for (size_t i = 0; i < snap->nr_cpus; i++)
		memset(snap->cpus[i].irqs, 0, sizeof(snap->cpus[i].irqs));
	for (size_t i = 0; i < snap->nr_fns; i++)
		snap->fns[i].at_most = false;
}

static void snapshot_make(struct snapshot *snap, const struct host *host,
			  enum snapshot_source source)
{
	*snap = (struct snapshot){};
	record_fill(&snapshot_form, snap);
	snap->host = host;
	snap->window.mono_end = snap->window.mono_start + SECOND;
	snap->how.by_task = snap->how.sees_interrupts = true;
	snap->how.source = source;
	if (source == SOURCE_CSD)
		calls_hide(snap);
	else
		runs_hide(snap);
	rows_hide_sends(snap);
	for (size_t i = 0; i < snap->nr_fns; i++) {
		struct fn_stats *fn = &snap->fns[i];

		/*
		 * The rows of a function are shown as one, so each row has a name and an address of
		 * its own.
		 */
		fn->func.addr = 0x1000 * (i + 1);
		fn->calls.worst_ns = fn->wait.max;
		fn->calls.worst = (struct worst_call){ .begun = number(),
						       .csds = number(),
						       .src = i,
						       .last = i + 1,
						       .tgid = number() };
	}
}

static bool stacks;

static void summary_print(const void *of)
{
	view__summary(of, &(struct view_options){ .stacks = stacks });
}

static void a_snapshot(enum snapshot_source source)
{
	const struct view_options options = { .stacks = stacks };
	struct line_parser parser = { .strings = strings };
	struct host host = {};
	struct snapshot snap, got;
	json_t *object;
	char *line, *again;

	host_make(&host);
	snapshot_make(&snap, &host, source);
	line = json__snapshot_line(&snap, &options);
	object = parsed(line);
	got = parsed_record(&parser, LINE_SNAPSHOT, object)->snap;
	again = json__snapshot_line(&got, &options);
	assert_same_line(again, line);
	assert_string_equal(printed(summary_print, &got), printed(summary_print, &snap));
	json_decref(object);
	snapshot__free(&snap);
	snapshot__free(&got);
	free(line);
	free(again);
}

/* With whole stacks; and with the callers instead. */
TEST_F(snapshots_come_back_whole)
{
	for (int i = 0; i < ROUNDS; i++) {
		stacks = i & 1;
		a_snapshot(SOURCE_CSD);
		a_snapshot(SOURCE_CALLS);
	}
}

TEST_F(windows_add_up)
{
	struct host host = {};
	struct snapshot one;
	struct snapshot_sum sum = {};

	snapshot_make(&one, &host, SOURCE_CSD);
	one.kinds[KIND_CALL_FUNCTION] = 7;
	one.samples = calloc(5, sizeof(*one.samples));
	one.nr_samples = 5;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(snapshot_sum__add(&sum, &one), 0);
	snapshot_sum__end(&sum);
	assert_members(sum.snap, ledger.queued, 10000 * one.ledger.queued, nr_fns, one.nr_fns,
		       nr_edges, one.nr_edges, nr_by, one.nr_by, kinds[KIND_CALL_FUNCTION],
		       10000 * 7, fns[0].count, 10000 * one.fns[0].count, cpus[2].delay.count,
		       10000 * one.cpus[2].delay.count, cpus[2].delay.max, one.cpus[2].delay.max,
		       waits_unseen, 10000 * one.waits_unseen);
	assert_true(sum.snap.known.waits_unseen);
	assert_in_range(sum.snap.nr_samples, 2048, 4096);
	for (size_t i = 0; i < sum.snap.nr_samples; i++)
		assert_true(sum.snap.samples[i].fn < one.nr_fns);
	snapshot__free(&sum.snap);
	snapshot__free(&one);
}

/* A signature whose storms have all kinds of evidence. */
static struct signature sig;

static uint64_t src[NR_ONLINE], dst[NR_ONLINE];

/* Sums of a second, and the storm's csds by CPU, including those whose CPU is not known. */
static void sums_make(struct storm_sums *to)
{
	*to = (struct storm_sums){ .ns = SECOND,
				   .cpu_ns = NR_ONLINE * SECOND,
				   .handler_ns = number(),
				   .wait_ns = number(),
				   .stolen = { true, 7000, 800 },
				   .victim = number(),
				   .sent_elsewhere = 100 };
	to->count = to->sent_elsewhere;
	for (size_t i = 0; i < NR_ONLINE; i++)
		to->count += src[i] = dst[NR_ONLINE - 1 - i] = 100 + number() % 100;
	to->received_elsewhere = to->sent_elsewhere;
	to->many = to->count;
	to->all = to->count + number();
}

/* A storm, and its evidence, as a table fills them in. */
static const struct storm_line *line_filled(void)
{
	static struct storm_line line;

	memset(&line, 0, sizeof(line));
	record_fill(&storm_line_form, &line);
	return &line;
}

static void storm_make(struct storm *to, const struct signature *of, bool own, bool ended)
{
	*to = line_filled()->storm;
	to->news = ended ? STORM_ENDED : STORM_BEGAN;
	to->sig = of;
	to->seen = to->onset + SECOND;
	/* Text shows the ratio with one decimal; a line of JSON rounds large numbers more. */
	to->cost.share = 1.0 / number();
	to->cost.limit = 0.5;
	/* An interrupt has no function. */
	to->funcs[1].name[0] = to->funcs[1].module[0] = '\0';
	for (int i = 0; i < to->nr_funcs; i++)
		to->funcs[i].count = number();
	/* A line has what the samples represent in nine digits, and no sum of it. */
	to->csds = 0;
	for (int i = 0; i < to->nr_whys; i++)
		to->csds += to->whys[i].csds = 1000 + i;
	for (int i = 0; i < to->nr_sources; i++)
		to->sources[i].csds = 10 + i;
	sums_make(&to->life);
	to->own_counts = own;
	to->nr_cpus = NR_ONLINE;
	to->src = src;
	to->dst = dst;
	to->last = to->life;
}

static void evidence_make(struct storm_evidence *to)
{
	*to = line_filled()->evidence;
	to->nr_online = NR_ONLINE;
	to->cpufreq.transitions = number();
	to->guests.users = number();
	for (size_t i = 0; i < GUESTS_MAX; i++)
		to->guest_ipis.all += to->guest_ipis.vms[i].ipis = number();
}

struct shown {
	const struct storm *storm;
	const struct storm_evidence *evidence;
};

static void storm_print(const void *of)
{
	const struct shown *shown = of;

	view__storm(shown->storm, shown->evidence, 0);
	view__storm_over(shown->storm, 0);
}

static void a_storm(const struct signature *of, bool own, bool ended, bool runs_unseen)
{
	static struct storm_line got;
	struct line_parser parser = { .strings = strings, .nr_online = NR_ONLINE };
	struct storm_evidence evidence;
	struct storm storm;
	struct shown want = { &storm, &evidence }, have = { &got.storm, &got.evidence };
	json_t *object;
	char *line, *again, *text, *text2;

	storm_make(&storm, of, own, ended);
	evidence_make(&evidence);
	if (runs_unseen) {
		storm.last.runs_unseen = storm.life.runs_unseen = storm.last.at_most = true;
		storm.last.handler_ns = storm.life.handler_ns = 0;
	}
	line = json__storm_line(&storm, &evidence, 7 * SECOND);
	object = parsed(line);
	got = parsed_record(&parser, LINE_STORM, object)->storm;
	got.storm.sig = of;
	again = json__storm_line(&got.storm, &got.evidence, 7 * SECOND);
	assert_same_line(again, line);
	text = printed(storm_print, &have);
	text2 = printed(storm_print, &want);
	if (!ended)
		assert_string_equal(text, text2);
	json_decref(object);
	free(line);
	free(again);
}

TEST_F(storms_come_back_whole)
{
	for (size_t i = 0; i < 2 * signatures__nr(); i++) {
		sig = *signature__at(i / 2);
		sig.shows = ~0U;
		a_storm(&sig, !(i & 8), i & 1, (i & 3) == 2);
	}
	a_storm(NULL, true, false, false);
}

/* A policy as older versions wrote it, without its CPUs: their number is known, their list is not. */
TEST_F(older_captures_invent_nothing)
{
	static struct storm_line got;
	struct line_parser parser = { .strings = strings, .nr_online = NR_ONLINE };
	struct storm_evidence evidence;
	struct storm storm;
	struct shown shown = { &got.storm, &got.evidence };
	json_t *object, *policy;
	char *line, *text;
	size_t i;

	sig = *signature__at(0);
	sig.shows = ~0U;
	storm_make(&storm, &sig, true, false);
	evidence_make(&evidence);
	evidence.cpufreq.nr_policies = 1;
	evidence.cpufreq.policies[0].nr_cpus = 2;
	line = json__storm_line(&storm, &evidence, 7 * SECOND);
	object = parsed(line);
	json_array_foreach(
		json_object_get(json_object_get(json_object_get(object, "evidence"), "cpufreq"),
				"policies"),
		i, policy)
		assert_int_equal(json_object_del(policy, "cpu_list"), 0);
	got = parsed_record(&parser, LINE_STORM, object)->storm;
	got.storm.sig = &sig;
	text = printed(storm_print, &shown);
	assert_has(text, " transitions of 2 CPUs: ", " of 2 CPUs: driver ");
	assert_lacks(text, "of CPU :");
	json_decref(object);
	free(line);
}

static struct target_time targets[TARGETS_MAX];

static void symbols_make(struct symbol *symbols, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		symbols[i] = symbol_make(number());
}

/* Members that no field has, as stalls of this phase and state have them. */
static void incident_make(struct incident *in, enum stall_phase phase, bool ongoing)
{
	static struct stall_line line;
	bool over_wait = phase == PHASE_WAIT && !ongoing;

	memset(&line, 0, sizeof(line));
	record_fill(&stall_line_form, &line);
	*in = line.in;
	in->phase = phase;
	in->ongoing = ongoing;
	in->end_unseen = false;
	in->time = in->start + 7000000;
	in->sent = in->start + 100;
	in->arrived = in->start + 6000000;
	in->targets = targets;
	in->nr_targets = phase == PHASE_WAIT ? TARGETS_MAX : 0;
	in->nr_listed = over_wait ? TARGETS_MAX : 0;
	if (over_wait)
		in->straggler = (struct straggler){ true, number() & 1, number() };
	in->nr = STACK_DEPTH;
	in->stack_of = phase == PHASE_WAIT ? STACK_CALL : STACK_INTERRUPTED;
	symbols_make(in->stack, STACK_DEPTH);
	for (size_t i = 0; i < TARGETS_MAX; i++)
		targets[i] = (struct target_time){ .entry = in->start + number(),
						   .end = in->start + number(),
						   .dst = i };
}

/* The kernel's log names a thread, and not its process. */
static void backtrace_make(struct backtrace *bt)
{
	*bt = (struct backtrace){ .interrupts_known = true,
				  .interrupts_off = number() & 1,
				  .task = { .known = true, .pid = number(), .comm = "stuck" },
				  .nr = STACK_DEPTH };
	for (size_t i = 0; i < STACK_DEPTH; i++) {
		bt->frames[i].offset = number();
		snprintf(bt->frames[i].name, sizeof(bt->frames[i].name), "%s", text_make());
		snprintf(bt->frames[i].module, sizeof(bt->frames[i].module), "%s", text_make());
	}
}

/* As stall/incident.c does while the stall lasts. */
static void backtrace_add(struct incident *in, const struct backtrace *bt)
{
	in->backtrace = bt;
	if (!in->ongoing)
		return;
	in->stack_of = STACK_NMI;
	for (size_t i = 0; i < STACK_DEPTH; i++)
		in->stack[i] = (struct symbol){ 0, bt->frames[i].offset, bt->frames[i].name,
						bt->frames[i].module };
}

static void a_stall(const struct incident *in)
{
	static char line[1 << 17], line2[1 << 17], text[STALL_TEXT], text2[STALL_TEXT];
	static const struct wall_clock wall = { 1000 * SECOND };
	static struct stall_line got;
	struct line_parser parser = { .strings = strings };
	json_t *object;

	line[json__stall(line, sizeof(line) - 1, in, 4, 9)] = '\0';
	object = parsed(line);
	got = parsed_record(&parser, LINE_STALL, object)->stall;
	assert_int_equal(got.id, 4);
	line2[json__stall(line2, sizeof(line2) - 1, &got.in, 4, 9)] = '\0';
	assert_same_line(line2, line);
	text[view__stall(text, sizeof(text) - 1, in, 4, &wall)] = '\0';
	text2[view__stall(text2, sizeof(text2) - 1, &got.in, 4, &wall)] = '\0';
	assert_string_equal(text2, text);
	json_decref(object);
}

TEST_F(stalls_come_back_whole)
{
	struct backtrace bt;
	struct incident in;

	for (int i = 0; i < ROUNDS * 2 * NR_PHASES; i++) {
		incident_make(&in, i / 2 % NR_PHASES, i & 1);
		a_stall(&in);
		if (in.phase == PHASE_WAIT || in.phase == PHASE_INTERRUPT)
			continue;
		backtrace_make(&bt);
		backtrace_add(&in, &bt);
		a_stall(&in);
	}
}

TEST_MAIN(NULL, NULL)
