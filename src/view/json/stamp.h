/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first keys of each line: schema, type, time (CLOCK_MONOTONIC ns), and behind
 * stamp__set() utc (the same moment by CLOCK_REALTIME, RFC 3339), nodename and kernel.
 * With these, lines of several runs and hosts can stand in one log.
 */
#ifndef IPITRACE_VIEW_JSON_STAMP_H
#define IPITRACE_VIEW_JSON_STAMP_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>

/* Before the first line. 0 or -ENOMEM. */
int stamp__set(const struct utsname *name);

/*
 * A line's object: the first keys, then those of @rest, which is consumed. @time 0: not
 * known, null. NULL without memory, or for NULL. Neither malloc() in a pool nor a lock.
 */
json_t *stamp__line(const char *type, uint64_t time, json_t *rest);

/* The most bytes that stamp__text() takes. */
#define STAMP_BYTES 1024

/* The keys from time on, as text: `"time":1,"utc":"..."`. Returns the end, without a 0. */
char *stamp__text(char *to, uint64_t time);

/* Room that an event takes beyond the line of a stall or a storm. */
#define JSON_EVENT_BYTES 32

/*
 * @line, which is one JSON object, with unix_ms at its front: when the line was written,
 * for logs that order lines by it. Returns the length; 0 if it is more than @size.
 * Neither stdio nor malloc(): a watcher calls this while a CPU is stuck.
 */
size_t json__event(char *to, size_t size, const char *line, size_t len, uint64_t unix_ms);

#endif /* IPITRACE_VIEW_JSON_STAMP_H */
