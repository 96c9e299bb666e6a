// SPDX-License-Identifier: GPL-2.0
#include <sys/signalfd.h>
#include <sys/wait.h>
#include "command/parts.h"

#define NOTES_BYTES (1 << 16)

/*
 * Whether the shell knows the command @word: as a builtin, or as a program of PATH. True, too, if
 * the shell cannot be asked.
 */
static bool shell_knows(const char *word)
{
	int status = 0, null;
	pid_t pid = fork();

	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", "command -v \"$1\"", "sh", word, NULL);
		_exit(0);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ||
	       !WEXITSTATUS(status);
}

/*
 * Refuse a CMD whose first word cannot be run: that would show hours later, at the first incident.
 * Only a word that is plain for the shell is judged.
 */
int flight_run__check(const struct options *opts)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
	const char *cmd = opts->flight.exec ?: "";
	char word[PATH_MAX];
	size_t len;
	struct stat st;
	int err;

	cmd += strspn(cmd, " \t\n");
	len = strspn(cmd, plain);
	if (!len || len >= sizeof(word) || *cmd == '-' ||
	    (cmd[len] && !strchr(" \t\n;&|<>", cmd[len])))
		return EXIT_DONE;
	snprintf(word, sizeof(word), "%.*s", (int)len, cmd);
	if (!strchr(word, '/'))
		return shell_knows(word) ?
			       EXIT_DONE :
			       fail(EXIT_USAGE, "record: --exec %s: no such command", word);
	err = stat(word, &st)	  ? errno :
	      S_ISDIR(st.st_mode) ? EISDIR :
	      access(word, X_OK)  ? errno :
				    0;
	return err ? fail(EXIT_USAGE, "record: --exec %s: %s", word, strerror(err)) : EXIT_DONE;
}

int flight_run__fork(struct flight_run *run, struct options *opts)
{
	struct flight_options *flight = &opts->flight;
	const struct keep_limits *keep = &flight->keep;
	const struct clerk_config config = {
		.path = options__capture_path(opts),
		.max_files = flight->max_files ? flight->max_files : FLIGHT_FILES_DEFAULT,
		.keep = keep->count || keep->bytes || keep->age ? keep : NULL,
		.exec = flight->exec,
		.signal = flight->signal,
	};
	sigset_t set;
	int status;

	/* Without --on, stalls and storms trigger files: nobody may be there to send SIGUSR1. */
	if (!flight->on.stall && !flight->on.storm && !flight->on.delay)
		flight->on.stall = flight->on.storm = true;
	*run = (struct flight_run){
		.opts = opts,
		.path = config.path,
		/* Files of other runs count for --keep, too. */
		.max_files = config.keep ? 0 : config.max_files,
		.file_fd = -1,
		.signal_fd = -1,
	};
	status = clerk__open(&run->clerk, &config);
	if (status != EXIT_DONE)
		return status;
	/* Block SIGUSR1: from here on the signal stays pending until the crew reads it. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (!sigprocmask(SIG_BLOCK, &set, NULL))
		run->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return part_status("start", run->signal_fd < 0 ? -errno : 0);
}

/* Keep a message for the main thread to print: stderr may be a pipe that nobody reads. */
static void __attribute__((format(printf, 2, 3)))
note_message(struct flight_run *run, const char *format, ...)
{
	char text[PATH_MAX + 256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	byte_ring__put(&run->notes, text, strlen(text) + 1);
}

/* Print the crew's messages. */
static void notes_print(struct flight_run *run)
{
	static char text[NOTES_BYTES];
	size_t len = byte_ring__take(&run->notes, text, sizeof(text));

	for (char *at = text; at < text + len; at += strlen(at) + 1)
		fail(EXIT_DONE, "%s", at);
}

/* Create a file for @trigger: create() of struct flight_config. */
static int create_file(void *ctx, const struct trigger *trigger)
{
	struct flight_run *run = ctx;
	int fd = run->file_fd;

	/* Create no further file: the main thread is about to see that --exit is fulfilled. */
	if (run->opts->flight.exit && run->files)
		return -ECANCELED;
	clerk__happened(run->clerk);
	run->file_fd = -1;
	if (fd < 0)
		fd = clerk__file(run->clerk);
	if (fd < 0) {
		run->failed++;
		note_message(run, "no file for a %s: %s: %s", trigger_names[trigger->kind],
			     run->path, strerror(-fd));
	}
	return fd;
}

/* Close the finished file, and have the clerk name it: finished() of struct flight_config. */
static void finish_file(void *ctx, const struct trigger *trigger, int fd, int err)
{
	struct flight_run *run = ctx;
	char name[PATH_MAX];
	struct stat st;
	bool empty = fstat(fd, &st) || !st.st_size;

	/* Some file systems report only at close() that they are full. */
	if (close(fd) && !err)
		err = -errno;
	clerk__finished(run->clerk, trigger, !err, name, sizeof(name));
	if (err) {
		run->failed++;
		/* The clerk keeps what was written, but no empty file. */
		run->cut += !empty;
		note_message(run, "%s ends early: %s", name, strerror(-err));
		return;
	}
	if (!run->opts->quiet && trigger__has_csd(trigger))
		note_message(run, "%s: a %s, %s, CPU %u to %u", name, trigger_names[trigger->kind],
			     phase_names[trigger->phase], trigger->src, trigger->dst);
	else if (!run->opts->quiet)
		note_message(run, "%s: a %s", name, trigger_names[trigger->kind]);
	run->files++;
}

int flight_run__add(void *ctx, const char *text, size_t len)
{
	return flight__add(((struct flight_run *)ctx)->flight, text, len);
}

/* Gather new lines: gather() of struct flight_config. */
static int gather_lines(void *ctx, struct flight_gathered *gathered)
{
	struct flight_run *run = ctx;
	struct trace_run *trace = run->feeds->records;
	struct signalfd_siginfo info;
	uint64_t now = mono_ns();
	bool signalled = false;
	int status;

	while (read(run->signal_fd, &info, sizeof(info)) == sizeof(info))
		signalled = true;
	if (signalled)
		flight__trigger(run->flight,
				&(struct trigger){ .kind = TRIGGER_SIGNAL, .time = now });
	report_rings__take(&run->feeds->rings, flight_run__add, run);
	status = part_status("trace", trace_run__gather(trace));
	gathered->settled = trace->records.nr ? trace->records.settled : now;
	gathered->lost = trace_run__dropped(trace) + report_rings__refused(&run->feeds->rings);
	return status;
}

/*
 * Say what has a file written, and the name that a file would get now, with its directory, because
 * a log may be read elsewhere.
 */
static void armed_say(const struct flight_run *run)
{
	const struct flight_conditions *on = &run->opts->flight.on;
	char name[PATH_MAX], directory[PATH_MAX] = "", stall[48] = "", delay[48] = "";

	if (!clerk__name(run->path, clock_ns(CLOCK_REALTIME), name, sizeof(name)))
		return;
	if (*name != '/' && !getcwd(directory, sizeof(directory)))
		return;
	if (on->stall)
		snprintf(stall, sizeof(stall), "stall (%s), ",
			 view__duration(options_limits__stall(run->opts)).s);
	if (on->delay)
		snprintf(delay, sizeof(delay), "delay (%s), ", view__duration(on->delay).s);
	fail(EXIT_DONE, "armed: writes a file at %s%s%sSIGUSR1; files will be named as %s%s%s",
	     stall, on->storm ? "storm, " : "", delay, directory, *directory ? "/" : "", name);
}

int flight_run__open(struct flight_run *run, struct feeds *feeds)
{
	const struct options *opts = run->opts;
	const struct flight_config config = {
		.before = opts->flight.span,
		.after = FLIGHT_AFTER_NS,
		.size = opts->flight.size,
		.head = &run->head,
		.gather = gather_lines,
		.create = create_file,
		.finished = finish_file,
		.ctx = run,
	};
	int err;

	run->feeds = feeds;
	capture_head__set(&run->head, &run->host, opts);
	err = byte_ring__open(&run->notes, NOTES_BYTES);
	if (!err)
		err = flight__open(&run->flight, &config);
	if (err)
		return err;
	/* Ask for the first file now: if the directory refuses files, the run must not begin. */
	run->file_fd = clerk__file(run->clerk);
	if (run->file_fd < 0)
		return fail(EXIT_FAILED, "%s: %s", run->path,
			    run->file_fd == -EINVAL ? "not a regular file" :
			    run->file_fd == -EBUSY  ? "another process writes this file" :
						      strerror(-run->file_fd));
	if (!opts->quiet)
		armed_say(run);
	return EXIT_DONE;
}

int flight_run__tend(struct flight_run *run, bool *over)
{
	notes_print(run);
	flight__tend(run->flight);
	*over |= run->opts->flight.exit && run->files;
	return flight__state(run->flight).status;
}

void flight_run__stall(void *ctx, const struct incident *incident, uint64_t id)
{
	struct flight_run *run = ctx;

	if (run->opts->flight.on.stall)
		flight__trigger(run->flight, &(struct trigger){
						     .kind = TRIGGER_STALL,
						     .time = mono_ns(),
						     .id = id,
						     .phase = incident->phase,
						     .src = incident->src,
						     .dst = incident->dst,
						     .duration = incident__duration(incident),
					     });
}

void flight_run__record(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	struct flight_run *run = lines->ctx;
	uint64_t limit = run->opts->flight.on.delay;

	if (limit && r->delay != NOT_KNOWN && r->delay >= limit)
		flight__trigger(run->flight, &(struct trigger){
						     .kind = TRIGGER_DELAY,
						     .time = r->time + r->delay,
						     .phase = PHASE_DELIVERY,
						     .src = r->src,
						     .dst = r->dst,
						     .duration = r->delay,
					     });
	json__trace(view, r, lines);
}

int flight_run__end(struct flight_run *run)
{
	flight__stop(run->flight);
	notes_print(run);
	return run->failed ? EXIT_FAILED : flight__state(run->flight).status;
}

void flight_run__progress(const struct flight_run *run, struct record_progress *progress)
{
	struct flight_state state = flight__state(run->flight);

	progress->flight = true;
	progress->lost += state.lost;
	progress->held_ns = state.held_ns;
	progress->span_ns = run->opts->flight.span;
	progress->dropped = state.dropped;
	progress->bytes = state.held_bytes;
	progress->size = run->opts->flight.size;
	progress->cut = run->cut;
	progress->files = run->files + progress->cut;
	progress->max_files = run->max_files;
}

void flight_run__close(struct flight_run *run)
{
	flight__close(run->flight);
	byte_ring__close(&run->notes);
	if (run->file_fd >= 0)
		close(run->file_fd);
	if (run->signal_fd >= 0)
		close(run->signal_fd);
	clerk__close(run->clerk);
}
