// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/write_all.h"
#include "collect/config.h"
#include "collect/kcore/queues/lasting.h"
#include "collect/kcore/queues/live.h"
#include "command/queue_report.h"
#include "model/symbol.h"
#include "view/json/waits.h"
#include "view/naming.h"
#include "view/text/waits.h"

#define TEXT_BYTES (1 << 20)

int queue_report__open(struct queue_report *r, bool json)
{
	char why[192];
	int err;

	*r = (struct queue_report){ .json = json };
	/* khugepaged collapses pages, and flushes the TLB of each CPU that has run this process. */
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	snprintf(r->slow, sizeof(r->slow),
		 "attaching takes long: the machine is busy, or a CPU stopped answering");
	err = live_queues__open(&r->queues, why, sizeof(why));
	if (err)
		snprintf(
			r->slow, sizeof(r->slow),
			"attaching takes long: perhaps a CPU does not answer, and who waits for it "
			"cannot be read: %s",
			why);
	if (err)
		return err == -ENOMEM ? err : 0;
	r->moment = calloc(1, sizeof(*r->moment));
	if (r->moment)
		return 0;
	queue_report__close(r);
	return -ENOMEM;
}

void queue_report__close(struct queue_report *r)
{
	live_queues__close(r->queues);
	free(r->moment);
	r->queues = NULL;
	r->moment = NULL;
}

bool queue_report__look(struct queue_report *r, const struct collect_config *config, uint64_t span,
			struct cpuset *stuck)
{
	const struct queue_filter filter = {
		.cpus = config->cpus,
		.src = config->src,
		.dst = config->dst,
		.funcs = config->funcs,
		.nr_funcs = config->nr_funcs,
		.tgid = config->tgid,
	};

	*stuck = (struct cpuset){};
	if (!r->queues || live_queues__look(r->queues, span, r->moment))
		return false;
	r->waits = r->moment->nr_waiting;
	lasting__stuck(r->moment, stuck);
	lasting__filter(r->moment, &filter);
	return true;
}

const char *queue_report__slow(const struct queue_report *r)
{
	return *r->slow ? r->slow : NULL;
}

static void name(void *ctx, struct symbol *symbol, bool func)
{
	struct queue_report *r = ctx;

	live_queues__name(r->queues, symbol, func);
}

int queue_report__write(const struct moment *m, const struct naming *naming, bool json)
{
	char *text = malloc(TEXT_BYTES);
	size_t len;
	int err;

	if (!text)
		return -ENOMEM;
	len = json ? json__waits(text, TEXT_BYTES, m, NULL, naming) :
		     view__waits(text, TEXT_BYTES, m, naming);
	err = json && !len ? -ENOMEM : write_all(STDOUT_FILENO, text, len, NULL);
	free(text);
	return err;
}

int queue_report__show(struct queue_report *r)
{
	const struct naming naming = { .ctx = r, .symbol = name };

	return queue_report__write(r->moment, &naming, r->json);
}
