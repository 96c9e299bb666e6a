// SPDX-License-Identifier: GPL-2.0
#include <stdatomic.h>
#include "base/clock.h"
#include "base/write_all.h"
#include "collect/read_moment.h"
#include "host/machine.h"
#include "model/callsite.h"
#include "stall/stall_run.h"
#include "view/words/words.h"
#include "view/text/views.h"

/* /proc/stat counts steal in ticks of 10 ms (USER_HZ): shorter stalls get no figure. */
#define STEAL_MIN_NS 20000000ULL

/* How long a stall that is over is remembered, so that no late watcher reports it again. */
#define FORGET_NS 10000000000ULL

/* The memory of one watcher, so that no watcher waits for another. */
struct workspace {
	struct reporter *reporter;
	unsigned int which; /* number of the watcher */
	struct ongoing *ongoing;
	struct json_pool pool;
	struct moment moment;
	char report[REPORT_BYTES];
};

struct reporter {
	struct reporter_config config;
	struct stall_scope scope;
	struct wall_clock clock;
	struct steal_time *steal; /* NULL: not available here */
	bool stolen_known; /* the events say how much time was stolen, to the ns */
	struct report_once *claims;
	struct families *families; /* NULL: each stall is reported */
	struct stall_family *list; /* room for the list of families at the end */
	struct backtraces *backtraces; /* NULL: no backtraces are taken */
	struct interrupted_code *code; /* NULL: the kernel's code cannot be read */
	/* One watcher at a time reads events; the others do not wait for it. */
	_Atomic bool reading;
	_Atomic uint64_t events_read; /* when the last complete read began */
	struct ended *ended; /* used by the watcher that reads */
	_Atomic int error; /* the negative errno of the last failed write; 0: none failed */
	_Atomic uint64_t found[NR_PHASES]; /* stalls */
	_Atomic uint64_t folded; /* stalls of "found" that the report of their cause covers */
	_Atomic uint64_t dropped; /* reports that found no room */
	_Atomic uint64_t doubted; /* sleeps that the stack does not confirm */
	struct workspace *workspaces[WATCHERS_MAX];
};

static bool workspace_new(struct reporter *reporter, unsigned int which)
{
	struct workspace *workspace = calloc(1, sizeof(*workspace));

	if (!workspace)
		return false;
	workspace->reporter = reporter;
	workspace->which = which;
	workspace->ongoing = ongoing__new(reporter->config.threshold);
	workspace->pool.size = reporter->config.json ? JSON_POOL_BYTES : 0;
	workspace->pool.memory = malloc(workspace->pool.size + 1);
	reporter->workspaces[which] = workspace;
	return workspace->ongoing && workspace->pool.memory;
}

int reporter__open(struct reporter **out, const struct reporter_config *config)
{
	struct reporter *reporter = calloc(1, sizeof(*reporter));
	bool complete;

	if (!reporter)
		return -ENOMEM;
	reporter->config = *config;
	reporter->scope = (struct stall_scope){
		.asked = config->phases,
		.calls = !moment_reader__knows(config->moments, PHASE_DELIVERY),
		.interrupts_known = moment_reader__knows(config->moments, PHASE_INTERRUPT),
	};
	wall_clock__read(&reporter->clock);
	json_pool__install();
	/* This checks, once, whether stdout is a terminal, which watchers must not do. */
	style__on(STYLE_PLAIN);
	if (steal_time__open(&reporter->steal, NULL, config->nr_cpus))
		reporter->steal = NULL;
	reporter->claims = report_once__new();
	reporter->ended = ended__new();
	if (!config->json) {
		reporter->families = families__new();
		reporter->list = calloc(FAMILIES_MAX + 1, sizeof(*reporter->list));
	}
	if (config->backtrace)
		reporter->backtraces = backtraces__new(config->take, config->take_ctx);
	if (config->read_code)
		reporter->code = interrupted_code__new(config->read_code, config->read_code_ctx);
	complete = reporter->claims && reporter->ended &&
		   (config->json || (reporter->families && reporter->list)) &&
		   (!config->backtrace || reporter->backtraces) &&
		   (!config->read_code || reporter->code);
	for (unsigned int i = 0; i < WATCHERS_MAX && complete; i++)
		complete = workspace_new(reporter, i);
	if (!complete) {
		reporter__close(reporter);
		reporter = NULL;
	}
	*out = reporter;
	return complete ? 0 : -ENOMEM;
}

void reporter__close(struct reporter *reporter)
{
	if (!reporter)
		return;
	for (unsigned int i = 0; i < WATCHERS_MAX; i++) {
		if (!reporter->workspaces[i])
			continue;
		free(reporter->workspaces[i]->ongoing);
		free(reporter->workspaces[i]->pool.memory);
		free(reporter->workspaces[i]);
	}
	free(reporter->claims);
	free(reporter->families);
	free(reporter->list);
	free(reporter->backtraces);
	free(reporter->code);
	free(reporter->ended);
	steal_time__close(reporter->steal);
	free(reporter);
}

static void add_names(struct reporter *reporter, struct incident *incident)
{
	name_cache__symbol(reporter->config.names, &incident->func, true);
	name_cache__symbol(reporter->config.names, &incident->callsite, false);
	callsite__clear_hidden(&incident->callsite);
	name_cache__symbol(reporter->config.names, &incident->doing, true);
	for (uint32_t f = 0; f < incident->nr; f++)
		name_cache__symbol(reporter->config.names, &incident->stack[f], false);
	incident->cgroup_path = name_cache__cgroup(reporter->config.names, incident->cgroup);
}

static size_t format_report(struct workspace *workspace, const struct incident *incident,
			    uint64_t id)
{
	struct reporter *reporter = workspace->reporter;
	size_t len;

	if (!reporter->config.json)
		return view__stall(workspace->report, sizeof(workspace->report), incident, id,
				   &reporter->clock);
	json_pool__enter(&workspace->pool);
	len = json__stall(workspace->report, sizeof(workspace->report), incident, id,
			  report_once__find_number(reporter->claims, incident->cause));
	json_pool__leave();
	return len;
}

static int report_write(const struct workspace *workspace, const struct incident *incident,
			size_t len)
{
	const struct reporter *reporter = workspace->reporter;
	const struct reporter_config *config = &reporter->config;

	if (config->take_report)
		return config->take_report(config->ctx, incident,
					   report_once__find_number(reporter->claims,
								    incident->key),
					   workspace->report, len);
	if (config->write)
		return config->write(config->ctx, workspace->which, workspace->report, len);
	return write_all(config->fd, workspace->report, len, NULL);
}

/* Count @incident, whose report this watcher has claimed, in its family. */
static void count_report(struct reporter *reporter, const struct incident *incident, bool first,
			 bool shown)
{
	struct report_once *claims = reporter->claims;
	enum reported how = NOT_REPORTED;

	if (!reporter->families)
		return;
	if (shown || (incident->covered && report_once__is_named(claims, incident->cause)))
		how = !report_once__set_named(claims, incident->key) ? REPORTED_BEFORE :
		      shown					     ? REPORTED_ALONE :
								       REPORTED_WITH_CAUSE;
	families__count(reporter->families, incident, first, how);
}

/*
 * Report @incident, unless another watcher has reported it. The report is formatted before the
 * claim: the shorter a claim is held, the less often it gets stale. False: try again later.
 */
static bool report_incident(struct workspace *workspace, struct incident *incident)
{
	struct reporter *reporter = workspace->reporter;
	const struct reporter_config *config = &reporter->config;
	enum claim_kind kind = !incident->ongoing		  ? CLAIM_OVER :
			       incident->backtrace		  ? CLAIM_BACKTRACE :
			       incident->why == WHY_NEVER_ARRIVED ? CLAIM_LOST :
			       incident->why == WHY_STOLEN	  ? CLAIM_STOLEN :
								    CLAIM_ONGOING;
	bool shown, first = false;
	size_t len = 0;
	enum claim_result claim;
	int err;

	if (!stall_scope__asks(&reporter->scope, incident->phase))
		return true;
	incident__set_ipi(incident, reporter->config.apic);
	/* The cause, a delivery or a handler, surely has a report only if both are asked for. */
	incident->covered &= stall_scope__asks(&reporter->scope, PHASE_DELIVERY) &&
			     stall_scope__asks(&reporter->scope, PHASE_HANDLER);
	/*
	 * In text the report of the cause may cover @incident, and of a family with many stalls
	 * most stalls are only counted.
	 */
	shown = !reporter->families ||
		(!incident->covered && (report_once__is_named(reporter->claims, incident->key) ||
					families__reports(reporter->families, incident)));
	claim = report_once__peek(reporter->claims, incident->key, kind, mono_ns());
	if (claim == CLAIM_WON && shown)
		len = format_report(workspace, incident,
				    report_once__assign_number(reporter->claims, incident->key));
	if (claim == CLAIM_WON)
		claim = report_once__take(reporter->claims, incident->key, kind, mono_ns(), &first);
	if (claim == CLAIM_FULL || (claim == CLAIM_WON && shown && !len))
		reporter->dropped++;
	if (claim != CLAIM_WON)
		return claim != CLAIM_BUSY;
	if (first) {
		reporter->found[incident->phase]++;
		if (config->found)
			config->found(config->found_ctx, incident,
				      report_once__find_number(reporter->claims, incident->key));
	}
	reporter->folded += report_once__fold(reporter->claims, incident->key, incident->covered);
	count_report(reporter, incident, first, shown);
	err = reporter->error ? 0 : report_write(workspace, incident, len);
	if (err)
		reporter->error = err;
	report_once__done(reporter->claims, incident->key, kind);
	return true;
}

/* Report a stall of a moment, which has no names yet. False: try again later. */
static bool report_seen(struct workspace *workspace, const struct incident *seen)
{
	struct incident incident = *seen;

	add_names(workspace->reporter, &incident);
	return report_incident(workspace, &incident);
}

/* Report a stall that lasts, or whose end was not seen. An ongoing_fn. */
static bool report_ongoing(void *ctx, const struct incident *seen)
{
	struct workspace *workspace = ctx;

	/*
	 * If this watcher was held up for ENDED_HOLD_NS since it read the moment, the stall's end
	 * may have been reported meanwhile. Within that time struct ended still holds the end.
	 */
	if (mono_ns() - workspace->moment.now > ENDED_HOLD_NS)
		return false;
	return report_seen(workspace, seen);
}

/*
 * Ask for the stack of the CPU of a stall that was reported and lasts on, and report the stall
 * again once the stack is there. An ongoing_fn.
 */
static bool report_backtrace(void *ctx, const struct incident *seen)
{
	struct workspace *workspace = ctx;
	struct reporter *reporter = workspace->reporter;
	const struct backtrace_of of = { seen->dst, seen->start, workspace->moment.now };
	struct incident incident = *seen;
	const struct backtrace *bt;

	/*
	 * Take no stack of a sender, which spins on purpose, nor of a CPU where a function sleeps,
	 * which is free.
	 */
	if (seen->phase == PHASE_WAIT || seen->slept ||
	    !stall_scope__asks(&reporter->scope, seen->phase) ||
	    incident__duration(seen) < reporter->config.backtrace)
		return true;
	backtraces__ask(reporter->backtraces, &of);
	bt = backtraces__find(reporter->backtraces, &of);
	if (!bt || backtraces__pending(reporter->backtraces, &of))
		return true;
	incident__add_backtrace(&incident, bt);
	incident__set_why(&incident);
	return report_ongoing(ctx, &incident);
}

/* Report a stall that lasts on again, if more is known than in its last report. An ongoing_fn. */
static bool report_again(void *ctx, const struct incident *seen)
{
	const struct workspace *workspace = ctx;

	if (seen->why == WHY_NEVER_ARRIVED || seen->why == WHY_STOLEN)
		report_ongoing(ctx, seen);
	if (workspace->reporter->backtraces)
		report_backtrace(ctx, seen);
	return true;
}

/*
 * Whether the interrupt of a late delivery waited until its target switched interrupts on. On other
 * architectures than x86 only the stack is known: there any interrupted code of the kernel counts.
 */
static bool was_just_enabled(struct reporter *reporter, const struct incident *incident)
{
	if (incident->phase != PHASE_DELIVERY || incident__duration(incident) < BLAME_MIN_NS)
		return false;
#ifdef __x86_64__
	return reporter->code &&
	       interrupted_code__just_enabled(reporter->code, incident, mono_ns());
#else
	(void)reporter;
	return incident->interrupted;
#endif
}

static void report_ended(void *ctx, struct incident *incident)
{
	struct workspace *workspace = ctx;
	struct reporter *reporter = workspace->reporter;
	uint64_t duration = incident__duration(incident);
	const struct backtrace_of of = { incident->dst, incident->start, incident->time };
	const struct backtrace *bt = reporter->backtraces && incident->phase != PHASE_WAIT ?
					     backtraces__find(reporter->backtraces, &of) :
					     NULL;

	ongoing__merge(workspace->ongoing, incident);
	for (int i = 0; i < WATCHERS_MAX && incident->phase == PHASE_DELIVERY; i++)
		ongoing__merge_looks(reporter->workspaces[i]->ongoing, incident);
	if (bt)
		incident__add_backtrace(incident, bt);
	if (reporter->steal && !reporter->stolen_known && incident->phase != PHASE_WAIT &&
	    duration >= STEAL_MIN_NS) {
		incident->stolen =
			steal_time__since(reporter->steal, incident->dst, incident->start);
		incident->stolen = incident->stolen < duration ? incident->stolen : duration;
		incident->stolen_known = incident->stolen;
	}
	add_names(reporter, incident);
	incident->just_enabled = was_just_enabled(reporter, incident);
	incident__set_lateness(incident, reporter->config.bare);
	incident__set_why(incident);
	report_incident(workspace, incident);
}

static void take_event(void *ctx, const struct stall_event *event)
{
	struct workspace *workspace = ctx;
	struct reporter *reporter = workspace->reporter;
	struct incident incident;

	incident__from_event(&incident, event);
	if (event->stolen_known)
		reporter->stolen_known = true;
	add_names(reporter, &incident);
	if (!incident__sleep_confirmed(&incident)) {
		reporter->doubted++;
		return;
	}
	incident__trim(&incident);
	ended__add(reporter->ended, &incident, mono_ns(), report_ended, workspace);
}

/* Read events, and release stalls; @all: also the stalls whose hold is not over. */
static void read_events(struct workspace *workspace, bool all)
{
	struct reporter *reporter = workspace->reporter;
	uint64_t now = mono_ns();

	if (atomic_exchange(&reporter->reading, true))
		return;
	moment_reader__events(reporter->config.moments, take_event, workspace);
	ended__release(reporter->ended, all ? UINT64_MAX : now, report_ended, workspace);
	reporter->events_read = now;
	reporter->reading = false;
}

void reporter__scan(void *ctx, unsigned int which)
{
	struct reporter *reporter = ctx;
	struct workspace *workspace = reporter->workspaces[which];
	uint64_t events_read = reporter->events_read;

	name_cache__begin(reporter->config.names, which);
	moment_reader__watch(reporter->config.moments, reporter->config.threshold / ONGOING_CONTEXT,
			     &workspace->moment);
	ongoing__moment(workspace->ongoing, &workspace->moment, events_read, report_ongoing,
			workspace);
	ongoing__each(workspace->ongoing, report_again, workspace);
	read_events(workspace, false);
	name_cache__end(reporter->config.names, which);
	if (reporter->backtraces)
		backtraces__tend(reporter->backtraces);
}

/*
 * Report the stalls that last when the run ends. The watchers may have missed them: a watcher looks
 * every few ms, and may not have run for a while.
 */
static void look_last(struct reporter *reporter)
{
	struct workspace *workspace = reporter->workspaces[0];

	moment_reader__read(reporter->config.moments, reporter->config.threshold / ONGOING_CONTEXT,
			    &workspace->moment);
	for (int i = 0; i < WATCHERS_MAX; i++) {
		struct ongoing *ongoing = reporter->workspaces[i]->ongoing;

		ongoing__last(ongoing);
		ongoing__moment(ongoing, &workspace->moment, reporter->events_read, report_ongoing,
				workspace);
	}
}

/*
 * Report the end of a stall of which no event came. An ongoing_fn. The watcher that saw the stall
 * may have been parked since then, and the stall's end have been reported and forgotten.
 */
static bool report_unseen_end(void *ctx, const struct incident *seen)
{
	struct workspace *workspace = ctx;

	return !report_once__is_known(workspace->reporter->claims, seen->key) ||
	       report_seen(workspace, seen);
}

/*
 * Report the ends that are not known yet. The BPF program of an end may read the clock just before
 * the threshold, and be held up by the hypervisor until a watcher has seen the stall pass the
 * threshold: then no event comes, and the run may end before ONGOING_GRACE_NS have passed.
 */
static void report_unseen_ends(struct reporter *reporter)
{
	for (int i = 0; i < WATCHERS_MAX; i++)
		ongoing__end(reporter->workspaces[i]->ongoing, report_unseen_end,
			     reporter->workspaces[0]);
}

int reporter__maintain(struct reporter *reporter)
{
	uint64_t now = mono_ns();

	if (reporter->steal)
		steal_time__sample(reporter->steal, now);
	name_cache__refresh(reporter->config.names);
	if (now > FORGET_NS)
		report_once__forget(reporter->claims, now - FORGET_NS);
	return reporter->error;
}

struct stalls_unreported reporter__take_unreported(struct reporter *reporter)
{
	struct stalls_unreported unreported = {};

	if (reporter->families)
		unreported = families__take_unreported(reporter->families);
	unreported.scope = reporter->scope;
	return unreported;
}

int reporter__finish(struct reporter *reporter, struct stall_totals *sum)
{
	size_t dropped = 0;

	name_cache__begin(reporter->config.names, 0);
	look_last(reporter);
	read_events(reporter->workspaces[0], true);
	report_unseen_ends(reporter);
	name_cache__end(reporter->config.names, 0);
	*sum = (struct stall_totals){
		.ended = mono_ns(),
		.threshold = reporter->config.threshold,
		.scope = reporter->scope,
		.lasting_known = true,
		.lasting = report_once__count_lasting(reporter->claims),
		.lost = moment_reader__lost(reporter->config.moments),
		.folded = reporter->folded,
		.dropped = reporter->dropped,
		.doubted = reporter->doubted,
	};
	for (int i = 0; i < NR_PHASES; i++)
		sum->found[i] = reporter->found[i];
	/* The watchers saw the same stalls, so take the largest count, not the sum. */
	for (int i = 0; i < WATCHERS_MAX; i++)
		if (ongoing__dropped(reporter->workspaces[i]->ongoing) > dropped)
			dropped = ongoing__dropped(reporter->workspaces[i]->ongoing);
	sum->dropped += dropped;
	if (reporter->families) {
		sum->nr_families = families__list(reporter->families, reporter->list);
		sum->families = reporter->list;
	}
	return reporter->error;
}
