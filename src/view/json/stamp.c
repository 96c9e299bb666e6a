// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "view/json/line.h"
#include "view/json/parts.h"
#include "view/json/stamp.h"
#include "view/lines.h"

/* "2026-11-21T06:40:22.123Z": to the ms, for clocks of hosts agree no better. */
#define UTC_BYTES (WALL_CLOCK_DATE + 5)

/* Written before the first line, and then only read. */
static struct {
	bool known;
	struct utsname name;
	char text[STAMP_BYTES - 64]; /* nodename and kernel, as JSON */
} host;

int stamp__set(const struct utsname *name)
{
	char *nodename = json__quoted(name->nodename), *kernel = json__quoted(name->release);

	host.known = nodename && kernel;
	host.name = *name;
	/* Either has 64 bytes at most, each of which JSON may write as six. */
	if (host.known)
		snprintf(host.text, sizeof(host.text), ",\"nodename\":%s,\"kernel\":%s", nodename,
			 kernel);
	free(nodename);
	free(kernel);
	return host.known ? 0 : -ENOMEM;
}

static void utc_format(char *to, uint64_t time)
{
	uint64_t ms = (time + wall_clock__realtime()) / 1000000;

	wall_clock__date(to, ms / 1000);
	to += WALL_CLOCK_DATE - 1;
	ms %= 1000;
	*to++ = '.';
	*to++ = '0' + ms / 100;
	*to++ = '0' + ms / 10 % 10;
	*to++ = '0' + ms % 10;
	*to++ = 'Z';
	*to = '\0';
}

json_t *stamp__line(const char *type, uint64_t time, json_t *rest)
{
	json_t *line = json_pack("{s:s, s:s, s:o}", "schema", "ipitrace/1", "type", type, "time",
				 parts__integer_or_null(time, time));
	char utc[UTC_BYTES];

	utc_format(utc, time);
	if (host.known) {
		parts__add(&line, "utc", parts__text_or_null(time ? utc : NULL));
		parts__add(&line, "nodename", parts__text(host.name.nodename));
		parts__add(&line, "kernel", parts__text(host.name.release));
	}
	if (!line || json_object_update(line, rest)) {
		json_decref(line);
		line = NULL;
	}
	json_decref(rest);
	return line;
}

char *stamp__text(char *to, uint64_t time)
{
	to = lines__u64(stpcpy(to, "\"time\":"), time);
	if (!host.known)
		return to;
	to = stpcpy(to, ",\"utc\":\"");
	utc_format(to, time);
	return stpcpy(stpcpy(to + UTC_BYTES - 1, "\""), host.text);
}

size_t json__event(char *to, size_t size, const char *line, size_t len, uint64_t unix_ms)
{
	char *at = to;

	if (len + JSON_EVENT_BYTES > size || *line != '{')
		return 0;
	at = lines__u64(stpcpy(at, "{\"unix_ms\":"), unix_ms);
	*at++ = ',';
	memcpy(at, line + 1, len - 1);
	return at - to + len - 1;
}
