// SPDX-License-Identifier: GPL-2.0
/* command/pictures: what is said of the pictures of a file, and of a file that is not whole. */
#include "command/parts.h"
#include "printed.h"
#include "view/html/page.h"
#include "view/perfetto/timeline.h"

#define LINE "{\"schema\":\"ipitrace/1\",\"type\":\""
#define BEGIN                                                                        \
	LINE "capture\",\"minor\":0,\"started\":\"2026-11-28T02:00:00.000000000Z\"," \
	     "\"mono\":1000000000}\n"
#define OTHER LINE "trace_end\"}\n"
#define BAD   LINE "snapshot\",\n"
#define END   LINE "capture_end\"}\n"

/* What the pictures say. */
static struct {
	struct timeline_totals timeline;
	struct page_totals page;
	int write_result, close_result;
} made;

static char path[] = "/tmp/ipitrace-test-XXXXXX"; /* of the capture */
static int written; /* how often */
static char note[128];

int __real_timeline__close(struct timeline *t, struct timeline_totals *totals);
int __wrap_timeline__close(struct timeline *t, struct timeline_totals *totals)
{
	int err = __real_timeline__close(t, totals);

	*totals = made.timeline;
	return made.close_result ?: err;
}

int __wrap_page__write(struct page *page, FILE *file)
{
	written++;
	fputs("a page", file);
	return made.write_result;
}

void __wrap_page__totals(const struct page *page, struct page_totals *totals)
{
	*totals = made.page;
}

void __wrap_page__note(struct page *page, const char *text)
{
	snprintf(note, sizeof(note), "%s", text);
}

static struct options opts;
static int status;

static void report(const void *of)
{
	struct report_input input = {};
	int fds[PICTURES] = { -1, -1 };

	fputc('\n', stderr);
	status = report_input__open(&input, path)  ?:
			 pictures_open(&opts, fds) ?:
						     report_pictures(&opts, &input, fds);
	status = report_input__close(&input, pictures_close(&opts, fds, status));
}

/* Draws a capture of these @lines, and returns what is said; NAME is its path. */
static const char *draw(const char *lines)
{
	static char said[1024];
	struct capture_writer *w;
	const char *text, *name;
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(capture_writer__open(&w, fd), 0);
	assert_int_equal(capture_writer__add(w, lines, strlen(lines)), 0);
	assert_int_equal(capture_writer__flush(w), 0);
	capture_writer__close(w);
	close(fd);
	written = 0;
	*note = '\0';
	text = printed_to(stderr, report, NULL) + 1;
	name = strstr(text, path);
	snprintf(said, sizeof(said), "%.*s%s%s", name ? (int)(name - text) : 0, text,
		 name ? "NAME" : "", name ? name + strlen(path) : text);
	return said;
}

static int setup(void **state)
{
	memset(&made, 0, sizeof(made));
	memset(&opts, 0, sizeof(opts));
	return 0;
}

static int teardown(void **state)
{
	return printed_restore(state);
}

#define T "ipitrace: /dev/null"

TEST_F(a_timeline_says_what_it_has)
{
	static const struct {
		struct timeline_totals totals; /* csds, flows, cut, unusable, crowded */
		const char *said, *quiet;
	} rows[] = {
		{ { 0, 0, 0, 0, 0 },
		  T " has no csds, because the capture has none: use record --trace\n",
		  "" },
		{ { 1, 2, 0, 0, 0 }, T ": 1 csd, 2 with an arrow\n", "" },
		{ { 3, 2, 0, 0, 0 }, T ": 3 csds, 2 with an arrow\n", "" },
		{ { 3, 2, 4, 0, 0 },
		  T " has the first 3 of 7 csds; --limit 7 draws all\n",
		  T " has the first 3 of 7 csds; --limit 7 draws all\n" },
		{ { 3, 2, 0, 1, 5 },
		  T ": 3 csds, 2 with an arrow\n" T ": 5 slices left out: too many at one time\n" T
		    ": 1 line of the capture left out: damaged\n",
		  T ": 5 slices left out: too many at one time\n" T
		    ": 1 line of the capture left out: damaged\n" },
		{ { 3, 2, 0, 2, 0 },
		  T ": 3 csds, 2 with an arrow\n" T ": 2 lines of the capture left out: damaged\n",
		  T ": 2 lines of the capture left out: damaged\n" },
	};

	opts.perfetto = "/dev/null";
	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		made.timeline = rows[i / 2].totals;
		opts.quiet = i % 2;
		assert_string_equal(draw(BEGIN OTHER END),
				    i % 2 ? rows[i / 2].quiet : rows[i / 2].said);
		assert_int_equal(status, EXIT_DONE);
	}
	opts.quiet = false;
	made.close_result = -ENOSPC;
	assert_string_equal(draw(BEGIN OTHER END), T ": No space left on device\n");
	assert_int_equal(status, EXIT_FAILED);
}

TEST_F(a_page_says_what_it_has)
{
	opts.html = "/dev/null";
	made.page = (struct page_totals){ 1, 1, 1 };
	assert_string_equal(draw(BEGIN OTHER END), T ": 1 window, 1 stall, 1 storm\n");
	assert_int_equal(written, 1);
	made.page = (struct page_totals){ 2, 3, 4 };
	assert_string_equal(draw(BEGIN OTHER END), T ": 2 windows, 3 stalls, 4 storms\n");
	opts.quiet = true;
	assert_string_equal(draw(BEGIN OTHER END), "");
	assert_int_equal(status, EXIT_DONE);
	made.write_result = -EIO;
	assert_string_equal(draw(BEGIN OTHER END), T ": Input/output error\n");
	assert_int_equal(status, EXIT_FAILED);
	made.write_result = 0;
	opts.html = "/dev/full";
	assert_string_equal(draw(BEGIN OTHER END),
			    "ipitrace: /dev/full: No space left on device\n");
	assert_int_equal(status, EXIT_FAILED);
}

/* A page of a part says so. */
TEST_F(a_file_may_not_be_whole)
{
	static const struct {
		const char *lines, *said, *note;
		int written;
	} rows[] = {
		{ BEGIN OTHER, "ipitrace: NAME: ends early", "ends early", 1 },
		{ BEGIN BAD END, "ipitrace: NAME: line 2: key type: no JSON\n",
		  "line 2: key type: no JSON", 1 },
	};

	opts.html = opts.perfetto = "/dev/null";
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *said = draw(rows[i].lines);

		assert_has(said, rows[i].said);
		assert_lacks(said, "/dev/null");
		assert_has(note, rows[i].note);
		assert_int_equal(written, rows[i].written);
		assert_int_equal(status, EXIT_FAILED);
	}
	/* Without a page there is nothing to note. */
	opts.html = NULL;
	draw(BEGIN OTHER);
	assert_string_equal(note, "");
}

TEST_F(a_picture_may_not_be_created)
{
	static const char *const want[] = { "ipitrace: --html /nowhere/x: ",
					    "ipitrace: --perfetto /nowhere/x: " };

	for (int i = 0; i < 2; i++) {
		opts.html = i ? NULL : "/nowhere/x";
		opts.perfetto = i ? "/nowhere/x" : NULL;
		assert_has(draw(BEGIN OTHER END), want[i]);
		assert_int_equal(status, EXIT_FAILED);
	}
}

static int setup_group(void **state)
{
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static int teardown_group(void **state)
{
	return unlink(path);
}

TEST_MAIN(setup_group, teardown_group)
