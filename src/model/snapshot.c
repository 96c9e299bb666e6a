// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "model/kind_stats.h"
#include "model/names.h"
#include "model/snapshot.h"

/* An array that a snapshot owns: where its pointer and its number of items are. */
struct owned {
	size_t items;
	size_t nr;
	size_t size; /* of an item */
};

#define OWNED(member)                                                                      \
	{                                                                                  \
		offsetof(struct snapshot, member), offsetof(struct snapshot, nr_##member), \
			sizeof(*((struct snapshot *)0)->member)                            \
	}

/* Freeing and copying go by this table alone, so that neither misses an array. */
static const struct owned arrays[] = {
	OWNED(all_kinds), OWNED(wakes), OWNED(cpus),	OWNED(fns),   OWNED(fn_cpus),
	OWNED(by),	  OWNED(runs),	OWNED(samples), OWNED(edges), OWNED(user_stacks),
};

#define NR_ARRAYS (sizeof(arrays) / sizeof(*arrays))

static void **items_of(struct snapshot *snap, const struct owned *array)
{
	return (void **)((char *)snap + array->items);
}

static size_t bytes_of(const struct snapshot *snap, const struct owned *array)
{
	return *(const size_t *)((const char *)snap + array->nr) * array->size;
}

void snapshot__free(struct snapshot *snap)
{
	for (size_t i = 0; i < NR_ARRAYS; i++)
		free(*items_of(snap, &arrays[i]));
	memset(snap, 0, sizeof(*snap));
}

int snapshot__copy(struct snapshot *to, const struct snapshot *from)
{
	bool good = true;

	*to = *from;
	/* Each array is replaced, also after a failure: no array of @from is left to be freed. */
	for (size_t i = 0; i < NR_ARRAYS; i++) {
		void **items = items_of(to, &arrays[i]), *copy = NULL;
		size_t bytes = bytes_of(from, &arrays[i]);

		if (bytes) {
			copy = malloc(bytes);
			good &= copy != NULL;
		}
		if (copy)
			memcpy(copy, *items, bytes);
		*items = copy;
	}
	if (good)
		return 0;
	snapshot__free(to);
	return -ENOMEM;
}

size_t snapshot__bytes(const struct snapshot *snap)
{
	size_t bytes = 0;

	for (size_t i = 0; i < NR_ARRAYS; i++)
		bytes += bytes_of(snap, &arrays[i]);
	return bytes;
}

bool fn_stats__same_func(const struct fn_stats *a, const struct fn_stats *b)
{
	return a->other == b->other && a->func.addr == b->func.addr;
}

void fn_stats__add(struct fn_stats *to, const struct fn_stats *from)
{
	to->count += from->count;
	to->local += from->local;
	call_sum__add(&to->calls, &from->calls);
	wait_sum__add(&to->wait, &from->wait);
	hist__add(&to->delay, &from->delay);
	hist__add(&to->handler, &from->handler);
	to->at_most |= from->at_most;
}

bool snapshot__function(const struct snapshot *snap, size_t fn, struct fn_stats *sum)
{
	for (size_t i = 0; i < fn; i++)
		if (fn_stats__same_func(&snap->fns[i], &snap->fns[fn]))
			return false;
	*sum = snap->fns[fn];
	for (size_t i = fn + 1; i < snap->nr_fns; i++)
		if (fn_stats__same_func(&snap->fns[i], &snap->fns[fn]))
			fn_stats__add(sum, &snap->fns[i]);
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
