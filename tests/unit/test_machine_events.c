// SPDX-License-Identifier: GPL-2.0
/* Counts of events: the maps' banks, intervals added up, the guests that asked for most. */
#include <string.h>
#include "abi/event.h"
#include "base/cpuset.h"
#include "collect/read_cpus.h"
#include "model/snapshot.h"
#include "unit.h"

static struct event_rec recs[3];
static struct guest_rec rows[GUEST_ROWS];

static struct machine_events read_of(uint32_t epoch, const struct cpuset *cpus)
{
	struct event_maps maps = { recs, rows };
	struct machine_events events = {};

	read_events(&maps, epoch, cpus, &events);
	return events;
}

static void a_bank_is_taken_once(void **state)
{
	struct machine_events events;
	struct cpuset cpus = {};

	(void)state;
	cpuset__add(&cpus, 0);
	cpuset__add(&cpus, 2);
	recs[0].hits[1][EVENT_POLLED] = 3;
	recs[1].hits[1][EVENT_POLLED] = 100; /* has never been online */
	recs[2].hits[1][EVENT_POLLED] = 4;
	recs[2].hits[0][EVENT_POLLED] = 50;
	rows[7] = (struct guest_rec){ .tgid = 42, .ipis = { 9, 5 } };
	events = read_of(3, &cpus);
	assert_int_equal(events.hits[EVENT_POLLED], 7);
	assert_int_equal(events.nr_guests, 1);
	assert_int_equal(events.guests[0].tgid, 42);
	assert_int_equal(events.guests[0].ipis, 5);
	events = read_of(3, &cpus);
	assert_int_equal(events.hits[EVENT_POLLED], 0);
	assert_int_equal(events.nr_guests, 0);
	events = read_of(4, &cpus);
	assert_int_equal(events.hits[EVENT_POLLED], 50);
	assert_int_equal(events.guests[0].ipis, 9);
}

static void the_guests_that_ask_for_most_stay(void **state)
{
	struct machine_events events = {}, more = {};

	(void)state;
	for (uint32_t i = 1; i <= GUESTS_MAX + 3; i++)
		machine_events__guest(&events, (struct guest_ipis){ i, 100 + i });
	assert_int_equal(events.nr_guests, GUESTS_MAX);
	for (uint32_t i = 0; i < GUESTS_MAX; i++)
		assert_int_equal(events.guests[i].tgid, GUESTS_MAX + 3 - i);
	/* The last of them rises; one that asked for less than all stays out. */
	machine_events__guest(&more, (struct guest_ipis){ 4, 50 });
	machine_events__guest(&more, (struct guest_ipis){ 99, 1 });
	machine_events__add(&events, &more);
	assert_int_equal(events.guests[0].tgid, 4);
	assert_int_equal(events.guests[0].ipis, 154);
	assert_int_equal(events.guests[GUESTS_MAX - 1].tgid, 5);
}

static void a_sum_knows_what_all_its_parts_know(void **state)
{
	struct machine_events sum = { .known = { true, true }, .hits = { 5, 6 } };
	struct machine_events more = { .known = { true, false }, .hits = { 7, 8 } };

	(void)state;
	machine_events__add(&sum, &more);
	assert_true(sum.known[0]);
	assert_false(sum.known[1]);
	assert_int_equal(sum.hits[0], 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bank_is_taken_once),
		cmocka_unit_test(the_guests_that_ask_for_most_stay),
		cmocka_unit_test(a_sum_knows_what_all_its_parts_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
