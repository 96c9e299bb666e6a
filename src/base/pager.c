// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/helper_process.h"
#include "base/pager.h"
#include "base/write_all.h"

#define MAX_WORDS 16

/* One for the process, because a signal handler waits for the pager. */
static struct {
	pid_t pid; /* 0: there is no pager */
	pid_t starter;
} pager;

/* Write the words of @command to @words, which ends with NULL. Changes @command. */
static void split_words(char *command, char *words[MAX_WORDS + 1])
{
	char *left, *word = strtok_r(command, " \t", &left);
	int nr = 0;

	for (; word && nr < MAX_WORDS; word = strtok_r(NULL, " \t", &left))
		words[nr++] = word;
	words[nr] = NULL;
}

static void wait_for_pager(void)
{
	while (waitpid(pager.pid, NULL, 0) < 0 && errno == EINTR)
		;
	pager.pid = 0;
}

/* Wait for the pager, then end by @signo. Calls only functions that a signal handler may call. */
static void end_after_pager(int signo)
{
	/* A child of this process has the handler, too, but did not start the pager. */
	if (getpid() == pager.starter && pager.pid) {
		close(STDOUT_FILENO);
		wait_for_pager();
	}
	signal(signo, SIG_DFL);
	raise(signo);
}

/* Whether another user runs ipitrace as root, by a program that lets that user run no other one. */
static bool is_lent_root(void)
{
	return getenv("SUDO_UID") || getenv("DOAS_USER") || getenv("PKEXEC_UID");
}

/* The new process: become the pager, or report to @failed that this is impossible. */
static void __attribute__((noreturn)) become_pager(char **words, const int pipe[2], int failed)
{
	/*
	 * less ends at once if the text fits the screen (F), shows colours (R), and leaves the text
	 * on the screen (X). A user who may run ipitrace as root may have no right to run anything
	 * else as root: LESSSECURE lets less start no other program and write no file.
	 */
	setenv("LESS", "FRX", false);
	if (is_lent_root())
		setenv("LESSSECURE", "1", true);
	dup2(pipe[0], STDIN_FILENO);
	close(pipe[0]);
	close(pipe[1]);
	become__program(words, failed);
}

/* Start @words with a pipe from stdout. Returns 0 or a negative errno; stdout is then unchanged. */
static int start_pager(char **words)
{
	int text[2], failed[2] = { -1, -1 }, err;

	if (pipe(text))
		return -errno;
	pager.pid = pipe2(failed, O_CLOEXEC) ? -1 : fork();
	if (!pager.pid)
		become_pager(words, text, failed[1]);
	err = pager.pid < 0 ? -errno : 0;
	close(text[0]);
	close(failed[1]);
	if (!err) {
		err = become__wait(failed[0]);
		if (err)
			wait_for_pager();
	}
	close(failed[0]);
	if (!err && dup2(text[1], STDOUT_FILENO) < 0)
		err = -errno;
	close(text[1]);
	pager.pid = err ? 0 : pager.pid;
	return err;
}

void pager__open(void)
{
	const char *chosen = getenv("IPITRACE_PAGER") ?: getenv("PAGER"), *term = getenv("TERM");
	char command[1024], *words[MAX_WORDS + 1];
	struct sigaction action = { .sa_handler = end_after_pager };
	int err;

	if (!isatty(STDOUT_FILENO) || !term || !*term || !strcmp(term, "dumb"))
		return;
	if (snprintf(command, sizeof(command), "%s", chosen ? chosen : "less") >=
	    (int)sizeof(command))
		return;
	split_words(command, words);
	if (!words[0] || !strcmp(words[0], "cat"))
		return;
	pager.starter = getpid();
	err = start_pager(words);
	if (err && chosen)
		fprintf(stderr, "ipitrace: pager %s: %s: the text is not paged\n", words[0],
			strerror(-err));
	if (err)
		return;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void pager__close(void)
{
	if (!pager.pid)
		return;
	/* less takes Ctrl-C for itself, for example to end a search. */
	signal(SIGINT, SIG_IGN);
	output__flush();
	/* Later writes to stdout fail, and nobody checks them. */
	close(STDOUT_FILENO);
	wait_for_pager();
}
