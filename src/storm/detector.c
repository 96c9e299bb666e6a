// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "storm/detector.h"
#include "storm/groups.h"

/* The baseline is a moving average over this many intervals. */
#define BASELINE_INTERVALS 16
/*
 * A report names a group's second function if it has at least this share of the first one's csds.
 */
#define SECOND_PART	   0.01

struct storm_detector {
	struct storm_limits limits;
	struct groups groups;
	uint64_t next_id;
	/*
	 * Sorted by id. A group has at most one storm, and one more in the window in which its note
	 * ends and its storm begins: what has ended stays until the next window.
	 */
	struct storm *storms[2 * STORM_GROUPS];
	size_t nr;
	struct storm_nearest nearest;
	/* A group without names may have been a storm: in the first interval; in a later one. */
	bool hides_first, hides;
	bool unconfirmed; /* storms of the first interval, which the second interval must confirm */
};

int storm_detector__new(struct storm_detector **detector, const struct storm_limits *limits)
{
	*detector = calloc(1, sizeof(**detector));
	if (!*detector)
		return -ENOMEM;
	(*detector)->limits = *limits;
	(*detector)->groups.limits = &(*detector)->limits;
	(*detector)->next_id = 1;
	return 0;
}

static void storm_free(struct storm *storm)
{
	free(storm->src);
	free(storm->dst);
	free(storm);
}

void storm_detector__free(struct storm_detector *detector)
{
	for (size_t i = 0; detector && i < detector->nr; i++)
		storm_free(detector->storms[i]);
	if (detector)
		groups__clear(&detector->groups);
	free(detector);
}

/*
 * Returns the onset: the time at which the previous interval's csds would have begun at the present
 * rate.
 */
static uint64_t estimate_onset(const struct storm_detector *detector, const struct group *group)
{
	double rate = sums__rate(&group->now), before = rate ? group->prev.count * 1e9 / rate : 0;

	if (before > group->prev.ns)
		before = group->prev.ns;
	return detector->groups.start - (uint64_t)before;
}

/* Add the interval, in which the storm goes on, to the storm. */
static void storm_update(const struct storm_detector *detector, struct group *group)
{
	struct storm *storm = group->storm;

	storm->last = group->now;
	storm->cost = limits__cost(&detector->limits, &group->now);
	storm->seen = detector->groups.end;
	sums__add(&storm->life, &group->now);
	memcpy(storm->funcs, group->funcs, sizeof(storm->funcs));
	storm->nr_funcs = group->nr_funcs;
}

static int storm_begin(struct storm_detector *detector, struct group *group,
		       enum storm_reason reason, uint32_t nr_cpus)
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
	storm->id = detector->next_id++;
	storm->news = STORM_BEGAN;
	storm->reason = reason;
	storm->sig = group->sig;
	storm->limit = limits__rate(&detector->limits, group);
	storm->before = detector->groups.interval == 0;
	storm->onset = storm->before ? detector->groups.start : estimate_onset(detector, group);
	storm->recognised = detector->groups.end;
	storm->names = group->names;
	storm->note = limits__note(&detector->limits, group);
	storm->baseline = group->baseline;
	storm->baseline_known = detector->groups.interval >= BASELINE_MIN_INTERVALS;
	group->storm = storm;
	detector->storms[detector->nr++] = storm;
	storm_update(detector, group);
	return 0;
}

static void baseline_update(const struct storm_detector *detector, struct group *group)
{
	uint64_t intervals = detector->groups.interval < BASELINE_INTERVALS ?
				     detector->groups.interval :
				     BASELINE_INTERVALS;

	/* The baseline leaves out the last interval, because a storm may be beginning there. */
	if (intervals)
		group->baseline += (sums__victim_rate(&group->prev) - group->baseline) / intervals;
}

/*
 * Decide whether a storm goes on, or whether an unconfirmed storm is confirmed. A note whose cost
 * has grown ends, and begins again as a storm, so that --on and --exit-code notice it.
 */
static void storm_continue(const struct storm_detector *detector, struct group *group)
{
	const struct storm_limits *limits = &detector->limits;
	struct storm *storm = group->storm;
	bool calm = limits__reason(limits, group, detector->groups.interval) == STORM_CALM;
	bool note = limits__note(limits, group);
	bool grown = storm->note && !note && !calm;

	if (detector->unconfirmed ? calm : grown || !limits__storm_lasts(limits, group)) {
		storm->news = STORM_ENDED;
		group->storm = NULL;
	} else {
		storm_update(detector, group);
	}
	if (detector->unconfirmed)
		storm->note = note;
}

/* Free the storms that have ended. The others are no longer new, unless they are @unconfirmed. */
static void drop_ended(struct storm_detector *detector, bool unconfirmed)
{
	size_t nr = 0;

	for (size_t i = 0; i < detector->nr; i++) {
		struct storm *storm = detector->storms[i];

		if (storm->news == STORM_ENDED) {
			storm_free(storm);
			continue;
		}
		if (!unconfirmed)
			storm->news = STORM_LASTS;
		detector->storms[nr++] = storm;
	}
	detector->nr = nr;
}

/*
 * Find the CPU to which most interrupts of @kind were sent; if sends are not seen, the CPU at which
 * most of them arrived.
 */
static bool find_kind_victim(const struct snapshot *snap, enum ipi_kind kind, uint32_t *cpu)
{
	const struct kind_stats *row = snapshot__kind(snap, kind_names[kind]);
	uint64_t most = 0;

	if (row) {
		*cpu = row->most_hit.cpu;
		return row->most_hit.cpu_known;
	}
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		if (snap->cpus[i].irqs[kind].count <= most)
			continue;
		most = snap->cpus[i].irqs[kind].count;
		*cpu = snap->cpus[i].cpu;
	}
	return most;
}

/* Find the CPU that received most of the group's csds in the last window. */
static bool find_group_victim(const struct groups *groups, const struct group *group, uint32_t *cpu)
{
	double most = 0;

	for (size_t i = 0; i < groups->nr_hits; i++) {
		if (groups->hits[i].group != group || groups->hits[i].received <= most)
			continue;
		most = groups->hits[i].received;
		*cpu = groups->hits[i].cpu;
	}
	return most;
}

/* Returns the group's figures in the last interval, with their limits. */
static struct storm_note get_figures(const struct storm_detector *detector,
				     const struct group *group)
{
	return (struct storm_note){
		.name = group->sig ? group->sig->name : NULL,
		.func = group->funcs[0],
		.rate = sums__victim_rate(&group->now),
		.rate_limit = limits__rate(&detector->limits, group),
		.cost = limits__cost(&detector->limits, &group->now),
	};
}

/*
 * Returns the part of its nearest limit that the group has reached; above 1 the limit is exceeded.
 */
static double measure_nearness(const struct storm_detector *detector, const struct group *group)
{
	struct storm_note figures = get_figures(detector, group);
	double rate = figures.rate / figures.rate_limit;
	double share = figures.cost.share / figures.cost.limit;

	return rate > share ? rate : share;
}

/*
 * How groups are ordered to find the one to report as nearest to a storm: the storm that costs
 * most, else the calm group that is nearest to its limit, else a note.
 */
enum standing {
	STANDING_NOTE, /* or a group that exceeds a limit, and costs too little to be a storm */
	STANDING_CALM,
	STANDING_STORM,
};

static enum standing get_standing(const struct storm_detector *detector, const struct group *group)
{
	if (group->storm)
		return group->storm->note ? STANDING_NOTE : STANDING_STORM;
	return measure_nearness(detector, group) >= 1 && limits__note(&detector->limits, group) ?
		       STANDING_NOTE :
		       STANDING_CALM;
}

/* Set the nearest group. @snap is the last window; NULL if it is no longer in memory. */
static void nearest_set(struct storm_detector *detector, const struct group *group,
			const struct snapshot *snap)
{
	struct storm_nearest *nearest = &detector->nearest;
	struct storm_note figures = get_figures(detector, group);
	enum standing standing = get_standing(detector, group);

	nearest->known = true;
	nearest->storm = standing == STANDING_STORM ? group->storm : NULL;
	nearest->undecided = standing == STANDING_STORM ?
				     !detector->groups.interval :
				     standing == STANDING_CALM &&
					     measure_nearness(detector, group) >= 1;
	nearest->func = figures.func;
	nearest->cause = figures.name;
	nearest->usual = group->sig ? usual_names[group->sig->usual] : NULL;
	nearest->names = group->names;
	nearest->rate = figures.rate;
	nearest->rate_limit = figures.rate_limit;
	nearest->cost = figures.cost;
	if (group->nr_funcs > 1 && group->funcs[1].count >= SECOND_PART * group->funcs[0].count)
		nearest->second = group->funcs[1];
	nearest->cpu_known = find_group_victim(&detector->groups, group, &nearest->cpu);
	if (snap && !*nearest->func.name)
		nearest->cpu_known = find_kind_victim(snap, nearest->func.kind, &nearest->cpu);
}

/*
 * Whether @group is nearer than @than. A storm that goes on below its limit comes before a calm
 * group that is nearer to its own limit.
 */
static bool is_nearer(const struct storm_detector *detector, const struct group *group,
		      const struct group *than)
{
	enum standing standing = get_standing(detector, group);

	if (standing != get_standing(detector, than))
		return standing > get_standing(detector, than);
	if (standing == STANDING_CALM)
		return measure_nearness(detector, group) > measure_nearness(detector, than);
	return limits__cost(&detector->limits, &group->now).share >
	       limits__cost(&detector->limits, &than->now).share;
}

static void nearest_find(struct storm_detector *detector, const struct snapshot *snap)
{
	struct storm_nearest *found = &detector->nearest;
	const struct group *nearest = NULL;

	*found = (struct storm_nearest){ .judged = true };
	for (size_t i = 0; i < STORM_GROUPS; i++) {
		const struct group *group = &detector->groups.at[i];

		if (!group->used || !group->nr_funcs || !group->now.count)
			continue;
		if (group->storm && group->storm->note) {
			struct storm_note note = get_figures(detector, group);

			/* The note that costs most is reported. */
			if (!found->nr_notes++ || note.cost.share > found->note.cost.share)
				found->note = note;
		} else if (group->storm) {
			/* A storm of the first interval is undecided. */
			found->nr_storms += detector->groups.interval > 0;
		}
		if (!nearest || is_nearer(detector, group, nearest))
			nearest = group;
	}
	if (nearest)
		nearest_set(detector, nearest, snap);
}

/* Note that the group is no storm, and whether the lack of names may be the reason. */
static void calm_update(struct storm_detector *detector, struct group *group)
{
	uint64_t interval = detector->groups.interval;

	if (limits__hide(&detector->limits, group, interval))
		*(interval ? &detector->hides : &detector->hides_first) = true;
	baseline_update(detector, group);
}

static int end_interval(struct storm_detector *detector, uint32_t nr_cpus,
			const struct snapshot *snap)
{
	struct groups *groups = &detector->groups;
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
			bool note = group->storm->note && !detector->unconfirmed;

			storm_continue(detector, group);
			if (group->storm || !note)
				continue;
		}
		reason = limits__reason(&detector->limits, group, detector->groups.interval);
		if (reason != STORM_CALM)
			err = storm_begin(detector, group, reason, nr_cpus);
		else
			calm_update(detector, group);
	}
	if (detector->unconfirmed)
		drop_ended(detector, true);
	nearest_find(detector, snap);
	detector->unconfirmed = groups->interval == 0;
	groups__next(groups);
	return err;
}

int storm_detector__window(struct storm_detector *detector, const struct snapshot *snap,
			   const struct task_moves *moved)
{
	uint32_t nr_cpus = snap->nr_cpus ? snap->cpus[snap->nr_cpus - 1].cpu + 1 : 1;
	int err = 0;

	drop_ended(detector, detector->unconfirmed);
	detector->nearest.judged = false;
	err = groups__add(&detector->groups, snap, moved);
	if (!err && detector->groups.ns >= STORM_INTERVAL_NS)
		err = end_interval(detector, nr_cpus, snap);
	if (!err)
		sources__window(&detector->groups, detector->storms, detector->nr, snap);
	return err;
}

int storm_detector__end(struct storm_detector *detector)
{
	int err = 0;

	/* The whole run was shorter than an interval, so it counts as one. */
	if (!detector->groups.interval && detector->groups.ns)
		err = end_interval(detector, MAX_CPUS, NULL);
	if (detector->unconfirmed) {
		detector->unconfirmed = false;
		for (size_t i = 0; i < detector->nr; i++)
			detector->nearest.nr_storms += !detector->storms[i]->note;
	} else {
		drop_ended(detector, false);
	}
	/* A limit that was first exceeded in the last of several intervals stays undecided. */
	if (detector->nearest.storm || detector->groups.interval < 2)
		detector->nearest.undecided = false;
	return err;
}

const struct storm *storm_detector__get(const struct storm_detector *detector, size_t i)
{
	return i < detector->nr && !detector->unconfirmed ? detector->storms[i] : NULL;
}

bool storm_detector__hides(const struct storm_detector *detector)
{
	/* The second interval confirms the first, if there is one. */
	return detector->hides || (detector->hides_first && detector->groups.interval < 2);
}

const struct storm_nearest *storm_detector__nearest(const struct storm_detector *detector)
{
	return &detector->nearest;
}
