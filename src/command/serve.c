// SPDX-License-Identifier: GPL-2.0
/*
 * The main thread adds windows up, the server's thread answers scrapes; each
 * holds the lock of the metrics for some 100 us at a time.
 *
 * With --events a watcher writes the stall that it sees itself, as in `stalls`, because the main
 * thread may be held up by the same CPU. The main thread writes storms, and all that goes to the
 * page.
 */
#include <poll.h>
#include <pthread.h>
#include "command/parts.h"
#include "view/view.h"

/* The window's length with only --textfile, in seconds: each window costs a write. */
#define TEXTFILE_INTERVAL 10
/* A write that takes longer is reported, s. */
#define TEXT_LATE	  15

/* Room for a report of --events. */
#define LINE_BYTES (REPORT_BYTES + JSON_EVENT_BYTES)

struct serve {
	const struct options *opts;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	struct host_names names; /* host names by which a browser may ask for the page */
	struct http *http;
	struct textfile *textfile;
	pthread_mutex_t lock; /* protects metrics and text_failures */
	uint64_t text_failures; /* texts of --textfile that were not written */
	bool text_failing; /* the last one was not */
	unsigned int text_skipped; /* windows since the writer got its last text */
	struct metrics metrics;
	struct numa numa;
	struct cpuset online; /* when numa was read */
	double start_time;
	uint64_t begun; /* CLOCK_MONOTONIC ns */
	struct live *live; /* the page; NULL: no HTTP, or --no-page */
	/*
	 * The collector of interruptions, beside that of the windows: its programs see only the
	 * isolated CPUs, and each of its events is one interruption.
	 */
	struct {
		struct collector *collector; /* NULL: no CPU is isolated, or can be followed */
		struct symbols *symbols; /* NULL: addresses stay addresses */
		struct account *account;
		uint64_t handed; /* softnet__handed() when @collector was opened */
	} isolated;
	bool filtered;
	struct feeds feeds;
	char (*lines)[LINE_BYTES]; /* with --events: one for each watcher */
	uint64_t unwritten; /* storms that were lost, because stdout did not take them in time */
};

/* Write the metrics. 0 or -ENOMEM. The caller checks @out for errors. */
static int print_metrics(struct serve *s, FILE *out, enum metrics_format format)
{
	struct metrics_process process = {
		.cpu_seconds = clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9,
		.resident_bytes = self__rss(),
		.start_time = s->start_time,
		.textfile = s->opts->textfile,
	};
	int err;

	pthread_mutex_lock(&s->lock);
	process.textfile_failures = s->text_failures;
	err = view__metrics(out, &s->metrics, &process, format);
	pthread_mutex_unlock(&s->lock);
	return err;
}

static int answer_health(struct serve *s, FILE *out)
{
	uint64_t late;

	pthread_mutex_lock(&s->lock);
	late = metrics__late(&s->metrics, options__window(s->opts), s->begun, mono_ns());
	pthread_mutex_unlock(&s->lock);
	if (!late) {
		fputs("ok\n", out);
		return 200;
	}
	fprintf(out, "no window for %.0f s\n", late / 1e9);
	return 503;
}

/* Answer a path other than the page's. The caller checks @out for errors. Returns 0 or -ENOMEM. */
static int answer_text(struct serve *s, const struct http_request *request,
		       struct http_answer *answer, FILE *out)
{
	static const struct {
		enum metrics_format format;
		const char *type;
	} formats[] = {
		[HTTP_TEXT] = { METRICS_TEXT, TEXT_TYPE },
		[HTTP_OPENMETRICS] = { METRICS_OPENMETRICS, OPENMETRICS_TYPE },
		[HTTP_PROTOBUF] = { METRICS_PROTOBUF, PROTOBUF_TYPE },
	};

	answer->status = 200;
	if (!strcmp(request->path, "/metrics")) {
		enum http_format format = http_accept__format(request->accept);

		answer->type = formats[format].type;
		return print_metrics(s, out, formats[format].format);
	}
	if (!strcmp(request->path, "/healthz")) {
		answer->status = answer_health(s, out);
		return 0;
	}
	answer->status = 404;
	fprintf(out, "ipitrace: /metrics, /healthz%s\n",
		s->live ? ", /, /api/v1/snapshot, /api/v1/stalls, /api/v1/storms" : "");
	return 0;
}

static void answer_request(void *ctx, const struct http_request *request,
			   struct http_answer *answer)
{
	struct serve *s = ctx;
	FILE *out;
	int err = 0;
	/*
	 * To get the page and its data, the client must have used a name of this host. Metrics and
	 * health are for all clients: scrapers and load balancers use names that the host does not
	 * know, and metrics name no task.
	 */
	bool ours = !s->live || !strcmp(request->path, "/metrics") ||
		    !strcmp(request->path, "/healthz") ||
		    host_names__has(&s->names, request->host, &request->local);

	if (ours && s->live && live__answer(s->live, request, answer))
		return;
	out = memory_text__open(&answer->body, &answer->len);
	if (!out) {
		answer->status = 503;
		return;
	}
	answer->type = "text/plain; charset=utf-8";
	answer->status = 421; /* Misdirected Request, RFC 9110 */
	if (ours)
		err = answer_text(s, request, answer, out);
	else
		fputs("ipitrace: this host has no such name: serve --host NAME\n", out);
	/* Prometheus would take half a text for a whole one: answer with an error instead. */
	if (fclose(out) || err) {
		free(answer->body);
		*answer = (struct http_answer){ .status = 503 };
	}
}

static void http_failed(const char *message)
{
	exit(fail(EXIT_FAILED, "the HTTP server: %s", message));
}

static int http_listen(struct serve *s)
{
	const char *where = s->opts->listen ? s->opts->listen : LISTEN_DEFAULT;
	int err;

	http__on_failure(http_failed);
	err = http__open(&s->http, &s->addr, s->addr_len, answer_request, s);
	if (err)
		return fail(EXIT_CANNOT, "--listen %s: %s", where,
			    err == -EADDRNOTAVAIL ? "this host has no such address" :
						    strerror(-err));
	if (!s->opts->quiet)
		fail(EXIT_DONE, "metrics at http://%s/metrics, a page at http://%s/",
		     http__where(s->http), http__where(s->http));
	/* Print this with --quiet, too: it concerns who may read. */
	if (!http__is_loopback(&s->addr))
		fail(EXIT_DONE,
		     "--listen %s: neither TLS nor authentication: whoever reaches the "
		     "address may read; a proxy has both (docs/fleet.md)",
		     where);
	return EXIT_DONE;
}

static int metrics_open(struct serve *s, const struct options *opts, const struct cpuset *possible)
{
	struct metrics_config config = {
		.threshold = opts->threshold ? opts->threshold : THRESHOLD_DEFAULT,
		.max_fns = opts->max_functions ? opts->max_functions : MAX_FUNCTIONS_DEFAULT,
		.series = opts->series ? opts->series : SERIES_DEFAULT,
		.nr_cpus = cpuset__count(possible),
	};
	struct cpuset nohz_full;

	if (opts->per_cpu)
		config.series = 0;
	if (cpuset__read(&config.isolated, "isolated"))
		config.isolated = (struct cpuset){};
	if (!cpuset__read(&nohz_full, "nohz_full"))
		cpuset__unite(&config.isolated, &nohz_full);
	numa__read(&s->numa, NULL);
	if (metrics__init(&s->metrics, &config, &s->numa))
		return -ENOMEM;
	return EXIT_DONE;
}

static void serve_configure(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct serve *s = ctx;

	(void)opts;
	s->filtered = collect_config__filters(config);
}

static uint64_t unix_ms(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000000;
}

/* A watcher's report with --events. */
static int print_stall(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct serve *s = ctx;

	if (s->live)
		report_rings__put(&s->feeds.rings, which, report, len);
	len = json__event(s->lines[which], LINE_BYTES, report, len, unix_ms());
	return len ? write_all(STDOUT_FILENO, s->lines[which], len, NULL) : -ENOMEM;
}

/*
 * Write a line of JSON to stdout as an event. If the reader of stdout does not take lines in time,
 * count the event as unwritten, because the main thread must go on to count csds.
 */
static int write_event(struct serve *s, const char *line, size_t len)
{
	struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };
	char *event;
	int err;

	if (!poll(&room, 1, 0)) {
		s->unwritten++;
		return 0;
	}
	event = malloc(len + JSON_EVENT_BYTES);
	if (!event)
		return -ENOMEM;
	len = json__event(event, len + JSON_EVENT_BYTES, line, len, unix_ms());
	err = write_all(STDOUT_FILENO, event, len, NULL);
	free(event);
	return err;
}

/* Report a storm with --events, and on the page. */
static int print_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time)
{
	struct serve *s = ctx;
	char *line = json__storm_line(storm, evidence, time);
	size_t len = line ? strlen(line) : 0;
	int err = line ? feeds__put_lines(&s->feeds, LINE_STORM, line, len) : -ENOMEM;

	if (!err)
		err = write_event(s, line, len);
	free(line);
	return err;
}

static void feeds_prepare(struct serve *s)
{
	bool events = s->opts->events;

	/* Metrics want only the names of storms. */
	s->feeds = (struct feeds){ .which = FEED_STORMS, .ctx = s };
	if (!events && !s->live)
		return;
	s->feeds.which = FEED_ALL;
	s->feeds.unwatched = !events;
	if (s->live) {
		s->feeds.sink = live__page(s->live);
		s->feeds.ring_bytes = PAGE_RING_BYTES;
	}
	if (events) {
		s->feeds.storm = print_storm;
		s->feeds.reports =
			(struct reporter_config){ .json = true, .write = print_stall, .ctx = s };
	}
}

static void close_isolated(struct serve *s)
{
	collector__close(s->isolated.collector);
	account__free(s->isolated.account);
	symbols__close(s->isolated.symbols);
	memset(&s->isolated, 0, sizeof(s->isolated));
}

/* As root: attach the programs that see interruptions; count nothing yet. 0 or a negative errno. */
static int open_isolated(struct serve *s)
{
	const struct cpuset *cpus = &s->metrics.isolated;
	struct collect_config config = {};
	int err = account__new(&s->isolated.account, cpus);

	interruption_names__configure(&config, cpus);
	s->isolated.handed = softnet__handed(NULL);
	if (symbols__open(&s->isolated.symbols, NULL, NULL))
		s->isolated.symbols = NULL;
	if (!err)
		err = collector__open(&s->isolated.collector, &config);
	if (err)
		close_isolated(s);
	return err;
}

/* Add to the metrics the interruptions of the account. The caller holds the lock of the metrics. */
static void add_interruptions(struct serve *s)
{
	struct isolated_cpu *cpus;
	size_t nr;

	if (!s->isolated.collector)
		return;
	cpus = account__cpus(s->isolated.account, &nr);
	for (size_t i = 0; i < nr; i++) {
		metrics__interrupted(&s->metrics, cpus[i].cpu, "", 0);
		for (size_t c = 0; c < cpus[i].nr_culprits; c++)
			metrics__interrupted(&s->metrics, cpus[i].cpu, cpus[i].culprits[c].cause,
					     cpus[i].culprits[c].count);
	}
	s->metrics.interruptions_lost = collector__interruptions_lost(s->isolated.collector);
	account__restart(s->isolated.account);
}

/* Returns why the file in DIR cannot be written. */
static const char *textfile_why(int err)
{
	return err == -ENOENT ? "no such directory" : strerror(-err);
}

static int serve_open(void *ctx, const struct options *opts, struct collector *collector)
{
	struct serve *s = ctx;
	struct feature names = {};
	int err = 0, status = metrics_open(s, opts, &collector->possible);

	if (status != EXIT_DONE)
		return status;
	/* With a filter, or if this fails, isolated CPUs have no metric of their own. */
	if (s->metrics.nr_isolated && !s->filtered)
		err = open_isolated(s);
	if (err)
		fail(EXIT_DONE,
		     "isolated CPUs: the metric ipitrace_isolated_interruptions_total is missing: %s",
		     strerror(-err));
	/* Even with --quiet: metrics in which every function is "other" look whole. */
	probe__names(&names);
	if (!names.available)
		fail(EXIT_DONE, "functions have no names: %s", names.why);
	if (collector->source == &call_source && !opts->quiet)
		fail(EXIT_DONE,
		     "this kernel has no csd tracepoints (Linux 6.5): no metrics of delays, "
		     "functions' time and csds received");
	if (opts->textfile) {
		err = textfile__open(&s->textfile, opts->textfile);
		if (err)
			return fail(EXIT_CANNOT, "--textfile %s: %s", opts->textfile,
				    textfile_why(err));
		if (!opts->quiet)
			fail(EXIT_DONE, "metrics in %s/ipitrace.prom, every %g s", opts->textfile,
			     opts->interval);
	}
	if (opts->events) {
		s->lines = calloc(WATCHERS_MAX, sizeof(*s->lines));
		if (!s->lines)
			return -ENOMEM;
	}
	return s->addr_len ? http_listen(s) : EXIT_DONE;
}

static int serve_begun(void *ctx)
{
	struct serve *s = ctx;
	int err;

	if (s->isolated.collector) {
		collector__begin(s->isolated.collector);
		account__begin(s->isolated.account, mono_ns());
	}
	s->begun = mono_ns();
	s->start_time = clock_ns(CLOCK_REALTIME) / 1e9;
	err = s->http ? http__start(s->http) : 0;
	return part_status("start", err);
}

static int serve_fd(void *ctx)
{
	struct serve *s = ctx;

	return s->textfile ? textfile__fd(s->textfile) : -1;
}

static int textfile_failed(const struct serve *s, int err)
{
	return fail(EXIT_FAILED, "--textfile %s: %s", s->opts->textfile, textfile_why(err));
}

/* Whether the same write may succeed later: the file system or the machine lacks something. */
static bool may_pass(int err)
{
	static const int lacks[] = { ENOSPC, EDQUOT, ENOMEM, ENFILE, EROFS, EIO };

	for (size_t i = 0; i < sizeof(lacks) / sizeof(*lacks); i++)
		if (err == -lacks[i])
			return true;
	return false;
}

/* Note that a text was not written, and say so once. */
static void note_unwritten(struct serve *s, const char *why)
{
	if (!s->text_failing)
		fail(EXIT_DONE,
		     "--textfile %s: %s: the file stays as it is; the next text is tried",
		     s->opts->textfile, why);
	s->text_failing = true;
	pthread_mutex_lock(&s->lock);
	s->text_failures++;
	pthread_mutex_unlock(&s->lock);
}

/*
 * @err: the result of a write of the text file. While its disk is full the old file stays, which
 * its readers see by its age. Returns an exit status.
 */
static int textfile_result(struct serve *s, int err)
{
	if (!err && s->text_failing)
		fail(EXIT_DONE, "--textfile %s: written again", s->opts->textfile);
	if (!err) {
		s->text_failing = false;
		return EXIT_DONE;
	}
	if (!may_pass(err))
		return textfile_failed(s, err);
	note_unwritten(s, textfile_why(err));
	return EXIT_DONE;
}

/*
 * The writer still writes the text before: skip this window's. After TEXT_LATE seconds the disk, or
 * the owner of the directory, holds the writer up.
 */
static void skip_text(struct serve *s)
{
	if (++s->text_skipped * s->opts->interval > TEXT_LATE)
		note_unwritten(s, "the write has not ended");
}

static int serve_readable(void *ctx, bool *over)
{
	struct serve *s = ctx;

	(void)over;
	return textfile_result(s, textfile__poll(s->textfile));
}

static int serve_window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct serve *s = ctx;
	const struct storm_detector *detector = s->feeds.storms.detector;
	const struct storm *storm;
	FILE *out;
	int err = 0;

	(void)opts;
	/* A CPU that has come may be of any node. */
	if (memcmp(&s->online, &snap->host->online, sizeof(s->online))) {
		s->online = snap->host->online;
		numa__read(&s->numa, NULL);
	}
	if (s->isolated.collector)
		err = interruptions__take(s->isolated.collector, s->isolated.account,
					  s->isolated.symbols);
	if (s->isolated.collector && !err)
		err = interruption_names__find(s->isolated.account, s->isolated.symbols,
					       s->isolated.collector, s->isolated.handed);
	if (err)
		return part_status("isolated CPUs", err);
	pthread_mutex_lock(&s->lock);
	s->metrics.numa = s->numa;
	err = metrics__add(&s->metrics, snap);
	add_interruptions(s);
	metrics__storms_begin(&s->metrics);
	for (size_t i = 0; (storm = storm_detector__get(detector, i)); i++)
		metrics__storm(&s->metrics, storm);
	pthread_mutex_unlock(&s->lock);
	if (err)
		return part_status("metrics", err);
	if (!s->textfile)
		return EXIT_DONE;
	out = textfile__begin(s->textfile);
	if (!out) {
		skip_text(s);
		return EXIT_DONE;
	}
	s->text_skipped = 0;
	print_metrics(s, out, METRICS_TEXT);
	err = textfile__commit(s->textfile);
	/* The answer of the writer comes later. */
	return err ? textfile_result(s, err) : EXIT_DONE;
}

static int serve_end(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct serve *s = ctx;
	int err = textfile__close(s->textfile);

	(void)opts;
	(void)cut;
	s->textfile = NULL;
	if (err)
		return textfile_failed(s, err);
	stalls_missing__say(&s->feeds.sum);
	if (s->unwritten)
		fail(EXIT_DONE,
		     "reports of storms are missing: %" PRIu64 ", because the reader of stdout "
		     "was too slow",
		     s->unwritten);
	return EXIT_DONE;
}

static int check_serve(struct serve *s, const struct options *opts)
{
	const char *listen = opts->listen ? opts->listen : LISTEN_DEFAULT;
	int err;

	if (opts->host && !host_names__add(&s->names, opts->host))
		return fail(EXIT_USAGE,
			    "--host %s: needs names or addresses without a port, such as a,b",
			    opts->host);
	/* --textfile without --listen: no HTTP. */
	if (opts->textfile && !opts->listen)
		return EXIT_DONE;
	err = http__address(listen, &s->addr, &s->addr_len);
	if (err == -ERANGE)
		return fail(EXIT_USAGE, "--listen %s: needs a PORT up to 65535", listen);
	if (err)
		return fail(EXIT_USAGE,
			    "--listen %s: needs ADDR:PORT, such as 127.0.0.1:9464, [::1]:9464, "
			    "localhost:9464, :9464",
			    listen);
	return EXIT_DONE;
}

int command_serve(const struct options *asked)
{
	static const struct session_ops ops = {
		.any_source = true,
		.unattended = true,
		.sockets = true,
		.configure = serve_configure,
		.open = serve_open,
		.begun = serve_begun,
		.fd = serve_fd,
		.readable = serve_readable,
		.window = serve_window,
		.end = serve_end,
	};
	struct options opts = *asked;
	struct serve s = { .opts = &opts, .lock = PTHREAD_MUTEX_INITIALIZER };
	int status = check_serve(&s, &opts);

	if (status != EXIT_DONE)
		return status;
	/* Unlike in other commands, -d without -i does not mean one window. */
	if (!opts.interval)
		opts.interval = s.addr_len ? 1 : TEXTFILE_INTERVAL;
	if (s.addr_len && !opts.no_page) {
		host_names__own(&s.names, NULL);
		s.live = live__new(opts.interval, opts.details);
		if (!s.live)
			return part_status("the page", -ENOMEM);
	}
	feeds_prepare(&s);
	status = session__run(&opts, &ops, &s.feeds, &s);
	free(s.lines);
	http__close(s.http);
	close_isolated(&s);
	live__free(s.live);
	textfile__close(s.textfile);
	metrics__free(&s.metrics);
	return status;
}
