// SPDX-License-Identifier: GPL-2.0
/* command/pictures: a failure names the picture that failed. */
#include "command/parts.h"
#include "printed.h"
#include "view/html/page.h"
#include "view/perfetto/timeline.h"

static const char line[] =
	"{\"schema\":\"ipitrace/1\",\"type\":\"capture\",\"time\":1,\"unix_ms\":1,\"minor\":0,"
	"\"part\":1,\"version\":\"1\",\"host\":null,\"options\":[],\"program\":null,"
	"\"started\":\"2026-11-21T03:02:00.000000Z\",\"mono\":1}\n";

static int page_result, timeline_result;

int __wrap_page__add(struct page *page, const struct capture_record *record)
{
	assert_int_equal(record->type, LINE_CAPTURE);
	return page_result;
}

int __wrap_timeline__add(struct timeline *timeline, const struct capture_record *record)
{
	assert_int_equal(record->type, LINE_CAPTURE);
	return timeline_result;
}

static int status;

static void draw(const void *opts)
{
	struct picture_run *run;

	assert_int_equal(picture_run__open(&run, opts), EXIT_DONE);
	status = picture_run__put(run, line, strlen(line));
	picture_run__close(run);
	fputc('\n', stderr);
}

static void draw_and_fail(const struct options *opts, const char *said)
{
	assert_string_equal(printed_to(stderr, draw, opts), said);
	assert_int_equal(status, EXIT_FAILED);
}

TEST(a_failure_names_the_picture)
{
	const struct options page = { .html = "/dev/null" }, timeline = { .perfetto = "/dev/zero" },
			     both = { .html = "/dev/null", .perfetto = "/dev/zero" };
	static const char page_full[] = "ipitrace: /dev/null: No space left on device\n\n",
			  no_memory[] = "ipitrace: /dev/zero: Cannot allocate memory\n\n";

	assert_string_equal(printed_to(stderr, draw, &both), "\n");
	assert_int_equal(status, EXIT_DONE);
	page_result = -ENOSPC;
	draw_and_fail(&page, page_full);
	draw_and_fail(&both, page_full);
	page_result = 0;
	timeline_result = -ENOMEM;
	draw_and_fail(&timeline, no_memory);
	draw_and_fail(&both, no_memory);
}

TEST_MAIN(NULL, NULL)
