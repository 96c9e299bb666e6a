// SPDX-License-Identifier: GPL-2.0
/* The latest texts of the page and of /api/v1: what is kept, and what a client gets. */
#include "serve/serve.h"
#include "unit.h"

/* A text of @len bytes that begins with @n. */
static struct blob *text_of(unsigned int n, size_t len)
{
	char *bytes = calloc(1, len + 16);

	assert_non_null(bytes);
	snprintf(bytes, 16, "%u", n);
	return blob__new(bytes, len);
}

static void add(struct recent *r, unsigned int n, size_t len, uint64_t time)
{
	assert_int_equal(recent__add(r, text_of(n, len), time), 0);
}

/* Assert that the texts after number @after are @first to @last, and that @more are left out. */
static void check_after(struct recent *r, uint64_t after, size_t bytes, unsigned int first,
			unsigned int last, size_t more)
{
	struct blob *texts[64];
	uint64_t number;
	size_t left, nr = recent__after(r, after, bytes, texts, ARRAY_SIZE(texts), &number, &left);

	assert_int_equal(nr, last + 1 - first);
	assert_int_equal(number, last);
	assert_int_equal(left, more);
	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(atoi(texts[i]->bytes), first + i);
		blob__put(texts[i]);
	}
}

TEST(the_latest_are_kept)
{
	const struct recent_limits limits = { .nr = 3 };
	struct recent *r = recent__new(&limits);

	check_after(r, 0, SIZE_MAX, 1, 0, 0);
	for (unsigned int n = 1; n <= 10; n++) {
		add(r, n, 10, n);
		check_after(r, 0, SIZE_MAX, n < 3 ? 1 : n - 2, n, 0);
		check_after(r, n, SIZE_MAX, n + 1, n, 0);
	}
	check_after(r, 9, SIZE_MAX, 10, 10, 0);
	/* A number that does not exist yet, from a client of an earlier run. */
	check_after(r, 99, SIZE_MAX, 11, 10, 0);
	recent__free(r);
}

TEST(bytes_are_bounded)
{
	const struct recent_limits limits = { .nr = 50, .bytes = 90 };
	struct recent *r = recent__new(&limits);

	for (unsigned int n = 1; n <= 20; n++)
		add(r, n, 30, n);
	check_after(r, 0, SIZE_MAX, 18, 20, 0);
	/* One text stays, however long. */
	add(r, 21, 500, 21);
	check_after(r, 0, SIZE_MAX, 21, 21, 0);
	add(r, 22, 1, 22);
	check_after(r, 0, SIZE_MAX, 22, 22, 0);
	recent__free(r);
}

TEST(age_is_bounded)
{
	const struct recent_limits limits = { .nr = 50, .ns = 900 };
	struct recent *r = recent__new(&limits);

	for (unsigned int n = 1; n <= 20; n++)
		add(r, n, 1, 300 * n);
	check_after(r, 0, SIZE_MAX, 17, 20, 0);
	add(r, 21, 1, 1000000);
	check_after(r, 0, SIZE_MAX, 21, 21, 0);
	recent__free(r);
}

TEST(an_answer_is_bounded)
{
	const struct recent_limits limits = { .nr = 50 };
	struct recent *r = recent__new(&limits);

	for (unsigned int n = 1; n <= 20; n++)
		add(r, n, 10, n);
	check_after(r, 0, 1, 1, 1, 19);
	check_after(r, 1, 30, 2, 4, 16);
	check_after(r, 4, SIZE_MAX, 5, 20, 0);
	recent__free(r);
}

TEST(a_text_outlives_what_kept_it)
{
	const struct recent_limits limits = { .nr = 1 };
	struct recent *r = recent__new(&limits);
	struct blob *text;
	uint64_t last;
	size_t more;

	add(r, 1, 10, 1);
	assert_int_equal(recent__after(r, 0, SIZE_MAX, &text, 1, &last, &more), 1);
	add(r, 2, 10, 2);
	recent__free(r);
	assert_string_equal(text->bytes, "1");
	blob__put(text);
}

TEST(no_text_is_an_error)
{
	const struct recent_limits limits = { .nr = 1 };
	struct recent *r = recent__new(&limits);

	assert_int_equal(recent__add(r, blob__new(NULL, 0), 1), -ENOMEM);
	check_after(r, 0, SIZE_MAX, 1, 0, 0);
	recent__free(r);
}

TEST_MAIN(NULL, NULL)
