// SPDX-License-Identifier: GPL-2.0
/* command/report_work: what the gate of report --diff says of each loss, and from how many on it counts. */
#include "command/parts.h"
#include "model/sight.h"
#include "unit.h"

#define MS     1000000ULL
#define SECOND 1000000000ULL

/* What a file of 1000 csds in 10 s lacks: as much as is no loss, and one more or less. */
static const struct {
	struct diff_seen harmless, seen;
	uint64_t count; /* 0: a time in which nobody watched */
	const char *what; /* %s is the file */
} losses[] = {
	{ { .lost = 0 }, { .lost = 7 }, 7, "of 1000 csds in the %s file 7 could not be followed" },
	{ { .orphans = 74 },
	  { .orphans = 75 },
	  75,
	  "75 csds of the %s file ran, and had not been seen queued" },
	{ { .events_unread = 0 },
	  { .events_unread = 1 },
	  1,
	  "1 event of the %s file could not be read" },
	{ { .lost = 0, .events_lost = 0 },
	  { .events_lost = 3 },
	  3,
	  "the tracer of the %s file lost 3 events" },
	{ { .events_gaps = 0 },
	  { .events_gaps = 2 },
	  0,
	  "the tracer of the %s file lost events in 2 places" },
	{ { .left_out = false },
	  { .left_out = true },
	  0,
	  "the other part of the %s file was left out" },
	{ { .cut = false }, { .cut = true }, 0, "the %s file ends early" },
	{ { .unnamed = 0 },
	  { .unnamed = 5 },
	  5,
	  "of 1000 csds in the %s file 5 have a function without a name" },
	{ { .rowless = 0 },
	  { .rowless = 5 },
	  5,
	  "of 1000 csds in the %s file 5 have a function without a row" },
	{ { .hidden = 0 },
	  { .hidden = 1 },
	  1,
	  "the kernel hid the queueing of 1 csd in the %s file" },
	{ { .sends_unseen = 0 },
	  { .sends_unseen = 9 },
	  9,
	  "the kernel hid the sending of 9 interrupts without a csd in the %s file" },
	{ { .waits_unseen = 0 },
	  { .waits_unseen = 4 },
	  4,
	  "4 waits of the %s file could not be followed to the end" },
	{ { .detached = false },
	  { .detached = true },
	  0,
	  "a program was detached while the %s file was recorded" },
	{ { .stretched = 0 },
	  { .stretched = 4 * SECOND },
	  0,
	  "a window of the %s file lasted 4 s, in which a storm may be averaged away" },
	{ { .gaps = 100 * MS }, { .gaps = 101 * MS }, 0, "the %s file has no window for 101 ms" },
	{ { .paused = 100 * MS }, { .paused = 101 * MS }, 0, "the %s file has no event for 101 ms" },
	{ { .lines = 40 },
	  { .lines = 40, .lines_missing = 2 },
	  0,
	  "of 40 lines of the %s file 2 are missing" },
	{ { .unsearched = false },
	  { .unsearched = true },
	  0,
	  "only the first file was searched for storms" },
	{ { .other_source = false },
	  { .other_source = true },
	  0,
	  "one file has csds, and the other one calls" },
	{ { .filter = NULL },
	  { .filter = "--dst" },
	  0,
	  "the second file's --dst is not the first file's" },
	{ { .storm_limits = false },
	  { .storm_limits = true },
	  0,
	  "the second file was recorded with higher limits of storms" },
};

static struct sight see(struct diff_seen seen, bool first)
{
	seen.queued = 1000;
	seen.ns = 10 * SECOND;
	seen.first = first;
	return diff_sight(&seen);
}

TEST(each_loss_has_its_words)
{
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		for (int first = 0; first < 2; first++) {
			struct sight sight = see(losses[i].seen, first);
			const char *file = strstr(losses[i].what, "%s");
			char what[128];

			snprintf(what, sizeof(what), losses[i].what, first ? "first" : "second");
			assert_members(sight, nr_missed, 1, missed[0].count, losses[i].count,
				       missed[0].ns, 0, missed[0].what,
				       file ? what : losses[i].what, found, 0, fewest, 11, shortest,
				       0, allowed, 0);
		}
	}
}

TEST(what_is_within_its_limit_is_no_loss)
{
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++)
		assert_int_equal(see(losses[i].harmless, false).nr_missed, 0);
}

/* They are counted as csds that were lost. */
TEST(lost_events_are_those_of_lost_csds)
{
	struct diff_seen seen = { .lost = 20, .events_lost = 20 };
	struct sight sight = see(seen, false);

	assert_members(sight, nr_missed, 1, missed[0].count, 20);
	seen.events_lost = 23;
	sight = see(seen, false);
	assert_members(sight, nr_missed, 2, missed[1].count, 3, missed[1].what,
		       "the tracer of the second file lost 23 events");
}

TEST(a_rise_is_found)
{
	assert_true(see((struct diff_seen){ .rose = true }, false).found);
}

/* A window that is missing for as long as a storm takes hides one in a run of any length. */
TEST(a_gap_may_be_as_long_as_a_storm)
{
	struct diff_seen seen = { .ns = 1000 * SECOND, .gaps = 2 * STORM_INTERVAL_NS - 1 };

	assert_int_equal(diff_sight(&seen).nr_missed, 0);
	seen.gaps++;
	assert_string_equal(diff_sight(&seen).missed[0].what,
			    "the second file has no window for 400 ms");
}

TEST_MAIN(NULL, NULL)
