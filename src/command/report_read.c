// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "base/cpuset.h"
#include "cli/diag.h"
#include "cli/match.h"
#include "command/report_read.h"
#include "view/capture/parse.h"

/* Returns an exit status: what is wrong with the file has been reported. */
static int status_of(const struct capture_result *result, const char *path)
{
	char why[CAPTURE_RESULT_TEXT];

	if (result->end == CAPTURE_STOPPED && result->err == -EBADMSG)
		return fail(EXIT_FAILED, "%s: line %" PRIu64 " is no JSON", path, result->lines);
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
	int err = capture_parts__open(&input->parts, path);

	input->path = path;
	if (!err && input->parts.left_out)
		fail(EXIT_DONE, "%s.1: left out: %s", path, input->parts.left_out);
	return err ? fail(EXIT_FAILED, "%s: %s", path, strerror(-err)) : EXIT_DONE;
}

int report_read(struct report_input *input, capture_line_fn *fn, void *ctx)
{
	struct capture_result result;

	capture_parts__read(&input->parts, fn, ctx, &result);
	return status_of(&result, input->path);
}

void report_filter__open(struct report_filter *filter, const struct options *opts)
{
	filter->opts = opts;
	filter->by_csd = opts->cpus.given || opts->src.given || opts->dst.given || opts->func ||
			 opts->pid;
	filter->any = filter->by_csd || opts->since || opts->until;
}

/* Whether the time from @from to @to overlaps with --since and --until. */
static bool in_time(const struct report_filter *filter, uint64_t from, uint64_t to)
{
	uint64_t since = filter->began + llround(filter->opts->since * 1e9);
	uint64_t until = filter->began + llround(filter->opts->until * 1e9);

	return (!filter->opts->since || to > since) && (!filter->opts->until || from < until);
}

/* The parts of a csd that the options filter by. */
struct csd {
	const char *func; /* NULL: unknown; the others: UINT64_MAX */
	uint64_t src;
	uint64_t dst;
	uint64_t pid;
};

static bool has(const struct cpu_list *list, uint64_t cpu)
{
	return cpu < CPUSET_MAX && cpuset__has(&list->set, cpu);
}

static bool csd_passes(const struct options *opts, const struct csd *csd)
{
	if (opts->cpus.given && !has(&opts->cpus, csd->src) && !has(&opts->cpus, csd->dst))
		return false;
	if ((opts->src.given && !has(&opts->src, csd->src)) ||
	    (opts->dst.given && !has(&opts->dst, csd->dst)))
		return false;
	if (opts->func && (!csd->func || !globs__match(opts->func, csd->func)))
		return false;
	return !opts->pid || csd->pid == opts->pid;
}

static uint64_t known(const json_t *object, const char *key)
{
	bool known;
	uint64_t n = parse__known(object, key, &known);

	return known ? n : UINT64_MAX;
}

static bool stall_passes(const struct options *opts, const json_t *stall)
{
	const struct csd csd = { .func = parse__text(stall, "func"),
				 .src = known(stall, "src"),
				 .dst = known(stall, "dst"),
				 .pid = known(json_object_get(stall, "sender"), "tgid") };

	return csd_passes(opts, &csd);
}

static uint64_t number(const struct record_line *line, enum record_key key)
{
	uint64_t n;

	return record_line__number(line, key, &n) ? n : UINT64_MAX;
}

bool report_filter__passes_record(const struct report_filter *filter,
				  const struct record_line *line)
{
	const struct csd csd = { .func = record_line__text(line, RECORD_FUNC),
				 .src = number(line, RECORD_SRC),
				 .dst = number(line, RECORD_DST),
				 .pid = number(line, RECORD_PID) };
	uint64_t time;

	record_line__number(line, RECORD_TIME, &time);
	return in_time(filter, time, time + 1) && csd_passes(filter->opts, &csd);
}

bool report_filter__passes(const struct report_filter *filter, const json_t *object,
			   enum line_type type)
{
	const json_t *window = json_object_get(object, "window");
	uint64_t time = parse__number(object, "time");

	switch (type) {
	case LINE_SNAPSHOT:
		return in_time(filter, parse__number(window, "mono_start"),
			       parse__number(window, "mono_end"));
	case LINE_STORM:
		return in_time(filter, parse__number(object, "onset"), time);
	/* Its sums are the whole run's. */
	case LINE_NO_STORM:
		return !filter->opts->since && !filter->opts->until;
	case LINE_STALL:
		return in_time(filter, parse__number(object, "start"), time) &&
		       stall_passes(filter->opts, object);
	default:
		return true;
	}
}
