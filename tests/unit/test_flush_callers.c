// SPDX-License-Identifier: GPL-2.0
/*
 * Each caller of the functions that flush other CPUs' TLBs, in the kernels of tests/vm, has the name in
 * flush_names.h: somebody looked at what the caller does. The VM test "callers" finds callers that
 * flush_callers.h lacks.
 */
#include "flush_callers.h"
#include "flush_names.h"
#include "model/callers.h"
#include "model/cause.h"
#include "unit.h"

#define DEPTH	    32
#define SEEN_MAX    8192
#define CALLERS_MAX 512

/* The functions that send the csds, and the function that the other CPUs run. */
static const struct {
	const char *name, *func;
} roots[] = {
	{ "flush_tlb_mm_range", "flush_tlb_func" },
	{ "arch_tlbbatch_flush", "flush_tlb_func" },
	{ "flush_tlb_kernel_range", "do_kernel_range_flush" },
	{ "flush_tlb_all", "do_flush_tlb_all" },
	{ "tlb_remove_table_sync_one", "tlb_remove_table_smp_sync" },
	{ "kick_all_cpus_sync", "do_nothing" },
};

struct walk {
	const char *kernel;
	const char *func; /* of the csd */
	struct symbol stack[DEPTH];
	char names[DEPTH][64];
	uint32_t nr;
	void (*see)(const char *name, const char *frame, const struct walk *walk);
	struct step {
		char caller[64];
		struct cause cause;
		bool jumps;
	} seen[SEEN_MAX];
	size_t nr_seen;
};

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

static bool is_called(const char *func, const char *kernel)
{
	bool called = false;

	for (size_t i = 0; i < ARRAY_SIZE(flush_callers); i++)
		called |= !strcmp(flush_callers[i].func, func) &&
			  has_word(flush_callers[i].kernels, kernel);
	return called;
}

static struct cause name_stack(const struct walk *walk)
{
	return cause__of(
		&(struct sending){ KIND_CALL_FUNCTION, walk->func, NULL, walk->stack, walk->nr });
}

static void push(struct walk *walk, const char *frame)
{
	assert_true(walk->nr < DEPTH);
	snprintf(walk->names[walk->nr], sizeof(walk->names[0]), "%s", frame);
	walk->stack[walk->nr] = (struct symbol){ .name = *frame ? walk->names[walk->nr] : NULL };
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

static void tell(struct walk *walk, const char *frame)
{
	const struct cause cause = name_stack(walk);
	char name[96];

	snprintf(name, sizeof(name), "%s%s%s", cause.sig ? cause.sig->name : "unknown",
		 cause.why ? " " : "", cause.why ? cause.why->word : "");
	walk->see(name, frame, walk);
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

	for (size_t i = 0; i < ARRAY_SIZE(flush_callers); i++) {
		char callers[4096], *at = callers, *caller;

		if (strcmp(flush_callers[i].func, func) ||
		    !has_word(flush_callers[i].kernels, walk->kernel))
			continue;
		assert_true(strlen(flush_callers[i].callers) < sizeof(callers));
		strcpy(callers, flush_callers[i].callers);
		found = true;
		while ((caller = strsep(&at, " ")))
			walk_caller(walk, caller, frame);
	}
	/* The function's address is stored, and the list does not have the calls through it. */
	if (!found)
		tell(walk, frame);
}

static const char *const kernels[] = { "5.10", "6.1",	    "6.12",	 "6.12-rt",
				       "7",    "6.1-arm64", "6.12-arm64" };

static size_t nr_callers, nr_strange, nr_nameless;
static bool met[ARRAY_SIZE(flush_names)][CALLERS_MAX];

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

static void compare(const char *name, const char *caller, const struct walk *walk)
{
	int place = -1;

	nr_callers++;
	for (size_t i = 0; i < ARRAY_SIZE(flush_names); i++) {
		if (strcmp(flush_names[i].name, name))
			continue;
		place = find_word(flush_names[i].callers, caller);
		assert_true(place < CALLERS_MAX);
		if (place >= 0)
			met[i][place] = true;
	}
	/* An open row names the caller. */
	nr_nameless += !*callers__reason(walk->stack, walk->nr).name;
	if (place >= 0)
		return;
	nr_strange++;
	print_message("# %s: %s has the name %s, and nobody has looked at it:", walk->kernel,
		      caller, name);
	for (uint32_t i = 0; i < walk->nr; i++)
		print_message(" %s", walk->stack[i].name ?: "?");
	print_message("\n");
}

TEST(each_caller_has_the_name_that_somebody_has_looked_at)
{
	static struct walk walk;

	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++) {
		for (size_t r = 0; r < ARRAY_SIZE(roots); r++) {
			if (!is_called(roots[r].name, kernels[k]))
				continue;
			memset(&walk, 0, sizeof(walk));
			walk.kernel = kernels[k];
			walk.func = roots[r].func;
			walk.see = compare;
			push(&walk, roots[r].name);
			walk_callers(&walk, roots[r].name, roots[r].name);
		}
	}
	assert_true(nr_callers > 1000);
	assert_int_equal(nr_strange, 0);
	assert_int_equal(nr_nameless, 0);
}

/* The list has no name whose caller got another name, or which is in none of the kernels. */
TEST(each_name_belongs_to_a_caller)
{
	size_t nr_stale = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flush_names); i++) {
		char callers[16384], *at = callers, *caller;

		assert_true(strlen(flush_names[i].callers) < sizeof(callers));
		strcpy(callers, flush_names[i].callers);
		for (int place = 0; (caller = strsep(&at, " ")); place++) {
			if (met[i][place])
				continue;
			print_message("# no caller %s has the name %s\n", caller,
				      flush_names[i].name);
			nr_stale++;
		}
	}
	assert_int_equal(nr_stale, 0);
}

/* A row whose callers have no known cause says so. */
TEST(names_without_a_cause_are_of_open_rows)
{
	static const char *const names[] = { "tlb_flush", "tlb_flush_kernel", "page_tables",
					     "kick_all_cpus" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(signature__named(names[i])->open);
}

TEST_MAIN(NULL, NULL)
