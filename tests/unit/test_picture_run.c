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

/* Descriptor 0 is no picture's that is not wanted: it stays open. */
TEST(a_picture_that_is_not_wanted_has_no_file)
{
	const struct options some[] = { { .html = "/dev/null" }, { .perfetto = "/dev/zero" } };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	page_result = timeline_result = 0;
	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		assert_string_equal(printed_to(stderr, draw, &some[i]), "\n");
		assert_int_equal(status, EXIT_DONE);
		assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	}
	close(fd);
}

static void check(const void *opts)
{
	status = picture_run__check(opts);
}

static void refuse(const struct options *opts, const char *said)
{
	char *text = printed_to(stderr, check, opts);

	assert_string_equal(text, said);
	assert_int_equal(status, EXIT_USAGE);
}

/* The file that is opened last would take the place of the other one. */
TEST(pictures_and_capture_are_different_files)
{
	struct options opts = { .command = COMMAND_RECORD, .html = "./x", .output = "x" };
	static const char *const outputs[] = { "y", "/nowhere/x", "-" };

	refuse(&opts, "ipitrace: record: --html ./x and --output need different files\n");
	opts.html = "x.1";
	assert_int_equal(picture_run__check(&opts), EXIT_DONE);
	opts.max_size = 4 << 20;
	refuse(&opts, "ipitrace: record: --html x.1 and --output need different files\n");
	opts.output = NULL;
	opts.html = NULL;
	opts.perfetto = RECORD_FILE_DEFAULT;
	refuse(&opts, "ipitrace: record: --perfetto " RECORD_FILE_DEFAULT
		      " and --output need different files\n");
	opts.perfetto = "x";
	opts.html = ".//x";
	refuse(&opts, "ipitrace: record: --html .//x and --perfetto need different files\n");
	opts.perfetto = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		opts.output = outputs[i];
		assert_int_equal(picture_run__check(&opts), EXIT_DONE);
	}
	opts.output = opts.html = "/dev/null";
	assert_int_equal(picture_run__check(&opts), EXIT_DONE);
}

/* Each file becomes FILE.old when it is written again. */
TEST(an_older_file_replaces_nothing_that_is_used)
{
	struct options opts = { .command = COMMAND_RECORD, .html = "./x.old", .output = "x" };
	char *operands[] = { "x.old", "hist" };

	refuse(&opts, "ipitrace: record: --html ./x.old and --output need different files\n");
	opts = (struct options){ .command = COMMAND_REPORT, .html = "x", .perfetto = "x.old" };
	refuse(&opts, "ipitrace: report: --html x and --perfetto need different files\n");
	opts = (struct options){
		.command = COMMAND_REPORT, .html = "./x", .operands = operands, .nr_operands = 2
	};
	refuse(&opts, "ipitrace: report: --html ./x would replace x.old, which is read: needs "
		      "another FILE\n");
	opts = (struct options){
		.command = COMMAND_IMPORT, .output = "x", .operands = operands, .nr_operands = 2
	};
	refuse(&opts, "ipitrace: import: --output x would replace x.old, which is read: needs "
		      "another FILE\n");
	/* What was FILE.1 becomes FILE.old.1, which is read with FILE.old. */
	opts = (struct options){ .command = COMMAND_RECORD, .html = "x.old.1", .output = "x" };
	assert_int_equal(picture_run__check(&opts), EXIT_DONE);
	opts.max_size = 4 << 20;
	refuse(&opts, "ipitrace: record: --html x.old.1 and --output need different files\n");
	opts.html = "x.1.old";
	refuse(&opts, "ipitrace: record: --html x.1.old and --output need different files\n");
	opts.html = "x.1.1";
	assert_int_equal(picture_run__check(&opts), EXIT_DONE);
	/* The page's older file would be FILE.1. */
	opts = (struct options){
		.command = COMMAND_RECORD, .html = "a", .output = "a.old", .max_size = 4 << 20
	};
	refuse(&opts, "ipitrace: record: --html a and --output need different files\n");
	opts = (struct options){
		.command = COMMAND_IMPORT, .output = "x.old", .operands = operands, .nr_operands = 2
	};
	/* What is read itself becomes FILE.old, and stays. */
	assert_int_equal(outputs_check(&opts), EXIT_DONE);
}

TEST_MAIN(NULL, NULL)
