// SPDX-License-Identifier: GPL-2.0
/*
 * The histogram's geometry against its specification: 0 to 3 have a slot
 * each, and then each octave has four slots of the same width.
 */
#include "unit.h"
#include "abi/hist_slots.h"

#define RANDOM_VALUES 200000
#define BEYOND	      (1ULL << 41) /* this and larger values are in the last slot */

static uint64_t lower[HIST_SLOTS];

/* Bounds made by adding up widths, unlike hist_lower(): no logarithm, no shift. */
static int bounds_add_up(void **state)
{
	uint64_t next = 0, width = 1;

	for (int slot = 0; slot < HIST_SLOTS; slot++) {
		if (slot >= 8 && slot % 4 == 0)
			width += width;
		lower[slot] = next;
		next += width;
	}
	return next == BEYOND ? 0 : -1;
}

static uint32_t slot_by_search(uint64_t v)
{
	uint32_t slot = HIST_SLOTS - 1;

	while (lower[slot] > v)
		slot--;
	return slot;
}

static void check_log2(uint64_t v)
{
	if (hist_log2(v) != 63U - __builtin_clzll(v))
		fail_msg("hist_log2(%#llx) is %u", (unsigned long long)v, hist_log2(v));
}

static void check_slot(uint64_t v)
{
	if (hist_slot(v) != slot_by_search(v))
		fail_msg("hist_slot(%#llx) is %u, not %u", (unsigned long long)v, hist_slot(v),
			 slot_by_search(v));
}

TEST(log2_around_powers_of_two)
{
	for (int bit = 0; bit <= 62; bit++) {
		uint64_t v = 1ULL << bit;

		if (v > 1)
			check_log2(v - 1);
		check_log2(v);
		check_log2(v + 1);
	}
	check_log2(INT64_MAX);
}

TEST(log2_of_random_values)
{
	uint64_t seed = 1;

	for (int i = 0; i < RANDOM_VALUES; i++)
		check_log2(random_magnitude(&seed, 63) | 1);
}

TEST(bounds_lie_in_their_slot)
{
	for (uint32_t slot = 0; slot < HIST_SLOTS; slot++) {
		assert_int_equal(hist_slot(hist_lower(slot)), slot);
		assert_int_equal(hist_slot(hist_upper(slot)), slot);
		assert_true(hist_lower(slot) <= hist_upper(slot));
	}
}

TEST(slots_touch_from_zero_to_the_end)
{
	assert_int_equal(hist_lower(0), 0);
	for (uint32_t slot = 0; slot + 1 < HIST_SLOTS; slot++)
		assert_int_equal(hist_upper(slot) + 1, hist_lower(slot + 1));
	assert_int_equal(hist_upper(HIST_SLOTS - 1), INT64_MAX);
}

TEST(slots_are_a_quarter_wide_at_most)
{
	for (uint32_t slot = 0; slot + 1 < HIST_SLOTS; slot++) {
		uint64_t width = hist_upper(slot) - hist_lower(slot) + 1;

		if (hist_lower(slot) < 4)
			assert_int_equal(width, 1);
		else
			assert_true(4 * width <= hist_lower(slot));
	}
}

TEST(lower_bounds_are_the_specified_ones)
{
	for (uint32_t slot = 0; slot < HIST_SLOTS; slot++)
		assert_int_equal(hist_lower(slot), lower[slot]);
}

TEST(slot_around_powers_of_two)
{
	for (int bit = 0; bit <= 62; bit++) {
		check_slot((1ULL << bit) - 1);
		check_slot(1ULL << bit);
		check_slot((1ULL << bit) + 1);
	}
}

TEST(slot_of_every_small_value)
{
	for (uint64_t v = 0; v < 1 << 17; v++)
		check_slot(v);
}

TEST(slot_of_random_values)
{
	uint64_t seed = 2;

	for (int i = 0; i < RANDOM_VALUES; i++)
		check_slot(random_magnitude(&seed, 63));
}

TEST(huge_values_are_in_the_last_slot)
{
	assert_int_equal(hist_slot(hist_lower(HIST_SLOTS - 1) - 1), HIST_SLOTS - 2);
	assert_int_equal(hist_slot(BEYOND - 1), HIST_SLOTS - 1);
	for (uint64_t v = BEYOND; v < INT64_MAX; v += v / 3)
		assert_int_equal(hist_slot(v), HIST_SLOTS - 1);
	assert_int_equal(hist_slot(INT64_MAX), HIST_SLOTS - 1);
}

TEST_MAIN(bounds_add_up, NULL)
