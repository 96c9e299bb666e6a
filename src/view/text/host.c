// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "view/text/text.h"
#include "view/text/views.h"

struct text clock__at(int64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct text t;
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(t.s, sizeof(t.s), "%H:%M:%S", &tm);
	return t;
}

struct words clock__date(const struct timespec *time, bool us)
{
	char zone[8] = "Z";
	struct words w;
	struct tm tm;
	size_t len;

	if (!time->tv_sec)
		return (struct words){ "?" };
	localtime_r(&time->tv_sec, &tm);
	len = strftime(w.s, sizeof(w.s), "%Y-%m-%dT%H:%M:%S", &tm);
	if (us)
		len += snprintf(w.s + len, sizeof(w.s) - len, ".%06ld", time->tv_nsec / 1000);
	if (tm.tm_gmtoff)
		snprintf(zone, sizeof(zone), "%c%02d:%02d", tm.tm_gmtoff < 0 ? '-' : '+',
			 (int)(labs(tm.tm_gmtoff) / 3600), (int)(labs(tm.tm_gmtoff) / 60 % 60));
	snprintf(w.s + len, sizeof(w.s) - len, "%s", zone);
	return w;
}

struct words clock__date_at(int64_t ns)
{
	const struct timespec time = { ns / 1000000000, ns % 1000000000 };

	return clock__date(&time, false);
}

static void head(const struct snapshot *snap, const char *what, const char *length)
{
	const struct host *host = snap->host;
	char title[32];

	snprintf(title, sizeof(title), "ipitrace %s", what);
	paragraph__labelled(title, strlen(title), ": %s, %s; %sfrom %s",
			    safe__cut(host__word(host, nodename), 16).s,
			    safe__cut(host__word(host, release), 22).s, length,
			    clock__date(&snap->window.start, false).s);
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

static void feature(const struct feature *f)
{
	/* Nothing is wrong with a kernel that lacks what the main job does not need. */
	printf("%s%s%s  %-9s %s\n",
	       style__on(f->needed && !f->available ? STYLE_ALERT : STYLE_PLAIN),
	       f->available ? "ok" : "no", style__off(), safe(f->name).s, safe(f->what).s);
	style__line(STYLE_DIM, "              %s", safe(f->available ? f->how : f->why).s);
}

void view__check(const struct feature *features, size_t nr)
{
	struct block needs = BLOCK(512);
	size_t missing = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct feature *f = &features[i];

		feature(f);
		missing += !f->available;
		if (f->needed && !f->available)
			block__add(&needs, "%s%s", needs.len ? ", " : "", safe(f->name).s);
	}
	if (needs.len)
		paragraph__labelled("", 0, "no, ipitrace cannot run here; missing: %s", needs.buf);
	else
		paragraph__labelled("", 0, "yes, ipitrace can run here; features missing: %zu",
				    missing);
}
