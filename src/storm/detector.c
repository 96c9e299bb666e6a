// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "model/signature.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/detector.h"
#include "storm/groups.h"
#include "storm/sources.h"

/* Looks until what was before is known, and how far back it is remembered. */
#define BASELINE_KNOWN 4
#define BASELINE_LOOKS 16
/* To stand out against the time before, this much of the rate will do. */
#define RISE_PART      0.75
/* What the look before a storm is named has of it, at least: it began there. */
#define BEGUN_PART     0.005
/* A storm lasts until it is below this part of what made it one. */
#define LASTS_PART     0.5

/* The rate that is too much, as a multiple of what is too much of USUAL_COMMON. */
static const double usual_rate[NR_USUAL] = {
	[USUAL_RARE] = 0.025,
	[USUAL_OCCASIONAL] = 0.1,
	[USUAL_COMMON] = 1,
	[USUAL_ROUTINE] = 2,
};

struct storms {
	struct storm_limits limits;
	struct groups groups;
	uint64_t next_id;
	/* Those of groups, in order of id; a group has one at most. */
	struct storm *all[STORM_GROUPS];
	size_t nr;
	bool suspects; /* the first look is over, nothing else: they are not told yet */
};

int storms__new(struct storms **s, const struct storm_limits *limits)
{
	*s = calloc(1, sizeof(**s));
	if (!*s)
		return -ENOMEM;
	(*s)->limits = *limits;
	(*s)->next_id = 1;
	return 0;
}

static void storm_free(struct storm *storm)
{
	free(storm->src);
	free(storm->dst);
	free(storm);
}

void storms__free(struct storms *s)
{
	for (size_t i = 0; s && i < s->nr; i++)
		storm_free(s->all[i]);
	free(s);
}

static double victim_rate(const struct storm_sums *sums)
{
	return sums->ns ? sums->victim * 1e9 / sums->ns : 0;
}

/* Of the time of all CPUs, or of the time of one that only its handlers take. */
static double stolen(const struct storm_sums *sums)
{
	double all = sums->cpu_ns ? (double)(sums->handler_ns + sums->wait_ns) / sums->cpu_ns : 0;
	double one = sums->ns ? sums->victim_ns / sums->ns : 0;

	return all > one ? all : one;
}

static void sums_add(struct storm_sums *to, const struct storm_sums *sums)
{
	to->ns += sums->ns;
	to->cpu_ns += sums->cpu_ns;
	to->count += sums->count;
	to->all += sums->all;
	to->handler_ns += sums->handler_ns;
	to->wait_ns += sums->wait_ns;
	to->many += sums->many;
	to->victim += sums->victim;
	to->victim_ns += sums->victim_ns;
}

static double rate_limit(const struct storms *s, const struct group *group)
{
	enum usual usual = group->sig ? group->sig->usual : USUAL_COMMON;

	return s->limits.rate * usual_rate[usual];
}

static bool passes(const struct storms *s, const struct group *group, const struct storm_sums *sums,
		   enum storm_reason reason)
{
	double limit = rate_limit(s, group), rate = victim_rate(sums);

	switch (reason) {
	case STORM_BY_RATE:
		return rate >= limit;
	case STORM_BY_SHARE:
		return stolen(sums) >= s->limits.share;
	case STORM_BY_RISE:
		return s->groups.look >= BASELINE_KNOWN && rate >= RISE_PART * limit &&
		       rate >= s->limits.rise * group->baseline;
	default:
		return false;
	}
}

static enum storm_reason judge(const struct storms *s, const struct group *group)
{
	static const enum storm_reason reasons[] = { STORM_BY_RATE, STORM_BY_SHARE, STORM_BY_RISE };
	struct storm_sums two = group->now;

	sums_add(&two, &group->prev);
	if (two.count < STORM_CSDS_MIN)
		return STORM_CALM;
	/* What is in one look alone is a burst. */
	if (s->groups.look && group->prev.count < group->now.count * BEGUN_PART)
		return STORM_CALM;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (passes(s, group, &group->now, reasons[i]) && passes(s, group, &two, reasons[i]))
			return reasons[i];
	return STORM_CALM;
}

static bool lasts(const struct storms *s, const struct group *group)
{
	double part = group->storm->reason == STORM_BY_RISE ? RISE_PART : 1;

	if (group->storm->reason == STORM_BY_SHARE)
		return stolen(&group->now) >= LASTS_PART * s->limits.share;
	return victim_rate(&group->now) >= LASTS_PART * part * rate_limit(s, group);
}

/* Where in the look before it began, as far as its count there tells. */
static uint64_t onset_of(const struct storms *s, const struct group *group)
{
	double rate = sums__rate(&group->now), before = rate ? group->prev.count * 1e9 / rate : 0;

	if (before > group->prev.ns)
		before = group->prev.ns;
	return s->groups.start - (uint64_t)before;
}

/* Keeps what the last look told; not the look in which it ends. */
static void storm_update(const struct storms *s, struct group *group)
{
	struct storm *storm = group->storm;

	storm->last = group->now;
	storm->seen = s->groups.end;
	sums_add(&storm->life, &group->now);
	memcpy(storm->funcs, group->funcs, sizeof(storm->funcs));
	storm->nr_funcs = group->nr_funcs;
}

static int begin(struct storms *s, struct group *group, enum storm_reason reason, uint32_t nr_cpus)
{
	struct storm *storm = calloc(1, sizeof(*storm));

	if (!storm)
		return -ENOMEM;
	storm->nr_cpus = nr_cpus;
	storm->src = calloc(nr_cpus, sizeof(*storm->src));
	storm->dst = calloc(nr_cpus, sizeof(*storm->dst));
	if (!storm->src || !storm->dst) {
		storm_free(storm);
		return -ENOMEM;
	}
	storm->id = s->next_id++;
	storm->news = STORM_BEGAN;
	storm->reason = reason;
	storm->sig = group->sig;
	storm->before = s->groups.look == 0;
	storm->onset = storm->before ? s->groups.start : onset_of(s, group);
	storm->baseline = group->baseline;
	storm->baseline_known = s->groups.look >= BASELINE_KNOWN;
	group->storm = storm;
	s->all[s->nr++] = storm;
	storm_update(s, group);
	return 0;
}

static void baseline_update(const struct storms *s, struct group *group)
{
	uint64_t looks = s->groups.look < BASELINE_LOOKS ? s->groups.look : BASELINE_LOOKS;

	/* Not of this look: a storm may be about to begin in it. */
	if (looks)
		group->baseline += (victim_rate(&group->prev) - group->baseline) / looks;
}

/* A storm that is there: does it go on? A suspect: is it one? */
static void go_on(const struct storms *s, struct group *group)
{
	struct storm *storm = group->storm;

	if (s->suspects && judge(s, group) == STORM_CALM)
		storm->news = STORM_ENDED;
	else if (s->suspects || lasts(s, group))
		storm_update(s, group);
	else
		storm->news = STORM_ENDED;
	if (storm->news == STORM_ENDED)
		group->storm = NULL;
}

/* Those that ended are gone; no more than @all of what began is news. */
static void forget(struct storms *s, bool suspects)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->nr; i++) {
		struct storm *storm = s->all[i];

		if (storm->news == STORM_ENDED) {
			storm_free(storm);
			continue;
		}
		if (!suspects)
			storm->news = STORM_LASTS;
		s->all[nr++] = storm;
	}
	s->nr = nr;
}

static int look_end(struct storms *s, uint32_t nr_cpus)
{
	struct groups *groups = &s->groups;
	int err = 0;

	for (size_t i = 0; i < STORM_GROUPS && !err; i++) {
		struct group *group = &groups->at[i];
		enum storm_reason reason;

		if (!group->used)
			continue;
		group->now.ns = groups->ns;
		group->now.cpu_ns = groups->cpu_ns;
		group->now.all = groups->all;
		if (group->storm) {
			go_on(s, group);
			continue;
		}
		reason = judge(s, group);
		if (reason != STORM_CALM)
			err = begin(s, group, reason, nr_cpus);
		else
			baseline_update(s, group);
	}
	if (s->suspects)
		forget(s, true);
	s->suspects = groups->look == 0;
	groups__next(groups);
	return err;
}

static void edges_add(struct storm *storm, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_edges; i++) {
		const struct edge *edge = &snap->edges[i];

		if (edge->src < storm->nr_cpus)
			storm->src[edge->src] += edge->count;
		if (edge->dst < storm->nr_cpus)
			storm->dst[edge->dst] += edge->count;
	}
}

/* What tells more of the storms that there are. */
static void evidence_add(struct storms *s, const struct snapshot *snap)
{
	for (size_t fn = 0; fn < snap->nr_fns; fn++) {
		struct group *group = groups__of(&s->groups, snap, fn);

		if (!group || !group->storm)
			continue;
		for (size_t i = 0; i < snap->nr_samples; i++)
			if (snap->samples[i].fn == fn)
				sources__add(group->storm, &snap->samples[i]);
	}
	for (size_t i = 0; i < s->nr; i++)
		if (s->all[i]->news != STORM_ENDED)
			edges_add(s->all[i], snap);
}

int storms__window(struct storms *s, const struct snapshot *snap, const struct task_moves *moved)
{
	uint32_t nr_cpus = snap->nr_cpus ? snap->cpus[snap->nr_cpus - 1].cpu + 1 : 1;
	int err = 0;

	forget(s, s->suspects);
	groups__add(&s->groups, snap, moved);
	if (s->groups.ns >= STORM_INTERVAL_NS)
		err = look_end(s, nr_cpus);
	if (!err)
		evidence_add(s, snap);
	return err;
}

int storms__end(struct storms *s)
{
	int err = 0;

	/* All of it was shorter than a look. */
	if (!s->groups.look && s->groups.ns)
		err = look_end(s, MAX_CPUS);
	if (s->suspects)
		s->suspects = false;
	else
		forget(s, false);
	return err;
}

const struct storm *storms__get(const struct storms *s, size_t i)
{
	return i < s->nr && !s->suspects ? s->all[i] : NULL;
}
