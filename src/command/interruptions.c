// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include "command/parts.h"

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

static void add_event(void *ctx, const struct interruption *event)
{
	account__event(ctx, event);
}

int interruptions__take(struct collector *collector, struct account *account)
{
	return collector__interruptions(collector, add_event, account);
}

static int culprit_name(struct culprit *culprit, struct symbols *symbols,
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
	return err ? err : causes__stack(culprit, &sample);
}

int interruption_names__find(struct account *account, struct symbols *symbols,
			     const struct collector *collector)
{
	size_t nr;
	struct isolated_cpu *cpus = account__cpus(account, &nr);
	int err = 0;

	for (size_t i = 0; i < nr; i++) {
		uint32_t dependency = account__tick_dependency(account, cpus[i].cpu);

		for (size_t c = 0; c < cpus[i].nr_culprits && !err; c++) {
			struct culprit *culprit = &cpus[i].culprits[c];
			int named;

			err = culprit_name(culprit, symbols, collector);
			named = causes__name(culprit, dependency);
			err = err ? err : named;
		}
	}
	return err;
}

/*
 * The collector of interruptions, beside that of the windows: its programs see only the isolated
 * CPUs, and each of its events is one interruption.
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

int serve_isolated__take(struct serve_isolated *isolated)
{
	int err;

	if (!isolated)
		return 0;
	err = interruptions__take(isolated->collector, isolated->account);
	return err ? err :
		     interruption_names__find(isolated->account, isolated->symbols,
					      isolated->collector);
}

void serve_isolated__add(struct serve_isolated *isolated, struct metrics *metrics)
{
	struct isolated_cpu *cpus;
	size_t nr;

	if (!isolated)
		return;
	cpus = account__cpus(isolated->account, &nr);
	for (size_t i = 0; i < nr; i++) {
		metrics__interrupted(metrics, cpus[i].cpu, "", 0);
		for (size_t c = 0; c < cpus[i].nr_culprits; c++)
			metrics__interrupted(metrics, cpus[i].cpu, cpus[i].culprits[c].cause,
					     cpus[i].culprits[c].count);
	}
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

/* Words that --allow accepts besides names of causes. */
static const char *const words[] = { "total", "lost" };

#define NR_WORDS (sizeof(words) / sizeof(*words))

static const char *cause_word(size_t i)
{
	return i < NR_WORDS ? words[i] : causes__word(i - NR_WORDS);
}

static bool is_word(const char *glob)
{
	for (size_t i = 0; i < NR_WORDS; i++)
		if (!strcmp(words[i], glob))
			return true;
	return false;
}

/* Whether the kernel has such a function, or does not say which it has. */
static bool may_be_function(struct symbols *symbols, const char *glob)
{
	uint64_t *addrs = NULL;
	int nr = symbols ? symbols__match(symbols, glob, &addrs) : -EPERM;

	free(addrs);
	return nr != -ENOENT;
}

static int refuse_allowance(const struct allowance *allowance)
{
	const char *near = nearest__word(allowance->glob, strlen(allowance->glob), cause_word,
					 NR_WORDS + causes__count());
	char hint[64] = "man ipitrace-isolated has the causes";

	if (near)
		snprintf(hint, sizeof(hint), "did you mean: %s", near);
	return fail(EXIT_USAGE,
		    "--allow %s=%" PRIu64 ": needs a cause, or a function of this kernel; %s",
		    allowance->glob, allowance->count, hint);
}

/*
 * Returns an allowance before number @at that takes all that number @at matches; NULL: there is
 * none.
 */
static const struct allowance *find_earlier(const struct gate *gate, size_t at)
{
	const struct allowance *of = &gate->allowances[at];

	for (size_t i = 0; i < at; i++) {
		const char *glob = gate->allowances[i].glob;

		if (!strcmp(glob, of->glob) || (!strcmp(glob, "*") && !is_word(of->glob)))
			return &gate->allowances[i];
	}
	return NULL;
}

int allowances__check(const struct gate *gate, struct symbols *symbols)
{
	for (size_t i = 0; i < gate->nr_allowances; i++) {
		const struct allowance *allowance = &gate->allowances[i],
				       *first = find_earlier(gate, i);

		if (first)
			return fail(
				EXIT_USAGE,
				"--allow %s=%" PRIu64 ": --allow %s=%" PRIu64
				" comes first and takes all of it: the first that matches counts",
				allowance->glob, allowance->count, first->glob, first->count);
		if (!is_word(allowance->glob) && !causes__match(allowance->glob) &&
		    !may_be_function(symbols, allowance->glob))
			return refuse_allowance(allowance);
	}
	return EXIT_DONE;
}

static bool is_seen(const struct isolation *isolation, const char *glob)
{
	for (size_t i = 0; i < isolation->nr_cpus; i++) {
		const struct isolated_cpu *cpu = &isolation->cpus[i];

		for (size_t c = 0; c < cpu->nr_culprits; c++)
			if (!fnmatch(glob, cpu->culprits[c].cause, 0) ||
			    !fnmatch(glob, cpu->culprits[c].func, 0))
				return true;
	}
	return false;
}

void allowances__unseen(const struct gate *gate, const struct isolation *isolation)
{
	for (size_t i = 0; i < gate->nr_allowances; i++) {
		const char *glob = gate->allowances[i].glob;

		if (!is_word(glob) && !causes__match(glob) && !is_seen(isolation, glob))
			fail(EXIT_DONE, "--allow %s=%" PRIu64 ": no interruption matched", glob,
			     gate->allowances[i].count);
	}
}
