// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"
#include "view/table/table.h"

/*
 * Pairs of CPUs that are kept: a host of 1,000 CPUs has a million, which a page has no room for,
 * and to sort them would take longer each second than to read all else.
 */
#define EDGES_KEPT 4096

/* The samples that a run keeps: enough to tell who sends most, few enough to copy each second. */
#define SAMPLES_KEPT 256

/* Returns @snap without what the page of a run does not show. */
static struct snapshot lean_part(const struct snapshot *snap, size_t edges)
{
	struct snapshot part = *snap;

	/* These belong to rows of one window. */
	part.nr_fn_cpus = 0;
	part.nr_user_stacks = part.nr_send_user_stacks = 0;
	if (edges <= EDGES_KEPT)
		return part;
	for (size_t i = 0; i < snap->nr_edges; i++)
		part.edges_other += snap->edges[i].count;
	part.nr_edges = 0;
	return part;
}

/*
 * Whether @nearest comes before @than: a storm comes before no storm; otherwise the rate or cost
 * that is the larger multiple of its limit comes first.
 */
static bool leads_over(const struct storm_nearest *nearest, const struct storm_nearest *than)
{
	if (!nearest->judged)
		return false;
	if (!nearest->storm != !than->storm)
		return nearest->storm;
	return storm_nearest__part(nearest) > storm_nearest__part(than);
}

static void keep_nearest(struct run_total *total, const struct storm_nearest *nearest, bool last)
{
	/* An undecided storm does not count: the next window decides whether it is a storm. */
	if (nearest->undecided && !last)
		return;
	if (!nearest->known || (total->nearest.known && !leads_over(nearest, &total->nearest)))
		return;
	total->nearest = *nearest;
	total->nearest.worst = true;
	if (!nearest->storm)
		return;
	/* Copy the storm, because a later window may free it. */
	total->storm = *nearest->storm;
	total->storm.src = total->storm.dst = NULL;
	total->storm.nr_cpus = 0;
	total->nearest.storm = &total->storm;
}

int run_total__add(struct run_total *total, const struct snapshot *snap,
		   const struct storm_nearest *nearest)
{
	struct snapshot_sum sum = { .every = 1 };
	size_t edges = snap->nr_edges + (total->sum ? total->sum->snap.nr_edges : 0);
	struct snapshot part;
	struct kept *kept = NULL;
	int err = 0;

	if (total->sum) {
		/* Take all samples of the sum: they were chosen when their windows were added. */
		part = lean_part(&total->sum->snap, edges);
		err = snapshot_sum__add(&sum, &part);
	}
	sum.every = total->every;
	sum.seen = total->seen;
	part = lean_part(snap, edges);
	err = err ?: snapshot_sum__add(&sum, &part);
	snapshot_sum__end(&sum);
	sum.snap.host = snap->host;
	sum.snap.window.last = snap->window.last;
	while (sum.snap.nr_samples > SAMPLES_KEPT || sum.snap.nr_send_samples > SAMPLES_KEPT)
		snapshot_sum__thin(&sum);
	err = err ?: snapshot__rank(&sum.snap);
	if (!err)
		kept = kept__new(&sum.snap);
	if (!err && !kept)
		err = -ENOMEM;
	if (!err) {
		kept__free(total->sum);
		total->sum = kept;
		total->every = sum.every;
		total->seen = sum.seen;
		total->windows++;
	}
	snapshot__free(&sum.snap);
	if (!err && nearest)
		keep_nearest(total, nearest, snap->window.last);
	return err;
}

void run_total__free(struct run_total *total)
{
	kept__free(total->sum);
	total->sum = NULL;
}

/* The first page comes after this time at the latest: until then the screen is empty. */
#define EARLY_NS 1000000000ULL

struct summary;

/* Show a window in one form of the report. Returns an exit status. */
typedef int show_fn(struct summary *s, const struct snapshot *snap, const struct options *opts,
		    const struct view_options *view);

struct summary {
	const struct options *opts;
	show_fn *show; /* the form that the options ask for */
	struct folded *folded; /* with --folded: the stacks of all windows */
	struct storm_detector *detector; /* detector for the brief page and for JSON */
	bool in_place; /* each page is drawn over the last one */
	bool drawn;
	bool hinted; /* a page has already shown the commands to try next */
	bool early; /* the first window has two parts, of which the first is shown early */
	bool keys; /* the terminal's keys are the page's */
	struct run_total total; /* sum of all windows, for in_place and whole */
	/* With --html: the options of the one report of all windows; NULL: each window has one. */
	const struct options *whole;
	/* With --html: the page, and what it shows besides the windows. */
	struct feeds feeds;
	struct picture_run *picture;
	char program[128]; /* how to call ipitrace again */
	char filters[256]; /* the options that choose the same csds */
	char again[64]; /* " -- make": PROGRAM once more; "": none, long, or not plain */
	char ran[64]; /* "make[1234]": PROGRAM, if all senders are counted; otherwise "" */
};

/* Whether one window is the whole run. */
static bool has_one_window(const struct options *opts)
{
	return opts->interval >= WHOLE_RUN ||
	       (opts->duration && (!opts->interval || opts->interval >= opts->duration));
}

/* Returns the length of a whole window, s; 0: the window lasts as long as PROGRAM. */
static double asked_seconds(const struct options *opts)
{
	if (opts->interval >= WHOLE_RUN)
		return 0;
	return has_one_window(opts) ? opts->duration : options__window(opts);
}

/* Whether sections follow the page, which make a report too long for a screen. */
static bool has_sections(const struct options *opts)
{
	return opts->all_kinds || opts->stacks || opts->self;
}

/* Whether each page is drawn over the last one. PROGRAM may write to the same terminal. */
static bool draws_in_place(const struct options *opts)
{
	return !opts->scroll && !opts->output && !has_one_window(opts) && !has_sections(opts) &&
	       !opts->program && redraw__possible() && redraw__size().rows >= BRIEF_ROWS_MIN;
}

/* Whether a shell takes @word as it is. */
static bool is_plain(const char *word)
{
	const char *c = word;

	while (*c > ' ' && *c <= '~' && !strchr("\"'`\\$&|;<>()*?[]{}!#~", *c))
		c++;
	return *word && !*c;
}

/* Write " -- make -j2": PROGRAM, for a command to try next; "" if a shell would change that. */
static void write_program_again(const struct options *opts, char *text, size_t size)
{
	size_t len = snprintf(text, size, " --");
	bool plain = opts->program;

	for (char **word = opts->program; plain && *word; word++) {
		plain = is_plain(*word) && len + strlen(*word) + 1 < size;
		if (plain)
			len += snprintf(text + len, size - len, " %s", *word);
	}
	if (!plain)
		*text = '\0';
}

/* Write the filters as options. Globs are left out, because a shell may expand them. */
static void write_filters(const struct options *opts, char *text, size_t size)
{
	const struct {
		const char *name;
		const struct cpu_list *list;
	} lists[] = { { "-c", &opts->cpus }, { "--src", &opts->src }, { "--dst", &opts->dst } };
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && len < size; i++)
		if (lists[i].list->given)
			len += snprintf(text + len, size - len, " %s %s", lists[i].name,
					view__cpus(&lists[i].list->set).s);
	if (opts->pid && len < size)
		len += snprintf(text + len, size - len, " -p %" PRIu32, opts->pid);
	/* If a filter does not fit, or was cut, show none: the others would choose other csds. */
	if (len >= size || strchr(text, '.'))
		*text = '\0';
}

/* Draw the page of @snap. @nearest is NULL without a detector. Returns an exit status. */
static int draw_page(struct summary *s, const struct snapshot *snap, const struct options *opts,
		     const struct storm_nearest *nearest)
{
	struct screen_size size = redraw__size();
	struct brief brief = {
		.columns = size.columns ? size.columns : BRIEF_COLUMNS,
		.rows = size.rows ? size.rows : BRIEF_ROWS,
		.asked = asked_seconds(opts),
		.ends = !size.columns || opts->duration || opts->program ? NULL :
			s->keys						 ? "q ends" :
									   "Ctrl-C ends",
		.total = s->in_place && snap->window.last,
		.quiet = opts->quiet,
		/* Commands to try next: a newcomer needs them once, and a log never. */
		.hints = isatty(STDOUT_FILENO) && (s->in_place || !s->hinted),
		.by_cpu = opts->by == RANK_CPU,
		.program = s->program,
		.filters = s->filters,
		.again = s->again,
		.ran = s->ran,
	};
	char *text = NULL;
	FILE *out = stdout;
	size_t len;
	int err;

	brief.nearest = brief.total && s->detector ? &s->total.nearest : nearest;
	s->hinted = true;
	if (s->in_place)
		out = memory_text__open(&text, &len);
	err = out ? view__brief(out, snap, &brief) : -ENOMEM;
	if (s->in_place) {
		if (out && fclose(out))
			err = -ENOMEM;
		if (!err)
			redraw__frame(text, !s->drawn);
		s->drawn = true;
		free(text);
	}
	return output_status(err);
}

/* An empty line is between two pages. */
static void end_page(const struct summary *s, const struct options *opts)
{
	if (!s->in_place && !has_one_window(opts))
		putchar('\n');
}

/* The page is the form that no option asks for. */
static int show_page(struct summary *s, const struct snapshot *snap, const struct options *opts,
		     const struct view_options *view)
{
	int err = s->in_place ? run_total__add(&s->total, snap, view->nearest) : 0;
	int status;

	if (err)
		return output_status(err);
	/*
	 * The page is of the whole run where a window would be misleading: a part of the first
	 * window came early, and the last window is only the rest of one.
	 */
	if (s->in_place && (snap->window.last || (s->early && s->total.windows == 2)))
		snap = &s->total.sum->snap;
	status = draw_page(s, snap, opts, view->nearest);
	end_page(s, opts);
	return status;
}

/* The page, and what follows it. */
static int show_sections(struct summary *s, const struct snapshot *snap, const struct options *opts,
			 const struct view_options *view)
{
	int status = draw_page(s, snap, opts, view->nearest);

	if (status == EXIT_DONE)
		view__sections(snap, view);
	end_page(s, opts);
	return status;
}

static int show_folded(struct summary *s, const struct snapshot *snap, const struct options *opts,
		       const struct view_options *view)
{
	(void)opts;
	(void)view;
	return output_status(folded__add(s->folded, snap));
}

static int show_json(struct summary *s, const struct snapshot *snap, const struct options *opts,
		     const struct view_options *view)
{
	(void)s;
	(void)opts;
	return output_status(json__put(json__snapshot_line(snap, view)));
}

static int show_calls(struct summary *s, const struct snapshot *snap, const struct options *opts,
		      const struct view_options *view)
{
	(void)s;
	(void)opts;
	view__calls(snap, view);
	return EXIT_DONE;
}

static int show_full(struct summary *s, const struct snapshot *snap, const struct options *opts,
		     const struct view_options *view)
{
	(void)s;
	(void)opts;
	view__summary(snap, view);
	return EXIT_DONE;
}

static show_fn *choose_form(const struct options *opts)
{
	if (opts->folded)
		return show_folded;
	if (opts->json)
		return show_json;
	if (opts->calls)
		return show_calls;
	if (opts->full)
		return show_full;
	return has_sections(opts) ? show_sections : show_page;
}

/* The figures are of all senders, unless a filter chooses some of them. */
static void configure_summary(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct summary *s = ctx;

	if (opts->program && !opts->pid && !opts->src.given)
		snprintf(s->ran, sizeof(s->ran), "%.40s[%" PRIu32 "]", basename(opts->program[0]),
			 config->program);
}

/* Open what --html needs, as root. Returns what the session's callback returns. */
static int open_summary(void *ctx, const struct options *opts, struct collector *collector)
{
	struct summary *s = ctx;
	int status = picture_run__open(&s->picture, opts);

	(void)collector;
	if (status == EXIT_DONE)
		s->feeds.sink = picture_run__page(s->picture);
	return status;
}

/* Say that one window is measured, unless PROGRAM may write to the same terminal. */
static int begin_summary(void *ctx)
{
	struct summary *s = ctx;
	const struct options *opts = s->opts;

	if (has_one_window(opts) && !opts->quiet && !opts->json && !opts->program)
		redraw__note_run("measuring", opts->duration);
	if (s->in_place)
		s->keys = quit_key__open();
	return EXIT_DONE;
}

static int get_keys_fd(void *ctx)
{
	return ((struct summary *)ctx)->keys ? quit_key__fd() : -1;
}

static int read_keys(void *ctx, bool *over)
{
	(void)ctx;
	*over = quit_key__pressed();
	return EXIT_DONE;
}

/* Judge a window, and show it in the form that @opts ask for. Returns an exit status. */
static int show_report(struct summary *s, const struct snapshot *snap, const struct options *opts)
{
	struct view_options view = { .quiet = opts->quiet,
				     .stacks = opts->stacks,
				     .asked = asked_seconds(opts),
				     .ran = s->ran,
				     .by_cpu = opts->by == RANK_CPU };
	int err = s->detector ? storm_detector__window(s->detector, snap, NULL) : 0;

	if (!err && s->detector && snap->window.last)
		err = storm_detector__end(s->detector);
	redraw__note_end();
	if (err)
		return output_status(err);
	view.nearest = s->detector ? storm_detector__nearest(s->detector) : NULL;
	return s->show(s, snap, opts, &view);
}

static int show_window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct summary *s = ctx;
	int status;

	if (!s->whole)
		return show_report(s, snap, opts);
	status = output_status(run_total__add(&s->total, snap, NULL));
	return status == EXIT_DONE && snap->window.last ?
		       show_report(s, &s->total.sum->snap, s->whole) :
		       status;
}

static int end_summary(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct summary *s = ctx;
	uint64_t refused = report_rings__refused(&s->feeds.rings);
	int status;

	(void)cut;
	quit_key__close();
	if (opts->folded)
		view__folded(s->folded);
	status = output_status(0);
	if (status != EXIT_DONE || !s->picture)
		return status;
	stalls_missing__say(&s->feeds.sum);
	if (refused)
		fail(EXIT_DONE, "%" PRIu64 " stall%s missing: the page had no room", refused,
		     refused == 1 ? " is" : "s are");
	return picture_run__end(s->picture);
}

static void close_summary(void *ctx)
{
	struct summary *s = ctx;

	quit_key__close();
	picture_run__close(s->picture);
}

/*
 * Prepare --html: the session makes the windows that `record` makes, with the options @windowed;
 * text of the whole run adds these windows up, and has the options @whole.
 */
static void prepare_page(struct summary *s, struct session_ops *ops, struct options *windowed,
			 const struct options *whole)
{
	const struct options *opts = s->opts;

	if (!opts->html)
		return;
	/* Require csd tracepoints, as `record` does, whose page this is. */
	ops->any_source = false;
	ops->open = open_summary;
	s->feeds = (struct feeds){
		.which = FEED_ALL,
		.unwatched = true,
		.ring_bytes = PAGE_RING_BYTES,
	};
	if (!opts->interval)
		windowed->interval = 1;
	if (has_one_window(whole) && !opts->json && !opts->folded)
		s->whole = whole;
}

int command_summary(const struct options *opts)
{
	struct session_ops ops = {
		.any_source = true,
		.users = true,
		.configure = configure_summary,
		.begun = begin_summary,
		.fd = get_keys_fd,
		.readable = read_keys,
		.window = show_window,
		.end = end_summary,
		.close = close_summary,
	};
	struct options windowed = *opts, whole;
	const struct storm_limits limits = options_limits__storm(opts);
	struct summary s = {
		.opts = opts,
		.show = choose_form(opts),
		.in_place = draws_in_place(opts),
	};
	const char *called = program_invocation_name;
	int status = picture_run__check(opts), err = 0;

	if (status != EXIT_DONE)
		return status;
	if (opts->bare_interval && !opts->duration && !opts->program && !opts->quiet &&
	    isatty(STDERR_FILENO))
		fail(EXIT_DONE,
		     "prints a report every %g s until Ctrl-C; -d %g prints one report of %g s",
		     opts->interval, opts->interval, opts->interval);
	s.early = s.in_place && options__window(opts) * 1e9 > EARLY_NS;
	ops.early_ns = s.early ? EARLY_NS : 0;
	/* Call ipitrace as the user did, if a shell takes that as it is. */
	snprintf(s.program, sizeof(s.program), "%s%s", getenv("SUDO_USER") ? "sudo " : "",
		 is_plain(called) && strlen(called) <= 80 ? called : "ipitrace");
	write_filters(opts, s.filters, sizeof(s.filters));
	write_program_again(opts, s.again, sizeof(s.again));
	/* A long run with stacks needs several windows: each has limited room for stacks. */
	if (options__whole_run(opts) && !opts->folded)
		windowed.interval = WHOLE_RUN;
	whole = windowed;
	prepare_page(&s, &ops, &windowed, &whole);
	if (opts->folded) {
		s.folded = folded__new();
		err = s.folded ? 0 : -ENOMEM;
	} else if (opts->json || (!opts->full && !opts->calls)) {
		err = storm_detector__new(&s.detector, &limits);
	}
	status = err ? output_status(err) : session__run(&windowed, &ops, &s.feeds, &s);
	storm_detector__free(s.detector);
	run_total__free(&s.total);
	folded__free(s.folded);
	return status;
}

static int hist_window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	const struct view_options view = { .quiet = opts->quiet,
					   .stacks = opts->stacks,
					   .by_cpu = opts->by == RANK_CPU };

	(void)ctx;
	redraw__note_end();
	if (opts->json)
		return output_status(json__put(json__snapshot_line(snap, &view)));
	view__hist(snap, opts->quiet);
	return EXIT_DONE;
}

static int hist_begun(void *ctx)
{
	const struct options *opts = ctx;

	if (opts->duration && !opts->interval && !opts->quiet && !opts->json && !opts->program)
		redraw__note_run("measuring", opts->duration);
	return EXIT_DONE;
}

int command_hist(const struct options *opts)
{
	static const struct session_ops ops = { .any_source = true,
						.begun = hist_begun,
						.window = hist_window };
	struct options windowed = *opts;

	if (options__whole_run(opts))
		windowed.interval = WHOLE_RUN;
	return session__run(&windowed, &ops, NULL, &windowed);
}
