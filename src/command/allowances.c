// SPDX-License-Identifier: GPL-2.0
/* --allow is checked: each names a cause or a function, and an interruption should match. */
#include "command/parts.h"
#include "model/isolation.h"

/* Words that --allow accepts besides names of causes. */
static const char *const words[] = { "total", "lost" };

#define NR_WORDS (sizeof(words) / sizeof(*words))

static const char *cause_word(size_t i)
{
	return i < NR_WORDS ? words[i] : causes__word(i - NR_WORDS);
}

static bool is_allow_word(const char *glob)
{
	for (size_t i = 0; i < NR_WORDS; i++)
		if (!strcmp(words[i], glob))
			return true;
	return false;
}

/* Whether @glob matches a function of the kernel; true if the kernel shows no functions. */
static bool may_be_function(struct symbols *symbols, const char *glob)
{
	uint64_t *addrs = NULL;
	int nr = symbols ? symbols__match(symbols, glob, &addrs) : -EPERM;

	free(addrs);
	return nr != -ENOENT;
}

/* Returns how many names of causes begin with @glob. */
static size_t count_beginning(const char *glob)
{
	size_t nr = 0;

	for (size_t i = 0; i < NR_WORDS + causes__count(); i++)
		nr += !strncmp(cause_word(i), glob, strlen(glob));
	return nr;
}

static int refuse_allowance(const struct allowance *allowance)
{
	const char *near = nearest__word(allowance->glob, strlen(allowance->glob), cause_word,
					 NR_WORDS + causes__count());
	char hint[64] = "man ipitrace-isolated has the causes";

	/* "tlb" is rather all of tlb_* than the one with the shortest name. */
	if (count_beginning(allowance->glob) > 1)
		snprintf(hint, sizeof(hint), "did you mean: %.40s*", allowance->glob);
	else if (near)
		snprintf(hint, sizeof(hint), "did you mean: %s", near);
	return fail(EXIT_USAGE,
		    "--allow %s=%" PRIu64 ": needs a cause, or a function of this kernel; %s",
		    allowance->glob, allowance->count, hint);
}

/* Returns an earlier allowance that takes all that number @at matches; NULL: none. */
static const struct allowance *find_earlier(const struct gate *gate, size_t at)
{
	const struct allowance *allowance = &gate->allowances[at];

	for (size_t i = 0; i < at; i++) {
		const char *glob = gate->allowances[i].glob;

		if (!strcmp(glob, allowance->glob) ||
		    (!strcmp(glob, "*") && !is_allow_word(allowance->glob)))
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
				" comes first and matches the same interruptions: leave one out, or "
				"put * last",
				allowance->glob, allowance->count, first->glob, first->count);
		if (!is_allow_word(allowance->glob) && !causes__match(allowance->glob) &&
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
			if (culprit__matches(&cpu->culprits[c], glob))
				return true;
	}
	return false;
}

void allowances__unseen(const struct gate *gate, const struct isolation *isolation)
{
	for (size_t i = 0; i < gate->nr_allowances; i++) {
		const char *glob = gate->allowances[i].glob;

		if (!is_allow_word(glob) && !causes__match(glob) && !is_seen(isolation, glob))
			fail(EXIT_DONE, "--allow %s=%" PRIu64 ": no interruption matched", glob,
			     gate->allowances[i].count);
	}
}
