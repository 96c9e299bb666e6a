// SPDX-License-Identifier: GPL-2.0
#include "model/field.h"
#include "view/top/source.h"

static uint64_t process_id(const struct by_stats *by)
{
	return by->other ? BY_OTHERS : by->interrupt ? BY_INTERRUPTS : by->tgid;
}

static uint64_t cgroup_id(const struct by_stats *by)
{
	return by->other ? BY_OTHERS : by->interrupt ? BY_INTERRUPTS : by->cgroup;
}

/* Add the processes, of one cgroup where @cgroup is not NULL. */
static void processes(const struct snapshot *snap, struct table *t, const struct layout *layout,
		      const uint64_t *cgroup)
{
	table__columns(t, layout);
	for (size_t i = 0; i < snap->nr_by; i++) {
		const struct by_stats *by = &snap->by[i];

		if (cgroup && cgroup_id(by) != *cgroup)
			continue;
		table__row(t, process_id(by) ^ by->cgroup << 32,
			   (struct place){ PAGE_PROCESS, process_id(by), by->cgroup });
		table__cells(t, layout, CELL_CONTEXT(snap, by, NULL));
	}
}

static void lacks(struct page *page, const char *key)
{
	snprintf(page->tables[0].note, sizeof(page->tables[0].note),
		 "not counted in this run: `ipitrace top --by %s` counts these", key);
	table__column(&page->tables[0], NULL, "", 1, true);
}

void by__senders(const struct source *source, struct page *page)
{
	if (source->snap->how.by_key == BY_SENDER)
		processes(source->snap, &page->tables[0], &senders_pane, NULL);
	else
		lacks(page, "sender");
}

void by__victims(const struct source *source, struct page *page)
{
	if (source->snap->how.by_key == BY_VICTIM)
		processes(source->snap, &page->tables[0], &victims_pane, NULL);
	else
		lacks(page, "victim");
}

/* Sum up the rows of the cgroup of snap->by[@i]; false: an earlier row has it. */
static bool cgroup_sum(const struct snapshot *snap, size_t i, struct by_stats *sum)
{
	*sum = snap->by[i];
	for (size_t j = 0; j < snap->nr_by; j++) {
		const struct by_stats *by = &snap->by[j];

		if (j == i || cgroup_id(by) != cgroup_id(sum))
			continue;
		if (j < i)
			return false;
		form__add(&by_row_form, sum, by);
	}
	return true;
}

#define BY_SORT 6 /* the column of the handlers' sum */

void by__cgroups(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];
	struct by_stats sum;

	if (snap->how.by_key != BY_CGROUP && snap->how.by_key != BY_SENDER) {
		lacks(page, "cgroup");
		return;
	}
	table__columns(t, &cgroups_pane);
	page->default_sort = BY_SORT;
	for (size_t i = 0; i < snap->nr_by; i++) {
		if (!cgroup_sum(snap, i, &sum))
			continue;
		table__row(t, cgroup_id(&sum), (struct place){ PAGE_CGROUP, cgroup_id(&sum), 0 });
		table__cells(t, &cgroups_pane, CELL_CONTEXT(snap, &sum, NULL));
	}
}

static void histograms(struct table *t, const struct by_stats *by)
{
	t->title = "HISTOGRAMS (csds)";
	cells__histograms(t, (const char *const[]){ "delay", "handler" },
			  (const struct hist *const[]){ &by->delay, &by->handler, NULL });
}

/* Add the samples that a process sent: its functions and reasons, each with its latest stack. */
static void sent(const struct source *source, struct table *t)
{
	const struct snapshot *snap = source->snap;
	struct caller callers[16];
	size_t samples;

	t->title = "WHAT IT SENT (by sampled stacks)";
	table__column(t, NULL, "FUNCTION [MODULE]", 24, true);
	table__column(t, NULL, "samples", 8, false);
	table__column(t, NULL, "via", 24, true);
	for (size_t fn = 0; fn < snap->nr_fns; fn++) {
		size_t nr = callers__of(snap, fn, false, callers, 16, &samples);

		for (size_t i = 0; i < nr; i++) {
			const struct caller *c = &callers[i];
			char text[CELL_TEXT_BYTES];
			bool its = source->place.a == BY_INTERRUPTS ?
					   c->interrupt :
					   !c->interrupt && c->call->tgid == source->place.a;

			if (!its)
				continue;
			table__row(t, fn << 8 | i,
				   (struct place){ PAGE_STACK, fn__address(&snap->fns[fn]),
						   c->call - snap->samples });
			function__name(
				&(struct cell_context){ .row = &snap->fns[fn], .text = text });
			table__text(t, "%s", text);
			table__count(t, c->samples);
			table__text(t, "%s", *c->reason.name ? c->reason.name : "?");
		}
	}
	if (!t->nr_rows && !t->failed)
		snprintf(t->note, sizeof(t->note), "no stack of it was sampled in this window");
}

void by__process(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;

	for (size_t i = 0; i < snap->nr_by; i++) {
		const struct by_stats *by = &snap->by[i];
		char text[CELL_TEXT_BYTES];

		if (process_id(by) != source->place.a || by->cgroup != source->place.b)
			continue;
		by__process_name(&(struct cell_context){ .row = by, .text = text });
		snprintf(page->title, sizeof(page->title), "%.180s%s%s", text,
			 by->cgroup_path ? " in " : "", by->cgroup_path ? by->cgroup_path : "");
		if (snap->how.by_key == BY_SENDER)
			sent(source, &page->tables[page->nr++]);
		histograms(&page->tables[page->nr++], by);
	}
}

void by__cgroup(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct by_stats sum;
	char text[CELL_TEXT_BYTES];

	for (size_t i = 0; i < snap->nr_by; i++) {
		struct table *t = &page->tables[0];

		if (cgroup_id(&snap->by[i]) != source->place.a || !cgroup_sum(snap, i, &sum))
			continue;
		by__cgroup_name(&(struct cell_context){ .row = &sum, .text = text });
		snprintf(page->title, sizeof(page->title), "%.255s", text);
		if (snap->how.by_key == BY_SENDER) {
			page->nr = 1;
			t->title = "ITS SENDERS";
			processes(snap, t, &its_senders_pane, &source->place.a);
		}
		histograms(&page->tables[page->nr++], &sum);
	}
}
