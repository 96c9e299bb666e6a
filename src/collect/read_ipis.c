// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/ipi.h"
#include "abi/limits.h"
#include "collect/hist_bank.h"
#include "collect/kinds.h"
#include "collect/read_ipis.h"
#include "host/interrupts.h"
#include "model/names.h"
#include "model/snapshot.h"

/* The kinds of x86's classes: its vectors have no text in the kernel. */
static const char *const class_names[NR_IPI_CLASSES] = {
	[IPI_CALL_FUNCTION] = "call_function", [IPI_CALL_FUNCTION_SINGLE] = "call_function",
	[IPI_RESCHEDULE] = "reschedule",       [IPI_IRQ_WORK] = "irq_work",
	[IPI_PLATFORM] = "platform",
};

/* The kind of @class; false: no interrupt of this class was seen yet. */
static bool kind_of(const struct ipis *ipis, uint32_t class, char kind[KIND_NAME])
{
	*kind = '\0';
#ifdef __x86_64__
	if (class < NR_IPI_CLASSES && !ipis->reasons[class].address)
		strcpy(kind, class_names[class]);
#else
	(void)class_names;
#endif
	if (ipis->reasons[class].address)
		interrupts__name(ipis->reasons[class].text, kind);
	return *kind;
}

/* Whether @class has a row only if it occurred: many machines never use this vector. */
static bool is_optional(const struct ipis *ipis, uint32_t class)
{
	return class == IPI_PLATFORM && !ipis->reasons[class].address;
}

static bool hist_touched(const struct ipis *ipis, uint32_t class, uint32_t epoch)
{
	for (uint32_t shard = 0; shard < ipis->shards; shard++)
		if (hist_bank__touched(
			    &ipis->hists[shard * IPI_CLASSES + class].bank[epoch & 1].time))
			return true;
	return false;
}

static int class_read(struct ipis *ipis, uint32_t class, uint32_t epoch, struct snapshot *snap)
{
	char kind[KIND_NAME];
	struct kind_stats *row;

	if (!kind_of(ipis, class, kind) ||
	    (is_optional(ipis, class) && !hist_touched(ipis, class, epoch)))
		return 0;
	row = kinds__row(snap, kind);
	if (!row)
		return -ENOMEM;
	row->timed = true;
	/* The kernel has no event for the sending of the platform vector. */
	row->sent_known = !is_optional(ipis, class);
	for (uint32_t cpu = 0; cpu < ipis->nr_cpus; cpu++) {
		const struct ipi_bank *bank = &ipis->recs[cpu].bank[epoch & 1];

		row->sent += bank->sent[class];
		row->coalesced += bank->coalesced[class];
		row->unseen += bank->unseen[class];
	}
	for (uint32_t shard = 0; shard < ipis->shards; shard++) {
		struct ipi_hist_rec *rec = &ipis->hists[shard * IPI_CLASSES + class];
		struct ipi_hist_bank *bank = &rec->bank[epoch & 1];

		hist_bank__read(&row->delay, &bank->delay);
		hist_bank__read(&row->time, &bank->time);
		memset(bank, 0, sizeof(*bank));
	}
	return 0;
}

static void cpus_read(struct ipis *ipis, uint32_t epoch, struct snapshot *snap)
{
	for (uint32_t cpu = 0; cpu < ipis->nr_cpus; cpu++) {
		struct ipi_bank *bank = &ipis->recs[cpu].bank[epoch & 1];

		snap->polled += bank->polled;
		snap->reschedule_other += bank->reschedule_other;
		for (int i = 0; i < TLB_REASONS; i++) {
			snap->tlb[i].count += bank->tlb[i].count;
			snap->tlb[i].pages += bank->tlb[i].pages;
			snap->tlb[i].all += bank->tlb[i].all;
		}
		memset(bank, 0, sizeof(*bank));
	}
}

/* The row of @rec's key: two CPUs may have made the same key, each in its own record. */
static struct wake_stats *wake_of(struct snapshot *snap, const struct wake_rec *rec, bool other)
{
	struct wake_stats *wake;

	for (size_t i = 0; i < snap->nr_wakes; i++) {
		wake = &snap->wakes[i];
		if (!other && wake->interrupt == rec->interrupt && wake->woken == rec->woken &&
		    (rec->interrupt || wake->waker == rec->waker))
			return wake;
	}
	wake = &snap->wakes[snap->nr_wakes++];
	wake->other = other;
	if (other)
		return wake;
	wake->waker = rec->waker;
	wake->woken = rec->woken;
	wake->interrupt = rec->interrupt;
	memcpy(wake->waker_comm, rec->waker_comm, COMM_LEN);
	memcpy(wake->woken_comm, rec->woken_comm, COMM_LEN);
	return wake;
}

static int wakes_read(struct ipis *ipis, uint32_t epoch, struct snapshot *snap)
{
	snap->wakes = calloc(WAKE_ROWS + 1, sizeof(*snap->wakes));
	if (!snap->wakes)
		return -ENOMEM;
	for (uint32_t row = 0; row <= WAKE_OTHER; row++) {
		struct wake_rec *rec = &ipis->wakes[row];
		uint64_t count = rec->count[epoch & 1];

		if (!count)
			continue;
		wake_of(snap, rec, row == WAKE_OTHER)->count += count;
		rec->count[epoch & 1] = 0;
	}
	return 0;
}

int read_ipis(struct ipis *ipis, uint32_t epoch, struct snapshot *snap)
{
	int err = 0;

	/* The rows begin in the order of kind_names[], whichever was seen first. */
	for (int i = 0; i < NR_KINDS && !err; i++)
		err = kinds__row(snap, kind_names[i]) ? 0 : -ENOMEM;
	for (uint32_t class = 0; class < IPI_CLASSES && !err; class ++)
		err = class_read(ipis, class, epoch, snap);
	if (err)
		return err;
	cpus_read(ipis, epoch, snap);
	snap->how.timed = true;
	/* Events that a filter hides are missing in these counts. */
	snap->known.polled = !snap->how.filtered;
#ifdef __x86_64__
	snap->known.tlb = !snap->how.filtered;
#endif
	return wakes_read(ipis, epoch, snap);
}
