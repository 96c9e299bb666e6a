// SPDX-License-Identifier: GPL-2.0
#include "storm/groups.h"

/* A group whose rate rose over its baseline is a storm from this part of the rate's limit on. */
#define RISE_PART  0.75
/*
 * If the previous interval has less than this part of the last interval's csds, the csds are a
 * burst and no storm.
 */
#define BEGUN_PART 0.005
/* A storm ends below this part of the limit that it exceeded. */
#define LASTS_PART 0.5

/* About the time of an interrupt's entry and exit, without the function, ns. */
#define INTERRUPT_NS 1000
/* A CPU may wait for this many times the share of time that interrupts may take. */
#define WAITER_TIMES 4

const double usual_rates[NR_USUAL] = {
	[USUAL_RARE] = 0.025, [USUAL_OCCASIONAL] = 0.1, [USUAL_COMMON] = 1,
	[USUAL_ROUTINE] = 4,  [USUAL_TRAFFIC] = 10,
};

struct storm_cost limits__cost(const struct storm_limits *limits, const struct storm_sums *sums)
{
	double taken = sums->victim_ns + sums->victim * INTERRUPT_NS;
	const double shares[NR_COST_OF] = {
		[COST_OF_ALL] = sums->cpu_ns ?
					(double)(sums->handler_ns + sums->wait_ns) / sums->cpu_ns :
					0,
		[COST_OF_ONE] = sums->ns ? taken / sums->ns : 0,
		[COST_OF_WAITER] = sums->ns ? sums->waiter_ns / WAITER_TIMES / sums->ns : 0,
	};
	struct storm_cost cost = { .limit = limits->share };

	for (int which = 0; which < NR_COST_OF; which++) {
		if (shares[which] <= cost.share)
			continue;
		cost.share = shares[which];
		cost.of = which;
	}
	return cost;
}

static double get_time_share(const struct storm_limits *limits, const struct storm_sums *sums)
{
	return limits__cost(limits, sums).share;
}

double limits__rate(const struct storm_limits *limits, const struct group *group)
{
	/* A function whose name is hidden may belong to any class. */
	enum usual unknown = group->names == NAMES_SHOWN ? USUAL_COMMON : USUAL_TRAFFIC;
	enum usual usual = group->sig ? group->sig->usual : unknown;

	return limits->rate * usual_rates[usual];
}

/* @limit: of the rate. */
static bool exceeds_limit(const struct storm_limits *limits, const struct group *group,
			  const struct storm_sums *sums, enum storm_reason reason,
			  uint64_t interval, double limit)
{
	double rate = sums__victim_rate(sums);

	switch (reason) {
	case STORM_BY_RATE:
		return rate >= limit;
	case STORM_BY_SHARE:
		return get_time_share(limits, sums) >= limits->share;
	case STORM_BY_RISE:
		return interval >= BASELINE_MIN_INTERVALS && rate >= RISE_PART * limit &&
		       rate >= limits->rise * group->baseline;
	default:
		return false;
	}
}

/* Whether all of the group's time is known, and its share in @sums is only enough for a note. */
static bool is_cheap(const struct storm_limits *limits, const struct group *group,
		     const struct storm_sums *sums)
{
	double note = limits->note;

	if (sums->runs_unseen || get_time_share(limits, sums) >= note ||
	    get_time_share(limits, sums) >= limits->share)
		return false;
	/* The time of an interrupt without a function is unknown. */
	for (int i = 0; i < group->nr_funcs; i++)
		if (!*group->funcs[i].name)
			return false;
	return true;
}

bool limits__note(const struct storm_limits *limits, const struct group *group)
{
	struct storm_sums both = group->now;

	sums__add(&both, &group->prev);
	return is_cheap(limits, group, &group->now) || is_cheap(limits, group, &both);
}

/* Returns why @group is a storm if its rate has this limit. */
static enum storm_reason find_reason(const struct storm_limits *limits, const struct group *group,
				     uint64_t interval, double limit)
{
	static const enum storm_reason reasons[] = { STORM_BY_SHARE, STORM_BY_RATE, STORM_BY_RISE };
	struct storm_sums both = group->now;

	sums__add(&both, &group->prev);
	if (both.count < STORM_CSDS_MIN)
		return STORM_CALM;
	/* Csds in the last interval only are a burst. */
	if (interval && group->prev.count < group->now.count * BEGUN_PART)
		return STORM_CALM;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (exceeds_limit(limits, group, &group->now, reasons[i], interval, limit) &&
		    exceeds_limit(limits, group, &both, reasons[i], interval, limit))
			return reasons[i];
	return STORM_CALM;
}

enum storm_reason limits__reason(const struct storm_limits *limits, const struct group *group,
				 uint64_t interval)
{
	return find_reason(limits, group, interval, limits__rate(limits, group));
}

bool limits__hide(const struct storm_limits *limits, const struct group *group, uint64_t interval)
{
	double least = limits->rate * usual_rates[USUAL_RARE];

	return !group->sig && group->names != NAMES_SHOWN && !limits__note(limits, group) &&
	       find_reason(limits, group, interval, least) != STORM_CALM;
}

bool limits__storm_lasts(const struct storm_limits *limits, const struct group *group)
{
	double part = group->storm->reason == STORM_BY_RISE ? RISE_PART : 1;

	if (group->storm->reason == STORM_BY_SHARE)
		return get_time_share(limits, &group->now) >= LASTS_PART * limits->share;
	return sums__victim_rate(&group->now) >= LASTS_PART * part * limits__rate(limits, group);
}
