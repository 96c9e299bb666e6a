// SPDX-License-Identifier: GPL-2.0
/* The events of interruptions, with names, for `isolated` and `serve`. */
#include "command/parts.h"
#include "model/callers.h"
#include "model/isolation.h"

/* The smallest rings of records, because with interruptions no records are written. */
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

/* Set @sample to the stack with the index @id, with names. 0 or a negative errno. */
static int read_named_stack(const struct collector *collector, struct symbols *symbols, int32_t id,
			    struct stack_sample *sample)
{
	uint64_t frames[STACK_DEPTH];

	sample->nr = collector__stack(collector, id, frames);
	for (uint32_t i = 0; i < sample->nr; i++)
		sample->stack[i] = (struct symbol){ .addr = frames[i] };
	return symbols__frames(symbols, sample, mono_ns());
}

struct taking {
	const struct collector *collector;
	struct account *account;
	struct symbols *symbols;
	int err;
};

static void add_event(void *ctx, const struct interruption *event)
{
	struct taking *taking = ctx;
	struct stack_sample sample = {};

	if (taking->symbols && !taking->err && account__needs_stack(taking->account, event)) {
		taking->err =
			read_named_stack(taking->collector, taking->symbols, event->stack, &sample);
		account__stack(taking->account, event->stack, &sample);
	}
	account__event(taking->account, event);
}

int interruptions__take(struct collector *collector, struct account *account,
			struct symbols *symbols)
{
	struct taking taking = { collector, account, symbols, 0 };
	int err = collector__interruptions(collector, add_event, &taking);

	return err ? err : taking.err;
}

/* @handed: RPS may have handed packets to CPUs since collection began. */
static int name_culprit(struct culprit *culprit, struct symbols *symbols,
			const struct collector *collector, bool handed)
{
	struct symbol func = { .addr = culprit->addr };
	struct stack_sample sample = {};
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
	err = read_named_stack(collector, symbols, culprit->stack, &sample);
	if (handed)
		callers__doubt_backlog(&sample);
	return err ? err : causes__stack(culprit, &sample);
}

int interruption_names__find(struct account *account, struct symbols *symbols,
			     const struct collector *collector, uint64_t handed)
{
	bool may_have_handed = softnet__may_have_handed(handed, softnet__handed(NULL));
	size_t nr;
	struct isolated_cpu *cpus = account__cpus(account, &nr);
	int err = 0;

	for (size_t i = 0; i < nr; i++) {
		uint32_t dependency = account__tick_dependency(account, cpus[i].cpu);

		for (size_t c = 0; c < cpus[i].nr_culprits && !err; c++) {
			struct culprit *culprit = &cpus[i].culprits[c];
			int named;

			err = name_culprit(culprit, symbols, collector, may_have_handed);
			named = causes__name(culprit, dependency);
			err = err ? err : named;
		}
	}
	return err;
}
