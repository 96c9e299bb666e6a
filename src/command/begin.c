// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "command/command.h"
#include "host/machine.h"
#include "model/host.h"
#include "view/json/stamp.h"

int command_begin(const struct options *opts)
{
	struct host host;

	/* The lines of a capture are of the host that recorded it, those of a dump of its host. */
	if (opts->command == COMMAND_REPORT || opts->vmcore)
		return EXIT_DONE;
	machine__read(&host);
	wall_clock__sync();
	if (stamp__set(&host.name))
		return fail(EXIT_FAILED, "start: %s", strerror(ENOMEM));
	return EXIT_DONE;
}
