// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <math.h>
#include "base/cpuset.h"
#include "view/capture/parse.h"
#include "command/report_filter.h"

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

static bool has(const struct cpu_list *list, const json_t *object, const char *key)
{
	bool known;
	uint64_t cpu = parse__known(object, key, &known);

	return known && cpu < CPUSET_MAX && cpuset__has(&list->set, cpu);
}

/* A csd's own filters. @pid: the key of the process in @task. */
static bool csd_passes(const struct options *opts, const json_t *object, const json_t *task,
		       const char *pid)
{
	const char *func = parse__text(object, "func");
	bool known;
	uint64_t sender = parse__known(task, pid, &known);

	if (opts->cpus.given && !has(&opts->cpus, object, "src") &&
	    !has(&opts->cpus, object, "dst"))
		return false;
	if ((opts->src.given && !has(&opts->src, object, "src")) ||
	    (opts->dst.given && !has(&opts->dst, object, "dst")))
		return false;
	if (opts->func && (!func || fnmatch(opts->func, func, 0)))
		return false;
	return !opts->pid || (known && sender == opts->pid);
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
	case LINE_STALL:
		return in_time(filter, parse__number(object, "start"), time) &&
		       csd_passes(filter->opts, object, json_object_get(object, "sender"), "tgid");
	case LINE_IPI:
		return in_time(filter, time, time + 1) &&
		       csd_passes(filter->opts, object, object, "pid");
	default:
		return true;
	}
}
