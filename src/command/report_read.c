// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include "command/parts.h"
#include "import/import.h"

/* How long before the capture a time of the day may be, s. */
#define DAY_EARLY 3600
/* Every capture is shorter, s. */
#define AFTER_MAX 1e9

int report_input__status(const struct report_input *input, const struct capture_result *result)
{
	const char *path = input->path;
	char why[CAPTURE_RESULT_TEXT];

	if (result->end == CAPTURE_STOPPED && result->err == -EBADMSG)
		return fail(EXIT_FAILED, "%s: line %" PRIu64 " is not JSON", path, result->lines);
	if (result->end == CAPTURE_STOPPED && result->err == -E2BIG)
		return fail(EXIT_FAILED,
			    "%s: line %" PRIu64 ": more names than any run of ipitrace", path,
			    result->lines);
	if (result->end == CAPTURE_STOPPED)
		return output_status(result->err);
	if (capture_result__text(result, why, sizeof(why)))
		return fail(EXIT_FAILED, "%s: %s", path, why);
	return EXIT_DONE;
}

int report_input__open(struct report_input *input, const char *path)
{
	int err = 0;

	input->path = path;
	if (!strcmp(path, "-")) {
		input->path = "standard input";
		input->parts = (struct capture_parts){ 1, { dup(STDIN_FILENO), -1 }, NULL };
		err = input->parts.fds[0] < 0 ? -errno : 0;
	} else {
		err = capture_parts__open(&input->parts, path);
	}
	input->text = (struct tracer_text){};
	if (!err && input->parts.left_out)
		fail(EXIT_DONE, "%s.1: left out: %s", path, input->parts.left_out);
	if (err)
		return part_status(input->path, err);
	return tracer_text__open(&input->text, input->parts.fds[0], input->path);
}

int report_input__check(const struct report_input *input)
{
	struct capture_result result = { .end = CAPTURE_WHOLE };
	int fd = input->parts.fds[0];
	struct stat st;

	if (input->text.pid || fstat(fd, &st))
		return EXIT_DONE;
	if (S_ISDIR(st.st_mode))
		return part_status(input->path, -EISDIR);
	/* The first bytes of a pipe cannot be read twice. */
	if (S_ISREG(st.st_mode) && import_kind__read(fd) == IMPORT_NONE)
		result.end = st.st_size ? CAPTURE_NONE : CAPTURE_EMPTY;
	return report_input__status(input, &result);
}

int report_input__close(struct report_input *input, int status)
{
	capture_parts__close(&input->parts);
	return tracer_text__close(&input->text, input->path, status);
}

/* The lines of a file of another tracer go to the function for a capture's lines. */
struct imported {
	capture_line_fn *fn;
	void *ctx;
	uint64_t lines;
};

int lines__each(const char *text, size_t len, uint64_t *lines, capture_line_fn *fn, void *ctx)
{
	const char *end = text + len, *newline;
	int err = 0;

	for (; !err && (newline = memchr(text, '\n', end - text)); text = newline + 1) {
		struct capture_line line = { .text = text,
					     .len = newline - text,
					     .number = ++*lines };

		err = capture_line__type(text, line.len, &line.type) ?: fn(ctx, &line);
	}
	return err;
}

/* Hand the lines to the function for a capture's lines. An import_lines_fn. */
static int lines_take(void *ctx, const char *text, size_t len)
{
	struct imported *imported = ctx;

	return lines__each(text, len, &imported->lines, imported->fn, imported->ctx);
}

int report_input__read(struct report_input *input, capture_line_fn *fn, void *ctx,
		       struct capture_result *result)
{
	static const struct options defaults;
	struct imported imported = { fn, ctx, 0 };
	const struct import_how how = { .opts = &defaults, .put = lines_take, .ctx = &imported };
	int status;

	if (!input->text.pid && !import_run__is_for(input->parts.fds[0])) {
		capture_parts__read(&input->parts, fn, ctx, result);
		return EXIT_DONE;
	}
	/* A file of another tracer is read as the capture that `import` makes of it. */
	*result = (struct capture_result){ .end = CAPTURE_STOPPED };
	status = import_run(&how, input->parts.fds, &input->path, 1, &result->err);
	result->lines = imported.lines;
	if (!result->err)
		result->end = status == EXIT_DONE ? CAPTURE_WHOLE : CAPTURE_FAILED;
	return status;
}

void report_filter__open(struct report_filter *filter, const struct options *opts)
{
	*filter = (struct report_filter){ .opts = opts };
	filter->by_csd = opts->cpus.given || opts->src.given || opts->dst.given || opts->func ||
			 opts->pid;
	filter->any = filter->by_csd || opts->since.kind || opts->until.kind;
}

/* That time of the day, @seconds after midnight, on the day of @started or @days later. */
static time_t day_time(time_t started, double seconds, int days)
{
	struct tm tm;

	localtime_r(&started, &tm);
	tm.tm_mday += days;
	tm.tm_hour = 0;
	tm.tm_min = 0;
	tm.tm_sec = (int)seconds;
	tm.tm_isdst = -1;
	return mktime(&tm);
}

/*
 * Returns @time as CLOCK_MONOTONIC, and not before the beginning, in a capture that began at
 * @started, when CLOCK_MONOTONIC was @mono, and ended at @end. A time of the day is on the day that
 * begins an hour before the capture: a user who names the minute in which it began does not mean
 * tomorrow.
 */
static uint64_t mono_of(const struct report_time *time, const struct timespec *started,
			uint64_t mono, uint64_t end)
{
	double after = time->seconds;

	if (time->kind == REPORT_TIME_OF_DAY) {
		time_t at = day_time(started->tv_sec, time->seconds, 0);

		if (at < started->tv_sec - DAY_EARLY)
			at = day_time(started->tv_sec, time->seconds, 1);
		after = at + fmod(time->seconds, 1);
	}
	if (time->kind == REPORT_TIME_BEFORE_END)
		after = end > mono ? (end - mono) / 1e9 - time->seconds : 0;
	else if (time->kind != REPORT_TIME_AFTER)
		after -= started->tv_sec + started->tv_nsec / 1e9;
	if (after <= 0)
		return mono;
	return mono + llround((after < AFTER_MAX ? after : AFTER_MAX) * 1e9);
}

static bool is_after_end(const struct report_filter *filter)
{
	return filter->opts->since.kind && filter->since >= filter->end;
}

static bool is_before_beginning(const struct report_filter *filter)
{
	return filter->opts->until.kind && filter->until <= filter->first;
}

/* The lines that say which time a capture covers. */
#define RANGE_TYPES (1U << LINE_CAPTURE | 1U << LINE_SNAPSHOT | 1U << LINE_STALL | 1U << LINE_IPI)

/* Add what a line covers to the range; a stall may have begun before the capture. Returns true. */
static bool facts_add(void *ctx, const struct line_facts *facts)
{
	struct report_filter *filter = ctx;
	uint64_t from = facts->type == LINE_SNAPSHOT ? facts->from : facts->to;

	/* A made-up time must not overflow in sums. */
	if (!from || from > facts->to || facts->to > INT64_MAX / 2)
		return true;
	if (!filter->first || from < filter->first)
		filter->first = from;
	if (facts->to > filter->end)
		filter->end = facts->to;
	return true;
}

/* Set the times of --since and --until by what is known of the capture's beginning and end. */
static void times_set(struct report_filter *filter)
{
	const struct options *opts = filter->opts;

	filter->since = mono_of(&opts->since, &filter->started, filter->mono, filter->end);
	filter->until = mono_of(&opts->until, &filter->started, filter->mono, filter->end);
}

/*
 * Take the clocks from the first line; facts_add() adds the ranges of the other lines. Returns
 * -ECANCELED once both times are known to be in the range.
 */
static int range_take(void *ctx, struct capture_record *record)
{
	struct report_filter *filter = ctx;

	if (record->type == LINE_CAPTURE) {
		filter->started = record->start.started;
		/* Half the range of a clock, so that no sum of two overflows. */
		filter->mono = record->start.mono > INT64_MAX / 2 ? 0 : record->start.mono;
		times_set(filter);
		return 0;
	}
	if (!filter->end || filter->opts->since.kind == REPORT_TIME_BEFORE_END ||
	    filter->opts->until.kind == REPORT_TIME_BEFORE_END || is_after_end(filter) ||
	    is_before_beginning(filter))
		return 0;
	return -ECANCELED;
}

static int outside_refuse(const struct report_filter *filter, const struct report_input *input,
			  const char *option, const struct report_time *time, const char *where)
{
	int64_t before = filter->first - filter->mono; /* may be negative */
	int64_t began = filter->started.tv_sec * 1000000000LL + filter->started.tv_nsec + before;

	return fail(EXIT_USAGE, "report --%s %s: %s of %s, which has %.2f s from %s", option,
		    time->text, where, input->path, (filter->end - filter->first) / 1e9,
		    clock__date_at(began).s);
}

/* Refuse --since and --until outside of what @input covers. */
static int check_range(const struct report_filter *filter, const struct report_input *input)
{
	if (!filter->end)
		return EXIT_DONE;
	if (is_after_end(filter))
		return outside_refuse(filter, input, "since", &filter->opts->since,
				      "after the end");
	if (is_before_beginning(filter))
		return outside_refuse(filter, input, "until", &filter->opts->until,
				      "before the beginning");
	if (filter->opts->since.kind && filter->opts->until.kind && filter->since >= filter->until)
		return fail(EXIT_USAGE, "report --until %s: not after --since %s",
			    filter->opts->until.text, filter->opts->since.text);
	return EXIT_DONE;
}

/*
 * If --since or --until is given, find what @input covers, refuse a time outside, and return to the
 * beginning. The reading that follows will report what is wrong with the file.
 */
static int find_range(struct report_filter *filter, struct report_input *input,
		      struct capture_sink *range)
{
	const struct options *opts = filter->opts;
	struct capture_result result;
	bool until = opts->until.kind == REPORT_TIME_BEFORE_END;
	bool before_end = until || opts->since.kind == REPORT_TIME_BEFORE_END;

	if (!opts->since.kind && !opts->until.kind)
		return EXIT_DONE;
	for (int part = 0; part < input->parts.nr; part++)
		filter->piped |= lseek(input->parts.fds[part], 0, SEEK_CUR) < 0;
	if (filter->piped && before_end)
		return fail(
			EXIT_USAGE,
			"report --%s %s: %s is a pipe, whose end is not known: save it to a file "
			"first",
			until ? "until" : "since", until ? opts->until.text : opts->since.text,
			input->path);
	if (filter->piped)
		return EXIT_DONE;
	report_input__read(input, capture_sink__line, range, &result);
	for (int part = 0; part < input->parts.nr; part++)
		if (lseek(input->parts.fds[part], 0, SEEK_SET) < 0)
			return part_status(input->path, -errno);
	times_set(filter);
	/* A damaged file may end before its time does, so its range is not known. */
	if (result.end != CAPTURE_WHOLE &&
	    !(result.end == CAPTURE_STOPPED && result.err == -ECANCELED))
		return EXIT_DONE;
	return check_range(filter, input);
}

struct filtered {
	struct capture_sink range;
	const struct report_filter *filter;
	capture_line_fn *fn;
	void *ctx;
};

/* Hand a line on. All lines of a pipe must be added to know its times. A capture_line_fn. */
static int hand_on(void *ctx, const struct capture_line *line)
{
	struct filtered *f = ctx;
	int err = 0;

	if (f->filter->piped || line->type == LINE_CAPTURE)
		err = capture_sink__line(&f->range, line);
	/* f->fn() does not notice such an error if it needs only the text of the line. */
	return err && err != -ECANCELED ? err : f->fn(f->ctx, line);
}

int report_filter__read(struct report_filter *filter, const struct options *opts,
			struct report_input *input, capture_line_fn *fn, void *ctx)
{
	struct filtered filtered = { { .types = RANGE_TYPES,
				       .lines_only = true,
				       .unnamed = true,
				       .take = range_take,
				       .ctx = filter,
				       .passes = facts_add,
				       .filter = filter },
				     filter,
				     fn,
				     ctx };
	struct capture_result result;
	int status = output_status(capture_sink__open(&filtered.range));

	report_filter__open(filter, opts);
	if (status == EXIT_DONE)
		status = find_range(filter, input, &filtered.range);
	if (status == EXIT_DONE) {
		status = report_input__read(input, hand_on, &filtered, &result);
		filter->cut = capture_result__is_part(&result);
		if (status == EXIT_DONE || result.err)
			status = report_input__status(input, &result);
		if (status == EXIT_DONE && filter->piped)
			status = check_range(filter, input);
	}
	capture_sink__close(&filtered.range);
	return status;
}

/* Whether the time from @from to @to overlaps with --since and --until. */
static bool in_time(const struct report_filter *filter, uint64_t from, uint64_t to)
{
	return (!filter->opts->since.kind || to > filter->since) &&
	       (!filter->opts->until.kind || from < filter->until);
}

static bool list_has(const struct cpu_list *list, uint64_t cpu)
{
	return cpu < CPUSET_MAX && cpuset__has(&list->set, cpu);
}

/* Whether the csd that @facts are about passes. */
static bool csd_passes(const struct options *opts, const struct line_facts *facts)
{
	if (opts->cpus.given && !list_has(&opts->cpus, facts->src) &&
	    !list_has(&opts->cpus, facts->dst))
		return false;
	if ((opts->src.given && !list_has(&opts->src, facts->src)) ||
	    (opts->dst.given && !list_has(&opts->dst, facts->dst)))
		return false;
	if (opts->func && (!facts->func || !globs__match(opts->func, facts->func)))
		return false;
	return !opts->pid || facts->pid == opts->pid;
}

bool report_filter__passes(void *ctx, const struct line_facts *facts)
{
	const struct report_filter *filter = ctx;

	switch (facts->type) {
	case LINE_SNAPSHOT:
	case LINE_STORM:
		return in_time(filter, facts->from, facts->to);
	case LINE_NO_STORM:
		/* The line's sums cover the whole run. */
		return !filter->opts->since.kind && !filter->opts->until.kind;
	case LINE_IPI:
		return in_time(filter, facts->from, facts->to + 1) &&
		       csd_passes(filter->opts, facts);
	case LINE_STALL:
		return in_time(filter, facts->from, facts->to) && csd_passes(filter->opts, facts);
	default:
		return true;
	}
}
