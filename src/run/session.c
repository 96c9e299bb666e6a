// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "base/cpuset.h"
#include "base/privileges.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/probe.h"
#include "model/snapshot.h"
#include "run/affinity.h"
#include "run/child.h"
#include "run/configure.h"
#include "run/finish.h"
#include "run/session.h"

struct session {
	const struct options *opts;
	const struct session_ops *ops;
	void *ctx;
	struct collector *collect;
	struct finisher *finisher;
	struct child child;
	int signal_fd;
	int timer_fd;
	struct timespec begun; /* CLOCK_MONOTONIC */
	uint64_t nr_windows;
	bool interrupted; /* by a signal to us */
};

static int signals_open(struct session *s)
{
	sigset_t mask;

	/* Whoever started us may ignore it; then PROGRAM's end would go unseen. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, NULL))
		return -errno;
	s->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? -errno : 0;
}

static struct timespec later(struct timespec ts, double seconds)
{
	double whole;
	double part = modf(seconds, &whole);

	ts.tv_sec += whole;
	ts.tv_nsec += part * 1e9;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_nsec -= 1000000000;
		ts.tv_sec++;
	}
	return ts;
}

static double seconds_since(struct timespec then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - then.tv_sec + (now.tv_nsec - then.tv_nsec) / 1e9;
}

/*
 * Set the timer to the end of the next window; times count from the
 * beginning, so they do not drift. Sets *@last, also where the cuts take
 * longer than the windows and the duration is over. 0 or a negative errno.
 */
static int window_arm(struct session *s, bool *last)
{
	double end = options__window(s->opts) * ++s->nr_windows;
	double duration = s->opts->duration;
	struct itimerspec when = {};

	*last = s->ops->windowless;
	if (*last && !duration)
		return 0;
	*last |= duration && (end >= duration - 1e-6 || seconds_since(s->begun) >= duration);
	when.it_value = later(s->begun, *last ? duration : end);
	return timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) ? -errno : 0;
}

static int collect_open(struct session *s)
{
	struct collect_config config = {};
	uint64_t *funcs = NULL;
	char why[256];
	int err, status;

	collector__verbose(s->opts->verbose);
	status = configure__options(s->opts, finisher__symbols(s->finisher), &config, &funcs);
	if (s->ops->configure)
		s->ops->configure(s->ctx, s->opts, &config);
	if (status == EXIT_DONE) {
		err = collector__open(&s->collect, &config);
		if (err) {
			probe__explain(err, why, sizeof(why));
			status = fail(EXIT_CANNOT, "%s", why);
		}
	}
	free(funcs);
	return status;
}

static int ready(const char *path)
{
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

	if (path && fd < 0)
		return fail(EXIT_FAILED, "--ready-file %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return EXIT_DONE;
}

static int begin(struct session *s)
{
	int err, status;

	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (s->timer_fd < 0)
		return fail(EXIT_FAILED, "timer: %s", strerror(errno));
	finisher__begin(s->finisher);
	collector__begin(s->collect);
	clock_gettime(CLOCK_MONOTONIC, &s->begun);
	status = ready(s->opts->ready_file);
	if (status != EXIT_DONE)
		return status;
	err = child__start(&s->child);
	if (err)
		return fail(EXIT_FAILED, "%s: %s", s->opts->program[0], strerror(-err));
	err = privileges__drop();
	if (err)
		return fail(EXIT_FAILED, "cannot give up root: %s", strerror(-err));
	return s->ops->begun ? s->ops->begun(s->ctx) : EXIT_DONE;
}

/* Whether to go on: no signal to end, and PROGRAM still runs. */
static bool signals_take(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info))
		s->interrupted |= info.ssi_signo != SIGCHLD;
	return !child__poll(&s->child) && !s->interrupted;
}

/* Until the window's end: by the timer, a signal, or the end of PROGRAM. */
static int window_wait(struct session *s, bool *last)
{
	struct pollfd fds[] = {
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->timer_fd, .events = POLLIN },
		{ .fd = s->ops->fd ? s->ops->fd(s->ctx) : -1, .events = POLLIN },
	};
	int err = window_arm(s, last);

	while (!err) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			err = -errno;
		if (fds[2].revents && !err)
			err = s->ops->readable(s->ctx);
		if (!signals_take(s) || err == -ECANCELED) {
			*last = true;
			break;
		}
		if (fds[1].revents)
			break;
	}
	return err == -ECANCELED ? 0 : err;
}

static int window_show(struct session *s, bool last, bool *broken)
{
	struct snapshot snap;
	int err, status;

	finisher__cut(s->finisher);
	err = collector__cut(s->collect, &snap, last);
	if (err)
		return fail(EXIT_FAILED, "end of a window: %s", strerror(-err));
	if (s->ops->cut)
		s->ops->cut(s->ctx);
	err = finisher__finish(s->finisher, &snap, s->ops->nameless);
	if (!err && s->ops->window)
		err = s->ops->window(s->ctx, &snap, s->opts);
	snapshot__free(&snap);
	status = err > 0 ? err : output_status(err);
	*broken = status != EXIT_DONE || ferror(stdout);
	return status;
}

static int windows(struct session *s)
{
	bool last = false, broken = false;
	int err, status = EXIT_DONE;

	do {
		err = window_wait(s, &last);
		if (err)
			return err > 0 ? err : fail(EXIT_FAILED, "wait: %s", strerror(-err));
		if (!s->ops->windowless)
			status = window_show(s, last, &broken);
	} while (!last && !broken);
	return status == EXIT_DONE && s->ops->end ? s->ops->end(s->ctx, s->opts) : status;
}

/* What has to be there before anything is attached. An exit status. */
static int prepare(struct session *s)
{
	const struct options *opts = s->opts;
	const struct cpuset *own = NULL;
	int err, status;

	err = finisher__open(&s->finisher);
	if (!err)
		err = signals_open(s);
	if (!err)
		err = child__fork(&s->child, opts->program);
	if (err)
		return fail(EXIT_FAILED, "start: %s", strerror(-err));
	status = configure__cpus(opts->has_housekeeping, &opts->housekeeping, "housekeeping", &own);
	if (status != EXIT_DONE)
		return status;
	/* PROGRAM is not to be bound. */
	err = affinity__bind(own);
	if (err == -EINVAL && opts->has_housekeeping)
		return fail(EXIT_USAGE, "--housekeeping: none of these CPUs is online");
	if (err)
		return fail(EXIT_FAILED, "sched_setaffinity: %s", strerror(-err));
	return EXIT_DONE;
}

int session__run(const struct options *opts, const struct session_ops *ops, void *ctx)
{
	static char stdout_buffer[1 << 16];
	struct session s = {
		.opts = opts,
		.ops = ops,
		.ctx = ctx,
		.child = { .go_fd = -1, .error_fd = -1 },
		.signal_fd = -1,
		.timer_fd = -1,
	};
	int status;

	setvbuf(stdout, stdout_buffer, _IOFBF, sizeof(stdout_buffer));
	status = prepare(&s);
	if (status == EXIT_DONE)
		status = collect_open(&s);
	if (status == EXIT_DONE && ops->open)
		status = ops->open(ctx, opts, s.collect);
	if (status == EXIT_DONE)
		status = begin(&s);
	if (status == EXIT_DONE)
		status = windows(&s);
	/* Ctrl-C may end PROGRAM too; which of us is first is no matter. */
	if (status == EXIT_DONE && !s.interrupted)
		status = child__exit_status(&s.child);
	child__close(&s.child);
	if (ops->close)
		ops->close(ctx);
	collector__close(s.collect);
	finisher__close(s.finisher);
	if (s.signal_fd >= 0)
		close(s.signal_fd);
	if (s.timer_fd >= 0)
		close(s.timer_fd);
	return status;
}
