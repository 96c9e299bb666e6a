// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "isolated/isolated.h"

static int by_cost(const void *a, const void *b)
{
	const struct culprit *ca = a, *cb = b;
	int d = cmp_u64(ca->follows, cb->follows) ?: cmp_u64(cb->timed, ca->timed);

	return d ?: cmp_u64(cb->interrupted, ca->interrupted) ?: cmp_u64(cb->count, ca->count);
}

static bool is_server(const struct culprit *culprit)
{
	return !strcmp(culprit->cause, "fair_server") || !strcmp(culprit->cause, "deadline_timer");
}

static bool is_task(const struct culprit *culprit)
{
	return culprit->kind == INTERRUPTION_SWITCH || culprit->kind == INTERRUPTION_WORK;
}

static bool is_barrier(const struct culprit *culprit)
{
	return !strcmp(culprit->cause, "work_barrier");
}

/* Comes of another task that runs on the CPU: it must be woken there, and needs the tick. */
static bool may_follow(const struct culprit *culprit)
{
	static const char *const causes[] = { "tick_sched", "nohz_full_kick", "wakeups",
					      "reschedule" };

	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (!strcmp(culprit->cause, causes[i]))
			return true;
	return false;
}

static void follows_set(struct isolated_cpu *cpu)
{
	bool server = false, task = false, work = false;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		const struct culprit *culprit = &cpu->culprits[i];

		server |= is_server(culprit);
		task |= is_task(culprit);
		work |= culprit->kind == INTERRUPTION_WORK && !is_barrier(culprit);
	}
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		struct culprit *culprit = &cpu->culprits[i];

		culprit->follows = is_barrier(culprit) ? work :
							 (server || task) && may_follow(culprit);
		causes__tick(culprit, server, task);
	}
}

/*
 * Timers of one function have a row for each task that ran. Where that task is not behind
 * them (causes.c), they are one culprit.
 */
static void timers_merge(struct isolated_cpu *cpu)
{
	size_t kept = 0;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		struct culprit *from = &cpu->culprits[i], *to = NULL;

		for (size_t k = 0; k < kept && !to && !from->other; k++)
			if (from->kind == INTERRUPTION_TIMER && !from->sender.known &&
			    cpu->culprits[k].kind == INTERRUPTION_TIMER &&
			    !cpu->culprits[k].sender.known && cpu->culprits[k].addr == from->addr)
				to = &cpu->culprits[k];
		if (!to) {
			cpu->culprits[kept++] = *from;
			continue;
		}
		to->count += from->count;
		to->interrupted += from->interrupted;
		to->longest = from->longest > to->longest ? from->longest : to->longest;
		free(from->chain);
	}
	cpu->nr_culprits = kept;
}

/* The first allowance that matches; NULL: none, the total counts. */
static const struct allowance *allowance_of(const struct gate *gate, const struct culprit *culprit)
{
	for (size_t i = 0; i < gate->nr_allowances; i++) {
		const struct allowance *allowance = &gate->allowances[i];

		if (!fnmatch(allowance->glob, culprit->cause, 0) ||
		    (*culprit->func && !fnmatch(allowance->glob, culprit->func, 0)))
			return allowance;
	}
	return NULL;
}

/* The interruptions of @cpu that fall under @allowance. */
static uint64_t sum(const struct isolated_cpu *cpu, const struct gate *gate,
		    const struct allowance *allowance)
{
	uint64_t count = 0;

	for (size_t i = 0; i < cpu->nr_culprits; i++)
		if (cpu->culprits[i].judged && allowance_of(gate, &cpu->culprits[i]) == allowance)
			count += cpu->culprits[i].count;
	return count;
}

static bool is_allowed(const struct isolated_cpu *cpu, const struct gate *gate,
		       const struct culprit *culprit)
{
	const struct allowance *allowance = allowance_of(gate, culprit);
	uint64_t most = allowance ? allowance->count : gate->total;

	if (!culprit->judged)
		return true;
	if (gate->max_interruption && culprit->longest > gate->max_interruption)
		return false;
	return sum(cpu, gate, allowance) <= most;
}

/* More interruptions than @allowance lets through; NULL: than the total does. */
static void breach_number(struct isolated_cpu *cpu, const struct gate *gate,
			  const struct allowance *allowance)
{
	struct breach breach = {
		.limit = LIMIT_NUMBER,
		.glob = allowance ? allowance->glob : NULL,
		.most = allowance ? allowance->count : gate->total,
		.found = sum(cpu, gate, allowance),
	};

	if (breach.found <= breach.most)
		return;
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		const struct culprit *culprit = &cpu->culprits[i];

		if (!culprit->judged || allowance_of(gate, culprit) != allowance)
			continue;
		if (!breach.nr++)
			breach.worst = breach.frequent = i;
		if (culprit->count > cpu->culprits[breach.frequent].count)
			breach.frequent = i;
	}
	cpu->breaches[cpu->nr_breaches++] = breach;
}

/* One that took too long: several culprits in one interrupt, or one culprit alone. */
static void breach_length(struct isolated_cpu *cpu, const struct gate *gate)
{
	struct breach breach = { .limit = LIMIT_LENGTH, .most = gate->max_interruption };
	uint64_t longest = 0;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		if (!cpu->culprits[i].judged)
			continue;
		breach.nr += cpu->culprits[i].longest > breach.most;
		if (cpu->culprits[i].longest <= longest)
			continue;
		longest = cpu->culprits[i].longest;
		breach.worst = breach.frequent = i;
	}
	/* All that happened at one time may have been of groups that are not judged. */
	breach.found = gate->only || longest > cpu->longest ? longest : cpu->longest;
	cpu->too_long = gate->max_interruption && breach.found > gate->max_interruption;
	if (cpu->too_long)
		cpu->breaches[cpu->nr_breaches++] = breach;
}

static void breaches_find(struct isolated_cpu *cpu, const struct gate *gate)
{
	cpu->nr_breaches = 0;
	breach_length(cpu, gate);
	for (size_t i = 0; i < gate->nr_allowances; i++)
		breach_number(cpu, gate, &gate->allowances[i]);
	breach_number(cpu, gate, NULL);
}

/* The allowance for lost events by their name, which no other glob means; NULL: none. */
static const struct allowance *allowance_lost(const struct gate *gate)
{
	for (size_t i = 0; i < gate->nr_allowances; i++)
		if (!strcmp(gate->allowances[i].glob, "lost"))
			return &gate->allowances[i];
	return NULL;
}

/* How many events may have been lost on @cpu, which is quiet, so that it stays quiet if each was an interruption. */
static uint64_t lost_allowed(const struct isolated_cpu *cpu, const struct gate *gate)
{
	const struct allowance *own = allowance_lost(gate);
	uint64_t named = own ? own->count : 0, room = UINT64_MAX;
	bool all = false;

	/* Nobody knows how long these were. */
	if (gate->max_interruption)
		return named;
	/* Nor of which cause. No interruption comes to the globs behind "*". */
	for (size_t i = 0; i < gate->nr_allowances && !all; i++) {
		const struct allowance *allowance = &gate->allowances[i];
		uint64_t left = allowance->count - sum(cpu, gate, allowance);

		if (allowance != own && left < room)
			room = left;
		all = !strcmp(allowance->glob, "*");
	}
	if (!all && gate->total - sum(cpu, gate, NULL) < room)
		room = gate->total - sum(cpu, gate, NULL);
	return room > named ? room : named;
}

struct sight verdict__sight(const struct isolation *isolation, const struct isolated_cpu *cpu,
			    const struct gate *gate)
{
	struct sight sight = { .found = cpu->nr_breaches };

	if (!sight.found)
		sight.allowed = lost_allowed(cpu, gate);
	if (isolation->cut.by != CUT_NOT)
		sight__miss_time(&sight, 0, "%s", isolation->cut.why);
	if (isolation->detached)
		sight__miss_time(&sight, 0, "program %s is no longer attached",
				 isolation->detached);
	sight__miss(&sight, isolation->lost, 0, "lost %" PRIu64 " event%s (--allow lost=N)",
		    isolation->lost, isolation->lost == 1 ? "" : "s");
	if (cpu->offline)
		sight__miss_time(&sight, cpu->offline, "CPU %u was offline for %.2f s", cpu->cpu,
				 cpu->offline / 1e9);
	return sight;
}

static void cpu_judge(struct isolated_cpu *cpu, const struct gate *gate,
		      const struct isolation *isolation)
{
	static const enum verdict verdicts[] = {
		[SIGHT_CLEAR] = VERDICT_QUIET,
		[SIGHT_FOUND] = VERDICT_NOT_QUIET,
		[SIGHT_NOT_CERTAIN] = VERDICT_NOT_CERTAIN,
	};
	struct sight sight;

	timers_merge(cpu);
	follows_set(cpu);
	if (cpu->nr_culprits)
		qsort(cpu->culprits, cpu->nr_culprits, sizeof(*cpu->culprits), by_cost);
	for (size_t i = 0; i < cpu->nr_culprits; i++)
		cpu->culprits[i].judged = !gate->only || gate->only >> cpu->culprits[i].group & 1;
	for (size_t i = 0; i < cpu->nr_culprits; i++)
		cpu->culprits[i].allowed = is_allowed(cpu, gate, &cpu->culprits[i]);
	breaches_find(cpu, gate);
	sight = verdict__sight(isolation, cpu, gate);
	cpu->verdict = verdicts[sight__judge(&sight)];
}

void verdict__judge(struct isolation *isolation, const struct gate *gate)
{
	isolation->verdict = VERDICT_QUIET;
	isolation->only = gate->only == (1U << NR_GROUPS) - 1 ? 0 : gate->only;
	for (size_t i = 0; i < isolation->nr_cpus; i++) {
		struct isolated_cpu *cpu = &isolation->cpus[i];

		cpu_judge(cpu, gate, isolation);
		if (isolation->verdict != VERDICT_NOT_QUIET && cpu->verdict != VERDICT_QUIET)
			isolation->verdict = cpu->verdict;
	}
}
