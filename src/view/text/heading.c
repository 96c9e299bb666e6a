// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "model/host.h"
#include "model/snapshot.h"
#include "model/symbol.h"
#include "view/text/block.h"
#include "view/text/heading.h"
#include "view/text/safe.h"

static void head(const struct snapshot *snap, const char *what, const char *length)
{
	const struct host *host = snap->host;
	char clock[16], title[32];
	struct tm tm;

	localtime_r(&snap->window.start.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(title, sizeof(title), "ipitrace %s", what);
	paragraph__labelled(title, strlen(title), ": %s, %s; %sfrom %s",
			    safe__cut(host ? host->name.nodename : NULL, 16).s,
			    safe__cut(host ? host->name.release : NULL, 22).s, length, clock);
}

void view__head(const struct snapshot *snap, const char *what, double asked, const char *ran)
{
	char length[32];

	snprintf(length, sizeof(length), "%s%.2f s ",
		 window__partial(&snap->window, asked) ? "partial: " : "",
		 window__seconds(&snap->window));
	head(snap, what, length);
	if (snap->how.names)
		paragraph__labelled("", 0, "names are hidden: %s", names_hidden[snap->how.names]);
	if (ran && *ran)
		paragraph__labelled("", 0, "while %s ran: the IPIs of all senders", safe(ran).s);
}

void view__head_open(const struct snapshot *snap, const char *what)
{
	head(snap, what, "");
}
