// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"
#include "view/top/screen.h"

struct top {
	const struct options *opts;
	struct screen screen;
	struct canvas canvas;
	struct numa llcs, nodes;
	struct record_file file; /* the file of -o */
	bool written; /* the user has asked for the file to be written */
	uint64_t own_ns; /* CPU time of this process when the last window was shown */
	struct feeds feeds;
	struct wall_clock clock;
	bool reported; /* a stall was reported since the screen was drawn */
};

static int out_of_memory(void)
{
	return part_status("the screen", -ENOMEM);
}

static void draw_screen(struct top *top)
{
	screen__draw(&top->screen, &top->canvas);
	terminal__draw(&top->canvas);
}

static int report_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
			uint64_t time)
{
	struct top *top = ctx;
	char *line = json__storm_line(storm, evidence, time);
	int err = line ? findings__storm(&top->screen.findings, storm, evidence,
					 wall_clock__realtime(), line, strlen(line)) :
			 -ENOMEM;

	free(line);
	return err;
}

static int report_stall(void *ctx, const struct incident *incident, uint64_t id, const char *report,
			size_t len)
{
	struct top *top = ctx;

	top->reported = true;
	return findings__stall(&top->screen.findings, incident, id, &top->clock, report, len);
}

static void configure_top(void *ctx, const struct options *opts, struct collect_config *config)
{
	(void)ctx;
	(void)opts;
	/* Rows of senders name their cgroups, so they fill both tables. */
	if (config->by_key == BY_NONE)
		config->by_key = BY_SENDER;
}

static int open_top(void *ctx, const struct options *opts, struct collector *collector)
{
	struct top *top = ctx;
	struct cpuset online;
	int err = terminal__open(EXIT_FAILED);

	(void)collector;
	wall_clock__read(&top->clock);
	if (err)
		return err;
	if (!cpuset__read(&online, "online"))
		llc__read(&top->llcs, &online, NULL);
	numa__read(&top->nodes, NULL);
	top->screen.groupings[0] = (struct grouping){ "LLC", &top->llcs };
	top->screen.groupings[1] = (struct grouping){ "node", &top->nodes };
	return opts->output ? record_file__open(&top->file, opts) : EXIT_DONE;
}

static int begin_top(void *ctx)
{
	struct top *top = ctx;
	int err;

	top->own_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	/* Leave the live screen before each message. */
	diag__before(terminal__end);
	err = terminal__begin(&top->canvas);
	if (err)
		return part_status("the screen", err);
	draw_screen(top);
	return EXIT_DONE;
}

/* Write the kept windows into the file, which is then a whole capture. Returns an exit status. */
static int windows_write(struct top *top)
{
	const struct view_options view = { .stacks = true };
	const struct findings *findings = &top->screen.findings;
	const struct history *history = &top->screen.history;
	int status = record_file__restart(&top->file);

	for (size_t i = 0; i < history->nr && status == EXIT_DONE; i++) {
		char *line = json__snapshot_line(&history->windows[i]->snap, &view);

		status = line ? record_file__put(&top->file, line, strlen(line)) : out_of_memory();
		free(line);
	}
	for (size_t i = 0; i < findings->nr && status == EXIT_DONE; i++)
		status = record_file__put(&top->file, findings->items[i].line,
					  findings->items[i].len);
	return status == EXIT_DONE ? record_file__end(&top->file) : status;
}

static int wish_write(struct top *top)
{
	struct screen *screen = &top->screen;
	int status;

	if (!top->opts->output) {
		snprintf(screen->message, sizeof(screen->message),
			 "no file to write to: start with -o FILE");
		return EXIT_DONE;
	}
	status = windows_write(top);
	top->written = true;
	snprintf(screen->message, sizeof(screen->message), "%zu windows written to %s",
		 screen->history.nr, top->opts->output);
	return status;
}

static int keys_fd(void *ctx)
{
	(void)ctx;
	return terminal__fd();
}

/* Take all keys that have come. */
static int read_keys(void *ctx, bool *over)
{
	struct top *top = ctx;
	bool any = terminal__signals(&top->canvas) || top->reported, gone = false;
	int status = EXIT_DONE;
	struct input input;

	while (status == EXIT_DONE && !*over && terminal__input(&input, &gone)) {
		enum screen_wish wish = screen__input(&top->screen, &input);

		any = true;
		*over = wish == WISH_QUIT;
		if (wish == WISH_WRITE)
			status = wish_write(top);
	}
	*over |= gone;
	top->reported = false;
	if (status == EXIT_DONE && any && !*over)
		draw_screen(top);
	return status;
}

static int show_window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct top *top = ctx;
	uint64_t now = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	int err = screen__window(&top->screen, snap, now - top->own_ns);

	(void)opts;
	top->own_ns = now;
	if (err)
		return part_status("the screen", err);
	draw_screen(top);
	return EXIT_DONE;
}

static int end_top(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct top *top = ctx;

	(void)opts;
	(void)cut;
	terminal__end();
	stalls_missing__say(&top->feeds.sum);
	/* A file to which nothing was written is a capture without windows. */
	if (top->opts->output && !top->written)
		return record_file__end(&top->file);
	return EXIT_DONE;
}

static void close_top(void *ctx)
{
	struct top *top = ctx;

	terminal__end();
	diag__before(NULL);
	screen__close(&top->screen);
	canvas__free(&top->canvas);
}

int command_top(const struct options *opts)
{
	static const struct session_ops ops = {
		.users = true,
		.configure = configure_top,
		.open = open_top,
		.begun = begin_top,
		/* An Esc may begin another key: it counts if nothing has followed until a tick. */
		.tick = read_keys,
		.fd = keys_fd,
		.readable = read_keys,
		.window = show_window,
		.end = end_top,
		.close = close_top,
	};
	struct options windowed = *opts;
	int status, closed;
	struct top *top;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail(EXIT_CANNOT, "top: without a terminal use ipitrace summary");
	if (!terminal__known())
		return fail(EXIT_CANNOT,
			    "top: the terminal TERM=%s has no screen: use ipitrace summary",
			    getenv("TERM") ? getenv("TERM") : "");
	top = calloc(1, sizeof(*top));
	if (!top)
		return out_of_memory();
	top->opts = opts;
	top->file.fds[0] = top->file.fds[1] = -1;
	top->feeds = (struct feeds){
		.which = FEED_ALL,
		.reports = { .json = true, .take_report = report_stall, .ctx = top },
		/* The main thread looks for stalls: nothing is shown before that thread draws. */
		.unwatched = true,
		.storm = report_storm,
		.ctx = top,
	};
	screen__open(&top->screen);
	/* -d without -i still means several windows. */
	if (!opts->interval)
		windowed.interval = 1;
	status = session__run(&windowed, &ops, &top->feeds, top);
	closed = record_file__close(&top->file);
	free(top);
	return status == EXIT_DONE ? closed : status;
}
