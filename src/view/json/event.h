/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_EVENT_H
#define IPITRACE_VIEW_JSON_EVENT_H

#include <stddef.h>
#include <stdint.h>

/* Room that an event takes beyond the line of a stall or a storm. */
#define JSON_EVENT_BYTES 512

/*
 * @line, which is one JSON object, with two keys more at its front, so that it can stand
 * among the lines of other hosts: nodename (@nodename is a JSON string with its quotes)
 * and unix_ms. Returns the length; 0 if it is more than @size. Neither stdio nor malloc():
 * a watcher calls this while a CPU is stuck. gmtime_r() would take a lock, hence no date.
 */
size_t json__event(char *to, size_t size, const char *line, size_t len, const char *nodename,
		   uint64_t unix_ms);

#endif /* IPITRACE_VIEW_JSON_EVENT_H */
