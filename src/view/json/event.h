/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_EVENT_H
#define IPITRACE_VIEW_JSON_EVENT_H

#include <stddef.h>
#include <stdint.h>

/* Room that an event takes beyond the line of a stall or a storm. */
#define JSON_EVENT_BYTES 32

/*
 * @line, which is one JSON object, with unix_ms at its front: when the line was written,
 * for logs that order lines by it. Returns the length; 0 if it is more than @size.
 * Neither stdio nor malloc(): a watcher calls this while a CPU is stuck.
 */
size_t json__event(char *to, size_t size, const char *line, size_t len, uint64_t unix_ms);

#endif /* IPITRACE_VIEW_JSON_EVENT_H */
