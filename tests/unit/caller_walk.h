/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of the callers of some functions in the kernels of tests/vm, made by tools/flush-callers, and a walk
 * through them: from the function that sends, outwards through the plumbing, to each caller that says why.
 */
#ifndef IPITRACE_TESTS_CALLER_WALK_H
#define IPITRACE_TESTS_CALLER_WALK_H

#include "model/callers.h"
#include "model/cause.h"
#include "unit.h"

#define DEPTH	    32
#define SEEN_MAX    8192
#define CALLERS_MAX 512
#define NAMES_MAX   128

/* Callers of a function; each ends in '~' if it jumps there, in '&' if it takes the address. */
struct caller_row {
	const char *func;
	const char *kernels;
	const char *callers;
};

/* Callers that have a name: of a cause, followed by its reason. */
struct caller_name {
	const char *name;
	const char *callers;
};

struct walk {
	const struct caller_row *rows;
	size_t nr_rows;
	const struct caller_name *names;
	size_t nr_names;
	bool met[NAMES_MAX][CALLERS_MAX]; /* the callers of names that were found */
	size_t nr_callers, nr_strange, nr_nameless;

	const char *kernel;
	enum ipi_kind kind;
	const char *func; /* of the csd or irq_work */
	struct symbol stack[DEPTH];
	char frames[DEPTH][64];
	uint32_t nr;
	struct step {
		char caller[64];
		struct cause cause;
		bool jumps;
	} seen[SEEN_MAX];
	size_t nr_seen;
};

static const char *const kernels[] = { "5.10", "6.1",	    "6.12",	 "6.12-rt",
				       "7",    "6.1-arm64", "6.12-arm64" };

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

static bool is_called(const struct walk *walk, const char *func)
{
	bool called = false;

	for (size_t i = 0; i < walk->nr_rows; i++)
		called |= !strcmp(walk->rows[i].func, func) &&
			  has_word(walk->rows[i].kernels, walk->kernel);
	return called;
}

static struct cause name_stack(const struct walk *walk)
{
	return cause__of(&(struct sending){ walk->kind, walk->func, NULL, walk->stack, walk->nr });
}

static void push(struct walk *walk, const char *frame)
{
	assert_true(walk->nr < DEPTH);
	snprintf(walk->frames[walk->nr], sizeof(walk->frames[0]), "%s", frame);
	walk->stack[walk->nr] = (struct symbol){ .name = *frame ? walk->frames[walk->nr] : NULL };
	walk->nr++;
}

/*
 * Whether the walk was here before with the same cause: then all callers further out are named
 * already.
 */
static bool was_here(struct walk *walk, const char *caller, bool jumps)
{
	const struct cause cause = name_stack(walk);

	for (size_t i = 0; i < walk->nr_seen; i++)
		if (!strcmp(walk->seen[i].caller, caller) && walk->seen[i].jumps == jumps &&
		    walk->seen[i].cause.sig == cause.sig && walk->seen[i].cause.why == cause.why)
			return true;
	assert_true(walk->nr_seen < SEEN_MAX);
	walk->seen[walk->nr_seen].cause = cause;
	walk->seen[walk->nr_seen].jumps = jumps;
	snprintf(walk->seen[walk->nr_seen++].caller, sizeof(walk->seen[0].caller), "%s", caller);
	return false;
}

/* Returns the place of @caller among @callers; -1: it is not there. */
static int find_word(const char *callers, const char *caller)
{
	size_t len = strlen(caller);
	int place = 0;

	for (const char *at = callers; at; place++) {
		if (!strncmp(at, caller, len) && (!at[len] || at[len] == ' '))
			return place;
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return -1;
}

/* Compare the name that the stack has with the name of its outermost @caller in the list. */
static void tell(struct walk *walk, const char *caller)
{
	const struct cause cause = name_stack(walk);
	char name[96];
	int place = -1;

	snprintf(name, sizeof(name), "%s%s%s", cause.sig ? cause.sig->name : "unknown",
		 cause.why ? " " : "", cause.why ? cause.why->word : "");
	walk->nr_callers++;
	for (size_t i = 0; i < walk->nr_names; i++) {
		if (strcmp(walk->names[i].name, name))
			continue;
		place = find_word(walk->names[i].callers, caller);
		assert_true(i < NAMES_MAX && place < CALLERS_MAX);
		if (place >= 0)
			walk->met[i][place] = true;
	}
	/* An open row names the caller. */
	walk->nr_nameless += !*callers__reason(walk->stack, walk->nr).name;
	if (place >= 0)
		return;
	walk->nr_strange++;
	print_message("# %s: %s has the name %s, and nobody has looked at it:", walk->kernel,
		      caller, name);
	for (uint32_t i = 0; i < walk->nr; i++)
		print_message(" %s", walk->stack[i].name ?: "?");
	print_message("\n");
}

static void walk_callers(struct walk *walk, const char *func, const char *frame);

/* @caller ends in '~' if it jumps, in '&' if it takes the address. */
static void walk_caller(struct walk *walk, const char *caller, const char *frame)
{
	uint32_t nr = walk->nr;
	char name[64];
	size_t len = strcspn(caller, "~&");
	bool jumps = caller[len] == '~';

	snprintf(name, sizeof(name), "%.*s", (int)len, caller);
	if (caller[len] == '&')
		push(walk, "");
	if (!jumps)
		push(walk, name);
	if (!was_here(walk, name, jumps)) {
		if (jumps || plumbing__has(&(struct symbol){ .name = name }))
			walk_callers(walk, name, jumps ? frame : name);
		else
			tell(walk, name);
	}
	walk->nr = nr;
}

static void walk_callers(struct walk *walk, const char *func, const char *frame)
{
	bool found = false;

	for (size_t i = 0; i < walk->nr_rows; i++) {
		const struct caller_row *row = &walk->rows[i];
		char callers[4096], *at = callers, *caller;

		if (strcmp(row->func, func) || !has_word(row->kernels, walk->kernel))
			continue;
		assert_true(strlen(row->callers) < sizeof(callers));
		strcpy(callers, row->callers);
		found = true;
		while ((caller = strsep(&at, " ")))
			walk_caller(walk, caller, frame);
	}
	/* The function's address is stored, and the list does not have the calls through it. */
	if (!found)
		tell(walk, frame);
}

/* Begin a walk at @root, which the kernel @kernel may lack. @func: of the csd or irq_work that it sends. */
static void walk_from(struct walk *walk, const char *kernel, const char *root, enum ipi_kind kind,
		      const char *func)
{
	walk->kernel = kernel;
	walk->kind = kind;
	walk->func = func;
	walk->nr = walk->nr_seen = 0;
	if (!is_called(walk, root))
		return;
	push(walk, root);
	walk_callers(walk, root, root);
}

/* Returns how many callers of the names were not found: a caller got another name, or no kernel has it. */
static size_t count_stale(const struct walk *walk)
{
	size_t nr_stale = 0;

	for (size_t i = 0; i < walk->nr_names; i++) {
		char callers[16384], *at = callers, *caller;

		assert_true(strlen(walk->names[i].callers) < sizeof(callers));
		strcpy(callers, walk->names[i].callers);
		for (int place = 0; (caller = strsep(&at, " ")); place++) {
			if (walk->met[i][place])
				continue;
			print_message("# no caller %s has the name %s\n", caller,
				      walk->names[i].name);
			nr_stale++;
		}
	}
	return nr_stale;
}

#endif /* IPITRACE_TESTS_CALLER_WALK_H */
