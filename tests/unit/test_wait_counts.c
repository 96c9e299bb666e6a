// SPDX-License-Identifier: GPL-2.0
/* Waits longer than a threshold, out of a histogram: the counts, their words, their JSON. */
#include <jansson.h>
#include <string.h>
#include "abi/hist_slots.h"
#include "model/calls.h"
#include "model/hist.h"
#include "model/moment.h"
#include "unit.h"
#include "view/json/waits.h"
#include "view/naming.h"
#include "view/text/waits.h"

#define US 1000ULL

static struct hist hist;
static char text[1024];

static void wait_of(uint64_t ns, uint64_t times)
{
	hist.count += times;
	hist.sum += ns * times;
	hist.slots[hist_slot(ns)] += times;
	if (ns > hist.max)
		hist.max = ns;
}

/* The counts against @threshold; 250 looks, one each 4 ms. */
static struct wait_counts counts_of(uint64_t threshold)
{
	struct wait_counts counts = { .threshold = threshold,
				      .looks = 250,
				      .look_period = 4000 * US };

	wait_counts__set(&counts, &hist);
	return counts;
}

static void shows(const struct wait_counts *counts, const char *want)
{
	size_t len = view__wait_counts(text, sizeof(text), counts);

	assert_int_equal(len, strlen(text));
	/* One paragraph; the breaks of its lines do not matter. */
	for (char *at = text; (at = strchr(at, '\n')) && at[1];)
		*at = ' ';
	assert_string_equal(text, want);
}

static int clear(void **state)
{
	(void)state;
	hist = (struct hist){};
	return 0;
}

static void none_is_longer(void **state)
{
	struct wait_counts counts = counts_of(20 * US);

	(void)state;
	assert_int_equal(counts.at_least + counts.at_most + counts.waits, 0);
	shows(&counts,
	      "nobody waited longer than 20 us: no sender waited; none caught in 250 looks\n");
	/* In the slot of the threshold, but the longest is shorter: none. */
	wait_of(19 * US, 7);
	assert_int_equal(hist_slot(19 * US), hist_slot(20 * US));
	counts = counts_of(20 * US);
	assert_int_equal(counts.at_least, 0);
	assert_int_equal(counts.at_most, 0);
	shows(&counts,
	      "nobody waited longer than 20 us: 7 waits, the longest 19 us; none caught in "
	      "250 looks\n");
}

static void all_are_longer(void **state)
{
	struct wait_counts counts;

	(void)state;
	wait_of(32 * US, 879);
	wait_of(61 * US, 1);
	wait_of(5 * US, 20);
	counts = counts_of(20 * US);
	assert_int_equal(counts.at_least, 880);
	assert_int_equal(counts.at_most, 880);
	shows(&counts,
	      "880 of 900 waits were longer than 20 us, the longest 61 us; none caught in 250 "
	      "looks: waits shorter than 4 ms can pass between looks; ipitrace stalls "
	      "reports each\n");
}

static void a_threshold_within_a_slot_is_not_certain(void **state)
{
	struct wait_counts counts;

	(void)state;
	wait_of(18 * US, 4);
	wait_of(30 * US, 2);
	counts = counts_of(20 * US);
	assert_int_equal(counts.at_least, 2);
	assert_int_equal(counts.at_most, 6);
	shows(&counts, "2 to 6 of 6 waits were longer than 20 us, the longest 30 us; "
		       "none caught in 250 looks: waits shorter than 4 ms can pass between looks; "
		       "ipitrace stalls reports each\n");
	/* The lower bound of a slot: certain. */
	counts = counts_of(hist_lower(hist_slot(18 * US)));
	assert_int_equal(counts.at_least, 6);
	assert_int_equal(counts.at_most, 6);
}

static void the_longest_alone_is_certain(void **state)
{
	struct wait_counts counts;

	(void)state;
	wait_of(18 * US, 4);
	wait_of(20 * US, 1);
	counts = counts_of(20 * US);
	assert_int_equal(counts.at_least, 1);
	assert_int_equal(counts.at_most, 5);
}

static void any_threshold_brackets_the_truth(void **state)
{
	(void)state;
	for (uint64_t ns = 1; ns < 1000; ns++)
		wait_of(ns * 97, 1);
	for (uint64_t threshold = 1; threshold < 120000; threshold += 37) {
		struct wait_counts counts = counts_of(threshold);
		uint64_t truth = 0;

		for (uint64_t ns = 1; ns < 1000; ns++)
			truth += ns * 97 >= threshold;
		assert_true(counts.at_least <= truth && truth <= counts.at_most);
		assert_int_equal(!counts.at_least, !truth);
	}
}

static void what_was_lost_is_said(void **state)
{
	struct wait_counts counts = counts_of(20 * US);

	(void)state;
	counts.lost = 3;
	view__wait_counts(text, sizeof(text), &counts);
	assert_non_null(strstr(text, "\n3 csds could not be followed: waits may be missing\n"));
}

static void json_has_the_same_figures(void **state)
{
	static struct moment moment;
	static char line[4096];
	const struct naming naming = {};
	struct wait_counts counts;
	int waits, least, most, longest, looks, period, threshold, lost;
	json_t *object;

	(void)state;
	wait_of(18 * US, 4);
	wait_of(30 * US, 2);
	counts = counts_of(20 * US);
	object = json_loadb(line, json__waits(line, sizeof(line), &moment, &counts, &naming), 0,
			    NULL);
	assert_int_equal(json_unpack(object, "{s:{s:i, s:i, s:i, s:i, s:{s:i, s:i}, s:i, s:i}}",
				     "counted", "threshold", &threshold, "looks", &looks,
				     "look_period", &period, "waits", &waits, "longer", "at_least",
				     &least, "at_most", &most, "longest", &longest, "lost", &lost),
			 0);
	assert_true(threshold == 20000 && looks == 250 && period == 4000000 && waits == 6 &&
		    least == 2 && most == 6 && longest == 30000 && lost == 0);
	json_decref(object);
	/* Nothing was attached. */
	object = json_loadb(line, json__waits(line, sizeof(line), &moment, NULL, &naming), 0, NULL);
	assert_true(json_is_null(json_object_get(object, "counted")));
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(none_is_longer, clear),
		cmocka_unit_test_setup(all_are_longer, clear),
		cmocka_unit_test_setup(a_threshold_within_a_slot_is_not_certain, clear),
		cmocka_unit_test_setup(the_longest_alone_is_certain, clear),
		cmocka_unit_test_setup(any_threshold_brackets_the_truth, clear),
		cmocka_unit_test_setup(what_was_lost_is_said, clear),
		cmocka_unit_test_setup(json_has_the_same_figures, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
