// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/diag.h"
#include "cli/match.h"
#include "command/allowances.h"
#include "host/symbols.h"
#include "isolated/causes.h"

/* Not causes: what else a user may mean. */
static const char *const words[] = { "total", "lost" };

#define NR_WORDS (sizeof(words) / sizeof(*words))

static const char *word(size_t i)
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

/* Whether the kernel has such a function, or does not tell. */
static bool may_be_function(struct symbols *symbols, const char *glob)
{
	uint64_t *addrs = NULL;
	int nr = symbols ? symbols__match(symbols, glob, &addrs) : -EPERM;

	free(addrs);
	return nr != -ENOENT;
}

static int refuse(const struct allowance *allowance)
{
	const char *near = nearest__word(allowance->glob, strlen(allowance->glob), word,
					 NR_WORDS + causes__count());
	char hint[64] = "ipitrace isolated --help has the causes";

	if (near)
		snprintf(hint, sizeof(hint), "did you mean: %s", near);
	return fail(EXIT_USAGE,
		    "--allow %s=%" PRIu64 ": no cause and no function of this kernel; %s",
		    allowance->glob, allowance->count, hint);
}

/* The allowance before number @at that takes all that number @at matches; NULL: none. */
static const struct allowance *before(const struct gate *gate, size_t at)
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
		const struct allowance *allowance = &gate->allowances[i], *first = before(gate, i);

		if (first)
			return fail(
				EXIT_USAGE,
				"--allow %s=%" PRIu64 ": --allow %s=%" PRIu64
				" comes first and takes all of it: the first that matches counts",
				allowance->glob, allowance->count, first->glob, first->count);
		if (!is_word(allowance->glob) && !causes__match(allowance->glob) &&
		    !may_be_function(symbols, allowance->glob))
			return refuse(allowance);
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
