// SPDX-License-Identifier: GPL-2.0
/* Text in memory, if memory runs out while the text is written or closed. */
#include <stdbool.h>
#include "base/write_all.h"
#include "skip.h"
#include "unit.h"

static bool none;

#ifndef __SANITIZE_ADDRESS__
/* These functions replace libc's, within libc, too; glibc has both under these names as well. */
extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return none ? NULL : __libc_malloc(size);
}

void *realloc(void *old, size_t size)
{
	return none ? NULL : __libc_realloc(old, size);
}
#endif

TEST(text_is_whole)
{
	char *text = NULL;
	size_t len;
	FILE *file = memory_text__open(&text, &len);

	assert_non_null(file);
	for (int i = 0; i < 10000; i++)
		fprintf(file, "line %d\n", i);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(len, 10 * 7 + 90 * 8 + 900 * 9 + 9000 * 10);
	assert_int_equal(strlen(text), len);
	assert_string_equal(text + len - 10, "line 9999\n");
	free(text);
}

TEST(no_text_is_empty)
{
	char *text = NULL;
	size_t len = 1;
	FILE *file = memory_text__open(&text, &len);

	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_string_equal(text, "");
	assert_int_equal(len, 0);
	free(text);
}

/* Memory runs out after @before bytes. The caller gets the whole text or none. */
static void text_that_found_no_room(size_t before)
{
	static char much[1 << 16];
	char *text = much;
	size_t len = 1;
	FILE *file = memory_text__open(&text, &len);
	int status;

	assert_non_null(file);
	memset(much, 'x', sizeof(much));
	assert_int_equal(fwrite(much, 1, before, file), before);
	none = true;
	fwrite(much, 1, sizeof(much), file);
	none = false;
	fprintf(file, "the end\n");
	status = fclose(file);
	assert_int_equal(status, EOF);
	assert_null(text);
	assert_int_equal(len, 0);
}

TEST(half_a_text_is_none)
{
	if (skip_if(SANITIZED, "memory does not end under the sanitizers"))
		return;
	for (size_t before = 0; before < 10000; before += 999)
		text_that_found_no_room(before);
}

TEST(a_last_part_without_room_is_none)
{
	char *text = NULL;
	size_t len;
	FILE *file;
	int status;

	if (skip_if(SANITIZED, "memory does not end under the sanitizers"))
		return;
	file = memory_text__open(&text, &len);
	assert_non_null(file);
	fprintf(file, "one line\n");
	none = true;
	status = fclose(file);
	none = false;
	assert_int_equal(status, EOF);
	assert_null(text);
}

TEST_MAIN(NULL, NULL)
