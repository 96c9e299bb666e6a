// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <sys/wait.h>
#include "cli/commands.h"
#include "cli/diag.h"
#include "run/child.h"
#include "run/joint_status.h"

struct ending {
	char s[80];
};

/* How PROGRAM ended: "ended with status 1". */
static struct ending ending(const struct child *child)
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

/* The status of a command with a verdict, and a line that says of which of the two it is. */
static int gate_status(const struct options *opts, int own, const struct child *child,
		       const struct cut_short *cut)
{
	const char *name = command_texts[opts->command].name;
	int status = child__exit_status(child);

	if (own == EXIT_DONE && cut->by != CUT_NOT)
		return fail(EXIT_FAILED,
			    "%s: no verdict: %s; nothing was found until then: status %d", name,
			    cut->why, EXIT_FAILED);
	if (!opts->program)
		return own;
	if (own == EXIT_FOUND)
		return fail(EXIT_FOUND_BESIDE, "%s found something: status %d; %s %s", name,
			    EXIT_FOUND_BESIDE, opts->program[0], ending(child).s);
	if (status != EXIT_DONE)
		fail(status, "%s found nothing; %s %s", name, opts->program[0], ending(child).s);
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
