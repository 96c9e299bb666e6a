// SPDX-License-Identifier: GPL-2.0
#include "storm/detector.h"

int storm_run__open(struct storm_run *run, const struct storm_limits *limits, const char *root,
		    storm_report_fn *report, void *ctx)
{
	int err = storm_detector__new(&run->detector, limits);

	run->report = report;
	run->ctx = ctx;
	return err || !root ? err : evidence_reader__open(&run->evidence, root);
}

void storm_run__close(struct storm_run *run)
{
	storm_detector__free(run->detector);
	evidence_reader__close(run->evidence);
}

void storm_run__cut(struct storm_run *run)
{
	evidence_reader__cut(run->evidence);
}

/* Report the storms that began or ended; with @all also the storms that go on. */
static int report_each(struct storm_run *run, bool all)
{
	const struct storm *storm;
	struct storm_evidence evidence = {};
	int err = 0;

	for (size_t i = 0; !err && (storm = storm_detector__get(run->detector, i)); i++) {
		run->found |= !storm->note;
		if (!all && storm->news == STORM_LASTS)
			continue;
		if (run->evidence)
			evidence_reader__of(run->evidence, storm, &evidence);
		err = run->report(run->ctx, storm, &evidence, run->end);
	}
	return err;
}

/* Keep the interval that came nearest to a storm. */
static void nearest_keep(struct storm_run *run)
{
	const struct storm_nearest *nearest = storm_detector__nearest(run->detector);

	if (!nearest->known ||
	    storm_nearest__part(nearest) <= storm_nearest__part(&run->calm.nearest))
		return;
	/* A note is reported separately. */
	if (nearest->nr_notes && run->calm.nearest.known && !nearest->undecided &&
	    storm_nearest__part(nearest) >= 1)
		return;
	run->calm.nearest = *nearest;
	/* A later window may free the storm. */
	run->calm.nearest.storm = NULL;
}

int storm_run__judge(struct storm_run *run, const struct snapshot *snap)
{
	struct task_moves moved = {};
	int err;

	run->end = snap->window.mono_end;
	calm__add(&run->calm, snap);
	if (run->evidence)
		evidence_reader__window(run->evidence, snap, &moved);
	err = storm_detector__window(run->detector, snap, &moved);
	nearest_keep(run);
	return err;
}

int storm_run__report(struct storm_run *run)
{
	return report_each(run, false);
}

int storm_run__end(struct storm_run *run)
{
	int err = storm_detector__end(run->detector);

	run->hides = storm_detector__hides(run->detector);
	nearest_keep(run);
	return err ? err : report_each(run, true);
}
