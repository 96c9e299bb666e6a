// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "snapshot.h"

const char *const lost_names[NR_LOST] = {
	[LOST_QUEUE_UNSEEN] = "queue_unseen",
	[LOST_MAILBOX_FULL] = "mailbox_full",
	[LOST_RUN_UNSEEN] = "run_unseen",
};

const char *const kind_names[NR_KINDS] = {
	[KIND_CALL_FUNCTION] = "call_function",
	[KIND_RESCHEDULE] = "reschedule",
	[KIND_IRQ_WORK] = "irq_work",
};

void snapshot__free(struct snapshot *snap)
{
	free(snap->cpus);
	free(snap->fns);
	free(snap->edges);
	free(snap->by);
	free(snap->calls);
	free(snap->all_kinds);
	free(snap->wakes);
	memset(snap, 0, sizeof(*snap));
}

struct kind_stats *snapshot__kind(const struct snapshot *snap, const char *kind)
{
	for (size_t i = 0; i < snap->nr_all_kinds; i++)
		if (!strcmp(snap->all_kinds[i].kind, kind))
			return &snap->all_kinds[i];
	return NULL;
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
	int d = cmp(b->handler.sum, a->handler.sum);

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

/* The calls name their function by its place, so they move with it. */
static int fns_rank(struct snapshot *snap)
{
	struct fn_stats *before = calloc(snap->nr_fns, sizeof(*before));

	if (!before)
		return -ENOMEM;
	memcpy(before, snap->fns, snap->nr_fns * sizeof(*before));
	qsort(snap->fns, snap->nr_fns, sizeof(*snap->fns), fn_cmp);
	for (size_t i = 0; i < snap->nr_calls; i++) {
		struct call *call = &snap->calls[i];
		size_t now = 0;

		while (!same_key(&snap->fns[now], &before[call->fn]))
			now++;
		call->fn = now;
	}
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

uint64_t ledger__lost(const struct ledger *ledger)
{
	uint64_t lost = 0;

	for (int i = 0; i < NR_LOST; i++)
		lost += ledger->lost_by[i];
	return lost;
}

uint64_t ledger__matched(const struct ledger *ledger)
{
	return ledger->function + ledger->ttwu + ledger->irq_work;
}

bool ledger__closed(const struct ledger *ledger)
{
	return ledger->queued + ledger->carried_in ==
	       ledger__matched(ledger) + ledger->in_flight + ledger__lost(ledger);
}

void wait_sum__add(struct wait_sum *dst, const struct wait_sum *src)
{
	dst->count += src->count;
	dst->sum += src->sum;
	if (dst->max < src->max)
		dst->max = src->max;
}

void hist__add(struct hist *dst, const struct hist *src)
{
	dst->count += src->count;
	dst->sum += src->sum;
	if (src->max > dst->max)
		dst->max = src->max;
	for (int i = 0; i < HIST_SLOTS; i++)
		dst->slots[i] += src->slots[i];
}

uint64_t hist__percentile(const struct hist *hist, double percentile)
{
	/* Not times (percentile / 100): 99.9 / 100 is a little too much. */
	uint64_t rank = ceil(hist->count * percentile / 100), seen = 0;

	if (!hist->count)
		return 0;
	if (rank < 1)
		rank = 1;
	if (rank > hist->count)
		rank = hist->count;
	for (int i = 0; i < HIST_SLOTS; i++) {
		seen += hist->slots[i];
		if (seen >= rank)
			return hist_upper(i) < hist->max ? hist_upper(i) : hist->max;
	}
	return hist->max;
}

double window__seconds(const struct window *window)
{
	return (window->mono_end - window->mono_start) / 1e9;
}
