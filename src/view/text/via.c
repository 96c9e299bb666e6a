// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "view/text/paragraph.h"
#include "view/text/safe.h"
#include "view/text/via.h"
#include "view/text/words.h"

void view__via(const struct caller *callers, size_t nr, size_t samples)
{
	size_t rest = samples;

	for (size_t i = 0; i < nr; i++) {
		const struct caller *c = &callers[i];

		char task[48] = "in an interrupt", user[160];

		if (!c->interrupt)
			snprintf(task, sizeof(task), "%s[%" PRIu32 "]", safe__comm(c->call->comm).s,
				 c->call->tgid);
		view__user(user, sizeof(user), c->user);
		paragraph__dim(2, "via %s%s, %s  %zu/%zu",
			       safe__cut(*c->reason.name ? c->reason.name : NULL, 36).s, user, task,
			       c->samples, samples);
		rest -= c->samples;
	}
	if (nr && rest)
		paragraph__dim(2, "via others  %zu/%zu", rest, samples);
}
