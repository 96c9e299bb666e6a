// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"

/* --keys: the lines of records on their way to stdout. */
struct key_lines {
	const struct key_list *keys;
	struct lines out;
	uint64_t lines;
};

/* Write the keys of a record's line that --keys names. A capture_line_fn. */
static int keys_put(void *ctx, const struct capture_line *line)
{
	struct key_lines *k = ctx;
	char *to = lines__begin(&k->out, json_keys__room(k->keys, line->len) + 1);

	if (line->type == LINE_IPI)
		to = json_keys__write(to, k->keys, line->text, line->len);
	else
		to = mempcpy(to, line->text, line->len);
	if (!to)
		return -EBADMSG;
	*to++ = '\n';
	lines__end(&k->out, to);
	return k->out.err;
}

/* Write the keys of whole lines: write() of the lines of struct trace_run. */
static int key_lines_put(void *ctx, const char *text, size_t len)
{
	struct key_lines *k = ctx;
	int err = lines__each(text, len, &k->lines, keys_put, k);

	return err ? err : lines__flush(&k->out);
}

#define NS 1000000000LL

static int open_trace(void *ctx, const struct options *opts, struct collector *collector)
{
	struct trace_run *run = ctx;
	struct host host;
	int64_t began; /* CLOCK_REALTIME */

	(void)collector;
	if (!opts->json)
		run->view.columns = redraw__size().columns;
	if (opts->json || opts->quiet)
		return EXIT_DONE;
	machine__read(&host);
	began = (int64_t)run->view.began + wall_clock__realtime();
	view__trace_head(&run->view, &host, &(struct timespec){ began / NS, began % NS },
			 &run->lines);
	return output_status(lines__flush(&run->lines));
}

static int end_trace(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct trace_run *run = ctx;
	/* If the reader of stdout is gone, there is nobody for the totals. */
	int err = opts->json ? trace_run__end_line(run) : run->lines.err;

	(void)cut;
	/* -q hides the summary, but never a loss. */
	if (!err && (!opts->quiet || trace_totals__lost(&run->totals)))
		view__trace_end(stderr, &run->totals);
	return err ? err : output_status(0);
}

int command_trace(const struct options *opts)
{
	static const struct session_ops ops = {
		.open = open_trace,
		.nameless = true,
		.end = end_trace,
	};
	struct feeds feeds = {};
	struct key_lines *keys;
	struct trace_run *run;
	int status;

	run = calloc(1, sizeof(*run));
	keys = opts->keys.nr ? calloc(1, sizeof(*keys)) : NULL;
	if (!run || (opts->keys.nr && !keys)) {
		free(run);
		free(keys);
		return part_status("start", -ENOMEM);
	}
	if (keys) {
		keys->keys = &opts->keys;
		keys->out.fd = STDOUT_FILENO;
		run->lines.write = key_lines_put;
		run->lines.ctx = keys;
	}
	run->print = opts->json ? json__trace : view__trace;
	run->lines.fd = STDOUT_FILENO;
	feeds.records = run;
	status = session__run(opts, &ops, &feeds, run);
	free(keys);
	free(run);
	return status;
}
