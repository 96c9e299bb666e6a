// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "abi/limits.h"
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "command/interruptions.h"
#include "host/symbols.h"
#include "isolated/account.h"
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

/*
 * A collector of its own beside that of the windows: its programs see the isolated CPUs
 * alone, and each of its events is one interruption.
 */

struct serve_isolated {
	struct collector *collector;
	struct symbols *symbols; /* NULL: addresses stay addresses */
	struct account *account;
};

int serve_isolated__open(struct serve_isolated **out, const struct cpuset *cpus)
{
	struct serve_isolated *isolated = calloc(1, sizeof(*isolated));
	struct collect_config config = {};
	int err;

	*out = NULL;
	if (!isolated)
		return -ENOMEM;
	interruption_names__configure(&config, cpus);
	if (symbols__open(&isolated->symbols, NULL, NULL))
		isolated->symbols = NULL;
	err = account__new(&isolated->account, cpus);
	if (!err)
		err = collector__open(&isolated->collector, &config);
	if (err) {
		serve_isolated__close(isolated);
		return err;
	}
	*out = isolated;
	return 0;
}

void serve_isolated__begin(struct serve_isolated *isolated)
{
	if (!isolated)
		return;
	collector__begin(isolated->collector);
	account__begin(isolated->account, mono_ns());
}

static void event(void *ctx, const struct interruption *event)
{
	account__event(ctx, event);
}

int serve_isolated__take(struct serve_isolated *isolated)
{
	struct isolated_cpu *cpus;
	size_t nr;
	int err;

	if (!isolated)
		return 0;
	err = collector__interruptions(isolated->collector, event, isolated->account);
	cpus = account__cpus(isolated->account, &nr);
	for (size_t i = 0; !err && i < nr; i++)
		for (size_t c = 0; !err && c < cpus[i].nr_culprits; c++)
			err = interruption_names__find(&cpus[i].culprits[c], isolated->symbols,
						       isolated->collector);
	return err;
}

static void cpu_add(struct serve_isolated *isolated, const struct isolated_cpu *cpu,
		    struct metrics *metrics)
{
	uint32_t dependency = account__tick_dependency(isolated->account, cpu->cpu);

	metrics__interrupted(metrics, cpu->cpu, "", 0);
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		causes__name(&cpu->culprits[i], dependency);
		metrics__interrupted(metrics, cpu->cpu, cpu->culprits[i].cause,
				     cpu->culprits[i].count);
	}
}

void serve_isolated__add(struct serve_isolated *isolated, struct metrics *metrics)
{
	struct isolated_cpu *cpus;
	size_t nr;

	if (!isolated)
		return;
	cpus = account__cpus(isolated->account, &nr);
	for (size_t i = 0; i < nr; i++)
		cpu_add(isolated, &cpus[i], metrics);
	metrics->interruptions_lost = collector__interruptions_lost(isolated->collector);
	account__restart(isolated->account);
}

void serve_isolated__close(struct serve_isolated *isolated)
{
	if (!isolated)
		return;
	collector__close(isolated->collector);
	account__free(isolated->account);
	symbols__close(isolated->symbols);
	free(isolated);
}
