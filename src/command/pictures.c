// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"
#include "view/html/page.h"
#include "view/perfetto/timeline.h"

struct pictures {
	const struct options *opts;
	struct capture_sink sink;
	struct timeline *timeline; /* NULL: no timeline is asked for */
	struct page *page; /* NULL: no page is asked for */
	FILE *page_file;
	int timeline_err; /* negative errno */
	int page_err;
	struct timeline_totals timeline_totals;
	struct page_totals page_totals;
};

/* The types of lines that a picture is drawn from. */
#define SHOWN                                                                             \
	(1U << LINE_CAPTURE | 1U << LINE_SNAPSHOT | 1U << LINE_STALL | 1U << LINE_STORM | \
	 1U << LINE_IPI)

/* Returns the error of a picture, if there was one: it ends the reading. */
static int picture_err(const struct pictures *p)
{
	return p->timeline_err ? p->timeline_err : p->page_err;
}

/* Returns an exit status, after a message that names the picture which failed. */
static int failed_status(const struct pictures *p)
{
	return part_status(p->opts->perfetto, p->timeline_err) ?:
		       part_status(p->opts->html, p->page_err);
}

static int record_draw(void *ctx, struct capture_record *record)
{
	struct pictures *p = ctx;

	if (p->timeline)
		p->timeline_err = timeline__add(p->timeline, record);
	if (p->page)
		p->page_err = page__add(p->page, record);
	return picture_err(p);
}

static const char *picture_path(const struct options *opts, enum picture i)
{
	return i == PICTURE_PAGE ? opts->html : opts->perfetto;
}

int pictures_open(const struct options *opts, int fds[PICTURES])
{
	static const char *const names[PICTURES] = {
		[PICTURE_PAGE] = "html", [PICTURE_TIMELINE] = "perfetto"
	};

	for (int i = 0; i < PICTURES; i++) {
		if (picture_path(opts, i))
			fds[i] = output_file__open(NULL, names[i], picture_path(opts, i), NULL,
						   NEW_FILE_OR_STREAM);
		if (picture_path(opts, i) && fds[i] < 0)
			return EXIT_FAILED;
	}
	return EXIT_DONE;
}

int pictures_close(const struct options *opts, const int fds[PICTURES], int status)
{
	for (int i = 0; i < PICTURES; i++)
		if (fds[i] >= 0 && close(fds[i]) && status == EXIT_DONE)
			status = part_status(picture_path(opts, i), -errno);
	return status;
}

static int begin_pictures(struct pictures *p, const int fds[PICTURES])
{
	const struct options *opts = p->opts;

	p->sink = (struct capture_sink){ .types = SHOWN,
					 .parser.cpus_only = !opts->html,
					 .unnamed = !opts->perfetto,
					 .take = record_draw,
					 .ctx = p };
	if (capture_sink__open(&p->sink))
		return part_status("start", -ENOMEM);
	if (opts->perfetto) {
		p->timeline = timeline__open(fds[PICTURE_TIMELINE],
					     opts->limit ? opts->limit : LIMIT_DEFAULT);
		if (!p->timeline)
			return part_status(opts->perfetto, -ENOMEM);
	}
	if (opts->html) {
		p->page_file = fdopen(fds[PICTURE_PAGE], "w");
		p->page = page__open();
		if (!p->page_file || !p->page)
			return part_status(opts->html, -ENOMEM);
	}
	return EXIT_DONE;
}

/* Say on stderr what the files show, and what they leave out. */
static void report_totals(const struct pictures *p)
{
	const struct timeline_totals *t = &p->timeline_totals;
	const struct page_totals *page = &p->page_totals;
	const char *path = p->opts->perfetto;
	bool quiet = p->opts->quiet;

	if (path && t->cut)
		fail(EXIT_DONE,
		     "%s has the first %" PRIu64 " of %" PRIu64 " csds; --limit %" PRIu64
		     " draws all",
		     path, t->csds, t->csds + t->cut, t->csds + t->cut);
	else if (path && !quiet && !t->csds)
		fail(EXIT_DONE, "%s has no csds, because the capture has none: use record --trace",
		     path);
	else if (path && !quiet)
		fail(EXIT_DONE, "%s: %" PRIu64 " csd%s, %" PRIu64 " with an arrow", path, t->csds,
		     units__plural(t->csds), t->flows);
	if (path && t->crowded)
		fail(EXIT_DONE, "%s: %" PRIu64 " slices left out: too many at one time", path,
		     t->crowded);
	if (path && t->unusable)
		fail(EXIT_DONE, "%s: %" PRIu64 " line%s of the capture left out: damaged", path,
		     t->unusable, units__plural(t->unusable));
	if (p->opts->html && !quiet)
		fail(EXIT_DONE,
		     "%s: %" PRIu64 " window%s, %" PRIu64 " stall%s, %" PRIu64 " storm%s",
		     p->opts->html, page->windows, units__plural(page->windows), page->stalls,
		     units__plural(page->stalls), page->storms, units__plural(page->storms));
}

/*
 * End the pictures, the page only if the capture was @read. Reports the first failure only, which
 * is the reason for the others. @status: so far. Returns an exit status.
 */
static int finish_pictures(struct pictures *p, bool read, int status)
{
	int err = p->timeline ? timeline__close(p->timeline, &p->timeline_totals) : 0;

	p->timeline = NULL;
	p->timeline_err = p->timeline_err ?: err;
	/* Write nothing of a part of a capture: its page would look whole. */
	if (p->page && !p->page_err && read)
		p->page_err = page__write(p->page, p->page_file);
	if (p->page)
		page__totals(p->page, &p->page_totals);
	page__close(p->page);
	p->page = NULL;
	capture_sink__close(&p->sink);
	/* Only flush the file: the caller closes its descriptor. */
	if (p->page_file && fflush(p->page_file) && !p->page_err)
		p->page_err = -errno;
	if (status == EXIT_DONE)
		status = failed_status(p);
	if (status == EXIT_DONE)
		report_totals(p);
	return status;
}

/* Say what is wrong with the capture; failed_status() says what is wrong with a picture. */
static int capture_status(struct pictures *p, const struct report_input *input,
			  const struct capture_result *result)
{
	char why[CAPTURE_RESULT_TEXT];

	if (picture_err(p))
		return EXIT_DONE;
	if (p->page && capture_result__text(result, why, sizeof(why)))
		page__note(p->page, why);
	return report_input__status(input, result);
}

int report_pictures(const struct options *opts, struct report_input *input, const int fds[PICTURES])
{
	struct pictures p = { .opts = opts };
	int status = begin_pictures(&p, fds);
	struct capture_result result;
	bool read = false; /* @input could be read, or at least a part of it */

	if (status == EXIT_DONE) {
		status = report_input__read(input, capture_sink__line, &p.sink, &result);
		read = result.end == CAPTURE_WHOLE || capture_result__is_part(&result) ||
		       result.end == CAPTURE_REFUSED;
		/* import_run() has reported what is wrong with a file of another tracer. */
		if (result.end != CAPTURE_FAILED || status == EXIT_DONE)
			status = capture_status(&p, input, &result);
	}
	return finish_pictures(&p, read, status);
}

/* Whether @a and @b cannot both be written; a device such as /dev/null takes both outputs. */
static bool outputs_clash(const char *a, const char *b)
{
	struct stat st;

	return new_file__renames(a, b) || new_file__renames(b, a) ||
	       (new_file__is_same(a, b) && (stat(a, &st) || !S_ISCHR(st.st_mode)));
}

bool second_file__name(struct second_file *second, const char *file)
{
	return snprintf(second->path, sizeof(second->path), "%s.1", file) <
		       (int)sizeof(second->path) &&
	       snprintf(second->old, sizeof(second->old), "%s.old.1", file) <
		       (int)sizeof(second->old);
}

int outputs_check(const struct options *opts)
{
	const char *command = command_texts[opts->command].name;
	const char *output = options__output_is_capture(opts) ? options__capture_path(opts) :
								opts->output;
	struct second_file second;
	const bool two_files = opts->max_size && second_file__name(&second, output);
	const struct {
		const char *option;
		const char *path; /* NULL: none */
	} outputs[] = { { "html", opts->html },
			{ "perfetto", opts->perfetto },
			{ "output", output },
			{ "output", two_files ? second.path : NULL },
			{ "output", two_files ? second.old : NULL } };
	const size_t nr = sizeof(outputs) / sizeof(*outputs);

	for (size_t i = 0; i < nr; i++) {
		const char *path = outputs[i].path;

		for (size_t j = i + 1; path && j < nr; j++)
			if (outputs[j].path && outputs_clash(path, outputs[j].path))
				return fail(EXIT_USAGE, "%s: --%s %s and --%s need different files",
					    command, outputs[i].option, path, outputs[j].option);
		for (int j = 0; path && j < opts->nr_operands; j++)
			if (new_file__renames(path, opts->operands[j]))
				return fail(EXIT_USAGE,
					    "%s: --%s %s would replace %s, which is read: needs "
					    "another FILE",
					    command, outputs[i].option, path, opts->operands[j]);
	}
	return EXIT_DONE;
}

struct picture_run {
	struct pictures pictures;
	int fds[PICTURES];
	uint64_t lines; /* number of the last line of JSON */
};

int picture_run__check(const struct options *opts)
{
	const char *command = command_texts[opts->command].name;

	for (int i = 0; i < PICTURES; i++) {
		const char *path = picture_path(opts, i),
			   *option = i == PICTURE_PAGE ? "html" : "perfetto";

		if (path && !strcmp(path, "-"))
			return fail(EXIT_USAGE,
				    "%s --%s -: stdout has the report: needs a FILE "
				    "(see ipitrace %s --help)",
				    command, option, command);
	}
	return outputs_check(opts);
}

int picture_run__open(struct picture_run **out, const struct options *opts)
{
	struct picture_run *run = calloc(1, sizeof(*run));
	int status;

	*out = run;
	if (!run)
		return part_status("start", -ENOMEM);
	run->pictures.opts = opts;
	run->fds[PICTURE_TIMELINE] = run->fds[PICTURE_PAGE] = -1;
	status = pictures_open(opts, run->fds);
	return status == EXIT_DONE ? begin_pictures(&run->pictures, run->fds) : status;
}

/* Returns the exit status for @err, the result of drawing. */
static int drawn_status(const struct pictures *p, int err)
{
	return failed_status(p) ?: part_status(p->opts->html ?: p->opts->perfetto, err);
}

int picture_run__put(struct picture_run *run, const char *lines, size_t len)
{
	return drawn_status(&run->pictures, lines__each(lines, len, &run->lines, capture_sink__line,
							&run->pictures.sink));
}

static int lines_put(void *ctx, enum line_type type, const char *lines, size_t len)
{
	(void)type;
	return picture_run__put(ctx, lines, len);
}

static int window_put(void *ctx, const struct snapshot *snap, const struct storm_nearest *nearest)
{
	struct picture_run *run = ctx;
	struct capture_record *record = run->pictures.sink.record;

	(void)nearest;
	record->type = LINE_SNAPSHOT;
	record->snap = *snap;
	return drawn_status(&run->pictures, record_draw(&run->pictures, record));
}

struct sink picture_run__page(struct picture_run *run)
{
	return (struct sink){ run, window_put, lines_put };
}

int picture_run__end(struct picture_run *run)
{
	const bool read = true; /* the run itself gave all lines */

	return finish_pictures(&run->pictures, read, EXIT_DONE);
}

void picture_run__close(struct picture_run *run)
{
	if (!run)
		return;
	if (run->pictures.timeline)
		timeline__close(run->pictures.timeline, &run->pictures.timeline_totals);
	capture_sink__close(&run->pictures.sink);
	if (run->fds[PICTURE_TIMELINE] >= 0)
		close(run->fds[PICTURE_TIMELINE]);
	if (run->pictures.page)
		page__close(run->pictures.page);
	if (run->pictures.page_file)
		fclose(run->pictures.page_file);
	else if (run->fds[PICTURE_PAGE] >= 0)
		close(run->fds[PICTURE_PAGE]);
	free(run);
}
