// SPDX-License-Identifier: GPL-2.0
/* The rows of records: found by their keys, with a hash and without, added up, copied. */
#include "model/field.h"
#include "model/names.h"
#include "unit.h"

struct row {
	char name[16];
	struct symbol func;
	uint64_t n, most, last;
	bool seen, known;
	const char *text;
	uint64_t maybe;
};

static const struct field row_fields[] = {
	K(row, TEXT, KEY, name),    F(row, "func", FUNCTION, KEY, func),
	K(row, NUMBER, SUM, n),	    K(row, NUMBER, MAX, most),
	K(row, NUMBER, LAST, last), K(row, BOOL, SUM, seen),
	K(row, STRING, LAST, text), K(row, NUMBER, SUM, maybe, KNOWN(row, known)),
};
static const struct form row_form = FORM(struct row, row_fields);

#define LISTS (FORM_INDEXES + 2)

/* A record with more lists than there are indexes. */
struct lists {
	struct {
		struct row *rows;
		size_t nr;
	} of[LISTS];
};

static struct field list_fields[LISTS];
static const struct form lists_form = { list_fields, LISTS, sizeof(struct lists), NULL };

static int setup(void **state)
{
	for (size_t i = 0; i < LISTS; i++)
		list_fields[i] = (struct field){
			.key = "rows",
			.type = FIELD_ROWS,
			.add = ADD_SUM,
			.at = { i * sizeof(((struct lists *)0)->of[0]), sizeof(void *), "rows" },
			.with = { i * sizeof(((struct lists *)0)->of[0]) + sizeof(void *),
				  sizeof(size_t), "nr" },
			.of = &row_form,
		};
	return 0;
}

static struct row row_of(unsigned int n)
{
	struct row row = { .func.addr = n % 7, .n = 1 };

	snprintf(row.name, sizeof(row.name), "%u", n / 7);
	return row;
}

TEST(a_search_begins_after_a_row)
{
	struct row rows[] = { row_of(1), row_of(2), row_of(1), row_of(3) };
	struct row none = row_of(4), same_name = row_of(0);
	struct row other_name = row_of(8);

	assert_int_equal(rows__find(&row_form, rows, 4, SIZE_MAX, &rows[0]), 0);
	assert_int_equal(rows__find(&row_form, rows, 4, 0, &rows[0]), 2);
	assert_int_equal(rows__find(&row_form, rows, 4, 1, &rows[0]), 2);
	assert_int_equal(rows__find(&row_form, rows, 4, 2, &rows[0]), 0);
	assert_int_equal(rows__find(&row_form, rows, 4, 3, &rows[0]), 0);
	assert_int_equal(rows__find(&row_form, rows, 4, 1, &rows[1]), 1);
	assert_int_equal(rows__find(&row_form, rows, 4, SIZE_MAX, &rows[3]), 3);
	assert_int_equal(rows__find(&row_form, rows, 4, 1, &none), 4);
	assert_int_equal(rows__find(&row_form, rows, 4, 1, &same_name), 4);
	assert_int_equal(rows__find(&row_form, rows, 4, 1, &other_name), 4);
	assert_int_equal(rows__find(&row_form, rows, 0, SIZE_MAX, &rows[0]), 0);
}

/* What each way of adding does with the values of two records. */
TEST(values_are_added_as_the_form_says)
{
	struct row to = { .n = 5, .most = 7, .last = 3, .known = true, .text = "a", .maybe = 2 };
	struct row from = { .n = 6, .most = 6, .last = 4, .seen = true, .known = true, .maybe = 3 };

	assert_int_equal(form__add(&row_form, &to, &from), 0);
	assert_members(to, n, 11, most, 7, last, 4, seen, true, text, "a", maybe, 5, known, true);
	from = (struct row){ .most = 8, .text = "b" };
	assert_int_equal(form__add(&row_form, &to, &from), 0);
	assert_members(to, n, 11, most, 8, last, 0, seen, true, text, "b", known, false);
	/* The last field is unknown, and all others are known. */
	assert_int_equal(form__unknown(&row_form, &to, &to), 1 << 7);
	to.known = true;
	assert_int_equal(form__unknown(&row_form, &to, &to), 0);
}

/* Fails unless list number @list has the rows 0 to @nr - 1, in their order, @times each. */
static void check_list(const struct lists *sum, size_t list, size_t nr, uint64_t times)
{
	assert_int_equal(sum->of[list].nr, nr);
	for (size_t i = 0; i < nr; i++) {
		struct row want = row_of(i);

		assert_string_equal(sum->of[list].rows[i].name, want.name);
		assert_int_equal(sum->of[list].rows[i].func.addr, want.func.addr);
		assert_int_equal(sum->of[list].rows[i].n, times);
	}
}

#define ROWS_MAX 300

/*
 * Add the rows from 0 to ROWS_MAX - 1 to all lists, @step at a time and three times; by the @index,
 * if it is not NULL.
 */
static void add_rows(struct lists *sum, size_t step, struct form_index *index)
{
	static struct row rows[ROWS_MAX];
	struct lists from;

	for (size_t i = 0; i < ROWS_MAX; i++)
		rows[i] = row_of(i);
	for (int turn = 0; turn < 3; turn++) {
		for (size_t i = 0; i < ROWS_MAX; i += step) {
			for (size_t list = 0; list < LISTS; list++) {
				from.of[list].rows = rows + i;
				from.of[list].nr = step;
			}
			assert_int_equal(form__add_to(&lists_form, sum, &from, index), 0);
		}
	}
}

/* Few rows are searched one by one, many by a hash, and a hash may be kept. */
TEST(rows_add_up_with_a_hash_and_without, setup)
{
	static const size_t steps[] = { 1, 10, 30, 50, 100, 150, 300 };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct lists sum = {};

		add_rows(&sum, steps[i], NULL);
		for (size_t list = 0; list < LISTS; list++)
			check_list(&sum, list, ROWS_MAX, 3);
		assert_int_equal(form__bytes(&lists_form, &sum),
				 LISTS * ROWS_MAX * sizeof(struct row));
		form__free(&lists_form, &sum);
		assert_null(sum.of[0].rows);
		assert_int_equal(sum.of[LISTS - 1].nr, 0);
	}
}

TEST(a_kept_hash_finds_the_rows, setup)
{
	static const size_t steps[] = { 1, 10, 50, 300 };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct form_index index = {};
		struct lists sum = {};

		add_rows(&sum, steps[i], &index);
		assert_int_equal(index.nr, FORM_INDEXES);
		for (size_t list = 0; list < LISTS; list++) {
			struct row row;

			check_list(&sum, list, ROWS_MAX, 3);
			for (size_t n = 0; n < ROWS_MAX; n++) {
				row = row_of(n);
				assert_int_equal(form_index__find(&index, &row_form,
								  sum.of[list].rows, ROWS_MAX,
								  &row),
						 n);
			}
			row = row_of(ROWS_MAX);
			assert_int_equal(form_index__find(&index, &row_form, sum.of[list].rows,
							  ROWS_MAX, &row),
					 ROWS_MAX);
		}
		for (size_t of = 0; of < index.nr; of++) {
			assert_non_null(index.of[of].places);
			assert_true(index.of[of].mask + 1 >= 2 * ROWS_MAX);
			assert_true(index.of[of].room >= ROWS_MAX);
		}
		form_index__free(&index);
		assert_int_equal(index.nr, 0);
		form__free(&lists_form, &sum);
	}
}

/* Rows of another record, or of which some were added since, are searched one by one. */
TEST(an_index_of_other_rows_is_not_used, setup)
{
	struct form_index index = {};
	struct lists sum = {};
	struct row other[] = { row_of(5), row_of(6) }, row = row_of(6), last;

	add_rows(&sum, ROWS_MAX, &index);
	assert_int_equal(form_index__find(&index, &row_form, other, 2, &row), 1);
	last = row_of(ROWS_MAX - 1);
	assert_int_equal(form_index__find(&index, &row_form, sum.of[0].rows, ROWS_MAX - 1, &last),
			 ROWS_MAX - 1);
	form_index__free(&index);
	form__free(&lists_form, &sum);
}

TEST(a_copy_has_rows_of_its_own, setup)
{
	struct lists sum = {}, copy;

	add_rows(&sum, ROWS_MAX, NULL);
	assert_int_equal(form__copy(&lists_form, &copy, &sum), 0);
	for (size_t list = 0; list < LISTS; list++)
		memset(sum.of[list].rows, 'x', ROWS_MAX * sizeof(struct row));
	form__free(&lists_form, &sum);
	for (size_t list = 0; list < LISTS; list++)
		check_list(&copy, list, ROWS_MAX, 3);
	form__free(&lists_form, &copy);
}

struct stacks {
	struct symbol frames[4];
	uint32_t nr;
	struct symbol func;
	const char *text;
	struct row inner[2];
	struct row *rows;
	size_t nr_rows;
};

static const struct field stacks_fields[] = {
	F(stacks, "frames", SITES, NONE, frames, .with = PLACE(stacks, nr)),
	F(stacks, "func", SITE, NONE, func),
	F(stacks, "text", STRING, NONE, text),
	LIST(stacks, "inner", NONE, inner, row),
	ROWS(stacks, "rows", NONE, rows, row),
};
static const struct form stacks_form = FORM(struct stacks, stacks_fields);

static void join(void *ctx, const char **string)
{
	text_append(ctx, 64, "%s ", *string);
}

/* Each string of a record, and of the records inside it; the frames as far as there are any. */
TEST(each_string_is_visited)
{
	struct row row = { .func.name = "i", .text = "j" };
	struct stacks stacks = {
		.frames = { { .name = "a", .module = "b" },
			    { .name = "c" },
			    { .module = "d" },
			    { .name = "no" } },
		.nr = 3,
		.func = { .name = "e", .module = "f" },
		.text = "g",
		.inner = { {}, { .text = "h" } },
		.rows = &row,
		.nr_rows = 1,
	};
	char text[64] = "";

	form__strings(&stacks_form, &stacks, join, text);
	assert_string_equal(text, "a b c d e f g h i j ");
}

TEST_MAIN(NULL, NULL)
