// SPDX-License-Identifier: GPL-2.0
/* base/pager: when a pager starts, what it gets, what becomes of the text without one. */
#include <signal.h>
#include "base/pager.h"
#include "child_status.h"
#include "fork_fails.h"
#include "json_has.h"
#include "made_root.h"

/* The pager: a script that keeps its environment, its words, and the text. */
#define SCRIPT \
	"#!/bin/sh\n{ echo \"LESS=$LESS SECURE=$LESSSECURE $*\"; cat; sleep 0.2; echo end; } >\"$0.text\"\n"
#define TEXT "a long text\n"

static char script[80], paged[80], plain[80], said[80];
static bool terminal;
static const char *const *variables; /* NAME=VALUE */
static int ended_by; /* a signal to the process that has the pager; 0: none */
static int no_process; /* errno of the fork(2) for the pager; 0: the call succeeds */

int __wrap_isatty(int fd)
{
	return terminal && fd == STDOUT_FILENO;
}

static int setup(void **state)
{
	root_setup(state);
	root_file("/pager", SCRIPT);
	snprintf(script, sizeof(script), "%s/pager", root);
	snprintf(paged, sizeof(paged), "%s/pager.text", root);
	snprintf(plain, sizeof(plain), "%s/plain", root);
	snprintf(said, sizeof(said), "%s/said", root);
	terminal = true;
	ended_by = no_process = 0;
	return chmod(script, 0700);
}

static void redirect(const char *path, int fd)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	dup2(file, fd);
	close(file);
}

static int show_text(void)
{
	static const char *const asked[] = { "IPITRACE_PAGER", "PAGER",	   "LESS",
					     "LESSSECURE",     "SUDO_UID", "DOAS_USER",
					     "PKEXEC_UID" };

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
		unsetenv(asked[i]);
	setenv("TERM", "xterm", true);
	for (; *variables; variables++)
		putenv(strdup(*variables));
	redirect(plain, STDOUT_FILENO);
	redirect(said, STDERR_FILENO);
	fork_error = no_process;
	pager__open();
	printf(TEXT);
	fflush(stdout);
	if (ended_by)
		raise(ended_by);
	pager__close();
	return 7;
}

static const char *content(const char *path)
{
	static char text[4][512];
	static int turn;
	char *to = text[turn++ % 4];
	FILE *file = fopen(path, "re");
	size_t len = file ? fread(to, 1, sizeof(text[0]) - 1, file) : 0;

	if (file)
		fclose(file);
	to[len] = '\0';
	return to;
}

/* The text of a process with these variables; returns its exit code, or 128 + the signal. */
static int shown(const char *const *of)
{
	unlink(paged);
	variables = of;
	return child_status(show_text);
}

#define SHOWN(...) shown((const char *const[]){ __VA_ARGS__, NULL })

/* The pager gets the text, and its environment and words begin with these. */
static void assert_paged(const char *words)
{
	char want[256];

	snprintf(want, sizeof(want), "%s\n" TEXT "end\n", words);
	assert_string_equal(content(paged), want);
	assert_string_equal(content(plain), "");
	assert_string_equal(content(said), "");
}

static void assert_plain(const char *warning)
{
	assert_string_equal(content(plain), TEXT);
	assert_string_equal(content(paged), "");
	assert_string_equal(content(said), warning);
}

/* Returns NAME=SCRIPT WORDS. */
static const char *chosen(const char *name, const char *words)
{
	static char text[2][128];
	static int turn;
	char *to = text[turn++ % 2];

	snprintf(to, sizeof(text[0]), "%s=%s%s", name, script, words);
	return to;
}

TEST(the_pager_gets_the_text, setup, root_teardown)
{
	assert_int_equal(SHOWN(chosen("PAGER", " -a  -b")), 7);
	assert_paged("LESS=FRX SECURE= -a -b");
	assert_int_equal(SHOWN("PAGER=false", chosen("IPITRACE_PAGER", ""), "LESS=-S"), 7);
	assert_paged("LESS=-S SECURE= ");
}

/* Root that was lent for ipitrace alone is not lent for what a pager can start. */
TEST(lent_root_gets_a_pager_that_starts_nothing, setup, root_teardown)
{
	static const char *const lent[] = { "SUDO_UID=1000", "DOAS_USER=joe", "PKEXEC_UID=1000" };

	for (size_t i = 0; i < sizeof(lent) / sizeof(*lent); i++) {
		SHOWN(lent[i], "LESSSECURE=0", chosen("PAGER", ""));
		assert_paged("LESS=FRX SECURE=1 ");
	}
}

TEST(text_is_not_paged_where_nobody_scrolls, setup, root_teardown)
{
	SHOWN("PAGER=cat");
	assert_plain("");
	SHOWN("PAGER= ");
	assert_plain("");
	SHOWN("TERM=dumb", chosen("PAGER", ""));
	assert_plain("");
	SHOWN("TERM=", chosen("PAGER", ""));
	assert_plain("");
	terminal = false;
	SHOWN(chosen("PAGER", ""));
	assert_plain("");
}

/* The command has room for 1023 letters. */
TEST(a_command_that_is_too_long_is_no_pager, setup, root_teardown)
{
	char pager[8 + 1025];

	for (int len = 1023; len <= 1024; len++) {
		int begun = snprintf(pager, sizeof(pager), "PAGER=%s -a", script);

		memset(pager + begun, ' ', sizeof(pager) - begun);
		pager[strlen("PAGER=") + len] = '\0';
		SHOWN(pager);
		if (len < 1024)
			assert_paged("LESS=FRX SECURE= -a");
		else
			assert_plain("");
	}
}

TEST(a_pager_gets_sixteen_words, setup, root_teardown)
{
	SHOWN(chosen("PAGER", " 1 2 3 4\t5 6 7 8 9 10 11 12 13 14 15 16 17"));
	assert_paged("LESS=FRX SECURE= 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
}

TEST(a_pager_that_is_not_there_is_named, setup, root_teardown)
{
	assert_int_equal(SHOWN("PAGER=/nowhere/less -x"), 7);
	assert_plain("ipitrace: pager /nowhere/less: No such file or directory: the text is not "
		     "paged\n");
	/* Nobody has asked for less. */
	assert_int_equal(SHOWN("PATH=/nowhere"), 7);
	assert_plain("");
}

TEST(a_pager_that_gets_no_process_is_named, setup, root_teardown)
{
	char warning[160];

	no_process = EAGAIN;
	snprintf(warning, sizeof(warning), "ipitrace: pager %s: %s: the text is not paged\n",
		 script, strerror(EAGAIN));
	assert_int_equal(SHOWN(chosen("PAGER", "")), 7);
	assert_plain(warning);
}

/* The shell takes the terminal back when ipitrace has ended: the pager must be gone by then. */
TEST(a_signal_ends_the_pager_first, setup, root_teardown)
{
	ended_by = SIGTERM;
	assert_int_equal(SHOWN(chosen("PAGER", "")), 128 + SIGTERM);
	assert_paged("LESS=FRX SECURE= ");
	ended_by = SIGINT;
	assert_int_equal(SHOWN(chosen("PAGER", "")), 128 + SIGINT);
	assert_paged("LESS=FRX SECURE= ");
}

TEST_MAIN(NULL, NULL)
