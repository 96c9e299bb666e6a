// SPDX-License-Identifier: GPL-2.0
/* command/serve: its session, its answers, its text file, events, isolated CPUs, what it says at the start. */
#include <arpa/inet.h>
#include <poll.h>
#include "command_run.h"
#include "membarrier_window.h"

static char server[8], writer[8], interruptions[8];
static struct collector collector;

/* What the made functions say. */
static int http_result, start_result, text_result, commit_result, text_close_result;
static bool writer_busy, nameless, stdout_full;
static struct cpuset isolated;
static int isolated_result; /* collector__open() */
static uint64_t late;

/* What they were asked for. */
static http_answer_fn *answer;
static void *answer_ctx;
static struct sockaddr_storage address;
static const char *text_dir;
static int http_closed, http_started, text_closed, collectors, numa_reads;
static char *text; /* what the text file got last */
static size_t text_len;

int __wrap_http__open(struct http **h, const struct sockaddr_storage *addr, socklen_t len,
		      http_answer_fn *fn, void *ctx)
{
	*h = http_result ? NULL : (void *)server;
	address = *addr;
	answer = fn;
	answer_ctx = ctx;
	return http_result;
}

const char *__wrap_http__where(const struct http *h)
{
	return "1.2.3.4:5";
}

int __wrap_http__start(struct http *h)
{
	http_started++;
	return start_result;
}

void __wrap_http__close(struct http *h)
{
	http_closed += h == (void *)server;
}

void __wrap_http__on_failure(void (*call)(const char *))
{
}

int __wrap_textfile__open(struct textfile **t, const char *dir)
{
	*t = text_result ? NULL : (void *)writer;
	text_dir = dir;
	return text_result;
}

static FILE *text_file;

FILE *__wrap_textfile__begin(struct textfile *t)
{
	if (writer_busy)
		return NULL;
	free(text);
	text_file = open_memstream(&text, &text_len);
	return text_file;
}

int __wrap_textfile__commit(struct textfile *t)
{
	fclose(text_file);
	return commit_result;
}

int __wrap_textfile__fd(const struct textfile *t)
{
	assert_ptr_equal(t, writer);
	return 77;
}

int __wrap_textfile__poll(struct textfile *t)
{
	return commit_result;
}

int __wrap_textfile__close(struct textfile *t)
{
	text_closed += t != NULL;
	return text_close_result;
}

int __wrap_cpuset__read(struct cpuset *set, const char *name)
{
	if (strcmp(name, "isolated"))
		return -ENOENT;
	*set = isolated;
	return 0;
}

int __wrap_numa__read(struct numa *numa, const char *root)
{
	numa_reads++;
	return 0;
}

void __wrap_probe__names(struct feature *feature)
{
	feature->available = !nameless;
	snprintf(feature->why, sizeof(feature->why), "hidden");
}

int __wrap_collector__open(struct collector **c, const struct collect_config *config)
{
	*c = isolated_result ? NULL : (void *)interruptions;
	collectors += !isolated_result;
	return isolated_result;
}

void __wrap_collector__begin(struct collector *c)
{
	assert_ptr_equal(c, interruptions);
}

void __wrap_collector__close(struct collector *c)
{
	collectors -= c != NULL;
}

uint64_t __wrap_collector__interruptions_lost(struct collector *c)
{
	return 6;
}

int __wrap_symbols__open(struct symbols **symbols, const char *root, const char *file)
{
	return -ENOENT;
}

static int take_result;

int __wrap_interruptions__take(struct collector *c, struct account *account)
{
	return take_result;
}

int __wrap_interruption_names__find(struct account *account, struct symbols *symbols,
				    const struct collector *c, uint64_t handed)
{
	return 0;
}

struct isolated_cpu *__wrap_account__cpus(struct account *account, size_t *nr)
{
	static struct culprit culprit = { .cause = "tick", .count = 3 };
	static struct isolated_cpu cpu = { .cpu = 1, .culprits = &culprit, .nr_culprits = 1 };

	*nr = 1;
	return &cpu;
}

uint64_t __wrap_metrics__late(const struct metrics *m, double window, uint64_t begun, uint64_t now)
{
	return late;
}

int __wrap_poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	return !stdout_full;
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&isolated, 0, sizeof(isolated));
	opts.command = COMMAND_SERVE;
	opts.quiet = true;
	http_result = start_result = text_result = commit_result = text_close_result = 0;
	isolated_result = take_result = 0;
	writer_busy = nameless = stdout_full = false;
	late = 0;
	http_closed = http_started = text_closed = collectors = numa_reads = 0;
	collector.source = &csd_source;
	return 0;
}

static int teardown(void **state)
{
	free(text);
	text = NULL;
	printed_restore(state);
	assert_int_equal(collectors, 0);
	return 0;
}

static void (*what)(void);

/* The session opens what looks for storms, as root. */
static void play_around(void)
{
	const struct storm_limits limits = options_limits__storm(given.opts);
	struct storm_run *storms = &given.feeds->storms;

	assert_int_equal(storm_run__open(storms, &limits, NULL, NULL, NULL), 0);
	what();
	storm_run__close(storms);
}

/* Returns what the run says on stderr while it does @session. */
static const char *said(void (*session)(void))
{
	what = session;
	return run_command(command_serve, session ? play_around : NULL);
}

static void begin(void)
{
	struct collect_config config = {};

	if (opts.pid)
		config.tgid = opts.pid;
	given.ops->configure(given.ctx, given.opts, &config);
	given.result = given.ops->open(given.ctx, given.opts, &collector);
	if (!given.result)
		given.result = given.ops->begun(given.ctx);
}

static void window(uint64_t at, uint64_t csds)
{
	const struct snapshot snap = membarrier_window(at * SECOND, 1, csds);

	given.result = given.ops->window(given.ctx, &snap, given.opts);
}

static void end(void)
{
	const struct cut_short cut = {};

	given.result = given.result ?: given.ops->end(given.ctx, given.opts, &cut);
}

static void play(void)
{
	begin();
	if (given.result)
		return;
	window(1, 10);
	end();
}

static double interval;
static bool page;

static void play_session(void)
{
	const struct feeds *feeds = given.feeds;

	interval = given.opts->interval;
	page = feeds->sink.window;
	assert_true(given.ops->any_source && given.ops->unattended && given.ops->sockets);
	assert_false(given.ops->windowless || given.ops->nameless || given.ops->users);
	assert_int_equal(feeds->which, page || opts.events ? FEED_ALL : FEED_STORMS);
	assert_int_equal(feeds->ring_bytes, page ? PAGE_RING_BYTES : 0);
	/* Watchers cost 1 % of a CPU. */
	assert_int_equal(feeds->unwatched, page && !opts.events);
	assert_int_equal(!feeds->storm, !opts.events);
	assert_int_equal(!feeds->reports.write, !opts.events);
	assert_int_equal(feeds->reports.json, opts.events);
	given.result = EXIT_CANNOT;
}

static void session(double of, bool with_page)
{
	said(play_session);
	assert_true(interval == of);
	assert_int_equal(page, with_page);
	assert_int_equal(status, EXIT_CANNOT);
}

TEST_F(windows_and_feeds_of_a_server)
{
	opts.duration = 60;
	session(1, true);
	opts.events = true;
	session(1, true);
	opts.no_page = true;
	session(1, false);
	opts.events = false;
	session(1, false);
	opts.interval = 5;
	session(5, false);
	opts.no_page = false;
	opts.interval = 0;
	opts.textfile = "/metrics";
	/* Each window costs a write. */
	session(10, false);
	opts.listen = "127.0.0.1:1";
	session(1, true);
}

static void refused(const char *why)
{
	assert_has(said(NULL), why);
	assert_int_equal(status, EXIT_USAGE);
	assert_int_equal(given.runs, 0);
	opts.host = opts.listen = NULL;
}

TEST_F(names_and_addresses_are_checked_first)
{
	opts.host = "a:80";
	refused("--host a:80: needs names or addresses without a port");
	opts.listen = "host.example:80";
	refused("--listen host.example:80: needs ADDR:PORT");
	/* A text file needs no address, but one that is given is checked. */
	opts.textfile = "/metrics";
	opts.listen = "80";
	refused("--listen 80: needs ADDR:PORT");
	opts.listen = "1.2.3.4:99999";
	refused("--listen 1.2.3.4:99999: needs a PORT up to 65535\n");
}

/* Asks for @path; @host is NULL in HTTP/1.0. The body is valid until the next call. */
static const char *ask(const char *path, const char *accept, const char *name,
		       struct http_answer *to)
{
	static char body[1 << 18];
	const struct http_request request = { .path = path, .accept = accept, .host = name };

	memset(to, 0, sizeof(*to));
	answer(answer_ctx, &request, to);
	snprintf(body, sizeof(body), "%.*s", (int)to->len, to->body ?: "");
	free(to->body);
	for (size_t i = 0; i < to->nr_blobs; i++)
		blob__put(to->blobs[i]);
	return body;
}

static int asked(const char *path, const char *name)
{
	struct http_answer to;

	ask(path, NULL, name, &to);
	return to.status;
}

static void play_answers(void)
{
	struct http_answer to;

	late = 0;
	begin();
	assert_int_equal(http_started, 1);
	assert_int_equal(ntohs(((struct sockaddr_in *)&address)->sin_port), 9464);
	window(1, 10);
	assert_has(ask("/metrics", NULL, "any", &to), "ipitrace_", " 10\n");
	assert_int_equal(to.status, 200);
	assert_string_equal(to.type, TEXT_TYPE);
	assert_has(ask("/metrics", "application/openmetrics-text", "any", &to), "# EOF\n");
	assert_string_equal(to.type, OPENMETRICS_TYPE);
	ask("/metrics", PROTOBUF_TYPE, "any", &to);
	assert_string_equal(to.type, PROTOBUF_TYPE);
	assert_string_equal(ask("/healthz", NULL, "any", &to), "ok\n");
	assert_int_equal(to.status, 200);
	late = 12 * SECOND;
	assert_string_equal(ask("/healthz", NULL, "any", &to), "no window for 12 s\n");
	assert_int_equal(to.status, 503);
	assert_has(to.type, "text/plain");
	if (!opts.no_page) {
		assert_has(ask("/none", NULL, NULL, &to), "/metrics, /healthz, /, /api/v1/");
		assert_int_equal(to.status, 404);
		/* A page on the internet may let its own name lead here. */
		assert_has(ask("/", NULL, "rebound.example", &to), "serve --host NAME");
		assert_int_equal(to.status, 421);
		assert_int_equal(asked("/none", "rebound.example"), 421);
		assert_int_equal(asked("/", "localhost:9464"), 200);
		assert_int_equal(asked("/", "named"), 200);
	} else {
		assert_string_equal(ask("/", NULL, "any", &to), "ipitrace: /metrics, /healthz\n");
		assert_int_equal(to.status, 404);
	}
	end();
}

TEST_F(answers_by_path_and_name)
{
	opts.host = "named";
	assert_string_equal(said(play_answers), "");
	assert_int_equal(status, EXIT_DONE);
	assert_int_equal(http_closed, 1);
	opts.no_page = true;
	http_started = 0;
	said(play_answers);
	assert_int_equal(http_closed, 2);
}

TEST_F(what_the_start_says)
{
	opts.quiet = false;
	assert_string_equal(said(play), "ipitrace: metrics at http://1.2.3.4:5/metrics, "
					"a page at http://1.2.3.4:5/\n");
	collector.source = &call_source;
	assert_has(said(play),
		   "this kernel has no csd tracepoints (Linux 6.5): no metrics of delays");
	opts.quiet = true;
	assert_string_equal(said(play), "");
	/* Even with --quiet. */
	nameless = true;
	assert_string_equal(said(play), "ipitrace: functions have no names: hidden\n");
	nameless = false;
	opts.listen = ":9464";
	assert_has(said(play), "--listen :9464: neither TLS nor authentication");
	http_result = -EADDRINUSE;
	assert_string_equal(said(play), "ipitrace: --listen :9464: Address already in use\n");
	assert_int_equal(status, EXIT_CANNOT);
	http_result = -EADDRNOTAVAIL;
	assert_has(said(play), "--listen :9464: this host has no such address\n");
	opts.listen = NULL;
	http_result = -EADDRINUSE;
	assert_has(said(play), "--listen 127.0.0.1:9464: Address already in use\n");
	http_result = 0;
	start_result = -EAGAIN;
	assert_has(said(play), "start: no more threads are allowed: raise ulimit -u");
	assert_int_equal(status, EXIT_CANNOT);
}

static void play_text(void)
{
	bool over = false;

	begin();
	if (given.result)
		return;
	assert_int_equal(given.ops->fd(given.ctx), 77);
	writer_busy = true;
	window(1, 10);
	assert_null(text);
	writer_busy = false;
	window(2, 32);
	given.result = given.result ?: given.ops->readable(given.ctx, &over);
	assert_false(over);
	end();
}

static void play_no_text(void)
{
	begin();
	assert_int_equal(given.ops->fd(given.ctx), -1);
	end();
}

TEST_F(each_window_is_a_text)
{
	opts.textfile = "/metrics";
	assert_string_equal(said(play_text), "");
	assert_string_equal(text_dir, "/metrics");
	/* While the writer was busy the window was not lost. */
	assert_has(text, " 42\n");
	assert_lacks(text, "# EOF");
	assert_int_equal(text_closed, 1);
	assert_int_equal(http_started, 0);
	assert_int_equal(status, EXIT_DONE);
	opts.textfile = NULL;
	said(play_no_text);
}

static int write_answer; /* of the writer */

static void play_answer_of_writer(void)
{
	bool over = false;

	begin();
	commit_result = write_answer;
	given.result = given.ops->readable(given.ctx, &over);
	commit_result = 0;
}

/* Four writes, of the writer or before it, end with @write_answer, and later one more. */
static void play_full_disk(void)
{
	bool over = false;

	begin();
	for (int i = 0; i < 3; i++) {
		window(1, 10);
		commit_result = i < 2 ? write_answer : 0;
		assert_int_equal(given.ops->readable(given.ctx, &over), EXIT_DONE);
	}
	assert_false(over);
	window(1, 10);
	commit_result = write_answer;
	window(1, 10);
	commit_result = 0;
	end();
}

/* The disk may have room again: nothing but a line, and a metric. */
TEST_F(a_disk_that_is_full_for_a_while)
{
	static const int lacks[] = { ENOSPC, EDQUOT, ENOMEM, ENFILE, EROFS, EIO };
	char want[512];

	opts.textfile = "/metrics";
	for (size_t i = 0; i < ARRAY_SIZE(lacks); i++) {
		write_answer = -lacks[i];
		snprintf(want, sizeof(want),
			 "ipitrace: --textfile /metrics: %s: the file stays as it is; the next "
			 "text is tried\n"
			 "ipitrace: --textfile /metrics: written again\n"
			 "ipitrace: --textfile /metrics: %s: the file stays as it is; the next "
			 "text is tried\n",
			 strerror(lacks[i]), strerror(lacks[i]));
		assert_string_equal(said(play_full_disk), want);
		assert_int_equal(status, EXIT_DONE);
		assert_has(text, "\nipitrace_textfile_failures_total 4\n");
	}
	opts.textfile = NULL;
	opts.listen = "127.0.0.1:0";
}

/* Two windows of 10 s later the writer still writes. */
static void play_stopped_writer(void)
{
	bool over = false;

	begin();
	window(1, 10);
	writer_busy = true;
	for (int i = 0; i < 3; i++)
		window(1, 10);
	writer_busy = false;
	assert_int_equal(given.ops->readable(given.ctx, &over), EXIT_DONE);
	window(1, 10);
	end();
}

/* Stopped by the directory's owner, or by a disk that hangs. */
TEST_F(a_writer_that_does_not_answer)
{
	opts.textfile = "/metrics";
	opts.interval = 10;
	assert_string_equal(
		said(play_stopped_writer),
		"ipitrace: --textfile /metrics: the write has not ended: the file stays "
		"as it is; the next text is tried\n"
		"ipitrace: --textfile /metrics: written again\n");
	assert_has(text, "\nipitrace_textfile_failures_total 2\n");
	opts.textfile = NULL;
	opts.interval = 0;
}

TEST_F(a_text_file_that_fails)
{
	opts.textfile = "/metrics";
	text_result = -ENOTDIR;
	assert_string_equal(said(play_text), "ipitrace: --textfile /metrics: Not a directory\n");
	assert_int_equal(status, EXIT_CANNOT);
	text_result = 0;
	commit_result = -EPIPE;
	assert_has(said(play), "--textfile /metrics: Broken pipe\n");
	assert_int_equal(status, EXIT_FAILED);
	/* The writer ends in any case. */
	assert_int_equal(text_closed, 1);
	write_answer = -ENOENT;
	assert_has(said(play_answer_of_writer), "--textfile /metrics: no such directory\n");
	assert_int_equal(status, EXIT_FAILED);
	commit_result = 0;
	text_close_result = -EIO;
	assert_has(said(play), "--textfile /metrics: Input/output error\n");
	assert_int_equal(status, EXIT_FAILED);
}

static void play_events(void)
{
	const struct storm storm = { .id = 7 };
	const struct storm_evidence evidence = {};
	const char *stall = "{\"schema\":\"ipitrace/1\",\"type\":\"stall\"}\n";
	struct feeds *feeds = given.feeds;

	begin();
	if (feeds->ring_bytes)
		assert_int_equal(report_rings__open(&feeds->rings, feeds->ring_bytes), 0);
	assert_int_equal(feeds->reports.write(feeds->reports.ctx, 3, stall, strlen(stall)), 0);
	assert_int_equal(feeds->storm(feeds->ctx, &storm, &evidence, SECOND), 0);
	stdout_full = true;
	assert_int_equal(feeds->storm(feeds->ctx, &storm, &evidence, SECOND), 0);
	assert_int_equal(feeds->storm(feeds->ctx, &storm, &evidence, SECOND), 0);
	stdout_full = false;
	feeds->sum.dropped = 4;
	end();
	page = feeds->rings.rings[3].put;
	report_rings__close(&feeds->rings);
}

TEST_F(events_are_lines_with_their_time)
{
	const char *text;

	opts.events = true;
	text = said(play_events);
	assert_has(text, "no room for 4 stalls, which are missing\n",
		   "reports of storms are missing: 2, because the reader of stdout was too slow\n");
	assert_int_equal(status, EXIT_DONE);
	assert_int_equal(count_words(out, "\n"), 2);
	assert_int_equal(count_words(out, "{\"unix_ms\":"), 2);
	/* The page gets the stall, too. */
	assert_true(page);
	opts.no_page = true;
	said(play_events);
	assert_false(page);
}

static void play_isolated(void)
{
	begin();
	window(1, 10);
	given.result = given.result ?:
			       given.ops->window(given.ctx, &(struct snapshot){ .host = &host },
						 given.opts);
	end();
}

TEST_F(interruptions_of_isolated_cpus)
{
	opts.textfile = "/metrics";
	cpuset__add(&isolated, 1);
	assert_string_equal(said(play), "");
	assert_has(text, "ipitrace_isolated_interruptions_total{", "\"tick\"", "} 3\n");
	/* A filter of csds would not be one of interruptions. */
	opts.pid = 9;
	said(play);
	assert_lacks(text, "\"tick\"");
	opts.pid = 0;
	isolated_result = -EPERM;
	assert_string_equal(said(play), "ipitrace: isolated CPUs: the metric "
					"ipitrace_isolated_interruptions_total is missing: "
					"Operation not permitted\n");
	assert_int_equal(status, EXIT_DONE);
	isolated_result = 0;
	take_result = -EIO;
	assert_has(said(play), "isolated CPUs: Input/output error\n");
	assert_int_equal(status, EXIT_FAILED);
}

/* A CPU that has come may be of any node. */
TEST_F(nodes_are_read_again_when_cpus_come)
{
	said(play_isolated);
	/* At the start, and at the first of two windows of the same CPUs. */
	assert_int_equal(numa_reads, 2);
}

TEST_MAIN(host_setup, NULL)
