// SPDX-License-Identifier: GPL-2.0
#include "base/pager.h"
#include "command/parts.h"

static int refuse_usage(const char *why)
{
	return fail(EXIT_USAGE, "report%s (see ipitrace report --help)", why);
}

/* Check what belongs to --diff. Returns an exit status. */
static int check_diff(const struct options *opts)
{
	if (opts->html && !strcmp(opts->html, "-"))
		return refuse_usage(" --diff --html -: stdout has the rows: needs a FILE");
	if (opts->nr_operands == 2 && !strcmp(opts->operands[0], "-") &&
	    !strcmp(opts->operands[1], "-"))
		return refuse_usage(" --diff - -: standard input is one FILE: needs another one");
	return opts->nr_operands == 2 ? EXIT_DONE : refuse_usage(" --diff: needs two FILEs");
}

/* Refuse the first filter of csds that is given: VIEW has only sums. Returns an exit status. */
static int refuse_filter(const struct options *opts)
{
	const struct {
		const char *option;
		const struct cpu_list *list;
	} lists[] = { { "cpus", &opts->cpus }, { "src", &opts->src }, { "dst", &opts->dst } };
	char value[GLOBS_BYTES];
	const char *option = opts->func ? "func" : "pid";

	if (opts->func)
		snprintf(value, sizeof(value), "%s", opts->func);
	else
		snprintf(value, sizeof(value), "%u", opts->pid);
	for (size_t i = sizeof(lists) / sizeof(*lists); i-- > 0;) {
		if (!lists[i].list->given)
			continue;
		option = lists[i].option;
		cpuset__format(&lists[i].list->set, value, sizeof(value));
	}
	return fail(EXIT_USAGE,
		    "report: --%s %s: needs the VIEW trace, stalls or waits: others are sums of "
		    "all csds",
		    option, value);
}

/*
 * Check what option_rules cannot: the words FILE and VIEW, and which options VIEW takes. Returns an
 * exit status.
 */
static int check_report(const struct options *opts, const struct report_filter *filter,
			const struct report_view *view)
{
	bool drawn = opts->html || opts->perfetto;

	if (opts->diff)
		return check_diff(opts);
	if (!opts->nr_operands)
		return refuse_usage(": needs a FILE, such as ipitrace.ndjson.zst");
	if (opts->nr_operands > 1 && (opts->folded || drawn))
		return fail(EXIT_USAGE,
			    "report: %s: no VIEW can go with --%s (see ipitrace report --help)",
			    opts->operands[1],
			    opts->folded ? "folded" :
			    opts->html	 ? "html" :
					   "perfetto");
	if (opts->keys.nr && (!view || !view->traced))
		return refuse_usage(" --keys: needs the VIEW trace");
	if (!view && report_view__named(opts->operands[0]))
		return fail(EXIT_USAGE,
			    "report %s %s: FILE comes first: ipitrace report %s %s (see ipitrace "
			    "report --help)",
			    opts->operands[0], opts->operands[1], opts->operands[1],
			    opts->operands[0]);
	if (!view)
		return fail(
			EXIT_USAGE,
			"report %s %s: needs a VIEW: summary, hist, stalls, waits, storm, trace or "
			"calls; two FILEs need --diff",
			opts->operands[0], opts->operands[1]);
	if (filter->by_csd && !view->by_csd)
		return refuse_filter(opts);
	return EXIT_DONE;
}

/* Open all that is read and written. Returns an exit status. */
static int files_open(struct report_work *work)
{
	size_t nr = work->opts->diff ? REPORT_INPUTS : 1;
	int status = EXIT_DONE;

	while (status == EXIT_DONE && work->nr_inputs < nr) {
		status = report_input__open(&work->inputs[work->nr_inputs],
					    work->opts->operands[work->nr_inputs]);
		work->nr_inputs += status == EXIT_DONE;
		/* Check each file before pictures_open() and output_begin() rename older files. */
		if (status == EXIT_DONE)
			status = report_input__check(&work->inputs[work->nr_inputs - 1]);
	}
	if (status == EXIT_DONE)
		status = pictures_open(work->opts, work->pictures);
	return status == EXIT_DONE ? output_begin(work->opts) : status;
}

/* Parse the files without rights, because the bytes of a capture are a stranger's. */
static int files_read(struct report_work *work)
{
	int fds[REPORT_INPUTS * CAPTURE_PARTS + PICTURES];
	size_t nr = PICTURES;
	int status;

	/*
	 * The views keep these answers. Ask now, because the child cannot open the locale's file,
	 * and stdout may become a pipe to the pager.
	 */
	style__shades();
	style__fix();
	pager__open();
	memcpy(fds, work->pictures, sizeof(work->pictures));
	for (size_t i = 0; i < work->nr_inputs; i++)
		for (int part = 0; part < work->inputs[i].parts.nr; part++)
			fds[nr++] = work->inputs[i].parts.fds[part];
	status = confined__run(report_work__do, work, work->opts->operands[0], fds, nr);
	pager__close();
	return status;
}

int command_report(const struct options *opts)
{
	struct report_work work = { .opts = opts,
				    .view = report_view__of(opts),
				    .pictures = { -1, -1 } };
	int status;

	report_filter__open(&work.filter, opts);
	status = check_report(opts, &work.filter, work.view) ?: outputs_check(opts);
	if (status != EXIT_DONE)
		return status;
	status = files_open(&work);
	if (status == EXIT_DONE)
		status = files_read(&work);
	for (size_t i = 0; i < work.nr_inputs; i++)
		status = report_input__close(&work.inputs[i], status);
	return pictures_close(opts, work.pictures, status);
}
