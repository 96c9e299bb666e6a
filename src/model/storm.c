// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/storm.h"

const char *const shape_names[NR_SHAPES] = {
	[SHAPE_UNKNOWN] = NULL,	       [SHAPE_BROADCAST] = "broadcast",
	[SHAPE_MASK] = "mask",	       [SHAPE_IN_TURN] = "in_turn",
	[SHAPE_PAIRWISE] = "pairwise", [SHAPE_ONE_TARGET] = "one_target",
	[SHAPE_SELF] = "self",
};

const char *const reason_names[STORM_BY_SHARE + 1] = {
	[STORM_CALM] = NULL,
	[STORM_BY_RATE] = "rate",
	[STORM_BY_RISE] = "rise",
	[STORM_BY_SHARE] = "share",
};

const char *const usual_names[NR_USUAL] = {
	[USUAL_RARE] = "rare",	     [USUAL_OCCASIONAL] = "occasional", [USUAL_COMMON] = "common",
	[USUAL_ROUTINE] = "routine", [USUAL_TRAFFIC] = "traffic",
};

const char *const cost_of_names[NR_COST_OF] = {
	[COST_OF_ALL] = "all_cpus",
	[COST_OF_ONE] = "one_cpu",
	[COST_OF_WAITER] = "one_waiter",
};

bool storm_source__is_stopper(const struct storm_source *source)
{
	bool found = false;

	for (int f = 0; f < source->nr_chain; f++)
		found |= !strcmp(source->chain[f], "cpu_stopper_thread");
	return found && !source->interrupt;
}

double storm_source__share(const struct storm *storm, const struct storm_source *source)
{
	return storm->csds > 0 ? source->csds / storm->csds : 0;
}

const struct storm_sums *storm__figures(const struct storm *storm)
{
	return storm->news == STORM_BEGAN ? &storm->last : &storm->life;
}

void sums__add(struct storm_sums *to, const struct storm_sums *sums)
{
	to->ns += sums->ns;
	to->cpu_ns += sums->cpu_ns;
	to->count += sums->count;
	to->all += sums->all;
	to->unsampled += sums->unsampled;
	to->own += sums->own;
	to->handler_ns += sums->handler_ns;
	to->wait_ns += sums->wait_ns;
	to->stolen.known |= sums->stolen.known;
	to->stolen.delay += sums->stolen.delay;
	to->stolen.handler += sums->stolen.handler;
	to->many += sums->many;
	to->victim += sums->victim;
	to->victim_ns += sums->victim_ns;
	to->waiter_ns += sums->waiter_ns;
	to->sent_elsewhere += sums->sent_elsewhere;
	to->received_elsewhere += sums->received_elsewhere;
	to->runs_unseen |= sums->runs_unseen;
	to->at_most |= sums->at_most;
	to->waits_unknown |= sums->waits_unknown;
}

double sums__rate(const struct storm_sums *sums)
{
	return per_second(sums->count, sums->ns);
}

double sums__victim_rate(const struct storm_sums *sums)
{
	return per_second(sums->victim, sums->ns);
}

double sums__unsampled(const struct storm_sums *sums)
{
	return sums->count ? (double)sums->unsampled / sums->count : 0;
}

double sums__own_rate(const struct storm_sums *sums)
{
	return per_second(sums->own, sums->ns);
}

double sums__share(const struct storm_sums *sums)
{
	return sums->all ? (double)sums->count / sums->all : 0;
}

bool storm__is_of_kind(const struct storm *storm)
{
	return storm->nr_funcs && !*storm->funcs[0].name;
}

bool storm__has_cpus(const struct storm *storm)
{
	return storm->own_counts || 2 * storm->life.count > storm->life.all;
}

bool storm__has_cpu(const struct storm *storm, const uint64_t *by, uint32_t cpu)
{
	uint64_t most = 0;

	/* Callers ask about each CPU, and most have no csds: return early for those. */
	if (cpu >= storm->nr_cpus || !by[cpu])
		return false;
	for (uint32_t i = 0; i < storm->nr_cpus; i++)
		if (by[i] > most)
			most = by[i];
	return by[cpu] * 10 >= most;
}

double storm__part_rate(const struct storm *storm, double count)
{
	double all = storm->life.count;

	return all > 0 ? count / all * sums__rate(storm__figures(storm)) : 0;
}

double storm__cpu_rate(const struct storm *storm, const uint64_t *by, double elsewhere,
		       uint32_t cpu)
{
	double known = storm->life.count - elsewhere;
	uint64_t all = 0;

	for (uint32_t i = 0; i < storm->nr_cpus; i++)
		all += by[i];
	/* by[] may have a window that life lacks, so take only the CPU's share from by[]. */
	if (!storm->own_counts || !all || known <= 0)
		return 0;
	return storm__part_rate(storm, known * by[cpu] / all);
}

static uint32_t count_cpus(const struct storm *storm, const uint64_t *by)
{
	uint32_t nr = 0;

	for (uint32_t cpu = 0; cpu < storm->nr_cpus; cpu++)
		nr += storm__has_cpu(storm, by, cpu);
	return nr;
}

enum storm_shape storm__shape(const struct storm *storm, uint32_t nr_online)
{
	uint32_t src, dst;
	bool many = 2 * storm->life.many > storm->life.count;

	if (storm->sig && storm->sig->kinds == 1U << KIND_IRQ_WORK)
		return SHAPE_SELF;
	src = count_cpus(storm, storm->src);
	dst = count_cpus(storm, storm->dst);
	if (!storm__has_cpus(storm) || !dst)
		return SHAPE_UNKNOWN;
	if (dst == 1)
		return SHAPE_ONE_TARGET;
	if (many)
		return dst + 1 >= nr_online ? SHAPE_BROADCAST : SHAPE_MASK;
	return src == 1 ? SHAPE_IN_TURN : SHAPE_PAIRWISE;
}

double storm_evidence__updates_each(const struct storm_evidence *evidence)
{
	double transitions = evidence->cpufreq.transitions;
	const struct clock_evidence *clock = &evidence->clock;

	if (!clock->counted || !clock->ns || transitions <= 0)
		return -1;
	return clock->updates * 1e9 / clock->ns / transitions;
}

uint64_t guest_ipis__other(const struct guest_ipi_evidence *ipis)
{
	uint64_t named = 0;

	for (uint32_t i = 0; i < ipis->nr_vms; i++)
		named += ipis->vms[i].ipis;
	/* The counters are not all read at the same moment. */
	return named < ipis->all ? ipis->all - named : 0;
}

double storm_nearest__rate_part(const struct storm_nearest *nearest)
{
	return nearest->rate_limit > 0 ? nearest->rate / nearest->rate_limit : 0;
}

double storm_nearest__cost_part(const struct storm_nearest *nearest)
{
	return nearest->cost.limit > 0 ? nearest->cost.share / nearest->cost.limit : 0;
}

double storm_nearest__part(const struct storm_nearest *nearest)
{
	double rate = storm_nearest__rate_part(nearest);
	double cost = storm_nearest__cost_part(nearest);

	return rate > cost ? rate : cost;
}

const char *storm_nearest__verdict(const struct storm_nearest *nearest, bool sent)
{
	if (!nearest->known)
		return sent ? NULL : "none";
	if (nearest->undecided)
		return "undecided";
	return nearest->nr_storms ? "storm" : "none";
}

void calm__add(struct calm *calm, const struct snapshot *snap)
{
	uint64_t ns = snap->window.mono_end - snap->window.mono_start;

	calm->seconds += window__seconds(&snap->window);
	calm->csds += snap->ledger.queued;
	calm->reschedules += snap->kinds[KIND_RESCHEDULE];
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		calm->handler_ns += cpu_stats__arrived_ns(&snap->cpus[i]);
		calm->wait_ns += cpu_stats__spun(&snap->cpus[i]);
	}
	calm->runs_unseen |= snap->how.source == SOURCE_CALLS;
	calm->irqs_unseen |= calm->runs_unseen && !snap->known.irqs;
	calm->waits_unknown |= snap->how.wait_source == WAITS_UNKNOWN;
	flushes__add(&calm->flushes, snap);
	calm->cpu_ns += snap->host ? ns * cpuset__count(&snap->host->online) : 0;
}

double calm__cost(const struct calm *calm)
{
	return calm->cpu_ns ? (double)(calm->handler_ns + calm->wait_ns) / calm->cpu_ns : 0;
}

/* So many local flushes a second are many: a program that unmaps now and then makes fewer. */
#define LOCAL_MANY	1000
/* Csds are few if there are at least this many local flushes for each csd. */
#define LOCAL_PER_CSD	10
#define FLUSH_FUNC	"flush_tlb_func"
/* Before 5.13 (4c1ba3923e6c) the flush of other CPUs had a separate function. */
#define FLUSH_FUNC_5_12 "flush_tlb_func_remote"

void flushes__add(struct flushes *flushes, const struct snapshot *snap)
{
	/* Known if known in each window. Before the first window, way is 0. */
	flushes->hosted_known = snap->events.known[EVENT_HOST_FLUSH] &&
				(flushes->hosted_known || !flushes->way);
	flushes->way = snap->how.flush_way;
	flushes->hosted += snap->events.hits[EVENT_HOST_FLUSH];
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (!fn->func.name || fn->func.module ||
		    (strcmp(fn->func.name, FLUSH_FUNC) && strcmp(fn->func.name, FLUSH_FUNC_5_12)))
			continue;
		flushes->local += fn->local;
		flushes->csds += fn->count;
	}
}

bool flushes__explain(const struct flushes *flushes, double seconds)
{
	if (flushes->way == FLUSH_BY_IPI)
		return false;
	return flushes->hosted || (flushes->local >= LOCAL_MANY * seconds &&
				   flushes->local >= LOCAL_PER_CSD * flushes->csds);
}
