// SPDX-License-Identifier: GPL-2.0
/* Each member of a storm and of a stall, with a value of its own, into a line and back. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/cpuset.h"
#include "members.h"
#include "model/incident.h"
#include "model/names.h"
#include "model/signature.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "printed.h"
#include "storm/signatures.h"
#include "unit.h"
#include "view/capture/parse_stall.h"
#include "view/capture/parse_storm.h"
#include "view/capture/strings.h"
#include "view/json/stall.h"
#include "view/json/storm.h"
#include "view/text/stall.h"
#include "view/text/storm.h"

#define SECOND	  1000000000ULL
#define NR_ONLINE 8
#define MANY	  1000000 /* of sums and rates: what a line rounds stays the same */

static const char derived[] = "follows from others of the line";
static const char shared[] = "the line has either the last interval's or the whole life's";
static const char untold[] = "no view tells it";

#define STORM_H	   "src/model/storm.h"
#define EVIDENCE_H "src/model/storm_evidence.h"

#define M(member, how, ...) MEMBER(struct STRUCT, member, how, ##__VA_ARGS__)
#define A(member, how, ...) ARRAY_MEMBER(struct STRUCT, member, how, ##__VA_ARGS__)

#define STRUCT storm_func
static const struct member func_members[] = {
	M(name, AS_TEXT),
	M(module, AS_TEXT),
	M(kind, AS_NUMBER, .below = NR_KINDS),
	M(count, AS_NUMBER, .below = MANY),
};
static const struct members funcs = MEMBERS(STORM_H, "storm_func", func_members);
#undef STRUCT

#define STRUCT storm_source
static const struct member source_members[] = {
	M(interrupt, AS_NUMBER),   M(tgid, AS_NUMBER),	   M(comm, AS_TEXT),
	M(cgroup, AS_TEXT),	   M(caller, AS_TEXT),	   M(reason, AS_TEXT),
	A(chain, AS_TEXT),	   M(nr_chain, AS_NUMBER), M(has_user, AS_NUMBER),
	M(user_offset, AS_NUMBER), M(user_func, AS_TEXT),  M(user_module, AS_TEXT),
	M(samples, AS_NUMBER),
};
static const struct members sources = MEMBERS(STORM_H, "storm_source", source_members);
#undef STRUCT

#define STRUCT storm_cost
static const struct member cost_members[] = {
	M(share, AS_REAL),
	M(limit, AS_REAL),
	M(of, AS_NUMBER, .below = NR_COST_OF),
};
static const struct members costs = MEMBERS(STORM_H, "storm_cost", cost_members);
#undef STRUCT

#define STRUCT storm_sums
static const struct member sums_members[] = {
	M(ns, AS_NUMBER, .exempt = "rates are told: sums of the last interval are of a second"),
	M(cpu_ns, AS_NUMBER, .exempt = derived),
	M(count, AS_NUMBER, .below = MANY),
	M(all, AS_NUMBER, .below = MANY),
	M(handler_ns, AS_NUMBER, .below = MANY),
	M(wait_ns, AS_NUMBER, .below = MANY),
	M(many, AS_NUMBER, .below = MANY, .exempt = "the shape is told"),
	M(victim, AS_REAL),
	M(victim_ns, AS_REAL, .exempt = "cost is told, the largest part"),
	M(waiter_ns, AS_REAL, .exempt = "cost is told, the largest part"),
	M(sent_elsewhere, AS_REAL, .exempt = "compared where csds are known by CPU"),
	M(received_elsewhere, AS_REAL, .exempt = "compared where csds are known by CPU"),
	M(runs_unseen, AS_NUMBER),
	M(at_most, AS_NUMBER),
};
static const struct members sums = MEMBERS(STORM_H, "storm_sums", sums_members);
#undef STRUCT

#define STRUCT storm
static const struct member storm_members[] = {
	M(id, AS_NUMBER),
	M(news, AS_NUMBER, .below = STORM_ENDED),
	M(reason, AS_NUMBER, .below = STORM_BY_SHARE + 1),
	M(sig, AS_OTHER),
	A(funcs, AS_STRUCT, .of = &funcs),
	M(nr_funcs, AS_NUMBER),
	A(sources, AS_STRUCT, .of = &sources),
	M(nr_sources, AS_NUMBER),
	M(samples, AS_NUMBER),
	M(onset, AS_NUMBER),
	M(recognised, AS_NUMBER, .exempt = untold),
	M(seen, AS_NUMBER),
	M(before, AS_NUMBER),
	M(names, AS_NUMBER, .below = NR_NAMES_SHOWN),
	M(note, AS_NUMBER),
	M(limit, AS_REAL),
	M(cost, AS_STRUCT, .of = &costs),
	M(baseline, AS_REAL),
	M(baseline_known, AS_NUMBER),
	M(last, AS_STRUCT, .of = &sums, .exempt = shared),
	M(life, AS_STRUCT, .of = &sums, .exempt = shared),
	M(own, AS_NUMBER),
	M(nr_cpus, AS_NUMBER, .exempt = derived),
	M(src, AS_OTHER),
	M(dst, AS_OTHER),
};
static const struct members storms = MEMBERS(STORM_H, "storm", storm_members);
#undef STRUCT

#define STRUCT tsc_evidence
static const struct member tsc_members[] = {
	M(known, AS_NUMBER),	 M(constant, AS_NUMBER),  M(nonstop, AS_NUMBER),
	M(invariant, AS_NUMBER), M(clocksource, AS_TEXT),
};
static const struct members tsc = MEMBERS(EVIDENCE_H, "tsc_evidence", tsc_members);
#undef STRUCT

#define STRUCT cpufreq_policy
static const struct member policy_members[] = {
	M(name, AS_TEXT),   M(cpus, AS_OTHER),	  M(nr_cpus, AS_NUMBER),
	M(driver, AS_TEXT), M(governor, AS_TEXT),
};
static const struct members policies = MEMBERS(EVIDENCE_H, "cpufreq_policy", policy_members);
#undef STRUCT

#define STRUCT cpufreq_evidence
static const struct member cpufreq_members[] = {
	M(nr_policies, AS_NUMBER),	     A(policies, AS_STRUCT, .of = &policies),
	M(cpus_a_policy, AS_NUMBER),	     M(counted, AS_NUMBER),
	M(events, AS_NUMBER, .below = MANY), M(ns, AS_NUMBER, .exempt = "the rate is told"),
};
static const struct members cpufreq = MEMBERS(EVIDENCE_H, "cpufreq_evidence", cpufreq_members);
#undef STRUCT

#define STRUCT guest_evidence
static const struct member guest_members[] = {
	M(known, AS_NUMBER), M(module, AS_TEXT), M(users, AS_NUMBER),
	M(vcpus, AS_NUMBER), M(owner, AS_TEXT),
};
static const struct members guests = MEMBERS(EVIDENCE_H, "guest_evidence", guest_members);
#undef STRUCT

#define STRUCT guest_vm
static const struct member vm_members[] = {
	M(tgid, AS_NUMBER),
	M(comm, AS_TEXT),
	M(ipis, AS_NUMBER, .below = MANY),
};
static const struct members vms = MEMBERS(EVIDENCE_H, "guest_vm", vm_members);
#undef STRUCT

#define STRUCT guest_ipi_evidence
static const struct member guest_ipi_members[] = {
	M(known, AS_NUMBER),
	M(virtualized, AS_NUMBER),
	M(all, AS_NUMBER, .below = MANY),
	M(ns, AS_NUMBER, .exempt = "the rate is told"),
	M(nr_vms, AS_NUMBER),
	A(vms, AS_STRUCT, .of = &vms),
};
static const struct members guest_ipis =
	MEMBERS(EVIDENCE_H, "guest_ipi_evidence", guest_ipi_members);
#undef STRUCT

#define STRUCT clock_evidence
static const struct member clock_members[] = {
	M(counted, AS_NUMBER),
	M(updates, AS_NUMBER, .below = MANY),
	M(ns, AS_NUMBER, .exempt = "the rate is told"),
};
static const struct members clocks = MEMBERS(EVIDENCE_H, "clock_evidence", clock_members);
#undef STRUCT

#define STRUCT change
static const struct member change_members[] = {
	M(time, AS_NUMBER),
	M(text, AS_TEXT),
};
static const struct members changes = MEMBERS(EVIDENCE_H, "change", change_members);
#undef STRUCT

#define STRUCT storm_evidence
static const struct member evidence_members[] = {
	M(ns, AS_NUMBER),
	M(tsc, AS_STRUCT, .of = &tsc),
	M(cpufreq, AS_STRUCT, .of = &cpufreq),
	M(guests, AS_STRUCT, .of = &guests),
	M(guest_ipis, AS_STRUCT, .of = &guest_ipis),
	M(clock, AS_STRUCT, .of = &clocks),
	M(stops_known, AS_NUMBER),
	M(stops, AS_NUMBER, .below = MANY),
	M(moves_known, AS_NUMBER),
	M(stops_ns, AS_NUMBER, .exempt = "the rate is told"),
	M(moves, AS_NUMBER, .below = MANY),
	M(moves_ns, AS_NUMBER, .exempt = "the rate is told"),
	A(changes, AS_STRUCT, .of = &changes),
	M(nr_changes, AS_NUMBER),
	M(nr_online, AS_NUMBER),
};
static const struct members evidences = MEMBERS(EVIDENCE_H, "storm_evidence", evidence_members);
#undef STRUCT

/* A signature that shows all there is. */
static struct signature sig;

static void sums_settle(struct storm_sums *to, uint64_t ns)
{
	to->ns = ns;
	to->cpu_ns = ns * NR_ONLINE;
	/* A share is at most the whole. */
	to->all += MANY;
}

static void cpufreq_settle(struct cpufreq_evidence *to)
{
	int cpu = 0;

	to->nr_policies = POLICIES_MAX;
	to->cpus_a_policy = 2;
	to->ns = 1000 * SECOND;
	for (size_t i = 0; i < POLICIES_MAX; i++) {
		to->policies[i].nr_cpus = 2;
		cpuset__add(&to->policies[i].cpus, cpu++);
		cpuset__add(&to->policies[i].cpus, cpu++);
	}
	/* A transition is an event for each CPU of its policy. */
	to->events *= 2;
}

static void evidence_make(struct storm_evidence *to, uint64_t *next)
{
	memset(to, 0, sizeof(*to));
	members_fill(&evidences, to, next);
	cpufreq_settle(&to->cpufreq);
	to->guest_ipis.ns = to->clock.ns = to->stops_ns = to->moves_ns = 1000 * SECOND;
	to->guest_ipis.nr_vms = GUESTS_MAX;
	to->guest_ipis.all += MANY;
	to->nr_changes = CHANGES_MAX;
	to->nr_online = NR_ONLINE;
}

static uint64_t src[NR_ONLINE], dst[NR_ONLINE];

/* The csds by CPU, and those whose CPU is not known, are all of the storm's. */
static void cpus_make(struct storm_sums *to, uint64_t *next)
{
	uint64_t received = to->received_elsewhere;

	to->count = to->sent_elsewhere;
	for (size_t i = 0; i < NR_ONLINE; i++) {
		to->count += src[i] = 100 + ++*next;
		received += dst[i] = ++*next;
	}
	dst[0] += to->count - received;
	to->many = to->count;
}

static void storm_make(struct storm *to, bool ended, uint64_t *next)
{
	memset(to, 0, sizeof(*to));
	members_fill(&storms, to, next);
	to->news = ended ? STORM_ENDED : STORM_BEGAN;
	to->sig = &sig;
	to->nr_funcs = STORM_FUNCS;
	to->nr_sources = STORM_SOURCES;
	to->seen = to->onset + SECOND;
	sums_settle(&to->life, SECOND);
	to->life.runs_unseen = false;
	for (size_t i = 0; i < STORM_FUNCS; i++)
		to->funcs[i].kind = KIND_CALL_FUNCTION;
	/* An interrupt has no function. */
	to->funcs[1].name[0] = to->funcs[1].module[0] = '\0';
	to->funcs[1].kind = KIND_RESCHEDULE;
	for (size_t i = 0; i < STORM_SOURCES; i++) {
		to->sources[i].nr_chain = STORM_CHAIN;
		to->sources[i].interrupt = false;
	}
	/* No task is behind an interrupt. */
	to->sources[1].interrupt = true;
	to->sources[1].tgid = 0;
	to->sources[1].comm[0] = '\0';
	to->nr_cpus = NR_ONLINE;
	to->src = src;
	to->dst = dst;
	cpus_make(&to->life, next);
	/* As in the interval that recognised it. */
	to->last = to->life;
}

static json_t *parsed(const char *line)
{
	json_t *object = json_loads(line, 0, NULL);

	assert_non_null(object);
	return object;
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

static void assert_same_cpus(const struct storm *got, const struct storm *want)
{
	for (size_t i = 0; i < NR_ONLINE; i++) {
		assert_int_equal(got->src[i], want->src[i]);
		assert_int_equal(got->dst[i], want->dst[i]);
	}
	assert_int_equal(got->life.sent_elsewhere, want->life.sent_elsewhere);
	assert_int_equal(got->life.received_elsewhere, want->life.received_elsewhere);
}

/* The same line, and the same text. */
static void assert_shown_alike(const struct parsed_storm *got, const struct storm *want,
			       const struct storm_evidence *evidence, const char *line)
{
	struct shown a = { &got->storm, &got->evidence }, b = { want, evidence };
	char *again = json__storm_line(&got->storm, &got->evidence, got->time);
	char *text = printed(storm_print, &a), *text2 = printed(storm_print, &b);

	assert_string_equal(again, line);
	if (want->news != STORM_ENDED)
		assert_string_equal(text, text2);
	free(again);
	free(text);
	free(text2);
}

static void a_storm(bool ended, bool runs_unseen)
{
	static struct parsed_storm got;
	struct storm_evidence evidence;
	struct storm storm;
	uint64_t next = 10;
	json_t *object;
	char *line;

	storm_make(&storm, ended, &next);
	evidence_make(&evidence, &next);
	if (runs_unseen) {
		storm.last.runs_unseen = storm.life.runs_unseen = true;
		storm.last.handler_ns = storm.life.handler_ns = 0;
	}
	line = json__storm_line(&storm, &evidence, 7 * SECOND);
	object = parsed(line);
	parse__storm(object, &sig, NR_ONLINE, &got);
	assert_int_equal(got.time, 7 * SECOND);
	members_assert_equal(&storms, &got.storm, &storm);
	members_assert_equal(&sums, ended ? &got.storm.life : &got.storm.last,
			     ended ? &storm.life : &storm.last);
	assert_same_cpus(&got.storm, &storm);
	members_assert_equal(&evidences, &got.evidence, &evidence);
	for (size_t i = 0; i < POLICIES_MAX; i++)
		assert_memory_equal(&got.evidence.cpufreq.policies[i].cpus,
				    &evidence.cpufreq.policies[i].cpus, sizeof(struct cpuset));
	assert_shown_alike(&got, &storm, &evidence, line);
	json_decref(object);
	free(line);
}

static void storms_come_back_whole(void **state)
{
	(void)state;
	sig = signatures[0];
	sig.shows = ~0U;
	members_assert_complete(&storms);
	members_assert_complete(&evidences);
	a_storm(false, false);
	a_storm(false, true);
	a_storm(true, false);
}

/* A policy as older versions wrote it, without its CPUs: their number is known, their list is not. */
static void older_captures_invent_nothing(void **state)
{
	static struct parsed_storm got;
	struct storm_evidence evidence;
	struct storm storm;
	struct shown shown = { &got.storm, &got.evidence };
	json_t *object, *policy;
	uint64_t next = 10;
	char *line, *text;
	size_t i;

	(void)state;
	sig = signatures[0];
	sig.shows = ~0U;
	storm_make(&storm, false, &next);
	evidence_make(&evidence, &next);
	line = json__storm_line(&storm, &evidence, 7 * SECOND);
	object = parsed(line);
	json_array_foreach(
		json_object_get(json_object_get(json_object_get(object, "evidence"), "cpufreq"),
				"policies"),
		i, policy)
		assert_int_equal(json_object_del(policy, "cpu_list"), 0);
	parse__storm(object, &sig, NR_ONLINE, &got);
	text = printed(storm_print, &shown);
	assert_non_null(strstr(text, " transitions of 2 CPUs: "));
	assert_non_null(strstr(text, " of 2 CPUs: driver "));
	assert_null(strstr(text, "of CPU :"));
	json_decref(object);
	free(line);
	free(text);
}

#define INCIDENT_H "src/model/incident.h"

#define STRUCT task_id
static const struct member task_members[] = {
	M(known, AS_NUMBER), M(interrupt, AS_NUMBER, .exempt = "only a sender's is told"),
	M(pid, AS_NUMBER),   M(tgid, AS_NUMBER),
	M(comm, AS_TEXT),
};
static const struct members tasks = MEMBERS("src/model/moment.h", "task_id", task_members);
#undef STRUCT

#define STRUCT symbol
static const struct member symbol_members[] = {
	M(addr, AS_NUMBER, .exempt = "a name is told"),
	M(offset, AS_NUMBER, .exempt = "compared as text: a function has none"),
	M(name, AS_STRING),
	M(module, AS_STRING, .exempt = "compared as text: a call site has none"),
};
static const struct members symbols = MEMBERS("src/model/symbol.h", "symbol", symbol_members);
#undef STRUCT

#define STRUCT waiter
static const struct member waiter_members[] = {
	M(task, AS_STRUCT, .of = &tasks),
	M(src, AS_NUMBER),
	M(call, AS_NUMBER),
	M(until, AS_NUMBER),
	M(wait_in, AS_NUMBER, .below = WAIT_MANY + 1),
	M(behind, AS_NUMBER),
};
static const struct members waiters = MEMBERS(INCIDENT_H, "waiter", waiter_members);
#undef STRUCT

#define STRUCT straggler
static const struct member straggler_members[] = {
	M(known, AS_NUMBER),
	M(late, AS_NUMBER),
	M(later, AS_NUMBER),
};
static const struct members stragglers = MEMBERS(INCIDENT_H, "straggler", straggler_members);
#undef STRUCT

#define STRUCT backtrace_frame
static const struct member frame_members[] = {
	M(offset, AS_NUMBER),
	M(name, AS_TEXT),
	M(module, AS_TEXT),
};
static const struct members frames =
	MEMBERS("src/model/backtrace.h", "backtrace_frame", frame_members);
#undef STRUCT

#define STRUCT backtrace
static const struct member backtrace_members[] = {
	M(interrupts_known, AS_NUMBER),	     M(interrupts_off, AS_NUMBER),
	M(task, AS_STRUCT, .of = &tasks),    M(nr, AS_NUMBER),
	A(frames, AS_STRUCT, .of = &frames),
};
static const struct members backtraces =
	MEMBERS("src/model/backtrace.h", "backtrace", backtrace_members);
#undef STRUCT

static const char in_split[] = "compared as text: the parts of a delivery that is over";

#define STRUCT incident
static const struct member incident_members[] = {
	M(key, AS_NUMBER, .exempt = "the line's id stands for it"),
	M(cause, AS_NUMBER, .exempt = "the line's cause stands for it"),
	M(phase, AS_NUMBER, .below = NR_PHASES),
	M(ongoing, AS_NUMBER),
	M(end_unseen, AS_NUMBER),
	M(at_most, AS_NUMBER),
	M(covered, AS_NUMBER),
	M(slept, AS_NUMBER),
	M(dst_known, AS_NUMBER),
	M(time, AS_NUMBER),
	M(start, AS_NUMBER),
	M(src, AS_NUMBER),
	M(dst, AS_NUMBER),
	M(func, AS_STRUCT, .of = &symbols),
	M(callsite, AS_STRUCT, .of = &symbols),
	M(csd, AS_NUMBER, .exempt = untold),
	M(call, AS_NUMBER),
	M(queued, AS_NUMBER, .exempt = untold),
	M(sender, AS_STRUCT, .of = &tasks),
	M(victim, AS_STRUCT, .of = &tasks),
	M(cgroup, AS_NUMBER),
	M(cgroup_path, AS_STRING),
	M(wait_in, AS_NUMBER, .below = WAIT_MANY + 1),
	M(sent, AS_NUMBER, .exempt = in_split),
	M(arrived, AS_NUMBER, .exempt = in_split),
	M(late, AS_NUMBER, .below = NR_LATENESS),
	M(stolen, AS_NUMBER),
	M(others, AS_NUMBER, .exempt = untold),
	M(doing, AS_STRUCT, .of = &symbols),
	M(doing_since, AS_NUMBER),
	M(irq_known, AS_NUMBER),
	M(irq, AS_NUMBER, .below = NR_KINDS),
	M(nr_targets, AS_NUMBER),
	M(nr_listed, AS_NUMBER),
	M(targets, AS_OTHER),
	M(straggler, AS_STRUCT, .of = &stragglers),
	M(nr_waiters, AS_NUMBER),
	M(more_waiters, AS_NUMBER),
	A(waiters, AS_STRUCT, .of = &waiters),
	M(queued_behind, AS_NUMBER),
	M(backtrace, AS_OTHER),
	M(stack_of, AS_NUMBER, .below = STACK_NMI + 1),
	M(user, AS_NUMBER),
	M(nr, AS_NUMBER),
	A(stack, AS_STRUCT, .of = &symbols),
};
static const struct members incidents = MEMBERS(INCIDENT_H, "incident", incident_members);
#undef STRUCT

static struct target_time targets[TARGETS_MAX];

static void task_settle(struct task_id *task)
{
	task->interrupt = false;
}

/* Keep of @in what a stall of its phase and state has. */
static void phase_settle(struct incident *in)
{
	bool over = !in->ongoing;

	in->slept = in->phase == PHASE_HANDLER;
	in->end_unseen = false;
	in->at_most = 0;
	/* A wait that is over has its targets, another stall may be a straggler of so many. */
	in->nr_targets = in->phase == PHASE_WAIT ? TARGETS_MAX : 0;
	in->nr_listed = in->phase == PHASE_WAIT && over ? TARGETS_MAX : 0;
	if (in->phase != PHASE_WAIT || !over)
		in->straggler = (struct straggler){};
	if (in->phase == PHASE_INTERRUPT) {
		in->src = 0;
		memset(&in->func, 0, sizeof(in->func));
	}
}

static void incident_make(struct incident *in, enum stall_phase phase, bool ongoing)
{
	uint64_t next = 1000;

	memset(in, 0, sizeof(*in));
	members_fill(&incidents, in, &next);
	in->phase = phase;
	in->ongoing = ongoing;
	in->time = in->start + 7000000;
	in->sent = in->start + 100;
	in->arrived = in->start + 6000000;
	in->func.offset = in->doing.offset = 0;
	in->callsite.module = NULL;
	in->targets = targets;
	in->covered = true;
	in->nr_waiters = WAITERS_MAX;
	in->nr = STACK_DEPTH;
	in->user = false;
	in->stack_of = phase == PHASE_WAIT ? STACK_CALL : STACK_INTERRUPTED;
	task_settle(&in->sender);
	task_settle(&in->victim);
	for (size_t i = 0; i < WAITERS_MAX; i++) {
		task_settle(&in->waiters[i].task);
		in->waiters[i].until = in->waiters[i].call + 50 + i;
	}
	for (size_t i = 0; i < TARGETS_MAX; i++)
		targets[i] = (struct target_time){ .entry = in->start + 10 + i,
						   .end = in->start + 1000 + i,
						   .dst = i };
	phase_settle(in);
}

static struct backtrace backtrace_make(void)
{
	struct backtrace bt = {};
	uint64_t next = 500;

	members_fill(&backtraces, &bt, &next);
	bt.nr = STACK_DEPTH;
	/* The kernel's log has no process. */
	bt.task.tgid = 0;
	task_settle(&bt.task);
	return bt;
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

static void assert_same_backtrace(const struct parsed_stall *got, const struct backtrace *want)
{
	assert_ptr_equal(got->incident.backtrace, &got->backtrace);
	if (got->incident.ongoing) {
		members_assert_equal(&backtraces, &got->backtrace, want);
		return;
	}
	/* The stack is that of the end: of the NMI's the line has the frame to blame. */
	assert_int_equal(got->backtrace.nr, 1);
	assert_string_equal(got->backtrace.frames[0].name, want->frames[0].name);
	assert_string_equal(got->backtrace.frames[0].module, want->frames[0].module);
	assert_true(got->backtrace.interrupts_known && got->backtrace.interrupts_off);
	members_assert_equal(&tasks, &got->backtrace.task, &want->task);
}

static void a_stall(struct strings *strings, const struct incident *in, const struct backtrace *bt)
{
	static char line[1 << 17], line2[1 << 17], text[STALL_TEXT], text2[STALL_TEXT];
	static const struct wall_clock wall = { 1000 * SECOND };
	static struct parsed_stall got;
	json_t *object;

	line[json__stall(line, sizeof(line) - 1, in, 4, 9)] = '\0';
	object = parsed(line);
	parse__stall(strings, object, &got);
	assert_int_equal(got.id, 4);
	members_assert_equal(&incidents, &got.incident, in);
	for (size_t i = 0; i < in->nr_listed; i++)
		assert_memory_equal(&got.targets[i], &in->targets[i], sizeof(*in->targets));
	if (bt)
		assert_same_backtrace(&got, bt);
	else
		assert_null(got.incident.backtrace);
	line2[json__stall(line2, sizeof(line2) - 1, &got.incident, 4, 9)] = '\0';
	assert_string_equal(line2, line);
	text[view__stall(text, sizeof(text) - 1, in, 4, &wall)] = '\0';
	text2[view__stall(text2, sizeof(text2) - 1, &got.incident, 4, &wall)] = '\0';
	assert_string_equal(text2, text);
	json_decref(object);
}

static void stalls_come_back_whole(void **state)
{
	struct strings *strings = strings__new();
	const struct backtrace bt = backtrace_make();
	struct incident in;

	(void)state;
	assert_non_null(strings);
	members_assert_complete(&incidents);
	members_assert_complete(&backtraces);
	for (int i = 0; i < 2 * NR_PHASES; i++) {
		incident_make(&in, i / 2, i & 1);
		a_stall(strings, &in, NULL);
		if (in.phase == PHASE_WAIT || in.phase == PHASE_INTERRUPT)
			continue;
		backtrace_add(&in, &bt);
		a_stall(strings, &in, &bt);
	}
	strings__free(strings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(storms_come_back_whole),
		cmocka_unit_test(older_captures_invent_nothing),
		cmocka_unit_test(stalls_come_back_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
