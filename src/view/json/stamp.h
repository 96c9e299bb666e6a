/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first keys of each line: schema, type, time (CLOCK_MONOTONIC ns), and behind
 * stamp__set() utc (the same moment by CLOCK_REALTIME, RFC 3339), nodename and kernel.
 * With these, lines of several runs and hosts can stand in one log.
 */
#ifndef IPITRACE_VIEW_JSON_STAMP_H
#define IPITRACE_VIEW_JSON_STAMP_H

#include <jansson.h>
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

#endif /* IPITRACE_VIEW_JSON_STAMP_H */
