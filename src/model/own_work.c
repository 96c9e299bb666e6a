// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "base/privileges.h"
#include "model/callers.h"
#include "model/own_work.h"

/*
 * Whether another ipitrace, or one of its helpers, is the sender. Any process may have their names,
 * so the user is compared, too: root until the programs are attached, then a spare user, which only
 * root can become (privileges__drop()).
 */
static bool is_ipitrace(const struct stack_sample *sample)
{
	return sample->uid_known && !strncmp(sample->comm, "ipitrace", strlen("ipitrace")) &&
	       (!sample->uid || (sample->uid >= SPARE_UID_MIN && sample->uid <= SPARE_UID_MAX));
}

/*
 * A csd that an interrupt sent belongs to no task, whichever task was interrupted. A csd that a
 * kworker sent belongs to the task that queued the work.
 */
static bool is_own(const struct stack_sample *sample, uint32_t self, const struct helpers *helpers)
{
	uint32_t tgid = sample->kworker ? sample->queued_by.tgid : sample->tgid;

	if (callers__sent_by_interrupt(sample))
		return false;
	return tgid == self || helpers__have(helpers, tgid) || is_ipitrace(sample);
}

void own_work__mark(struct snapshot *snap, uint32_t self, const struct helpers *helpers)
{
	for (size_t i = 0; i < snap->nr_samples; i++)
		snap->samples[i].own = is_own(&snap->samples[i], self, helpers);
	for (size_t i = 0; i < snap->nr_send_samples; i++)
		snap->send_samples[i].own = is_own(&snap->send_samples[i], self, helpers);
}

/* Returns the part of row @row that ipitrace itself sent, by the samples. */
static double row_share(const struct stack_sample *samples, size_t nr, size_t row)
{
	double all = 0, own = 0;

	for (size_t i = 0; i < nr; i++) {
		if (samples[i].fn != row)
			continue;
		all += sample__csds(&samples[i]);
		own += samples[i].own ? sample__csds(&samples[i]) : 0;
	}
	return all > 0 ? own / all : 0;
}

double own_work__share(const struct snapshot *snap)
{
	double own = 0, all = 0;

	for (size_t i = 0; i < snap->nr_fns; i++) {
		all += snap->fns[i].count;
		own += snap->fns[i].count * row_share(snap->samples, snap->nr_samples, i);
	}
	for (size_t i = 0; i < snap->nr_sends; i++) {
		all += snap->sends[i].count;
		own += snap->sends[i].count *
		       row_share(snap->send_samples, snap->nr_send_samples, i);
	}
	return all ? own / all : 0;
}
