/* SPDX-License-Identifier: GPL-2.0 */
/* A command without a kernel: the test plays the session's part. */
#ifndef IPITRACE_TESTS_COMMAND_RUN_H
#define IPITRACE_TESTS_COMMAND_RUN_H

#include "command/parts.h"
#include "printed.h"

static struct options opts; /* of the command */
static int status; /* the command's exit status */
static char out[PRINTED_MAX]; /* what the command wrote to stdout */

/* What the command hands to session__run(), valid while the session is played. */
static struct {
	int runs; /* how often */
	const struct options *opts;
	const struct session_ops *ops;
	struct feeds *feeds;
	void *ctx;
	int result; /* set by the test: the exit status of the session */
} given;

/* The command under test, and the session's part in its run; NULL: the session does nothing. */
static struct {
	int (*command)(const struct options *opts);
	void (*session)(void);
} under_test;

int __wrap_session__run(const struct options *of, const struct session_ops *ops,
			struct feeds *feeds, void *ctx)
{
	given.runs++;
	given.opts = of;
	given.ops = ops;
	given.feeds = feeds;
	given.ctx = ctx;
	if (under_test.session)
		under_test.session();
	if (ops->close)
		ops->close(ctx);
	return given.result;
}

/* printed_to() wants a byte at least. */
static inline void command_print(const void *of)
{
	status = under_test.command(&opts);
	putchar('\n');
}

static inline void command_print_both(const void *of)
{
	const char *text = printed(command_print, NULL);

	snprintf(out, sizeof(out), "%.*s", (int)strlen(text) - 1, text);
	fputc('\n', stderr);
}

/*
 * Runs @command, in whose run @session plays the session. Returns what it writes to stderr, valid until the
 * call after the next.
 */
static inline const char *run_command(int (*command)(const struct options *), void (*session)(void))
{
	char *text;

	memset(&given, 0, sizeof(given));
	under_test.command = command;
	under_test.session = session;
	status = -1;
	text = printed_to(stderr, command_print_both, NULL);
	text[strlen(text) - 1] = '\0';
	return text;
}

/* Parses "ipitrace" and @words, which end with NULL. opts.words are valid until the next call. */
static inline void parse_words(const char *const *words)
{
	static char *argv[16];
	char why[256] = "";
	int argc = 0;

	argv[argc++] = "ipitrace";
	while (*words && argc < (int)ARRAY_SIZE(argv) - 1)
		argv[argc++] = (char *)*words++;
	assert_null(*words);
	argv[argc] = NULL;
	assert_int_equal(options__parse(&opts, argc, argv, why, sizeof(why)), 0);
}

#endif /* IPITRACE_TESTS_COMMAND_RUN_H */
