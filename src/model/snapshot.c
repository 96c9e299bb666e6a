// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "model/field.h"
#include "model/kind_stats.h"
#include "model/names.h"
#include "model/snapshot.h"

void snapshot__free(struct snapshot *snap)
{
	form__free(&snapshot_form, snap);
}

bool fn_stats__same_func(const struct fn_stats *a, const struct fn_stats *b)
{
	return a->other == b->other && a->func.addr == b->func.addr;
}

bool snapshot__function(const struct snapshot *snap, size_t fn, struct fn_stats *sum)
{
	for (size_t i = 0; i < fn; i++)
		if (fn_stats__same_func(&snap->fns[i], &snap->fns[fn]))
			return false;
	*sum = snap->fns[fn];
	for (size_t i = fn + 1; i < snap->nr_fns; i++)
		if (fn_stats__same_func(&snap->fns[i], &snap->fns[fn]))
			form__add(&fn_form, sum, &snap->fns[i]);
	return true;
}

struct kind_stats *snapshot__kind(const struct snapshot *snap, const char *kind)
{
	for (size_t i = 0; i < snap->nr_all_kinds; i++)
		if (!strcmp(snap->all_kinds[i].kind, kind))
			return &snap->all_kinds[i];
	return NULL;
}

bool snapshot__kind_time(const struct snapshot *snap, enum ipi_kind kind, uint64_t *ns)
{
	const struct kind_stats *row = snapshot__kind(snap, kind_names[kind]);

	*ns = row && row->timed ? row->time.sum : 0;
	return row && row->timed;
}

static int cmp(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int fn_cmp(const void *pa, const void *pb)
{
	const struct fn_stats *a = pa, *b = pb;
	int d = cmp(b->handler.sum, a->handler.sum);

	if (!d)
		d = cmp(b->count, a->count);
	if (!d)
		d = cmp(a->func.addr, b->func.addr);
	return d ? d : cmp(a->callsite.addr, b->callsite.addr);
}

static int by_cmp(const void *pa, const void *pb)
{
	const struct by_stats *a = pa, *b = pb;
	int d = cmp(b->handler.sum + wait_sum__spun(&b->wait),
		    a->handler.sum + wait_sum__spun(&a->wait));

	if (!d)
		d = cmp(b->count, a->count);
	if (!d)
		d = cmp(a->tgid, b->tgid);
	return d ? d : cmp(a->cgroup, b->cgroup);
}

static bool same_key(const struct fn_stats *a, const struct fn_stats *b)
{
	return a->func.addr == b->func.addr && a->callsite.addr == b->callsite.addr &&
	       a->other == b->other;
}

/* Samples and CPUs' parts refer to functions by index, so the indices follow the sort. */
static int fns_rank(struct snapshot *snap)
{
	struct fn_stats *before = calloc(snap->nr_fns, sizeof(*before));
	size_t *now = calloc(snap->nr_fns, sizeof(*now));

	if (!before || !now) {
		free(before);
		free(now);
		return -ENOMEM;
	}
	memcpy(before, snap->fns, snap->nr_fns * sizeof(*before));
	qsort(snap->fns, snap->nr_fns, sizeof(*snap->fns), fn_cmp);
	for (size_t i = 0; i < snap->nr_fns; i++)
		while (!same_key(&snap->fns[now[i]], &before[i]))
			now[i]++;
	for (size_t i = 0; i < snap->nr_samples; i++)
		snap->samples[i].fn = now[snap->samples[i].fn];
	for (size_t i = 0; i < snap->nr_fn_cpus; i++)
		snap->fn_cpus[i].fn = now[snap->fn_cpus[i].fn];
	free(now);
	free(before);
	return 0;
}

static int wake_cmp(const void *pa, const void *pb)
{
	const struct wake_stats *a = pa, *b = pb;
	int d = cmp(b->count, a->count);

	if (!d)
		d = cmp(a->waker, b->waker);
	return d ? d : cmp(a->woken, b->woken);
}

int snapshot__rank(struct snapshot *snap)
{
	if (snap->nr_wakes)
		qsort(snap->wakes, snap->nr_wakes, sizeof(*snap->wakes), wake_cmp);
	if (snap->nr_by)
		qsort(snap->by, snap->nr_by, sizeof(*snap->by), by_cmp);
	return snap->nr_fns ? fns_rank(snap) : 0;
}
