// SPDX-License-Identifier: GPL-2.0
/*
 * What is shown of kept captures, byte by byte, on terminals of three widths: the pages in
 * golden/. `make golden` writes these anew; the difference is then read in `git diff`.
 */
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include "command/parts.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "parsed.h"
#include "skip.h"
#include "storm/detector.h"
#include "terminal.h"
#include "unit.h"
#include "view/capture/capture.h"
#include "view/view.h"
#include "view/table/table.h"
#include "view/text/views.h"
#include "canvas_line.h"
#include "view/top/screen.h"

#define CAPTURES "tests/unit/captures/"
#define GOLDEN	 "tests/unit/golden/"

#define TOP_ROWS 24

/* How a page is drawn. Each has its own process, because a process asks for the width only once. */
struct golden {
	const char *capture;
	const char *name; /* the file in golden/ is CAPTURE-NAME */
	void (*draw)(const struct golden *page, int columns);
	const char *view; /* report: VIEW; top: keys */
	bool calls; /* as on a kernel without csd tracepoints */
	bool by_cpu;
	bool one_width; /* 80 columns only: another page has its layout at other widths */
};

/* Reports */

static void report(const struct golden *page, int columns)
{
	char path[128], *operands[] = { path, (char *)page->view };
	struct options opts = { .operands = operands, .nr_operands = page->view ? 2 : 1 };
	struct report_work work = { .opts = &opts, .nr_inputs = 1, .pictures = { -1, -1 } };

	snprintf(path, sizeof(path), CAPTURES "%s.zst", page->capture);
	work.view = report_view__of(&opts);
	if (!work.view || report_input__open(&work.inputs[0], path) || report_work__do(&work))
		exit(1);
	capture_parts__close(&work.inputs[0].parts);
}

/* Windows, as live commands get them */

struct windows {
	const struct golden *page;
	int columns;
	void (*show)(struct windows *windows, const struct snapshot *snap);
	struct line_parser parser;
	struct storm_detector *detector;
	struct screen *screen; /* of top; NULL: the page is not of top */
};

/* Make up what hooks see, which a kernel without csd tracepoints has instead of csds. */
static void calls_make(struct snapshot *snap)
{
	uint64_t queued = snap->ledger.queued;

	snap->how.source = SOURCE_CALLS;
	snap->known.irqs = snap->known.irq_delay = true;
	snap->call_ledger = (struct call_ledger){
		.begun = queued - 2,
		.carried_in = 1,
		.returned = queued - 7,
		.refused = 3,
		.under_way = 2,
		.lost_by = { 1, 0, 3 },
		.local = snap->ledger.local,
	};
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		struct cpu_stats *cpu = &snap->cpus[i];

		cpu->irqs[KIND_CALL_FUNCTION] =
			(struct irq_sum){ cpu->received, cpu->handler.sum, cpu->handler.max };
		cpu->irqs[KIND_RESCHEDULE] = (struct irq_sum){ 37, 20000, 3000 };
		cpu->irq_delay = cpu->delay;
		memset(&cpu->delay, 0, sizeof(cpu->delay));
		memset(&cpu->handler, 0, sizeof(cpu->handler));
		cpu->received = 0;
	}
	for (size_t i = 0; i < snap->nr_fns; i++) {
		struct fn_stats *fn = &snap->fns[i];

		fn->at_most = !i;
		memset(&fn->delay, 0, sizeof(fn->delay));
		memset(&fn->handler, 0, sizeof(fn->handler));
	}
}

/* A capture_line_fn. */
static int window_take(void *ctx, const struct capture_line *line)
{
	struct windows *windows = ctx;
	struct snapshot *snap;
	json_t *object;

	if (line->type != LINE_SNAPSHOT)
		return 0;
	object = capture_line__object(line);
	snap = &parsed_record(&windows->parser, LINE_SNAPSHOT, object)->snap;
	if (windows->page->calls)
		calls_make(snap);
	if (storm_detector__window(windows->detector, snap, NULL))
		exit(1);
	windows->show(windows, snap);
	snapshot__free(snap);
	json_decref(object);
	return 0;
}

static void capture_read(const struct golden *page, capture_line_fn *take, void *ctx)
{
	struct capture_result result;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), CAPTURES "%s.zst", page->capture);
	fd = open(path, O_RDONLY);
	capture__read(fd, take, ctx, &result);
	close(fd);
	if (fd < 0 || result.end != CAPTURE_WHOLE)
		exit(1);
}

static void windows_show(const struct golden *page, int columns, struct screen *screen,
			 void (*show)(struct windows *windows, const struct snapshot *snap))
{
	const struct storm_limits limits = { STORM_RATE_DEFAULT, STORM_SHARE_DEFAULT,
					     STORM_RISE_DEFAULT, 0 };
	struct windows windows = {
		page, columns, show, { .strings = strings__new() }, NULL, screen
	};

	if (storm_detector__new(&windows.detector, &limits))
		exit(1);
	capture_read(page, window_take, &windows);
	storm_detector__free(windows.detector);
	/* The history has copies of all names, so free these. */
	strings__free(windows.parser.strings);
}

static void brief_show(struct windows *windows, const struct snapshot *snap)
{
	const struct brief how = {
		.columns = windows->columns,
		.rows = TERMINAL_ROWS,
		.hints = true,
		.by_cpu = windows->page->by_cpu,
		.program = "ipitrace",
		.again = "",
		.ran = "",
		.filters = "",
		.nearest = storm_detector__nearest(windows->detector),
	};

	view__brief(stdout, snap, &how);
}

static void brief(const struct golden *page, int columns)
{
	windows_show(page, columns, NULL, brief_show);
}

static void full_show(struct windows *windows, const struct snapshot *snap)
{
	bool by_cpu = windows->page->by_cpu;
	const struct view_options how = { .stacks = !by_cpu, .by_cpu = by_cpu };

	view__summary(snap, &how);
}

static void full(const struct golden *page, int columns)
{
	windows_show(page, columns, NULL, full_show);
}

static void calls_show(struct windows *windows, const struct snapshot *snap)
{
	view__calls(snap, &(struct view_options){});
}

static void calls(const struct golden *page, int columns)
{
	windows_show(page, columns, NULL, calls_show);
}

static void hist_show(struct windows *windows, const struct snapshot *snap)
{
	view__hist(snap, false);
}

static void hist(const struct golden *page, int columns)
{
	windows_show(page, columns, NULL, hist_show);
}

/* The live screen */

static void window_keep(struct windows *windows, const struct snapshot *snap)
{
	if (screen__window(windows->screen, snap, 3000000))
		exit(1);
}

/* A capture_line_fn. */
static int finding_take(void *ctx, const struct capture_line *line)
{
	struct screen *screen = ctx;
	const struct snapshot *snap = &history__get(&screen->history, 0)->snap;
	int64_t realtime = window__realtime(&snap->window);
	json_t *object = capture_line__object(line);
	struct line_parser parser = { .strings = strings__new(),
				      .nr_online = cpuset__count(&snap->host->online) };
	struct capture_record *record = parsed_record(&parser, line->type, object);
	int err = 0;

	if (line->type == LINE_STALL)
		err = findings__stall(&screen->findings, &record->stall.in, record->stall.id,
				      &(struct wall_clock){ realtime }, line->text, line->len);
	else if (line->type == LINE_STORM)
		err = findings__storm(&screen->findings, &record->storm.storm,
				      &record->storm.evidence, realtime, line->text, line->len);
	if (line->type == LINE_SNAPSHOT)
		snapshot__free(&record->snap);
	strings__free(parser.strings);
	json_decref(object);
	return err;
}

/* If there are many empty lines, write how many. */
static void screen_print(struct screen *screen, struct canvas *canvas)
{
	char line[2048];
	int empty = 0;

	screen__draw(screen, canvas);
	for (int y = 0; y < canvas->height; y++) {
		canvas__line(canvas, y, line, sizeof(line));
		if (!*line && y + 1 < canvas->height) {
			empty++;
			continue;
		}
		if (empty > 1)
			printf("(%d empty rows)", empty);
		if (empty)
			puts("");
		empty = 0;
		puts(line);
	}
	puts("--");
}

static void key(struct screen *screen, char ch)
{
	screen__input(screen, &(struct input){ .key = ch == '\r' ? SCREEN_ENTER :
						      ch == '\b' ? SCREEN_BACK :
						      ch == 'v'	 ? SCREEN_DOWN :
								   SCREEN_CHAR,
					       .ch = ch });
}

/* The screen after each of the keys of page->view. */
static void top(const struct golden *page, int columns)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	struct canvas canvas = { .utf8 = true };

	screen__open(screen);
	if (canvas__resize(&canvas, columns, TOP_ROWS))
		exit(1);
	windows_show(page, columns, screen, window_keep);
	capture_read(page, finding_take, screen);
	screen__draw(screen, &canvas);
	for (const char *ch = page->view; *ch; ch++) {
		key(screen, *ch);
		screen_print(screen, &canvas);
	}
	canvas__free(&canvas);
	screen__close(screen);
	free(screen);
}

static const struct golden pages[] = {
	{ "storm", "report", report, NULL, 0, 0, 0 },
	{ "storm", "brief", brief, NULL, 0, 0, 0 },
	{ "storm", "full", full, NULL, 0, 0, 0 },
	{ "storm", "calls", calls, NULL, 0, 0, 0 },
	{ "storm", "hist", hist, NULL, 0, 0, 0 },
	{ "storm", "storm", report, "storm", 0, 0, 0 },
	{ "storm", "report-calls", report, "calls", 0, 0, 0 },
	{ "storm", "hooks-brief", brief, NULL, true, 0, true },
	{ "storm", "hooks-full", full, NULL, true, 0, true },
	{ "storm", "hooks-calls", calls, NULL, true, 0, true },
	{ "storm", "hooks-hist", hist, NULL, true, 0, true },
	{ "storm", "top", top, "123456789?", 0, 0, 0 },
	{ "storm", "top-function", top, "1\r\rq\b\bv\r", 0, 0, true },
	{ "storm", "top-cpu", top, "2\r\b6\r", 0, 0, true },
	{ "storm", "top-storm", top, "8\r", 0, 0, true },
	{ "storm", "top-sorted", top, "1>><<<r2>rp[", 0, 0, true },
	{ "stalls", "report", report, NULL, 0, 0, true },
	{ "stalls", "brief", brief, NULL, 0, 0, 0 },
	{ "stalls", "full", full, NULL, 0, 0, true },
	{ "stalls", "stalls", report, "stalls", 0, 0, 0 },
	{ "stalls", "waits", report, "waits", 0, 0, 0 },
	{ "stalls", "storm", report, "storm", 0, 0, true },
	{ "stalls", "top", top, "47", 0, 0, true },
	{ "stalls", "top-victim", top, "4\r\bv\r", 0, 0, true },
	{ "stalls", "top-stall", top, "9\r\bv\r\bv\r\bv\r", 0, 0, true },
	{ "cgroups", "report", report, NULL, 0, 0, true },
	{ "cgroups", "brief", brief, NULL, 0, 0, true },
	{ "cgroups", "full", full, NULL, 0, 0, true },
	{ "cgroups", "trace", report, "trace", 0, 0, 0 },
	{ "cgroups", "top", top, "57", 0, 0, true },
	{ "cgroups", "top-cgroup", top, "5\r", 0, 0, true },
	{ "senders", "brief", brief, NULL, 0, 0, 0 },
	{ "senders", "full", full, NULL, 0, 0, true },
	{ "senders", "trace", report, "trace", 0, 0, 0 },
	{ "senders", "top", top, "357", 0, 0, true },
	{ "senders", "top-sender", top, "3\r\r\b\b5\r", 0, 0, true },
	{ "cpus-40", "brief", brief, NULL, 0, 0, 0 },
	{ "cpus-40", "brief-by-cpu", brief, NULL, 0, true, true },
	{ "cpus-40", "full", full, NULL, 0, 0, true },
	{ "cpus-40", "full-by-cpu", full, NULL, 0, true, true },
	{ "cpus-40", "calls", calls, NULL, 0, 0, true },
	{ "cpus-40", "hooks-brief", brief, NULL, true, 0, true },
	{ "cpus-40", "top", top, "126", 0, 0, true },
	{ "cpus-100", "top", top, "6", 0, 0, 0 },
};

/* Terminals */

/* A page, and the width at which to draw it. */
struct sized_page {
	const struct golden *page;
	int columns;
};

static void draw_page(const void *of)
{
	const struct sized_page *sized = of;

	/* Other tests check stderr. */
	if (!freopen("/dev/null", "w", stderr))
		exit(1);
	sized->page->draw(sized->page, sized->columns);
}

/*
 * Returns the page at each width, but once for neighbouring widths with the same result. The caller
 * frees it.
 */
static char *draw_widths(const struct golden *page)
{
	static const int three[] = { 60, 80, 120 }, one[] = { 80 };
	const int *widths = page->one_width ? one : three;
	size_t nr = page->one_width ? ARRAY_SIZE(one) : ARRAY_SIZE(three), size;
	char *text, *drawn[ARRAY_SIZE(three)];
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < nr; i++)
		drawn[i] = terminal_print(widths[i], draw_page,
					  &(struct sized_page){ page, widths[i] });
	for (size_t i = 0; i < nr; i++) {
		bool same_as_next = i + 1 < nr && !strcmp(drawn[i], drawn[i + 1]);

		if (!i || strcmp(drawn[i - 1], drawn[i]))
			fprintf(out, "== ");
		if (same_as_next)
			fprintf(out, "%d, ", widths[i]);
		else
			fprintf(out, "%d columns ==\n%s", widths[i], drawn[i]);
	}
	for (size_t i = 0; i < nr; i++)
		free(drawn[i]);
	fclose(out);
	return text;
}

static char *file_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file || getdelim(&text, &size, '\0', file) < 0)
		print_message("%s: %s\n", path, strerror(errno));
	if (file)
		fclose(file);
	return text;
}

/* The first line in which the two differ. */
static void difference_print(const char *path, const char *want, const char *got)
{
	int line = 1;
	size_t len;

	while ((len = strcspn(want, "\n")) == strcspn(got, "\n") && !strncmp(want, got, len) &&
	       want[len] && got[len]) {
		want += len + 1;
		got += len + 1;
		line++;
	}
	print_message("%s:%d:\nkept  %.*s\nshown %.*s\n(`make golden` keeps what is shown)\n", path,
		      line, (int)strcspn(want, "\n"), want, (int)strcspn(got, "\n"), got);
}

static void test_page(void **state)
{
	const struct golden *page = *state;
	char path[128], *got, *want;
	bool same;

	/* A VM may have no file system of terminals. */
	if (skip_if(access("/dev/ptmx", R_OK | W_OK), "there are no terminals here"))
		return;
	got = draw_widths(page);
	snprintf(path, sizeof(path), GOLDEN "%s.%s", page->capture, page->name);
	if (getenv("GOLDEN_RENEW")) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(got, file);
		assert_int_equal(fclose(file), 0);
	}
	want = file_read(path);
	same = want && !strcmp(want, got);
	if (want && !same)
		difference_print(path, want, got);
	free(want);
	free(got);
	assert_true(same);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(pages)];
	char names[ARRAY_SIZE(pages)][64];

	setenv("TZ", "UTC", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("NO_COLOR", "1", 1);
	setlocale(LC_CTYPE, "");
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		snprintf(names[i], sizeof(names[i]), "%s.%s", pages[i].capture, pages[i].name);
		tests[i] =
			(struct CMUnitTest){ names[i], test_page, NULL, NULL, (void *)&pages[i] };
	}
	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
