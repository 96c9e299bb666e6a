// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"
#include "import/import.h"
#include "model/callsite.h"
#include "stall/incident.h"

/* Room for a stall's line, which has no stack and few waiters. */
#define STALL_LINE (64 << 10)

/* How many stalls other stalls may name as their cause. */
#define STALL_IDS 4096

/* The reading of one file, or of the files of one run of a tracer. */
struct run {
	const struct import_how *how;
	struct import_reader reader;
	struct import_facts before; /* of the files before the present one: sums */
	/* How often the clock was set back in those files, and their pauses. */
	uint64_t set_back_before, paused_before;
	bool cut; /* one of the files ends in the middle of an event */
	struct names *names;
	struct replay *replay;
	struct storm_run storms;
	struct ended *ended;
	struct key_map ids; /* number of each stall, by its key */
	uint64_t last_id;
	struct trace_view view;
	struct trace_totals traced;
	struct stall_totals stalls;
	struct host host;
	bool tracer; /* a file begins as a tracer's text does */
	bool begun; /* the first line was written */
	bool terminal; /* stderr is a terminal: show the progress */
	uint64_t nr_lines;
	struct record_progress progress;
	uint64_t progress_bytes;
	int err; /* error that how->put returned */
	char stall_line[STALL_LINE];
	struct lines lines;
};

/* Hand whole lines to how->put(), until it fails. */
static int put_lines(void *ctx, const char *text, size_t len)
{
	struct run *run = ctx;

	if (!run->err)
		run->err = run->how->put(run->how->ctx, text, len);
	return run->err;
}

/* Write @line after the records so far, and free it. NULL: -ENOMEM. */
static int put_line(struct run *run, char *line)
{
	int err = lines__flush(&run->lines);

	if (!err)
		err = line ? put_lines(run, line, strlen(line)) : -ENOMEM;
	run->nr_lines++;
	free(line);
	return err;
}

/* Set the CPUs that are online, as far as the file says, or that its events name. */
static void host_update(struct run *run)
{
	const struct import_facts *facts = &run->reader.facts;

	run->host.online = replay__facts(run->replay)->cpus;
	for (uint32_t cpu = 0; cpu < facts->nr_cpus; cpu++)
		cpuset__add(&run->host.online, cpu);
}

/* Write the first line with the first window: the file has then said all it knows of its host. */
static int begin_capture(struct run *run)
{
	const struct import_facts *facts = &run->reader.facts;
	const struct capture_import from = { .kind = facts->kind };
	const struct capture_head head = {
		.host = &run->host,
		.options = run->how->opts->words,
		.nr_options = run->how->opts->nr_words,
		.mono = replay__facts(run->replay)->began,
		.minor = CAPTURE_MINOR,
		.part = 1,
		.import = &from,
	};

	if (run->begun)
		return 0;
	run->begun = true;
	host_update(run);
	return put_line(run, json__owned_line(json__capture(&head)));
}

static int put_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
		     uint64_t time)
{
	return put_line(ctx, json__storm_line(storm, evidence, time));
}

/*
 * Returns the number of the stall @key: of a line's own stall, or (@is_cause) of its cause; 0:
 * there is none. Once run->ids is full, a cause that has no number gets none, and the numbers of
 * new stalls are not kept.
 */
static uint64_t stall_id(struct run *run, uint64_t key, bool is_cause)
{
	uint32_t nr = run->ids.nr, row;

	if (!key)
		return 0;
	row = key_map__row(&run->ids, key);
	if (row == run->ids.max)
		return is_cause ? 0 : ++run->last_id;
	run->last_id += row == nr;
	return row + 1;
}

static void name_symbol(const struct run *run, struct symbol *symbol)
{
	if (symbol->addr)
		*symbol = names__symbol(run->names, symbol->addr);
}

/* Write the line of a stall that is over. An ended_fn. */
static void write_stall(void *ctx, struct incident *in)
{
	struct run *run = ctx;
	uint64_t id, cause;
	size_t len;

	incident__set_lateness(in, false);
	name_symbol(run, &in->func);
	name_symbol(run, &in->callsite);
	callsite__clear_hidden(&in->callsite);
	name_symbol(run, &in->doing);
	run->stalls.found[in->phase]++;
	run->stalls.folded += in->covered;
	/* A cause that has no number yet gets a lower one than the stall. */
	cause = stall_id(run, in->cause, true);
	id = stall_id(run, in->key, false);
	len = json__stall(run->stall_line, sizeof(run->stall_line), in, id, cause);
	if (!len) {
		run->stalls.dropped++;
		return;
	}
	run->nr_lines++;
	if (!lines__flush(&run->lines))
		put_lines(run, run->stall_line, len);
}

static int put_stall(void *ctx, const struct incident *found)
{
	struct run *run = ctx;
	struct incident in = *found;
	int err = begin_capture(run);

	if (err)
		return err;
	in.key = incident__key(in.phase, in.dst, in.csd, in.start);
	ended__add(run->ended, &in, in.time, write_stall, run);
	ended__release(run->ended, in.time, write_stall, run);
	return run->err;
}

static int put_window(void *ctx, struct snapshot *snap)
{
	struct run *run = ctx;
	struct view_options view = {};
	int err = begin_capture(run);

	if (err)
		return err;
	host_update(run);
	snap->host = &run->host;
	ended__release(run->ended, snap->window.mono_end, write_stall, run);
	err = run->err ? run->err : storm_run__judge(&run->storms, snap);
	if (err)
		return err;
	view.nearest = storm_detector__nearest(run->storms.detector);
	err = put_line(run, json__snapshot_line(snap, &view));
	trace_totals__add(&run->traced, snap);
	run->stalls.csds += snap->ledger.function + snap->ledger.ttwu;
	run->stalls.run_unseen += snap->ledger.lost_by[LOST_RUN_UNSEEN];
	run->progress.csds += snap->ledger.queued;
	run->progress.lost += ledger__lost(&snap->ledger);
	run->progress.ns = snap->window.mono_end - replay__facts(run->replay)->began;
	return err ? err : storm_run__report(&run->storms);
}

static uint64_t ns_between(uint64_t from, uint64_t to)
{
	if (from == PAIR_UNKNOWN || to == PAIR_UNKNOWN)
		return NOT_KNOWN;
	return to > from ? to - from : 0;
}

static int put_csd(void *ctx, const struct pair *pair)
{
	struct run *run = ctx;
	struct record record = {
		.time = pair->queued,
		.func = pair->func,
		.callsite = pair->callsite,
		.delay = ns_between(pair->queued, pair->entered),
		.handler = ns_between(pair->entered, pair->ended),
		.delay_stolen = NOT_KNOWN,
		.handler_stolen = NOT_KNOWN,
		.src_stolen = NOT_KNOWN,
		.wait = NOT_KNOWN,
		.pid = pair->task.pid,
		.tgid = pair->task.tgid,
		.stack = NO_STACK,
		.src = pair->src,
		.dst = pair->dst,
		.kind = KIND_CALL_FUNCTION,
		.type = pair->type,
		.interrupt = pair->task.interrupt,
	};
	int err = begin_capture(run);

	memcpy(record.comm, pair->task.comm, sizeof(record.comm));
	run->view.sees_interrupts = pair->task.interrupt_known;
	run->traced.records++;
	run->traced.csds++;
	run->nr_lines++;
	if (!err)
		json__trace(&run->view, &record, &run->lines);
	return err ? err : run->lines.err;
}

static void show_progress(void *ctx)
{
	struct run *run = ctx;

	/* These bytes take a fraction of a second, if a file is read at full speed. */
	if (!run->terminal || run->reader.facts.bytes - run->progress_bytes < 64ULL * IMPORT_CHUNK)
		return;
	run->progress_bytes = run->reader.facts.bytes;
	run->progress.bytes = run->how->bytes(run->how->ctx);
	view__record_progress(&run->progress);
}

static int event_take(void *ctx, const struct import_event *event)
{
	struct run *run = ctx;

	return replay__event(run->replay, event);
}

static void name_func(void *ctx, struct symbol *symbol, bool func)
{
	(void)func;
	name_symbol(ctx, symbol);
}

static int run_open(struct run *run)
{
	static const struct replay_ops ops = { .window = put_window,
					       .csd = put_csd,
					       .stall = put_stall };
	const struct naming naming = { run, name_func, NULL };
	const struct options *opts = run->how->opts;
	const struct storm_limits limits = options_limits__storm(opts);
	uint64_t interval = opts->interval ? opts->interval * 1e9 : 1000000000ULL;
	uint64_t threshold = options_limits__stall(opts);

	run->terminal = run->how->output && !opts->quiet && isatty(STDERR_FILENO);
	run->lines.write = put_lines;
	run->lines.ctx = run;
	run->stalls = (struct stall_totals){
		.threshold = threshold,
		.scope.asked = 1U << PHASE_DELIVERY | 1U << PHASE_HANDLER,
		.csds_known = true,
	};
	run->traced.csds_wanted = true;
	run->names = names__new();
	if (!run->names)
		return -ENOMEM;
	run->replay = replay__new(run->names, &ops, run, interval, threshold);
	run->view.names = trace_names__open(&naming);
	run->ended = ended__new();
	if (!run->replay || !run->view.names || !run->ended || key_map__open(&run->ids, STALL_IDS))
		return -ENOMEM;
	run->reader = (struct import_reader){
		.names = run->names, .fn = event_take, .ctx = run, .progress = show_progress
	};
	return storm_run__open(&run->storms, &limits, NULL, put_storm, run);
}

/* Write the lines that follow the last event. */
static int run_end(struct run *run)
{
	const struct import_facts *facts = &run->reader.facts;
	int err = replay__end(run->replay);
	const struct capture_import from = { .events = facts->events,
					     .lost = facts->lost,
					     .gaps = facts->gaps,
					     .unread = facts->unread,
					     .set_back = replay__facts(run->replay)->set_back,
					     .paused = replay__facts(run->replay)->paused,
					     .cut = run->cut };
	struct capture_foot foot = { .mono = replay__facts(run->replay)->now, .import = &from };

	run->stalls.ended = run->traced.ended = foot.mono;
	ended__release(run->ended, UINT64_MAX, write_stall, run);
	if (!err)
		err = run->err;
	if (!err) {
		size_t len =
			json__stalls_end(run->stall_line, sizeof(run->stall_line), &run->stalls);

		run->nr_lines++;
		err = put_lines(run, run->stall_line, len);
	}
	if (!err)
		err = storm_run__end(&run->storms);
	if (!err && !run->storms.found)
		err = put_line(run, json__no_storm_line(&run->storms.calm, run->storms.end));
	if (!err)
		err = put_line(run, json__trace_end_line(&run->traced));
	foot.lines = run->nr_lines + 1;
	foot.stalls_dropped = run->stalls.dropped;
	return err ? err : put_line(run, json__owned_line(json__capture_end(&foot)));
}

/* Say on stderr which events the file @path lacks, and which could not be read. */
static void facts_say(struct run *run, const char *path)
{
	const struct import_facts *facts = &run->reader.facts, *before = &run->before;
	uint64_t lost = facts->lost - before->lost, gaps = facts->gaps - before->gaps;
	uint64_t unread = facts->unread - before->unread;
	uint64_t set_back = replay__facts(run->replay)->set_back - run->set_back_before;
	uint64_t paused = replay__facts(run->replay)->paused - run->paused_before;

	if (lost || gaps)
		fail(EXIT_DONE,
		     "%s: events are missing, %" PRIu64 " or more, in %" PRIu64
		     " place%s: csds that may have run there are lost",
		     path, lost, gaps, units__plural(gaps));
	if (unread)
		fail(EXIT_DONE, "%s: %" PRIu64 " event%s could not be read", path, unread,
		     units__plural(unread));
	if (set_back)
		fail(EXIT_DONE, "%s: its clock was set back, %" PRIu64 " time%s", path, set_back,
		     units__plural(set_back));
	if (paused)
		fail(EXIT_DONE,
		     "%s: no event came for %s: its clock was set forward, or nothing was traced; "
		     "rates are those of the whole time",
		     path, view__duration(paused).s);
	if (facts->cut)
		fail(EXIT_DONE, "%s: ends in the middle of an event", path);
	run->cut |= facts->cut;
	run->set_back_before += set_back;
	run->paused_before += paused;
	run->before = *facts;
}

static const char *const refused[NR_IMPORT_KINDS] = {
	[IMPORT_NONE] = "is neither a capture nor a file of another tracer",
	[IMPORT_CAPTURE] = "is compressed by zstd, as a capture is: ipitrace report reads a "
			   "capture; if it is text: zstd -dc FILE | ipitrace import -",
	[IMPORT_PERF_DATA] = "is perf's own file, not text: perf script --ns "
			     "--show-lost-events -F comm,pid,tid,cpu,time,event,trace "
			     "-i FILE | ipitrace import -",
	[IMPORT_TRACE_DAT] = "is trace-cmd's own file, not text: trace-cmd report -t FILE "
			     "| ipitrace import -",
};

/* Returns the exit status for @result of @path, after reporting a failure. */
static int file_status(const struct run *run, const struct import_result *result, const char *path)
{
	if (run->err)
		return EXIT_FAILED;
	if (result->kind != IMPORT_NONE && refused[result->kind])
		return fail(EXIT_FAILED, "%s: %s", path, refused[result->kind]);
	if (result->err == -ERANGE)
		return fail(EXIT_FAILED, "%s: has impossible times", path);
	if (result->err)
		return part_status(path, result->err);
	if (result->kind == IMPORT_NONE)
		return fail(EXIT_FAILED, "%s: %s", path, refused[IMPORT_NONE]);
	return EXIT_DONE;
}

static int files_read(struct run *run, const int *fds, const char *const *paths, int nr)
{
	const struct import_event gap = { .type = EVENT_LOST_ALL };
	int status = EXIT_DONE;

	for (int i = 0; i < nr && status == EXIT_DONE; i++) {
		struct import_result result;

		/* The events between two files of a run are missing: note a gap. */
		if (i)
			event_take(run, &gap);
		result = import__read(&run->reader, fds[i]);
		run->tracer |= result.tracer;
		status = file_status(run, &result, paths[i]);
		if (status == EXIT_DONE)
			facts_say(run, paths[i]);
	}
	return status;
}

int import_run(const struct import_how *how, const int *fds, const char *const *paths, int nr,
	       int *put_err)
{
	struct run *run = calloc(1, sizeof(*run));
	int status, err;

	*put_err = 0;
	if (!run)
		return part_status("start", -ENOMEM);
	run->how = how;
	err = run_open(run);
	status = err ? part_status("start", err) : files_read(run, fds, paths, nr);
	/* Without a capture to write, `report` reads the file: that takes captures, too. */
	if (status == EXIT_DONE && !run->traced.queued && !replay__facts(run->replay)->began)
		status = fail(
			EXIT_FAILED, "%s: %s", paths[0],
			run->tracer ?
				"has no csd events: nobody sent one meanwhile, or csd:* was not "
				"recorded" :
			how->output ?
				"has no csd events (csd:*): see ipitrace check --recipe" :
				"is not a file of ipitrace record, and has no csd events (csd:*)");
	if (status == EXIT_DONE) {
		err = run_end(run);
		if (err && !run->err)
			status = part_status(paths[0], err);
	}
	*put_err = run->err;
	if (run->err)
		status = EXIT_FAILED;
	if (status == EXIT_DONE && how->output && (run->progress.lost || !how->opts->quiet)) {
		run->progress.bytes = how->bytes(how->ctx);
		view__record_end(&run->progress, how->output, run->terminal);
	}
	storm_run__close(&run->storms);
	key_map__close(&run->ids);
	free(run->ended);
	trace_names__close(run->view.names);
	replay__free(run->replay);
	names__free(run->names);
	free(run);
	return status;
}

bool import_run__is_for(int fd)
{
	enum import_kind kind = import_kind__read(fd);

	return kind != IMPORT_NONE && kind != IMPORT_CAPTURE;
}

int import_run__check(int fd, const char *path)
{
	enum import_kind kind;
	struct stat st = {};

	/* The first bytes of a pipe cannot be read twice. */
	if (fstat(fd, &st) || S_ISDIR(st.st_mode))
		return part_status(path, S_ISDIR(st.st_mode) ? -EISDIR : -errno);
	if (!S_ISREG(st.st_mode))
		return EXIT_DONE;
	kind = import_kind__read(fd);
	return refused[kind] ? fail(EXIT_FAILED, "%s: %s", path, refused[kind]) : EXIT_DONE;
}
