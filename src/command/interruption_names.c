// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "abi/limits.h"
#include "base/clock.h"
#include "command/interruption_names.h"
#include "isolated/causes.h"
#include "model/snapshot.h"
#include "model/symbol.h"

/* The smallest rings of records: the events take their place. */
#define RECORD_SLOTS 32

void interruption_names__configure(struct collect_config *config, const struct cpuset *cpus)
{
	config->cpus = NULL;
	config->dst = cpus;
	config->interruptions = true;
	config->record_kinds = (1U << NR_KINDS) - 1;
	config->record_slots = RECORD_SLOTS;
	config->keep_stacks = true;
}

int interruption_names__find(struct culprit *culprit, struct symbols *symbols,
			     const struct collector *collector)
{
	struct symbol func = { .addr = culprit->addr };
	struct stack_sample sample = {};
	uint64_t frames[STACK_DEPTH];
	int err;

	if (!symbols)
		return 0;
	err = symbols__find(symbols, &func, true, mono_ns());
	if (err)
		return err;
	if (func.name) {
		snprintf(culprit->func, sizeof(culprit->func), "%s", func.name);
		snprintf(culprit->module, sizeof(culprit->module), "%s",
			 func.module ? func.module : "");
	}
	sample.nr = collector__stack(collector, culprit->stack, frames);
	for (uint32_t i = 0; i < sample.nr; i++)
		sample.stack[i] = (struct symbol){ .addr = frames[i] };
	err = symbols__frames(symbols, &sample, mono_ns());
	return err ? err : causes__chain(culprit, &sample);
}
