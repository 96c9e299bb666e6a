// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/confine.h"
#include "base/cpuset.h"
#include "base/new_file.h"
#include "base/privileges.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/probe.h"
#include "collect/read_tables.h"
#include "model/isolation.h"
#include "model/snapshot.h"
#include "run/affinity.h"
#include "run/child.h"
#include "run/configure.h"
#include "run/ending.h"
#include "run/finish.h"
#include "run/patience.h"
#include "run/session.h"
#include "run/signals.h"

#define NS	     1000000000ULL
#define GATE_MS	     100
/* User stacks are named so often while a window lasts: at first, and where none are new. */
#define LIVE_MS	     50
#define LIVE_MOST_MS 200
/* Attaching takes less than a second where all CPUs answer. */
#define SLOW_NS	     (5 * NS)

struct session {
	const struct options *opts;
	const struct session_ops *ops;
	void *ctx;
	struct collect_config config;
	uint64_t *funcs; /* config's */
	struct collector *collector;
	struct finisher *finisher;
	bool users_gone; /* and that was said */
	struct child child;
	struct signals signals;
	int timer_fd;
	struct boundaries run; /* CLOCK_MONOTONIC */
	uint64_t queued; /* csds in the windows so far */
	struct live_stacks live; /* whose names were looked up, of the window that has begun */
	struct cpuset own_cpus; /* that ipitrace is bound to */
	struct cut_short cut;
};

/*
 * Set the timer to the end of the window. Sets *@last if the run ends there.
 * Returns 0 or a negative errno.
 */
static int window_arm(struct session *s, bool *last)
{
	struct boundary next = boundary__next(&s->run, mono_ns());
	uint64_t at = s->ops->windowless ? s->run.begun + s->run.duration : next.at;
	struct itimerspec when = { .it_value = { at / NS, at % NS } };

	*last = s->ops->windowless || next.last;
	if (s->ops->windowless && !s->run.duration)
		return 0;
	return timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) ? -errno : 0;
}

/* The run, which began at @begun, ends now. */
static void cut_look(struct session *s, uint64_t begun)
{
	const struct run_end end = {
		.signal = signals__stopped_by(),
		.unread = ferror(stdout),
		.ns = mono_ns() - begun,
	};

	if (s->cut.by == CUT_NOT)
		s->cut = cut_short(s->opts, &s->child, &end);
}

static bool has_users(const struct session *s)
{
	return s->ops->users && !s->opts->no_user;
}

/* Hold the run until programs may be attached. Sets *@over if it ends before. Returns an exit status. */
static int gate(struct session *s, bool *over)
{
	uint64_t begun = mono_ns(), duration = llround(s->opts->duration * NS);
	struct pollfd stop = { .fd = s->signals.stop_fd, .events = POLLIN };
	bool hold = s->ops->gate;
	int status = EXIT_DONE;

	while (hold && !*over && status == EXIT_DONE) {
		hold = false;
		status = s->ops->gate(s->ctx, &s->config, &hold, over);
		if (hold && !*over)
			*over = poll(&stop, 1, GATE_MS) > 0 ||
				(duration && mono_ns() - begun >= duration);
	}
	if (*over)
		cut_look(s, begun);
	return status;
}

/* Returns an exit status. */
static int collector_open(struct session *s)
{
	struct patience *patience;
	const char *slow;
	char why[256];
	int err;

	s->config.any_source = s->ops->any_source;
	s->config.program = s->child.pid;
	s->config.user_stacks = has_users(s);
	if (s->ops->configure)
		s->ops->configure(s->ctx, s->opts, &s->config);
	slow = s->ops->slow ? s->ops->slow(s->ctx) : NULL;
	patience = slow ? patience__begin(SLOW_NS, slow) : NULL;
	err = collector__open(&s->collector, &s->config);
	patience__end(patience);

	if (err == -ENOMEM)
		return fail(EXIT_FAILED, "start: %s", strerror(ENOMEM));
	if (err) {
		probe__explain(&s->config, err, why, sizeof(why));
		return fail(EXIT_CANNOT, "%s", why);
	}
	return EXIT_DONE;
}

static int what_is_there_keep(const char *path)
{
	struct new_file file;
	int err = new_file__make_way(&file, path);

	if (!err && *file.old)
		diag__renamed(path, file.old);
	return err;
}

/*
 * Remove the file or the symbolic link of an earlier run; a file that has bytes becomes PATH.old.
 * Returns 0 or a negative errno: -EEXIST, there is something else, which stays.
 */
static int ready_remove(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* A device or a FIFO is nothing that a run has left. */
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return -EEXIST;
	/* Nor is a file that has bytes. */
	if (S_ISREG(st.st_mode) && st.st_size)
		return what_is_there_keep(path);
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

/* Create the file, of mode 0600, never through a symbolic link. Returns 0 or a negative errno. */
static int ready_create(const char *path)
{
	/* O_EXCL: whoever may write to the directory cannot make root follow a link. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Remove or create --ready-file, which shows that collection has begun. Returns an exit status. */
static int ready_file(const struct session *s, int (*what)(const char *path))
{
	const char *path = s->opts->ready_file;
	int err = path ? what(path) : 0;

	return err ? fail(EXIT_FAILED, "--ready-file %s: %s", path, strerror(-err)) : EXIT_DONE;
}

/* Start collection and PROGRAM, and give up root. Returns an exit status. */
static int begin(struct session *s)
{
	int err, status;

	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (s->timer_fd < 0)
		return fail(EXIT_FAILED, "timer: %s", strerror(errno));
	finisher__begin(s->finisher);
	collector__begin(s->collector);
	s->run = (struct boundaries){
		.begun = mono_ns(),
		.period = llround(options__window(s->opts) * NS),
		.duration = llround(s->opts->duration * NS),
	};
	status = ready_file(s, ready_create);
	if (status != EXIT_DONE)
		return status;
	err = child__start(&s->child);
	if (err)
		return fail(EXIT_FAILED, "%s: %s", s->opts->program[0], strerror(-err));
	err = privileges__drop();
	if (err)
		return fail(EXIT_FAILED, "cannot give up root: %s", strerror(-err));
	/* A kernel without seccomp takes no filter; `check` says so. */
	(void)confine__doors(s->ops->sockets);
	return s->ops->begun ? s->ops->begun(s->ctx) : EXIT_DONE;
}

/* Returns whether the run goes on: no signal ends it, and PROGRAM runs. */
static bool goes_on(struct session *s)
{
	signals__child_seen(&s->signals);
	return !child__poll(&s->child) && !signals__stop(&s->signals);
}

/* Measure new functions and name new user stacks. Returns in how many ms to call this again. */
static int live_look(struct session *s, int ms)
{
	collector__tend(s->collector);
	finisher__begin_turn(s->finisher);
	if (collector__live_stacks(s->collector, &s->live, finisher__name_stack, s->finisher))
		return LIVE_MS;
	return ms < LIVE_MOST_MS ? 2 * ms : LIVE_MOST_MS;
}

/*
 * Wait for the end of the window: by the timer, a signal, the end of PROGRAM or
 * the command's readable(). Returns an exit status.
 */
static int window_wait(struct session *s, bool *last)
{
	struct pollfd fds[] = {
		{ .fd = s->timer_fd, .events = POLLIN },
		{ .fd = s->signals.stop_fd, .events = POLLIN },
		{ .fd = s->signals.child_fd, .events = POLLIN },
		{ .fd = s->ops->fd ? s->ops->fd(s->ctx) : -1, .events = POLLIN },
	};
	int err = window_arm(s, last), status = EXIT_DONE, live_ms = LIVE_MS;
	bool over = false;

	if (err)
		return fail(EXIT_FAILED, "timer: %s", strerror(-err));
	while (!fds[0].revents) {
		if (poll(fds, 4, has_users(s) ? live_ms : -1) < 0 && errno != EINTR)
			return fail(EXIT_FAILED, "poll: %s", strerror(errno));
		if (has_users(s))
			live_ms = live_look(s, live_ms);
		affinity__keep(&s->own_cpus);
		if (fds[3].revents)
			status = s->ops->readable(s->ctx, &over);
		if (status != EXIT_DONE)
			return status;
		if (!goes_on(s) || over) {
			*last = true;
			break;
		}
	}
	if (*last)
		cut_look(s, s->run.begun);
	return EXIT_DONE;
}

/* A program's file may have ended its reader: collection goes on. */
static void users_gone_say(struct session *s)
{
	char how[80];

	if (s->users_gone || !finisher__users_gone(s->finisher, how, sizeof(how)))
		return;
	fail(EXIT_FAILED, "helper process %s: there are no more names of programs' functions", how);
	s->users_gone = true;
}

/* End a window and show it. Returns an exit status. */
static int window_end(struct session *s, bool last)
{
	struct snapshot snap;
	int err, status = EXIT_DONE;

	wall_clock__sync();
	finisher__cut(s->finisher);
	err = collector__cut(s->collector, &snap, last);
	if (err)
		return fail(EXIT_FAILED, "end of a window: %s", strerror(-err));
	snap.window.last = last;
	s->queued += snap.ledger.queued;
	if (s->ops->cut)
		s->ops->cut(s->ctx);
	err = finisher__finish(s->finisher, &snap, &s->config, s->ops->nameless);
	users_gone_say(s);
	if (err)
		status = fail(EXIT_FAILED, "end of a window: %s", strerror(-err));
	else if (s->ops->window)
		status = s->ops->window(s->ctx, &snap, s->opts);
	snapshot__free(&snap);
	return status == EXIT_DONE ? output_status(0) : status;
}

/* Functions of the kernel match --func, but perhaps none that csds run: say so. */
static void func_unseen(const struct session *s)
{
	const struct options *opts = s->opts;

	if (!opts->func || s->queued || opts->quiet || opts->json || s->ops->windowless ||
	    s->ops->unattended)
		return;
	fail(EXIT_DONE, "--func %s: no csd ran the %zu function%s that match%s", opts->func,
	     s->config.nr_funcs, s->config.nr_funcs == 1 ? "" : "s",
	     s->config.nr_funcs == 1 ? "es" : "");
}

/* All windows, and the command's end. Returns an exit status. */
static int windows(struct session *s)
{
	bool last = false;
	int status;

	do {
		status = window_wait(s, &last);
		if (status != EXIT_DONE || s->ops->windowless)
			continue;
		status = window_end(s, last);
		/* A reader of stdout that is gone ends the run, and is no failure. */
		if (!last && ferror(stdout)) {
			last = true;
			cut_look(s, s->run.begun);
		}
	} while (status == EXIT_DONE && !last);
	if (status == EXIT_DONE)
		func_unseen(s);
	if (status == EXIT_DONE && s->cut.by != CUT_NOT && s->ops->cut_short)
		s->ops->cut_short(s->ctx, &s->cut);
	return status == EXIT_DONE && s->ops->end ? s->ops->end(s->ctx, s->opts) : status;
}

/* Prepare all that must precede the attaching. Returns an exit status. */
static int prepare(struct session *s)
{
	const struct options *opts = s->opts;
	const struct cpuset *own = NULL;
	int err, status;

	err = finisher__open(&s->finisher);
	if (!err)
		err = signals__open(&s->signals);
	if (!err)
		err = child__fork(&s->child, opts->program);
	if (err)
		return fail(EXIT_FAILED, "start: %s", strerror(-err));
	status = configure__cpus(&opts->housekeeping, "housekeeping", &own);
	if (status != EXIT_DONE)
		return status;
	/* Only after the fork, for PROGRAM must not inherit the affinity. */
	err = affinity__bind(own, &s->own_cpus);
	if (err == -EINVAL && opts->housekeeping.given)
		return fail(EXIT_USAGE, "--housekeeping: none of these CPUs is online");
	if (err)
		return fail(EXIT_FAILED, "sched_setaffinity: %s", strerror(-err));
	/* Only after the fork too, and where ipitrace itself runs. */
	err = has_users(s) ? finisher__users(s->finisher) : 0;
	return err ? fail(EXIT_FAILED, "start: %s", strerror(-err)) : EXIT_DONE;
}

/* From the loading of programs to the command's end. Returns an exit status. */
static int collected(struct session *s)
{
	int status = collector_open(s);

	if (status == EXIT_DONE && s->ops->open)
		status = s->ops->open(s->ctx, s->opts, s->collector);
	if (status == EXIT_DONE)
		status = begin(s);
	return status == EXIT_DONE ? windows(s) : status;
}

int session__run(const struct options *opts, const struct session_ops *ops, void *ctx)
{
	struct session s = {
		.opts = opts,
		.ops = ops,
		.ctx = ctx,
		.child = { .go_fd = -1, .error_fd = -1 },
		.signals = { -1, -1 },
		.timer_fd = -1,
	};
	bool over = false;
	int status;

	status = ready_file(&s, ready_remove);
	if (status == EXIT_DONE)
		status = prepare(&s);
	collector__verbose(opts->verbose);
	if (status == EXIT_DONE)
		status = configure__options(opts, finisher__symbols(s.finisher), &s.config,
					    &s.funcs);
	if (status == EXIT_DONE)
		status = gate(&s, &over);
	if (status == EXIT_DONE && !over)
		status = collected(&s);
	else if (status == EXIT_DONE && ops->end_unattached)
		status = ops->end_unattached(ctx, opts);
	child__poll(&s.child);
	status = joint_status(opts, status, &s.child, &s.cut);
	child__close(&s.child);
	if (ops->close)
		ops->close(ctx);
	collector__close(s.collector);
	finisher__close(s.finisher);
	signals__close(&s.signals);
	free(s.funcs);
	if (s.timer_fd >= 0)
		close(s.timer_fd);
	return status;
}
