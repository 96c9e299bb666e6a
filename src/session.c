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
#include "collect.h"
#include "host.h"
#include "message.h"
#include "probe.h"
#include "program.h"
#include "session.h"
#include "symbols.h"

struct session {
	const struct options *opts;
	session_window_fn show;
	struct collect *collect;
	struct symbols *symbols;
	struct program program;
	struct host host;
	int signal_fd;
	int timer_fd;
	struct timespec begun; /* CLOCK_MONOTONIC */
	uint64_t nr_windows;
};

static int signals_open(struct session *s)
{
	sigset_t mask;

	signal(SIGPIPE, SIG_IGN);
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

/*
 * Set the timer to the end of the next window; times count from the
 * beginning, so they do not drift. Sets *@last. 0 or a negative errno.
 */
static int window_arm(struct session *s, bool *last)
{
	double end = options__window(s->opts) * ++s->nr_windows;
	struct itimerspec when = {};

	*last = s->opts->duration && end >= s->opts->duration - 1e-6;
	when.it_value = later(s->begun, *last ? s->opts->duration : end);
	return timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) ? -errno : 0;
}

/* -c and -f, checked against this machine. An exit status. */
static int filters_resolve(struct session *s, struct collect_config *config, uint64_t **funcs)
{
	const struct options *opts = s->opts;
	struct cpuset possible;
	int nr;

	if (opts->has_cpus) {
		if (!cpuset__read(&possible, "possible"))
			for (uint32_t cpu = 0; cpu < opts->cpus.end; cpu++)
				if (opts->cpus.has[cpu] && !possible.has[cpu])
					return fail(EXIT_USAGE,
						    "--cpus: this machine has no CPU %u", cpu);
		config->cpus = &opts->cpus;
	}
	if (!opts->func)
		return EXIT_DONE;
	nr = s->symbols ? symbols__match(s->symbols, opts->func, funcs) : -EPERM;
	if (nr == -ENOENT)
		return fail(EXIT_USAGE, "--func %s: no function of this kernel matches",
			    opts->func);
	if (nr < 0)
		return fail(EXIT_CANNOT,
			    "--func %s: the kernel hides its addresses (/proc/kallsyms, "
			    "kernel.kptr_restrict)",
			    opts->func);
	config->funcs = *funcs;
	config->nr_funcs = nr;
	return EXIT_DONE;
}

static int collect_open(struct session *s)
{
	struct collect_config config = {};
	uint64_t *funcs = NULL;
	char why[256];
	int err, status;

	status = filters_resolve(s, &config, &funcs);
	if (status == EXIT_DONE) {
		err = collect__open(&s->collect, &config);
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
	collect__begin(s->collect);
	clock_gettime(CLOCK_MONOTONIC, &s->begun);
	status = ready(s->opts->ready_file);
	if (status != EXIT_DONE)
		return status;
	err = program__start(&s->program);
	if (err)
		return fail(EXIT_FAILED, "%s: %s", s->opts->program[0], strerror(-err));
	return EXIT_DONE;
}

/* Whether to go on: no signal to end, and PROGRAM still runs. */
static bool signals_take(struct session *s)
{
	struct signalfd_siginfo info;
	bool on = true;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info))
		on &= info.ssi_signo == SIGCHLD;
	return !program__poll(&s->program) && on;
}

/* Until the window's end: by the timer, a signal, or the end of PROGRAM. */
static int window_wait(struct session *s, bool *last)
{
	struct pollfd fds[] = {
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->timer_fd, .events = POLLIN },
	};
	int err = window_arm(s, last);

	while (!err) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			err = -errno;
		if (!signals_take(s)) {
			*last = true;
			break;
		}
		if (fds[1].revents)
			break;
	}
	return err;
}

/* An exit status; EPIPE is a reader who has seen enough. */
static int output_status(int err)
{
	if (!err && !fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	if (!err)
		err = -errno;
	if (err == -EPIPE)
		return EXIT_DONE;
	return fail(EXIT_FAILED, "stdout: %s", strerror(-err));
}

static int window_show(struct session *s, bool last, bool *broken)
{
	struct snapshot snap;
	int err, status;

	err = collect__cut(s->collect, &snap, last);
	if (err)
		return fail(EXIT_FAILED, "end of a window: %s", strerror(-err));
	host__read(&s->host);
	snap.host = &s->host;
	if (s->symbols)
		err = symbols__resolve(s->symbols, &snap);
	snapshot__rank(&snap);
	if (!err)
		err = s->show(&snap, s->opts);
	snapshot__free(&snap);
	status = output_status(err);
	*broken = status != EXIT_DONE || ferror(stdout);
	return status;
}

static int windows(struct session *s)
{
	bool last = false, broken = false;
	int err, status;

	do {
		err = window_wait(s, &last);
		if (err)
			return fail(EXIT_FAILED, "timer: %s", strerror(-err));
		status = window_show(s, last, &broken);
	} while (!last && !broken);
	return status;
}

int session__run(const struct options *opts, session_window_fn show)
{
	static char stdout_buffer[1 << 16];
	struct session s = {
		.opts = opts,
		.show = show,
		.signal_fd = -1,
		.timer_fd = -1,
	};
	int err, status;

	setvbuf(stdout, stdout_buffer, _IOFBF, sizeof(stdout_buffer));
	/* Without names the addresses are shown: no reason to stop. */
	if (symbols__open(&s.symbols, NULL))
		s.symbols = NULL;
	err = signals_open(&s);
	if (!err)
		err = program__fork(&s.program, opts->program);
	if (err) {
		status = fail(EXIT_FAILED, "start: %s", strerror(-err));
		goto out;
	}
	status = collect_open(&s);
	if (status == EXIT_DONE)
		status = begin(&s);
	if (status == EXIT_DONE)
		status = windows(&s);
	if (status == EXIT_DONE)
		status = program__exit_status(&s.program);
out:
	program__close(&s.program);
	collect__close(s.collect);
	symbols__close(s.symbols);
	if (s.signal_fd >= 0)
		close(s.signal_fd);
	if (s.timer_fd >= 0)
		close(s.timer_fd);
	return status;
}
