// SPDX-License-Identifier: GPL-2.0
/* view/table/by: what a row of --by has below it in text. */
#include "model/snapshot.h"
#include "printed.h"
#include "unit.h"
#include "view/table/table.h"

static struct by_stats rows[40];
static struct by_stats others[2];
static struct snapshot snap;

static void print_by(const void *of)
{
	putchar('\n'); /* printed() wants a byte at least */
	view__by(&snap);
}

static int setup(void **state)
{
	memset(rows, 0, sizeof(rows));
	snap = (struct snapshot){ .how.by_key = BY_SENDER,
				  .window = { .mono_end = 1000000000 },
				  .by = rows,
				  .nr_by = 1,
				  .others = others };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i] = (struct by_stats){ .tgid = 10 + i, .comm = "sender", .count = 900 - i };
	return 0;
}

static int teardown(void **state)
{
	return printed_restore(state);
}

static const char *shown(void)
{
	return printed(print_by, NULL);
}

TEST_F(a_key_has_its_heading)
{
	assert_has(shown(), "SENT BY");
	snap.how.by_key = BY_VICTIM;
	assert_has(shown(), "INTERRUPTED");
	snap.how.by_key = BY_CGROUP;
	assert_has(shown(), "SENT FROM");
	snap.how.by_key = BY_NONE;
	assert_string_equal(shown(), "\n");
}

TEST_F(below_a_row_is_where_it_runs_and_what_else_it_sent)
{
	const char *text = shown();

	assert_has(text, "sender[10]");
	assert_lacks(text, "  in ");
	assert_lacks(text, "own CPU");
	assert_lacks(text, "reschedules");
	assert_lacks(text, "irq_works");
	rows[0].cgroup_path = "/";
	assert_lacks(shown(), "  in ");
	rows[0].cgroup_path = "/system.slice/nginx.service";
	rows[0].local = 7;
	rows[0].reschedules = 8;
	rows[0].irq_works = 9;
	text = shown();
	assert_has(text, "\n  in /system.slice/nginx.service\n");
	assert_has(text, "\n  also run on the sender's own CPU        7\n");
	assert_has(text, "\n  reschedules sent                    8\n");
	assert_has(text, "\n  irq_works raised                    9\n");
	rows[0].cgroup_path =
		"/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	assert_has(shown(), "\n     docker 0123456789ab\n");
}

TEST_F(others_have_a_line_for_each_user)
{
	rows[0] = (struct by_stats){ .other = true, .count = 50, .cgroup_path = "/a" };
	others[0] = (struct by_stats){ .other = true, .uid_known = true, .uid = 1234, .count = 40 };
	others[1] =
		(struct by_stats){ .other = true, .count = 10, .reschedules = 3, .irq_works = 4 };
	snap.nr_others = 2;
	assert_has(shown(), "(others)");
	assert_has(shown(), "  of uid 1234                      40 csds\n");
	assert_has(shown(), " 10 csds, 7 reschedules and irq_works\n");
	/* Other rows have no such lines, and several processes have no cgroup. */
	assert_lacks(shown(), "  in /a");
	rows[0].other = false;
	assert_lacks(shown(), "csds\n");
}

TEST_F(rows_beyond_the_last_are_counted)
{
	size_t lines = 0;

	snap.nr_by = ARRAY_SIZE(rows);
	for (const char *at = shown(); (at = strstr(at, "sender[")); at++)
		lines++;
	assert_int_equal(lines, 24);
	assert_has(shown(), "and 16 more with less\n");
	snap.nr_by = lines;
	assert_lacks(shown(), "with less");
}

TEST_MAIN(NULL, NULL)
