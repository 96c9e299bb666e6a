// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/calm.h"
#include "model/host.h"
#include "model/stolen.h"
#include "model/window.h"

void calm__add(struct calm *calm, const struct snapshot *snap)
{
	uint64_t ns = snap->window.mono_end - snap->window.mono_start;

	calm->seconds += window__seconds(&snap->window);
	calm->csds += snap->ledger.queued;
	calm->reschedules += snap->kinds[KIND_RESCHEDULE];
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		calm->handler_ns += stolen__ns(&snap->cpus[i]);
		calm->wait_ns += cpu_stats__spun(&snap->cpus[i]);
	}
	calm->runs_unseen |= snap->how.source == SOURCE_CALLS;
	calm->irqs_unseen |= calm->runs_unseen && !snap->known.irqs;
	calm->cpu_ns += snap->host ? ns * cpuset__count(&snap->host->online) : 0;
}

double calm__cost(const struct calm *calm)
{
	return calm->cpu_ns ? (double)(calm->handler_ns + calm->wait_ns) / calm->cpu_ns : 0;
}
