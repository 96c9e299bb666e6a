// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "base/write_all.h"
#include "run/signals.h"

/* The signals that end the run. */
static const struct {
	int signo;
	const char *name;
} stops[] = { { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" } };

/* A signalfd takes a signal that is blocked and ignored, too. */
static bool ignored(int signo)
{
	struct sigaction action;

	return !sigaction(signo, NULL, &action) && action.sa_handler == SIG_IGN;
}

static int open_for(const sigset_t *set)
{
	int fd;

	if (sigprocmask(SIG_BLOCK, set, NULL))
		return -errno;
	fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int signals__open(struct signals *signals)
{
	sigset_t stop, child;

	/* If the parent ignores SIGCHLD, so does ipitrace, and misses PROGRAM's end. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigemptyset(&stop);
	for (unsigned int i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (!ignored(stops[i].signo))
			sigaddset(&stop, stops[i].signo);
	signals->stop_fd = open_for(&stop);
	if (signals->stop_fd < 0)
		return signals->stop_fd;
	write_all__stop_by(signals->stop_fd);
	signals->child_fd = open_for(&child);
	return signals->child_fd < 0 ? signals->child_fd : 0;
}

bool signals__stop(const struct signals *signals)
{
	struct pollfd fd = { .fd = signals->stop_fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

const char *signals__stopped_by(void)
{
	sigset_t pending;

	/* Nobody reads them from the descriptor, so they stay pending. */
	if (sigpending(&pending))
		return NULL;
	for (unsigned int i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (sigismember(&pending, stops[i].signo) && !ignored(stops[i].signo))
			return stops[i].name;
	return NULL;
}

void signals__child_seen(const struct signals *signals)
{
	struct signalfd_siginfo info;

	while (read(signals->child_fd, &info, sizeof(info)) == sizeof(info))
		;
}

void signals__close(struct signals *signals)
{
	if (signals->child_fd >= 0)
		close(signals->child_fd);
	signals->child_fd = -1;
}
