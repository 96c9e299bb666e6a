// SPDX-License-Identifier: GPL-2.0
/* The callers of a run on a page: which of them are one caller, how many are kept, in which order. */
#include <jansson.h>
#include "model/snapshot.h"
#include "unit.h"
#include "view/html/page.h"

static struct run_callers run;
static struct fn_stats fns[2];
static struct stack_sample samples[2];
static struct snapshot snap;
static char names[CALLERS_MAX + 2][16];

static int setup(void **state)
{
	run = (struct run_callers){ .details = true };
	memset(fns, 0, sizeof(fns));
	fns[0].func = (struct symbol){ .addr = 1, .name = "f" };
	fns[1].func = (struct symbol){ .addr = 2, .name = "f", .module = "mod" };
	for (size_t i = 0; i < 2; i++) {
		samples[i] = (struct stack_sample){ .tgid = 7, .nr = 2, .csds = 10 };
		strcpy(samples[i].comm, "x");
		samples[i].stack[0].name = "try_to_wake_up";
		samples[i].stack[1].name = "do_it";
	}
	snap = (struct snapshot){ .fns = fns, .nr_fns = 2, .samples = samples, .nr_samples = 2 };
	return 0;
}

static int teardown(void **state)
{
	run_callers__free(&run);
	return 0;
}

static void add(void)
{
	assert_int_equal(run_callers__add(&run, &snap), 0);
}

TEST_F(what_makes_another_caller)
{
	static const struct {
		const char *comm, *frame, *reason;
		uint32_t tgid, queued_by;
		bool kworker, interrupt;
		size_t nr, nr_anonymous;
	} rows[] = {
		{ "x", "try_to_wake_up", "do_it", 7, 0, false, false, 1, 1 },
		/* Within a window a process has its latest name. */
		{ "y", "try_to_wake_up", "do_it", 7, 0, false, false, 1, 1 },
		{ "x", "try_to_wake_up", "do_it", 8, 0, false, false, 2, 1 },
		{ "x", "complete", "do_it", 7, 0, false, false, 2, 2 },
		{ "x", "try_to_wake_up", "do_that", 7, 0, false, false, 2, 2 },
		{ "x", "try_to_wake_up", "do_it", 7, 0, false, true, 2, 1 },
		{ "kworker/1:2", "try_to_wake_up", "do_it", 9, 5, true, false, 2, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int details = 0; details < 2; details++) {
			setup(NULL);
			run.details = details;
			samples[1].tgid = rows[i].tgid;
			samples[1].kworker = rows[i].kworker;
			samples[1].queued_by.tgid = rows[i].queued_by;
			samples[1].queued_by.known = rows[i].queued_by;
			samples[1].interrupt = rows[i].interrupt;
			strcpy(samples[1].comm, rows[i].comm);
			samples[1].stack[0].name = rows[i].frame;
			samples[1].stack[1].name = rows[i].reason;
			add();
			assert_int_equal(run.nr, details ? rows[i].nr : rows[i].nr_anonymous);
			add();
			assert_int_equal(run.nr, details ? rows[i].nr : rows[i].nr_anonymous);
			run_callers__free(&run);
		}
	}
	setup(NULL);
}

/* All kworkers of a process are one caller, whichever ran the work. */
TEST_F(kworkers_of_a_process_are_one_caller)
{
	for (size_t i = 0; i < 2; i++) {
		samples[i].kworker = true;
		samples[i].tgid = 50 + i;
		samples[i].queued_by = (struct task_id){ .known = true, .tgid = 5, .comm = "q" };
	}
	strcpy(samples[0].comm, "kworker/0:1");
	strcpy(samples[1].comm, "kworker/1:2");
	add();
	assert_int_equal(run.nr, 1);
	assert_int_equal(run.rows[0].samples, 2);
	samples[1].queued_by.tgid = 6;
	add();
	assert_int_equal(run.nr, 2);
}

/* Samples and csds of all windows add up; functions of one name in two modules are two. */
TEST_F(callers_are_those_of_a_function)
{
	json_t *all, *list;

	samples[1].fn = 1;
	add();
	add();
	assert_int_equal(run.nr, 2);
	assert_members(run.rows[0], samples, 2, csds, 20, caller, "try_to_wake_up");
	all = run_callers__json(&run);
	assert_int_equal(json_object_size(all), 2);
	list = json_object_get(all, "f\n");
	assert_int_equal(json_array_size(list), 1);
	assert_non_null(json_object_get(all, "f\nmod"));
	json_decref(all);
	/* A function without a sample has no callers. */
	snap.nr_samples = 0;
	fns[0].func.name = "g";
	add();
	assert_int_equal(json_object_size(run.by_func), 2);
}

/* The callers with the most samples come first, and few of them are shown. */
TEST_F(callers_are_in_order)
{
	json_t *all, *list;

	samples[1].stack[1].name = names[0];
	for (int i = 0; i < CALLERS_SHOWN + 2; i++) {
		snprintf(names[0], sizeof(names[0]), "reason_%d", i);
		for (int times = 0; times < i + 1; times++)
			add();
	}
	all = run_callers__json(&run);
	list = json_object_get(all, "f\n");
	assert_int_equal(json_array_size(list), CALLERS_SHOWN);
	for (int i = 0; i < CALLERS_SHOWN; i++) {
		const json_t *caller = json_array_get(list, i);
		char want[16];

		snprintf(want, sizeof(want), "reason_%d", CALLERS_SHOWN + 2 - i);
		assert_string_equal(json_string_value(json_object_get(caller, "reason")),
				    i ? want : "do_it");
		assert_string_equal(json_string_value(json_object_get(caller, "comm")), "x");
	}
	json_decref(all);
}

/* A run has any number of callers: the first ones are kept, and go on to be counted. */
TEST_F(callers_of_a_run_are_bounded)
{
	samples[1].stack[1].name = names[0];
	for (int i = 0; i < CALLERS_MAX + 2; i++) {
		snprintf(names[0], sizeof(names[0]), "reason_%d", i);
		add();
	}
	assert_int_equal(run.nr, CALLERS_MAX);
	assert_int_equal(run.rows[0].samples, CALLERS_MAX + 2);
	assert_string_equal(run.rows[CALLERS_MAX - 1].reason, "reason_4094");
	snprintf(names[0], sizeof(names[0]), "reason_%d", 7);
	add();
	assert_int_equal(run.rows[8].samples, 2);
}

/* Without details no caller has a name. */
TEST_F(callers_are_anonymous)
{
	json_t *all;
	char *text;

	run.details = false;
	add();
	all = run_callers__json(&run);
	text = json_dumps(all, JSON_COMPACT);
	assert_has(text, "\"reason\":\"do_it\"", "\"samples\":2", "\"comm\":null", "\"tgid\":null");
	free(text);
	json_decref(all);
}

/* A name that is cut within a character is whole UTF-8. */
TEST_F(a_long_name_is_cut_between_characters)
{
	char name[256];

	for (size_t i = 0; i < 250; i++)
		name[i] = i % 2 ? '\xa4' : '\xc3';
	memmove(name + 1, name, 249);
	name[0] = 'n';
	name[251] = '\0';
	fns[0].func.name = name;
	add();
	assert_int_equal(json_object_size(run.by_func), 1);
	assert_int_equal(run.nr, 1);
}

TEST_MAIN(NULL, NULL)
