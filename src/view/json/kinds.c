// SPDX-License-Identifier: GPL-2.0
#include "abi/ipi.h"
#include "model/kind_stats.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "view/json/hist.h"
#include "view/json/kinds.h"
#include "view/json/parts.h"

static json_t *kind_json(const void *of, size_t i)
{
	const struct kind_stats *kind = (const struct kind_stats *)of + i;
	json_t *object = json_pack("{s:o, s:o, s:o}", "kind", parts__text(kind->kind), "sent",
				   parts__integer_or_null(kind->sent, kind->sent_known), "received",
				   parts__integer_or_null(kind->received, kind->received_known));

	if (kind->why)
		parts__add(&object, "why", parts__text(kind->why));
	/* The keys below exist only with --kinds. */
	if (!kind->timed)
		return object;
	parts__add(&object, "coalesced", parts__integer_or_null(kind->coalesced, kind->sent_known));
	parts__add(&object, "unseen", parts__integer_or_null(kind->unseen, kind->sent_known));
	parts__add(&object, "delay",
		   kind->sent_known ? json_hist__object(&kind->delay) : json_null());
	parts__add(&object, "interrupt", json_hist__object(&kind->time));
	return object;
}

json_t *json_kinds__array(const struct snapshot *snap)
{
	if (!snap->known.kinds)
		return json_null();
	return parts__array(snap->nr_all_kinds, kind_json, snap->all_kinds);
}

static json_t *tlb_reason_json(const void *of, size_t i)
{
	const struct tlb_stats *tlb = (const struct tlb_stats *)of + i;

	if (!tlb->count)
		return parts__none();
	return json_pack("{s:s, s:I, s:I, s:I}", "reason", tlb_names[i] ? tlb_names[i] : "other",
			 "count", (json_int_t)tlb->count, "pages", (json_int_t)tlb->pages, "all",
			 (json_int_t)tlb->all);
}

static json_t *wake_json(const void *of, size_t i)
{
	const struct wake_stats *wake = (const struct wake_stats *)of + i;
	bool task = !wake->interrupt && !wake->other;

	return json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:I}", "waker",
			 task ? parts__text(wake->waker_comm) : json_null(), "waker_tgid",
			 parts__integer_or_null(wake->waker, task), "woken",
			 wake->other ? json_null() : parts__text(wake->woken_comm), "woken_tgid",
			 parts__integer_or_null(wake->woken, !wake->other), "interrupt",
			 wake->interrupt, "other", wake->other, "count", (json_int_t)wake->count);
}

void json_kinds__add(json_t **object, const struct snapshot *snap)
{
	json_t *tlb;

	if (!snap->how.timed)
		return;
	tlb = snap->known.tlb ? parts__array(TLB_REASONS, tlb_reason_json, snap->tlb) : json_null();
	parts__add(object, "polled", parts__integer_or_null(snap->polled, snap->known.polled));
	parts__add(object, "tlb", tlb);
	parts__add(object, "wakes", parts__array(snap->nr_wakes, wake_json, snap->wakes));
	parts__add(object, "reschedule_other", json_integer(snap->reschedule_other));
}
