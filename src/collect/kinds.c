// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "collect/kinds.h"
#include "host/interrupts.h"
#include "model/names.h"
#include "model/snapshot.h"

/* On x86 a TLB shootdown is a call of this function; its row counts the calls. */
#define TLB_KIND "tlb_shootdown"
#define TLB_FUNC "flush_tlb_func"

/*
 * What cannot be told. Without a row in /proc/interrupts it is listed where
 * @always says so.
 */
static const struct unobserved {
	const char *machine;
	const char *kind;
	bool always;
	const char *why;
} facts[] = {
	{ "x86_64", "nmi", false, "nothing tells who sends one; perf's are among them" },
	{ "x86_64", "platform", false, "nothing tells who sends it" },
	{ "x86_64", "posted_interrupt", false, "KVM sends it without an event" },
	{ "x86_64", "nested_posted_interrupt", false, "KVM sends it without an event" },
	{ "x86_64", "posted_interrupt_wakeup", false, "KVM and IOMMUs send it without an event" },
	{ "x86_64", "posted_msi", false, "devices send it, not CPUs" },
	{ "x86_64", "tick_broadcast", true,
	  "arrives as a local timer interrupt, row LOC, among the others" },
	{ "x86_64", "cpu_stop", true,
	  "the reboot vector has no event and no row in /proc/interrupts" },
	{ "aarch64", "cpu_backtrace", false, "past the kernel's IPI events" },
	{ "aarch64", "kgdb_roundup", false, "past the kernel's IPI events" },
};

#define NR_FACTS (sizeof(facts) / sizeof(*facts))

struct kind_stats *kinds__row(struct snapshot *snap, const char *kind)
{
	struct kind_stats *row = snapshot__kind(snap, kind);

	if (row)
		return row;
	if (!snap->all_kinds)
		snap->all_kinds = calloc(KINDS_MAX, sizeof(*snap->all_kinds));
	if (!snap->all_kinds)
		return NULL;
	if (snap->nr_all_kinds == KINDS_MAX)
		return NULL;
	row = &snap->all_kinds[snap->nr_all_kinds++];
	snprintf(row->kind, sizeof(row->kind), "%s", kind);
	return row;
}

/* Calls, not interrupts: queued as csds, of which some may have no row of their own. */
static void tlb_tell(const struct snapshot *snap, struct kind_stats *row)
{
	row->sent_known = true;
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (fn->other || !fn->func.name)
			row->sent_known = row->sent_known && !fn->count;
		else if (!strcmp(fn->func.name, TLB_FUNC))
			row->sent += fn->count;
	}
	if (!row->sent_known)
		row->sent = 0;
	row->why = row->sent_known ? "calls of " TLB_FUNC ", within call_function" :
				     "some functions have no row or no name";
}

/* What was sent, or why that is not told. */
static void sent_tell(const struct snapshot *snap, struct kind_stats *row, const char *machine)
{
	if (row->sent_known || row->why)
		return;
	for (size_t i = 0; i < NR_FACTS; i++)
		if (!strcmp(facts[i].machine, machine) && !strcmp(facts[i].kind, row->kind))
			row->why = facts[i].why;
	if (row->why)
		return;
	/* The kernel shows a reason only with the first of its kind (ipi_raise). */
	row->sent_known = row->timed = snap->how.timed;
	if (!snap->how.timed)
		row->why = "--kinds tells what was sent";
}

static int base_tell(struct snapshot *snap)
{
	for (int i = 0; i < NR_KINDS; i++) {
		struct kind_stats *row = kinds__row(snap, kind_names[i]);

		if (!row)
			return -ENOMEM;
		if (row->timed)
			continue;
		row->sent_known = true;
		row->sent = snap->kinds[i];
	}
	return 0;
}

static int arrived_tell(struct snapshot *snap, const struct arrivals *since)
{
	for (size_t i = 0; i < since->nr; i++) {
		struct kind_stats *row = kinds__row(snap, since->rows[i].kind);

		if (!row)
			return -ENOMEM;
		/* Under a filter they cannot be told apart. */
		row->received_known = !snap->how.filtered;
		row->received = snap->how.filtered ? 0 : since->rows[i].count;
		row->received_most = snap->how.filtered ? 0 : since->rows[i].most;
		if (!strcmp(row->kind, TLB_KIND))
			tlb_tell(snap, row);
	}
	return 0;
}

int kinds__complete(struct snapshot *snap, const struct arrivals *since, const char *machine)
{
	int err;

	if (!snap->known.kinds)
		return 0;
	err = base_tell(snap);
	if (!err)
		err = arrived_tell(snap, since);
	for (size_t i = 0; !err && i < NR_FACTS; i++)
		if (facts[i].always && !strcmp(facts[i].machine, machine) &&
		    !kinds__row(snap, facts[i].kind))
			err = -ENOMEM;
	for (size_t i = 0; !err && i < snap->nr_all_kinds; i++)
		sent_tell(snap, &snap->all_kinds[i], machine);
	return err;
}
