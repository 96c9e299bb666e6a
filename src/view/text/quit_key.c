// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>
#include "view/text/text.h"

/* One for the process, for a signal handler restores the modes. */
static struct {
	bool taken; /* the terminal's modes are those of the page */
	bool over; /* no key will come any more */
	struct termios before;
} keys;

/* A process in the background must neither read nor set modes: the kernel would stop it. */
static bool in_foreground(void)
{
	pid_t group = tcgetpgrp(STDIN_FILENO);

	/* A terminal that controls another session, or none, stops nobody. */
	return group < 0 ? errno == ENOTTY : group == getpgrp();
}

/* Keys as they come, unseen; Ctrl-C and Ctrl-Z stay signals. Calls only what a signal handler may. */
static void modes_set(void)
{
	struct termios modes = keys.before;

	modes.c_lflag &= ~(ICANON | ECHO);
	modes.c_cc[VMIN] = 0;
	modes.c_cc[VTIME] = 0;
	/* SIGQUIT would end the process at once, and leave the modes. */
	modes.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

/* Ctrl-Z: the shell gets the terminal as it was, and the page has it again when it goes on. */
static void stop(int signo)
{
	struct sigaction own, plain = { .sa_handler = SIG_DFL };
	int err = errno;
	sigset_t one;

	if (keys.taken)
		tcsetattr(STDIN_FILENO, TCSANOW, &keys.before);
	sigemptyset(&one);
	sigaddset(&one, signo);
	sigaction(signo, &plain, &own);
	raise(signo);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	sigprocmask(SIG_BLOCK, &one, NULL);
	sigaction(signo, &own, NULL);
	if (keys.taken && in_foreground())
		modes_set();
	errno = err;
}

bool quit_key__open(void)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART }, was;

	if (tcgetattr(STDIN_FILENO, &keys.before) || !in_foreground())
		return false;
	if (!sigaction(SIGTSTP, NULL, &was) && was.sa_handler == SIG_DFL)
		sigaction(SIGTSTP, &action, NULL);
	keys.taken = true;
	modes_set();
	return true;
}

int quit_key__fd(void)
{
	return keys.taken && !keys.over && in_foreground() ? STDIN_FILENO : -1;
}

bool quit_key__pressed(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	char typed[64];
	ssize_t len;

	while (quit_key__fd() >= 0 && poll(&fd, 1, 0) > 0) {
		len = read(STDIN_FILENO, typed, sizeof(typed));
		/* The terminal is gone; a signal tells the rest. */
		if (len <= 0)
			keys.over = true;
		for (ssize_t i = 0; i < len; i++)
			if (typed[i] == 'q' || typed[i] == 'Q')
				return true;
	}
	return false;
}

void quit_key__close(void)
{
	if (keys.taken && in_foreground())
		tcsetattr(STDIN_FILENO, TCSANOW, &keys.before);
	keys.taken = false;
}
