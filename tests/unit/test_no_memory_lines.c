// SPDX-License-Identifier: GPL-2.0
/* Without memory: the lines of a capture on a page, in a timeline, and in the lists of what lasts. */
#include "view/html/page.h"
#include "view/perfetto/timeline.h"
#include "membarrier_window.h"
#include "memory_fails.h"
#include "refused_memory.h"

static char *lines[32];
static size_t nr_lines;
static FILE *nowhere;

static int keep_line(void *ctx, const struct capture_line *line)
{
	/* Long lines take thousands of allocations, which short ones take, too. */
	if (line->len > 5000 || nr_lines == ARRAY_SIZE(lines))
		return 0;
	lines[nr_lines++] = strndup(line->text, line->len);
	return 0;
}

static int keep_lines(const char *path)
{
	struct capture_result result;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	capture__read(fd, keep_line, NULL, &result);
	close(fd);
	return result.end == CAPTURE_WHOLE ? 0 : -EIO;
}

/* Takes a record, and may get no memory for that. */
struct taker {
	int (*take)(void *ctx, struct capture_record *record);
	void *ctx;
	long granted; /* nr_granted, kept while lines are read */
};

static int take_record(void *ctx, struct capture_record *record)
{
	struct taker *taker = ctx;
	int err;

	nr_granted = taker->granted;
	err = taker->take(taker->ctx, record);
	taker->granted = nr_granted;
	nr_granted = -1;
	return err;
}

/*
 * Hand the records of all lines to @take. Reading has all memory: jansson 2.14 writes past the end of
 * its buffer for a string if it cannot be enlarged (lex_save() ignores that).
 */
static int read_lines(int (*take)(void *ctx, struct capture_record *record), void *ctx)
{
	struct taker taker = { take, ctx, nr_granted };
	struct capture_sink sink = { .types = ~0U, .take = take_record, .ctx = &taker };
	int err;

	nr_granted = -1;
	err = capture_sink__open(&sink);
	for (size_t i = 0; i < nr_lines && !err; i++) {
		struct capture_line line = { .text = lines[i],
					     .len = strlen(lines[i]),
					     .number = 1 + i };

		assert_int_equal(capture_line__type(line.text, line.len, &line.type), 0);
		err = capture_sink__line(&sink, &line);
	}
	capture_sink__close(&sink);
	nr_granted = taker.granted;
	return err;
}

static int add_to_page(void *page, struct capture_record *record)
{
	return page__add(page, record);
}

static int make_page(void)
{
	struct page *page = page__open();
	int err = page ? read_lines(add_to_page, page) : -ENOMEM;

	if (!err)
		err = page__write(page, nowhere);
	page__close(page);
	return err;
}

OPENING(page, make_page(), {})

static int add_to_timeline(void *timeline, struct capture_record *record)
{
	return timeline__add(timeline, record);
}

static int draw_timeline(void)
{
	struct timeline *timeline = timeline__open(fileno(nowhere), 100);
	struct timeline_totals totals;
	int err = timeline ? read_lines(add_to_timeline, timeline) : -ENOMEM, end = 0;

	if (timeline)
		end = timeline__close(timeline, &totals);
	return err ?: end;
}

OPENING(timeline, draw_timeline(), {})

static int add_to_lasting(void *lasting, struct capture_record *record)
{
	int over;

	if (record->type != LINE_STALL && record->type != LINE_STORM)
		return 0;
	over = lasting__report(lasting, &record->report, record->line);
	return over < 0 ? over : 0;
}

static int keep_lasting(void)
{
	struct lasting lasting = {};
	int err = read_lines(add_to_lasting, &lasting);

	lasting__free(&lasting);
	return err;
}

OPENING(lasting, keep_lasting(), {})

static json_t *window; /* a line that jansson has read */

static int parse_window(void)
{
	static struct capture_record record = { .type = LINE_SNAPSHOT };
	struct line_parser parser = { .strings = strings__new() };
	int err = parser.strings ? parse__line(&parser, window, &record) : -ENOMEM;

	if (!err)
		snapshot__free(&record.snap);
	strings__free(parser.strings);
	return err;
}

OPENING(parse, parse_window(), {})

static const struct opening openings[] = {
	{ ROW(parse), .optional = true },
	{ ROW(page), .optional = true, .step = 3 },
	{ ROW(timeline), .optional = true, .step = 3 },
	{ ROW(lasting), .optional = true },
};

TEST(each_allocation_may_fail)
{
	test_each_allocation(openings, ARRAY_SIZE(openings));
}

static int setup_group(void **state)
{
	struct snapshot snap = membarrier_window(SECOND, 1, 5);
	char *line;

	assert_int_equal(host_setup(state), 0);
	line = json__snapshot_line(&snap, &(struct view_options){});
	window = line ? json_loads(line, 0, NULL) : NULL;
	free(line);
	assert_non_null(window);
	nowhere = fopen("/dev/null", "we");
	return !nowhere || keep_lines("tests/unit/captures/stalls.zst") ||
	       keep_lines("tests/unit/captures/storm.zst");
}

static int teardown_group(void **state)
{
	name_opening();
	while (nr_lines)
		free(lines[--nr_lines]);
	json_decref(window);
	fclose(nowhere);
	return 0;
}

TEST_MAIN(setup_group, teardown_group)
