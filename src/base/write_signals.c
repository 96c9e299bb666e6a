// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include "base/write_signals.h"

static void set(sighandler_t handler)
{
	signal(SIGPIPE, handler);
	signal(SIGXFSZ, handler);
}

void write_signals__ignore(void)
{
	set(SIG_IGN);
}

void write_signals__reset(void)
{
	set(SIG_DFL);
}
