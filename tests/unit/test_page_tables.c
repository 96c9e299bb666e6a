// SPDX-License-Identifier: GPL-2.0
/* The page's tables: which members a row of a bin has, and which columns the scripts show. */
#include <jansson.h>
#include "unit.h"
#include "view/html/tables.c"

#define AT(member) .of = &fn_form, .at = PLACE(fn_stats, member)

enum { CSDS, RATE, WAITED, LONGEST, HIST_IDS(DELAY), ALONE };

/* Columns of each kind: two of one member, a part of waits, a member inside a record, figures. */
static const struct column columns[] = {
	[CSDS] = { NULL, "csds", CELL_COUNT, AT(count) },
	[RATE] = { NULL, "csds/s", CELL_RATE, AT(count) },
	[WAITED] = { "senders", "waited", CELL_NS, AT(wait.away) },
	[LONGEST] = { "senders", "longest", CELL_NS, AT(wait.max),
		      .known = PLACE(fn_stats, wait.count) },
	HIST_COLUMNS(DELAY, "delay", AT(delay)),
	[ALONE] = { NULL, "locally", CELL_COUNT, AT(local) },
};
static const struct layout layout =
	LAYOUT(columns, SHOW(CSDS), SHOW(RATE), SHOW(WAITED), SHOW(LONGEST), SHOW(DELAY_MEAN),
	       SHOW(DELAY_P50), SHOW(DELAY_P99), SHOW(DELAY_MAX), SHOW(DELAY_SUM), SHOW(ALONE));
static const struct member_at members[] = { PLACE(fn_stats, stolen), PLACE(fn_stats, count), {} };
static const struct page_table made = {
	"name", &fn_form, members, &layout, sizeof(struct bin_func), offsetof(struct bin_func, sums)
};

TEST(each_member_is_in_a_row_once)
{
	json_t *json = table_json(&made);
	char *text = json_dumps(json, JSON_COMPACT);

	assert_string_equal(
		text,
		"{\"members\":[[\"name\",\"key\"],[\"stolen\",\"stolen\"],[\"count\",\"sum\"],"
		"[\"wait_spun\",\"sum\"],[\"wait.max\",\"max\"],[\"delay\",\"histogram\"],"
		"[\"local\",\"sum\"]],"
		"\"columns\":[[\"csds\",\"count\",2,null],[\"csds/s\",\"rate\",2,null],"
		"[\"senders waited\",\"ns\",3,null],[\"longest\",\"ns\",4,null],"
		"[\"delay mean\",\"ns\",5,\"mean\"],[\"p50\",\"ns\",5,\"p50\"],"
		"[\"p99\",\"ns\",5,\"p99\"],[\"max\",\"ns\",5,\"max\"],"
		"[\"sum\",\"ns\",5,\"sum\"],[\"locally\",\"count\",6,null]]}");
	free(text);
	json_decref(json);
}

/* Compares the row with @want. @lacks: the fields without a value in this run, by their keys. */
static void check_row(const struct fn_stats *row, const char *lacks, const char *want)
{
	uint64_t unknown = 0;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	for (size_t i = 0; i < fn_form.nr; i++)
		if (fn_form.fields[i].key && strstr(lacks, fn_form.fields[i].key))
			unknown |= (uint64_t)1 << i;
	page_table__put(file, &made, &(struct bin_func){ { 7, unknown }, *row }, 1);
	fclose(file);
	assert_string_equal(text, want);
	free(text);
}

TEST(what_was_not_measured_is_null)
{
	struct fn_stats row = { .count = 3, .local = 0, .stolen = { true, 30, 4 } };

	check_row(&row, "", "[7,[30,4],3,null,null,null,0]");
	row.stolen.known = false;
	row.delay = (struct hist){ .count = 2, .sum = 110, .max = 100 };
	row.delay.slots[3] = row.delay.slots[9] = 1;
	row.wait = (struct wait_sum){ .count = 1, .sum = 70, .max = 70, .away = 70 };
	check_row(&row, "", "[7,null,3,0,70,[2,110,100,[3,1,9,1]],0]");
	check_row(&row, "delay", "[7,null,3,0,70,null,0]");
	/* "wait" is the record with the longest wait, "wait_spun" the part of the waits. */
	check_row(&row, "wait_spun", "[7,null,3,null,null,[2,110,100,[3,1,9,1]],0]");
}

/* The scripts use these members by name; all columns have units and figures that scripts know. */
static void check_table(const struct page_table *table, const char *const *names)
{
	json_t *json = table_json(table), *item;
	const json_t *found = json_object_get(json, "members");
	size_t i;

	for (i = 0; names[i]; i++)
		assert_string_equal(json_string_value(json_array_get(json_array_get(found, i), 0)),
				    names[i]);
	json_array_foreach(json_object_get(json, "columns"), i, item) {
		size_t member = json_integer_value(json_array_get(item, 2));

		assert_true(json_is_string(json_array_get(item, 0)));
		assert_true(json_is_string(json_array_get(item, 1)));
		assert_in_range(member, 1, json_array_size(found) - 1);
	}
	assert_int_equal(i, table->layout->nr);
	json_decref(json);
}

TEST(the_pages_tables_have_what_the_scripts_use)
{
	static const char *const cpus[] = { "cpu",  "sent",	 "received", "delay", "handler",
					    "wait", "wait_spun", "stolen",   NULL };
	static const char *const functions[] = { "name",    "count",	 "delay",
						 "handler", "wait_spun", NULL };

	static const char *const kinds[] = { "kind", "sent", "received", NULL };

	check_table(&page_kinds, kinds);
	check_table(&page_cpus, cpus);
	check_table(&page_functions, functions);
}

TEST_MAIN(NULL, NULL)
