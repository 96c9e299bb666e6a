// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"

/*
 * Pairs of CPUs that are kept: a host of 1,000 CPUs has a million, which a page has no room for,
 * and to sort them would take longer each second than to read all else.
 */
#define EDGES_KEPT 4096

/*
 * The samples of a run that are kept: enough to tell who sends most, and few enough to copy each
 * second.
 */
#define SAMPLES_KEPT 256

/* Returns @snap without what the page of a run does not show. */
static struct snapshot lean_part(const struct snapshot *snap, size_t edges)
{
	struct snapshot part = *snap;

	/* These belong to rows of one window. */
	part.nr_fn_cpus = 0;
	part.nr_user_stacks = part.nr_send_user_stacks = 0;
	if (edges <= EDGES_KEPT)
		return part;
	for (size_t i = 0; i < snap->nr_edges; i++)
		part.edges_other += snap->edges[i].count;
	part.nr_edges = 0;
	return part;
}

/*
 * Whether @nearest comes before @than: a storm comes before no storm; of two storms, or of two
 * without one, the one that is farther beyond its limit comes first.
 */
static bool leads_over(const struct storm_nearest *nearest, const struct storm_nearest *than)
{
	if (!nearest->judged)
		return false;
	if (!nearest->storm != !than->storm)
		return nearest->storm;
	return storm_nearest__part(nearest) > storm_nearest__part(than);
}

static void nearest_keep(struct run_total *total, const struct storm_nearest *nearest, bool last)
{
	/* An undecided storm does not count: the next window decides whether it is a storm. */
	if (nearest->undecided && !last)
		return;
	if (!nearest->known || (total->nearest.known && !leads_over(nearest, &total->nearest)))
		return;
	total->nearest = *nearest;
	total->nearest.worst = true;
	if (!nearest->storm)
		return;
	/* Copy the storm, because a later window may free it. */
	total->storm = *nearest->storm;
	total->storm.src = total->storm.dst = NULL;
	total->storm.nr_cpus = 0;
	total->nearest.storm = &total->storm;
}

int run_total__add(struct run_total *total, const struct snapshot *snap,
		   const struct storm_nearest *nearest)
{
	struct snapshot_sum sum = { .every = total->every, .seen = total->seen };
	size_t edges = snap->nr_edges + (total->sum ? total->sum->snap.nr_edges : 0);
	struct snapshot part;
	struct kept *kept = NULL;
	int err = 0;

	if (total->sum) {
		part = lean_part(&total->sum->snap, edges);
		/* Take all samples of the sum: they were chosen when their windows were added. */
		sum.every = 1;
		sum.seen = 0;
		err = snapshot_sum__add(&sum, &part);
		sum.every = total->every;
		sum.seen = total->seen;
	}
	part = lean_part(snap, edges);
	err = err ?: snapshot_sum__add(&sum, &part);
	sum.snap.host = snap->host;
	sum.snap.window.last = snap->window.last;
	while (sum.snap.nr_samples > SAMPLES_KEPT || sum.snap.nr_send_samples > SAMPLES_KEPT)
		snapshot_sum__thin(&sum);
	err = err ?: snapshot__rank(&sum.snap);
	if (!err)
		kept = kept__new(&sum.snap);
	if (!err && !kept)
		err = -ENOMEM;
	if (!err) {
		kept__free(total->sum);
		total->sum = kept;
		total->every = sum.every;
		total->seen = sum.seen;
		total->windows++;
	}
	snapshot__free(&sum.snap);
	if (!err && nearest)
		nearest_keep(total, nearest, snap->window.last);
	return err;
}

void run_total__free(struct run_total *total)
{
	kept__free(total->sum);
	total->sum = NULL;
}
