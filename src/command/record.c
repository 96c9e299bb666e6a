// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"

/* The longest time that lines wait for their frame to be full: a kill loses these lines. */
#define FRAME_NS 5000000000ULL

static unsigned int this_part(const struct record_file *file)
{
	return (file->part - 1) & 1;
}

static int flush_lines(struct record_file *file)
{
	int err = capture_writer__flush(file->writer);

	file->flushed = mono_ns();
	file->bytes[this_part(file)] = capture_writer__bytes(file->writer);
	return part_status(file->path, err);
}

/* Add @line, and free it. NULL: -ENOMEM. */
static int line_put(struct record_file *file, char *line)
{
	int err = line ? capture_writer__add(file->writer, line, strlen(line)) : -ENOMEM;

	free(line);
	return part_status(file->path, err);
}

/* Begin a part. Its first line has a frame of its own: a file that ends early is a capture, too. */
static int part_begin(struct record_file *file)
{
	int status;

	file->head.part = ++file->part;
	status = line_put(file, json__owned_line(json__capture(&file->head)));
	return status == EXIT_DONE ? flush_lines(file) : status;
}

int record_file__end(struct record_file *file)
{
	const struct capture_foot foot = {
		.lines = capture_writer__lines(file->writer) + 1,
		.stalls_dropped = file->stalls_dropped,
		.mono = mono_ns(),
		.unwatched = &file->unwatched,
	};
	int status = line_put(file, json__owned_line(json__capture_end(&foot)));

	return status == EXIT_DONE ? flush_lines(file) : status;
}

/* Begin a part in the place of what @fd holds. */
static int part_anew(struct record_file *file, int fd)
{
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) < 0)
		return part_status(file->path, -errno);
	capture_writer__restart(file->writer, fd);
	return part_begin(file);
}

/* Create FILE and, with @max_size, its second file. Returns an exit status. */
static int files_create(struct record_file *file, uint64_t max_size)
{
	struct second_file second;

	file->fds[0] = output_file__open(NULL, "output", file->path, NULL,
					 max_size ? NEW_FILE_REGULAR : NEW_FILE_OR_STREAM);
	if (file->fds[0] < 0)
		return EXIT_FAILED;
	if (!max_size)
		return EXIT_DONE;
	if (!second_file__name(&second, file->path))
		return part_status(file->path, -ENAMETOOLONG);
	file->part_bytes = max_size / 2;
	file->fds[1] = output_file__open(NULL, NULL, second.path, second.old, NEW_FILE_REGULAR);
	return file->fds[1] < 0 ? EXIT_FAILED : EXIT_DONE;
}

int record_file__open(struct record_file *file, const struct options *opts)
{
	int err, status;

	file->path = options__capture_path(opts);
	status = files_create(file, opts->max_size);
	if (status != EXIT_DONE)
		return status;
	err = capture_writer__open(&file->writer, file->fds[0]);
	if (err)
		return part_status(file->path, err);
	capture_head__set(&file->head, &file->host, opts);
	return part_begin(file);
}

int record_file__put(struct record_file *file, const char *text, size_t len)
{
	int err = capture_writer__add(file->writer, text, len), status;
	uint64_t bytes = capture_writer__bytes(file->writer);

	if (err)
		return part_status(file->path, err);
	file->bytes[this_part(file)] = bytes;
	/* The frame that waits and the last line must not make a part too long. */
	if (!file->part_bytes || bytes + CAPTURE_FRAME_BYTES <= file->part_bytes)
		return EXIT_DONE;
	/* Begin a new part in place of the older one. */
	status = record_file__end(file);
	return status == EXIT_DONE ? part_anew(file, file->fds[!this_part(file)]) : status;
}

int record_file__restart(struct record_file *file)
{
	file->part = 0;
	return part_anew(file, file->fds[0]);
}

int record_file__tend(struct record_file *file)
{
	return mono_ns() - file->flushed < FRAME_NS ? EXIT_DONE : flush_lines(file);
}

int record_file__close(struct record_file *file)
{
	int status = EXIT_DONE;

	/* Another file or stdout may have ended the run: write the lines that were put. */
	if (file->writer)
		capture_writer__flush(file->writer);
	capture_writer__close(file->writer);
	for (int i = 0; i < 2; i++)
		if (file->fds[i] >= 0 && close(file->fds[i]))
			status = part_status(file->path, -errno);
	return status;
}

/* Reports of one watcher on their way to the file; one takes 2 KB. */
#define REPORTS_BYTES (1 << 20)

struct recording {
	const struct options *opts;
	struct collector *collector;
	struct record_file file;
	struct picture_run *pictures; /* pictures of --html and --perfetto; NULL: none */
	bool terminal; /* stderr is a terminal: show the progress */
	uint64_t lost; /* csds and records that were lost; with --flight also stalls */
	struct record_progress progress;
	struct storm_seen seen;
	struct feeds feeds;
	struct trace_run trace; /* records of --trace */
	bool flying; /* --flight: lines go to the recorder, not to the file */
	struct flight_run flight;
};

/* Add whole lines to the files, and with -j to stdout. Returns an exit status. */
static int put_lines(void *ctx, const char *text, size_t len)
{
	struct recording *r = ctx;
	int status = record_file__put(&r->file, text, len);

	if (r->opts->json)
		fwrite(text, 1, len, stdout);
	return status == EXIT_DONE && r->pictures ? picture_run__put(r->pictures, text, len) :
						    status;
}

static int put_reports(void *ctx, enum line_type type, const char *lines, size_t len)
{
	(void)type;
	return put_lines(ctx, lines, len);
}

/* Write @line, and free it. NULL: -ENOMEM. Returns an exit status. */
static int put_line(struct recording *r, char *line)
{
	int status;

	if (r->flying && line) {
		flight__hand_over(r->flight.flight, line);
		return EXIT_DONE;
	}
	status = line ? put_lines(r, line, strlen(line)) : output_status(-ENOMEM);
	free(line);
	return status;
}

static int record_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
			uint64_t time)
{
	struct recording *r = ctx;

	if (r->flying && storm->news == STORM_BEGAN && !storm->note && r->opts->flight.on.storm)
		flight__trigger(r->flight.flight, &(struct trigger){ .kind = TRIGGER_STORM,
								     .time = time,
								     .id = storm->id });
	return put_line(r, json__storm_line(storm, evidence, time));
}

/* Open the flight recorder; or the capture, and what is drawn of its lines. */
static int open_record(void *ctx, const struct options *opts, struct collector *collector)
{
	struct recording *r = ctx;
	int status;
	char *head;

	(void)opts;
	r->collector = collector;
	if (r->flying)
		return flight_run__open(&r->flight, &r->feeds);
	status = record_file__open(&r->file, r->opts);
	if (status != EXIT_DONE || (!r->opts->html && !r->opts->perfetto))
		return status;
	status = picture_run__open(&r->pictures, r->opts);
	if (status != EXIT_DONE)
		return status;
	head = json__owned_line(json__capture(&r->file.head));
	status = head ? picture_run__put(r->pictures, head, strlen(head)) :
			part_status("start", -ENOMEM);
	free(head);
	return status;
}

static int begin_record(void *ctx)
{
	struct recording *r = ctx;

	return r->flying ? flight__start(r->flight.flight) : EXIT_DONE;
}

static int tick_record(void *ctx, bool *over)
{
	struct recording *r = ctx;

	return r->flying ? flight_run__tend(&r->flight, over) : record_file__tend(&r->file);
}

static const struct record_progress *update_progress(struct recording *r)
{
	r->progress.lost = r->lost;
	if (r->flying)
		flight_run__progress(&r->flight, &r->progress);
	else
		r->progress.bytes = r->file.bytes[0] + r->file.bytes[1];
	return &r->progress;
}

static int put_window(void *ctx, const struct snapshot *snap, const struct storm_nearest *nearest)
{
	struct recording *r = ctx;
	const struct view_options view = { .stacks = r->opts->stacks, .nearest = nearest };

	return put_line(r, json__snapshot_line(snap, &view));
}

static int show_progress(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct recording *r = ctx;
	uint64_t ns = snap->window.mono_end - snap->window.mono_start;

	storm_seen__window(&r->seen, options__window(opts), ns);
	r->progress.ns += ns;
	r->progress.csds += snap->ledger.queued;
	r->lost += ledger__lost(&snap->ledger);
	if (r->terminal)
		view__record_progress(update_progress(r));
	return EXIT_DONE;
}

static uint64_t say_refused(const struct recording *r)
{
	uint64_t refused = report_rings__refused(&r->feeds.rings);

	if (refused)
		fail(EXIT_DONE, "%" PRIu64 " report%s of stalls found no room", refused,
		     units__plural(refused));
	return refused;
}

/* Set what the last line says of what this run did not watch. */
static void unwatched_set(struct recording *r)
{
	const struct storm_run *storms = &r->feeds.storms;
	const struct storm_nearest *nearest = &storms->calm.nearest;

	/* Beside a storm that was found, others may be averaged away. */
	r->seen.nearest = storms->found ? 1 : nearest->known ? storm_nearest__part(nearest) : 0;
	r->file.unwatched.detached = programs__detached(&r->collector->programs);
	r->file.unwatched.stretched = storm_seen__averages(&r->seen) ? r->seen.longest : 0;
}

/* Write the lines that end `stalls -j`, `storm -j` without a storm, and `trace -j`. */
static int file_end(struct recording *r)
{
	const struct storm_run *storms = &r->feeds.storms;
	char line[512];
	int status;

	r->file.stalls_dropped = say_refused(r);
	unwatched_set(r);
	status = put_lines(r, line, json__stalls_end(line, sizeof(line), &r->feeds.sum));
	if (status == EXIT_DONE && !storms->found)
		status = put_line(r, json__no_storm_line(&storms->calm, storms->end));
	if (status == EXIT_DONE && r->opts->trace)
		status = part_status("trace", trace_run__end_line(&r->trace));
	r->lost += r->trace.totals.dropped;
	if (status == EXIT_DONE)
		status = record_file__end(&r->file);
	return status == EXIT_DONE && r->pictures ? picture_run__end(r->pictures) : status;
}

static int end_record(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct recording *r = ctx;
	int status;

	(void)cut;
	if (r->flying) {
		/* No file of a flight has the line that ends `stalls -j`. */
		r->lost += stalls_missing__say(&r->feeds.sum);
		say_refused(r);
		/* The crew writes the last line of each file. */
		status = flight_run__end(&r->flight);
	} else {
		status = file_end(r);
	}
	if (status != EXIT_DONE && !r->flying)
		return status;
	/* -q hides the summary, but never a loss. */
	if (update_progress(r)->lost || !opts->quiet)
		view__record_end(&r->progress, r->file.path, r->terminal);
	return status == EXIT_DONE ? output_status(0) : status;
}

static void close_record(void *ctx)
{
	struct recording *r = ctx;

	/* The crew reads the feeds, which are closed next. */
	if (r->flying)
		flight_run__close(&r->flight);
	picture_run__close(r->pictures);
}

int command_record(const struct options *opts)
{
	static const struct session_ops ops = {
		.users = true,
		.open = open_record,
		.begun = begin_record,
		.tick = tick_record,
		.window = show_progress,
		.end = end_record,
		.close = close_record,
	};
	struct options windowed = *opts;
	int status = flight_run__check(opts) ?: picture_run__check(opts), closed;
	struct recording *r;
	sigset_t set;

	if (status != EXIT_DONE)
		return status;
	r = calloc(1, sizeof(*r));
	if (!r)
		return part_status("start", -ENOMEM);
	r->flying = windowed.flight.span;
	/* -d without -i still means several windows. */
	if (!opts->interval)
		windowed.interval = 1;
	windowed.trace |= r->flying;
	r->opts = &windowed;
	r->file.fds[0] = r->file.fds[1] = -1;
	r->trace.print = r->flying ? flight_run__record : json__trace;
	r->trace.lines.write = r->flying ? flight_run__add : put_lines;
	r->trace.lines.ctx = r->flying ? (void *)&r->flight : r;
	r->feeds = (struct feeds){
		.which = FEED_ALL,
		.records = windowed.trace ? &r->trace : NULL,
		.reports = { .found = r->flying ? flight_run__stall : NULL,
			     .found_ctx = &r->flight },
		.sink = { r, put_window, put_reports },
		.ring_bytes = REPORTS_BYTES,
		.storm = record_storm,
		.ctx = r,
		.crew = r->flying,
	};
	r->terminal = !opts->quiet && isatty(STDERR_FILENO);
	/* Without --flight, SIGUSR1 asks for nothing, and would end the process: block it. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (r->flying)
		status = flight_run__fork(&r->flight, &windowed);
	else
		sigprocmask(SIG_BLOCK, &set, NULL);
	if (status == EXIT_DONE)
		status = session__run(&windowed, &ops, &r->feeds, r);
	else
		flight_run__close(&r->flight);
	closed = record_file__close(&r->file);
	free(r);
	return status == EXIT_DONE ? closed : status;
}
