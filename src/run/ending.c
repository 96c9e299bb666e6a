// SPDX-License-Identifier: GPL-2.0
#include <sys/signalfd.h>
#include "run/parts.h"

/* A last window shorter than this, in ns, is not worth a cut of its own. */
#define LAST_MIN 1000

struct boundary boundary__next(const struct boundaries *run, uint64_t now)
{
	uint64_t elapsed = now > run->begun ? now - run->begun : 0;
	uint64_t end = (elapsed / run->period + 1) * run->period;
	bool last;

	if (elapsed < run->early && run->early < end)
		end = run->early;
	last = run->duration && end + LAST_MIN > run->duration;

	return (struct boundary){ run->begun + (last ? run->duration : end), last };
}

#define NS 1e9

struct cut_short cut_short(const struct options *opts, const struct child *child,
			   const struct run_end *end)
{
	struct cut_short cut = { .by = CUT_NOT };
	double seconds = end->ns / NS;
	char text[112];

	if (!opts->program && !opts->duration)
		return cut;
	/* Say how long the run was meant to last. */
	if (opts->program)
		snprintf(text, sizeof(text), ", before %.64s (process %d) ended", opts->program[0],
			 (int)child->pid);
	else
		snprintf(text, sizeof(text), " of %.2f s", opts->duration);
	if (end->signal) {
		cut.by = CUT_SIGNAL;
		snprintf(cut.why, sizeof(cut.why), "%s came after %.2f s%s", end->signal, seconds,
			 text);
	} else if (end->unread && (!opts->duration || seconds < opts->duration)) {
		cut.by = CUT_READER;
		snprintf(cut.why, sizeof(cut.why), "nobody reads stdout after %.2f s%s", seconds,
			 text);
	} else if (opts->program && !child->ended) {
		cut.by = CUT_PROGRAM;
		if (child->go_fd >= 0)
			snprintf(cut.why, sizeof(cut.why), "%.64s was not started",
				 opts->program[0]);
		else
			snprintf(cut.why, sizeof(cut.why),
				 "%.64s has not ended after %.2f s, and goes on as process %d",
				 opts->program[0], seconds, (int)child->pid);
	}
	return cut;
}

struct ending {
	char s[80];
};

/* Returns how PROGRAM ended: "ended with status 1". */
static struct ending describe_ending(const struct child *child)
{
	struct ending text;

	if (child->go_fd >= 0)
		snprintf(text.s, sizeof(text.s), "was not started");
	else if (!child->ended)
		snprintf(text.s, sizeof(text.s), "has not ended, and goes on as process %d",
			 (int)child->pid);
	else if (WIFSIGNALED(child->status))
		snprintf(text.s, sizeof(text.s), "was ended by signal %d (status %d)",
			 WTERMSIG(child->status), child__exit_status(child));
	else
		snprintf(text.s, sizeof(text.s), "ended with status %d", child__exit_status(child));
	return text;
}

/* Returns the status of a command with a verdict; a line says if it is ipitrace's or PROGRAM's. */
static int gate_status(const struct options *opts, int own, const struct child *child,
		       const struct cut_short *cut)
{
	static const char *const found[NR_COMMANDS] = {
		[COMMAND_STALLS] = "a stall",
		[COMMAND_WAITS] = "a wait",
		[COMMAND_STORM] = "a storm",
		[COMMAND_ISOLATED] = "a CPU that is not quiet",
	};
	const char *name = command_texts[opts->command].name;
	int status = child__exit_status(child);

	if (own == EXIT_DONE && cut->by != CUT_NOT)
		return fail(EXIT_FAILED,
			    "%s: no verdict: %s; nothing was found until then: status %d", name,
			    cut->why, EXIT_FAILED);
	if (!opts->program)
		return own;
	if (own == EXIT_FOUND)
		return fail(EXIT_FOUND_BESIDE, "%s found %s: status %d; %s %s", name,
			    found[opts->command], EXIT_FOUND_BESIDE, opts->program[0],
			    describe_ending(child).s);
	if (status != EXIT_DONE)
		fail(status, "%s found nothing; %s %s", name, opts->program[0],
		     describe_ending(child).s);
	return status;
}

int joint_status(const struct options *opts, int own, const struct child *child,
		 const struct cut_short *cut)
{
	if (own != EXIT_DONE && own != EXIT_FOUND)
		return own;
	if (opts->exit_code || opts->command == COMMAND_ISOLATED)
		return gate_status(opts, own, child, cut);
	return opts->program && cut->by != CUT_SIGNAL ? child__exit_status(child) : own;
}

/* The signals that end the run. */
static const struct {
	int signo;
	const char *name;
} stops[] = { { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" } };

/* Whether @signo is ignored: a signalfd also takes a signal that is blocked and ignored. */
static bool is_ignored(int signo)
{
	struct sigaction action;

	return !sigaction(signo, NULL, &action) && action.sa_handler == SIG_IGN;
}

static sigset_t stop_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (unsigned int i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (!is_ignored(stops[i].signo))
			sigaddset(&set, stops[i].signo);
	return set;
}

void signals__hold(void)
{
	sigset_t stop = stop_set();

	sigprocmask(SIG_BLOCK, &stop, NULL);
}

static int open_signalfd(const sigset_t *set)
{
	int fd;

	if (sigprocmask(SIG_BLOCK, set, NULL))
		return -errno;
	fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int signals__open(struct signals *signals)
{
	sigset_t stop = stop_set(), child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	signals->stop_fd = open_signalfd(&stop);
	if (signals->stop_fd < 0)
		return signals->stop_fd;
	write_all__stop_by(signals->stop_fd);
	signals->child_fd = open_signalfd(&child);
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

	/* Nobody reads the signals from stop_fd, so they stay pending. */
	if (sigpending(&pending))
		return NULL;
	for (unsigned int i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (sigismember(&pending, stops[i].signo) && !is_ignored(stops[i].signo))
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
