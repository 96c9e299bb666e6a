// SPDX-License-Identifier: GPL-2.0
/* Which stalls are reported as text, and which are only counted. */
#include <pthread.h>
#include "stalls.h"
#include "model/totals.h"
#include "stall/incident.h"

static struct families *families;
static struct stall_family list[FAMILIES_MAX + 1];

static int setup(void **state)
{
	families = families__new();
	return families ? 0 : -1;
}

static int teardown(void **state)
{
	free(families);
	return 0;
}

static struct incident stall_of(enum stall_phase phase, uint64_t func, const char *sender,
				uint64_t duration)
{
	return (struct incident){
		.phase = phase,
		.func = { .addr = func, .name = func == SPIN ? "spin" : NULL, .module = "ipigen" },
		.sender = task_named(sender, 7),
		.start = T0,
		.time = T0 + duration,
	};
}

/* Handle a stall that is over, as the reporter does. Returns whether it was reported. */
static bool end_stall(enum stall_phase phase, uint64_t func, const char *sender, uint64_t duration)
{
	struct incident incident = stall_of(phase, func, sender, duration);
	bool reported = families__reports(families, &incident);

	families__count(families, &incident, true, reported ? REPORTED_ALONE : NOT_REPORTED);
	return reported;
}

TEST_F(the_first_stalls_of_each_family_are_reported)
{
	for (int i = 0; i < 1000; i++) {
		bool first = i < FAMILY_REPORTED;

		assert_int_equal(end_stall(PHASE_WAIT, SPIN, "make", 30 * US), first);
		assert_int_equal(end_stall(PHASE_DELIVERY, SPIN, "make", 30 * US), first);
		assert_int_equal(end_stall(PHASE_WAIT, FLUSH, "make", 30 * US), first);
		assert_int_equal(end_stall(PHASE_WAIT, SPIN, "cc", 30 * US), first);
	}
	assert_int_equal(families__list(families, list), 4);
	for (int i = 0; i < 4; i++)
		assert_members(list[i], stalls, 1000, reported, FAMILY_REPORTED);
}

TEST_F(a_much_longer_stall_is_reported)
{
	uint64_t nr = 0;

	for (uint64_t duration = 20 * US; duration < 60000 * US; duration += 20 * US)
		nr += end_stall(PHASE_DELIVERY, SPIN, "make", duration);
	/*
	 * Each stall is longer than all before: report those that are twice as long as the last
	 * report.
	 */
	assert_in_range(nr, 8, 16);
	assert_int_equal(families__list(families, list), 1);
	assert_int_equal(list[0].longest, 60000 * US - 20 * US);
}

TEST_F(a_stall_that_lasts_is_reported)
{
	struct incident lasts = stall_of(PHASE_HANDLER, SPIN, "make", 1 * MS);

	end_stall(PHASE_HANDLER, SPIN, "make", 900 * MS);
	end_stall(PHASE_HANDLER, SPIN, "make", 900 * MS);
	assert_false(families__reports(families, &lasts));
	lasts.ongoing = true;
	assert_true(families__reports(families, &lasts));
	/* An ordinary short IPI that a scan happened to see. */
	lasts.time = lasts.start + 40 * US;
	assert_false(families__reports(families, &lasts));
	lasts.slept = true;
	assert_true(families__reports(families, &lasts));
}

TEST_F(the_longest_comes_first)
{
	end_stall(PHASE_WAIT, FLUSH, "a", 5 * US);
	end_stall(PHASE_WAIT, SPIN, "b", 900 * US);
	end_stall(PHASE_HANDLER, FLUSH, "c", 60 * US);
	assert_int_equal(families__list(families, list), 3);
	assert_string_equal(list[0].func, "spin [ipigen]");
	assert_string_equal(list[0].sender, "b");
	assert_int_equal(list[0].phase, PHASE_WAIT);
	assert_string_equal(list[1].sender, "c");
	assert_string_equal(list[2].func, "0xffffffff81000200");
}

TEST_F(functions_of_the_kernel_have_no_module)
{
	struct incident incident = stall_of(PHASE_WAIT, FLUSH, "a", 5 * US);

	incident.func.name = "flush";
	incident.func.module = NULL;
	families__count(families, &incident, true, REPORTED_ALONE);
	assert_int_equal(families__list(families, list), 1);
	assert_string_equal(list[0].func, "flush");
}

/* A quarter of the families are for senders that found no room, by phase and function. */
#define OF_SENDERS (FAMILIES_MAX * 3 / 4)

static void flood(enum stall_phase phase, uint64_t func, int nr)
{
	char comm[16];

	for (int i = 0; i < nr; i++) {
		snprintf(comm, sizeof(comm), "task%d", i);
		end_stall(phase, func, comm, 1000 * MS);
	}
}

static uint64_t stalls_of(size_t nr)
{
	uint64_t stalls = 0;

	for (size_t i = 0; i < nr; i++)
		stalls += list[i].stalls;
	return stalls;
}

TEST_F(senders_without_room_are_one_family_of_their_function)
{
	size_t nr;

	flood(PHASE_WAIT, SPIN, 2 * FAMILIES_MAX);
	nr = families__list(families, list);
	assert_int_equal(nr, OF_SENDERS + 1);
	for (size_t i = 0; i < nr; i++) {
		assert_false(list[i].other);
		assert_int_equal(list[i].several, !*list[i].sender);
		if (list[i].several)
			assert_members(list[i], stalls, 2 * FAMILIES_MAX - OF_SENDERS, reported,
				       FAMILY_REPORTED);
	}
	assert_int_equal(stalls_of(nr), 2 * FAMILIES_MAX);
}

/*
 * A user whose tasks have many names may fill the table: the stalls of others are reported all the
 * same.
 */
TEST_F(beside_tasks_of_many_names_stalls_of_others_are_reported)
{
	flood(PHASE_WAIT, SPIN, 2 * FAMILIES_MAX);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(end_stall(PHASE_WAIT, FLUSH, "make", 2 * MS), i < FAMILY_REPORTED);
		assert_int_equal(end_stall(PHASE_HANDLER, SPIN, "make", 2 * MS),
				 i < FAMILY_REPORTED);
		assert_false(end_stall(PHASE_WAIT, SPIN, "make", 2 * MS));
	}
	assert_true(end_stall(PHASE_WAIT, SPIN, "make", 2000 * MS));
}

TEST_F(what_finds_no_room_is_one_family)
{
	size_t nr;

	flood(PHASE_WAIT, SPIN, OF_SENDERS);
	for (int i = 0; i < FAMILIES_MAX; i++)
		end_stall(PHASE_WAIT, FLUSH + i, "make", 1 * MS);
	nr = families__list(families, list);
	assert_int_equal(nr, FAMILIES_MAX + 1);
	assert_true(list[nr - 1].other);
	for (size_t i = 0; i + 1 < nr; i++)
		assert_false(list[i].other);
	assert_members(list[nr - 1], stalls, OF_SENDERS, reported, FAMILY_REPORTED);
	assert_int_equal(stalls_of(nr), OF_SENDERS + FAMILIES_MAX);
}

TEST_F(unreported_stalls_are_counted_since_the_last_time)
{
	struct incident again = stall_of(PHASE_WAIT, SPIN, "make", 80 * US);
	struct stalls_unreported unreported;

	for (int i = 0; i < 10; i++)
		end_stall(PHASE_WAIT, SPIN, "make", (30 + i) * US);
	unreported = families__take_unreported(families);
	assert_members(unreported, stalls[PHASE_WAIT], 10 - FAMILY_REPORTED, stalls[PHASE_DELIVERY],
		       0, longest, 39 * US);
	unreported = families__take_unreported(families);
	assert_members(unreported, stalls[PHASE_WAIT], 0, longest, 0);
	/*
	 * A stall that was counted while it lasted, and reported at its end, is no unreported one.
	 */
	families__count(families, &again, true, NOT_REPORTED);
	families__count(families, &again, false, REPORTED_ALONE);
	unreported = families__take_unreported(families);
	assert_int_equal(unreported.stalls[PHASE_WAIT], 0);
	/* A stall that the report of its cause names is not unreported either. */
	families__count(families, &again, true, REPORTED_WITH_CAUSE);
	assert_int_equal(families__take_unreported(families).stalls[PHASE_WAIT], 0);
	families__list(families, list);
	assert_members(list[0], stalls, 12, reported, FAMILY_REPORTED + 2);
}

TEST_F(interrupts_are_counted_by_kind)
{
	struct incident irq = { .phase = PHASE_INTERRUPT, .time = 30 * US };

	for (int i = 0; i < 3; i++) {
		irq.irq = i ? KIND_RESCHEDULE : KIND_CALL_FUNCTION;
		families__count(families, &irq, true, REPORTED_ALONE);
	}
	assert_int_equal(families__list(families, list), 2);
	assert_string_equal(list[0].stalls == 2 ? list[0].func : list[1].func, "reschedule");
}

static void *count_many(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		struct incident incident = stall_of(i & 1 ? PHASE_WAIT : PHASE_HANDLER,
						    SPIN + i % 100, "make", i * US);

		families__count(families, &incident, true, NOT_REPORTED);
	}
	return NULL;
}

TEST_F(watchers_count_at_once)
{
	pthread_t threads[4];
	uint64_t stalls = 0;
	size_t nr;

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	nr = families__list(families, list);
	assert_int_equal(nr, 100);
	for (size_t i = 0; i < nr; i++)
		stalls += list[i].stalls;
	assert_int_equal(stalls, 80000);
	assert_int_equal(list[0].longest, 19999 * US);
}

TEST_MAIN(NULL, NULL)
