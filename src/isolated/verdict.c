// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <inttypes.h>
#include "isolated/isolated.h"
#include "isolated/watched.h"

static int by_cost(const void *a, const void *b)
{
	const struct culprit *ca = a, *cb = b;
	int d = cmp_u64(ca->allowed, cb->allowed) ?: cmp_u64(cb->timed, ca->timed);

	return d ?: cmp_u64(cb->interrupted, ca->interrupted) ?: cmp_u64(cb->count, ca->count);
}

static const char barrier[] = "work_barrier";

static bool is_barrier(const struct culprit *culprit)
{
	return !strcmp(culprit->cause, barrier) ||
	       (culprit->also && !strcmp(culprit->also, barrier));
}

/*
 * For a task that waits for a work, the kernel runs a barrier after that work, on the same CPU
 * (kernel/workqueue.c: insert_wq_barrier()). If all other works of @cpu have one cause, the
 * barriers belong to that cause.
 */
static void name_barriers(struct isolated_cpu *cpu)
{
	const char *cause = NULL;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		const struct culprit *work = &cpu->culprits[i];

		if (work->kind != INTERRUPTION_WORK || is_barrier(work))
			continue;
		if (work->other || (cause && strcmp(cause, work->cause)))
			return;
		cause = work->cause;
	}
	for (size_t i = 0; cause && i < cpu->nr_culprits; i++) {
		struct culprit *culprit = &cpu->culprits[i];

		if (!is_barrier(culprit))
			continue;
		culprit->cause = cause;
		culprit->also = barrier;
	}
}

/* Whether another task on the CPU, which is woken and needs the tick, may cause @culprit. */
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

		server |= !strcmp(culprit->cause, "fair_server") ||
			  !strcmp(culprit->cause, "deadline_timer");
		task |= culprit->kind == INTERRUPTION_SWITCH || culprit->kind == INTERRUPTION_WORK;
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
 * Whether both rows are one culprit. A timer's function has a row for each task that ran as the
 * timer expired: these rows are one culprit, unless the timer belongs to the task, which is then
 * the row's sender (causes.c). A sender has a row for each of its stacks: the rows with one cause
 * are one culprit.
 */
static bool can_merge(const struct culprit *a, const struct culprit *b)
{
	if (a->other || b->other || a->kind != b->kind || a->addr != b->addr)
		return false;
	if (a->kind == INTERRUPTION_TIMER)
		return !a->sender.known && !b->sender.known;
	return culprit__is_sent(a) && culprit__same_sender(a, b) && !strcmp(a->cause, b->cause) &&
	       !strcmp(a->because, b->because);
}

/* Add @from to @to. The sum has the stack of the culprit with more interruptions. */
static void add_culprit(struct culprit *to, struct culprit *from)
{
	struct culprit sum = from->count > to->count ? *from : *to;
	struct culprit *dropped = from->count > to->count ? to : from;

	sum.count = to->count + from->count;
	sum.interrupted = to->interrupted + from->interrupted;
	sum.longest = from->longest > to->longest ? from->longest : to->longest;
	sum.src_known = to->src_known && from->src_known && to->src == from->src;
	free(dropped->chain);
	free(dropped->said);
	free(dropped->filled);
	*to = sum;
}

static void culprits_merge(struct isolated_cpu *cpu)
{
	size_t kept = 0, to;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		for (to = 0; to < kept && !can_merge(&cpu->culprits[to], &cpu->culprits[i]);)
			to++;
		if (to < kept)
			add_culprit(&cpu->culprits[to], &cpu->culprits[i]);
		else
			cpu->culprits[kept++] = cpu->culprits[i];
	}
	cpu->nr_culprits = kept;
}

bool culprit__matches(const struct culprit *culprit, const char *glob)
{
	return !fnmatch(glob, culprit->cause, 0) ||
	       (culprit->also && !fnmatch(glob, culprit->also, 0)) ||
	       (*culprit->func && !fnmatch(glob, culprit->func, 0));
}

/* Returns the first allowance that matches @culprit; NULL: none does, and gate->total applies. */
static const struct allowance *find_allowance(const struct gate *gate,
					      const struct culprit *culprit)
{
	for (size_t i = 0; i < gate->nr_allowances; i++) {
		const struct allowance *allowance = &gate->allowances[i];

		if (culprit__matches(culprit, allowance->glob))
			return allowance;
	}
	return NULL;
}

/* Returns how many interruptions of @cpu count for @allowance (NULL: for gate->total). */
static uint64_t sum_counts(const struct isolated_cpu *cpu, const struct gate *gate,
			   const struct allowance *allowance)
{
	uint64_t count = 0;

	for (size_t i = 0; i < cpu->nr_culprits; i++)
		if (cpu->culprits[i].judged && find_allowance(gate, &cpu->culprits[i]) == allowance)
			count += cpu->culprits[i].count;
	return count;
}

static bool is_allowed(const struct isolated_cpu *cpu, const struct gate *gate,
		       const struct culprit *culprit)
{
	const struct allowance *allowance = find_allowance(gate, culprit);
	uint64_t most = allowance ? allowance->count : gate->total;

	if (!culprit->judged)
		return true;
	if (gate->max_interruption && culprit->longest > gate->max_interruption)
		return false;
	return sum_counts(cpu, gate, allowance) <= most;
}

/* Add a breach if @cpu had more interruptions than @allowance (NULL: gate->total) allows. */
static void check_number(struct isolated_cpu *cpu, const struct gate *gate,
			 const struct allowance *allowance)
{
	struct breach breach = {
		.limit = LIMIT_NUMBER,
		.glob = allowance ? allowance->glob : NULL,
		.most = allowance ? allowance->count : gate->total,
		.found = sum_counts(cpu, gate, allowance),
	};

	if (breach.found <= breach.most)
		return;
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		const struct culprit *culprit = &cpu->culprits[i];

		if (!culprit->judged || find_allowance(gate, culprit) != allowance)
			continue;
		if (!breach.nr++)
			breach.worst = breach.frequent = i;
		if (culprit->count > cpu->culprits[breach.frequent].count)
			breach.frequent = i;
	}
	cpu->breaches[cpu->nr_breaches++] = breach;
}

/* Add a breach if an interruption was too long: of one culprit, or of several in one interrupt. */
static void check_length(struct isolated_cpu *cpu, const struct gate *gate)
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
	/* With --only, cpu->longest may be the length of an interruption that is not judged. */
	breach.found = gate->only || longest > cpu->longest ? longest : cpu->longest;
	cpu->too_long = gate->max_interruption && breach.found > gate->max_interruption;
	if (cpu->too_long)
		cpu->breaches[cpu->nr_breaches++] = breach;
}

/*
 * Returns how many events may have been lost on @cpu, which is quiet, so that @cpu would still be
 * quiet if each lost event was an interruption.
 */
static uint64_t count_lost_allowed(const struct isolated_cpu *cpu, const struct gate *gate)
{
	const struct allowance *own = NULL;
	uint64_t named, room = UINT64_MAX;
	bool all = false;

	/* The first allowance "lost" is for lost events, which no other glob matches. */
	for (size_t i = 0; i < gate->nr_allowances && !own; i++)
		if (!strcmp(gate->allowances[i].glob, "lost"))
			own = &gate->allowances[i];
	named = own ? own->count : 0;
	/* The length of the lost interruptions is unknown. */
	if (gate->max_interruption)
		return named;
	/*
	 * The cause of the lost interruptions is unknown, too, so the smallest remaining allowance
	 * counts. "*" matches each cause, so globs after "*" match no interruption.
	 */
	for (size_t i = 0; i < gate->nr_allowances && !all; i++) {
		const struct allowance *allowance = &gate->allowances[i];
		uint64_t left = allowance->count - sum_counts(cpu, gate, allowance);

		if (allowance != own && left < room)
			room = left;
		all = !strcmp(allowance->glob, "*");
	}
	if (!all && gate->total - sum_counts(cpu, gate, NULL) < room)
		room = gate->total - sum_counts(cpu, gate, NULL);
	return room > named ? room : named;
}

struct sight verdict__sight(const struct isolation *isolation, const struct isolated_cpu *cpu,
			    const struct gate *gate)
{
	struct sight sight = { .found = cpu->nr_breaches };
	uint64_t unseen = isolation__unseen(cpu, gate->only);

	if (!sight.found)
		sight.allowed = count_lost_allowed(cpu, gate);
	sight__miss_cut(&sight, &isolation->cut);
	sight__miss_detached(&sight, isolation->detached);
	sight__miss(&sight, isolation->lost, 0, "lost %" PRIu64 " event%s (--allow lost=N)",
		    isolation->lost, isolation->lost == 1 ? "" : "s");
	sight__miss(&sight, unseen, 0,
		    "CPU %u had %" PRIu64 " interrupt%s without an event (--allow lost=N)",
		    cpu->cpu, unseen, unseen == 1 ? "" : "s");
	if (cpu->uncounted && (!gate->only || gate->only & ~(1U << GROUP_TASKS)))
		sight__miss_time(&sight, 0,
				 "/proc/interrupts does not show CPU %u, so interrupts without an "
				 "event are unknown",
				 cpu->cpu);
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

	culprits_merge(cpu);
	follows_set(cpu);
	name_barriers(cpu);
	for (size_t i = 0; i < cpu->nr_culprits; i++)
		cpu->culprits[i].judged = !gate->only || gate->only >> cpu->culprits[i].group & 1;
	for (size_t i = 0; i < cpu->nr_culprits; i++)
		cpu->culprits[i].allowed = is_allowed(cpu, gate, &cpu->culprits[i]);
	if (cpu->nr_culprits)
		qsort(cpu->culprits, cpu->nr_culprits, sizeof(*cpu->culprits), by_cost);
	cpu->nr_breaches = 0;
	check_length(cpu, gate);
	for (size_t i = 0; i < gate->nr_allowances; i++)
		check_number(cpu, gate, &gate->allowances[i]);
	check_number(cpu, gate, NULL);
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
