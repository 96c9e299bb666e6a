// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <sys/wait.h>
#include "cli/commands.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "run/child.h"
#include "run/joint_status.h"

struct ending {
	char s[64];
};

/* How PROGRAM ended: "ended with status 1". */
static struct ending ending(const struct child *child)
{
	struct ending text;

	if (child->go_fd >= 0)
		snprintf(text.s, sizeof(text.s), "was not started");
	else if (!child->ended)
		snprintf(text.s, sizeof(text.s), "has not ended");
	else if (WIFSIGNALED(child->status))
		snprintf(text.s, sizeof(text.s), "was ended by signal %d (status %d)",
			 WTERMSIG(child->status), child__exit_status(child));
	else
		snprintf(text.s, sizeof(text.s), "ended with status %d", child__exit_status(child));
	return text;
}

int joint_status(const struct options *opts, int own, const struct child *child, bool stopped)
{
	bool gate = opts->exit_code || opts->command == COMMAND_ISOLATED;
	const char *name = command_texts[opts->command].name;
	int status = own;

	if (!opts->program || (own != EXIT_DONE && own != EXIT_FOUND))
		return own;
	if (own == EXIT_FOUND)
		status = EXIT_FOUND_BESIDE;
	else if (!stopped)
		status = child__exit_status(child);
	if (!gate || opts->quiet || status == EXIT_DONE)
		return status;
	if (own == EXIT_FOUND)
		fail(status, "%s found something: status %d; %s %s", name, status, opts->program[0],
		     ending(child).s);
	else
		fail(status, "%s found nothing; %s %s", name, opts->program[0], ending(child).s);
	return status;
}
