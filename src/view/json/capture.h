/* SPDX-License-Identifier: GPL-2.0 */
/* The lines that are the capture's own: the first, the last, and why it was written. */
#ifndef IPITRACE_VIEW_JSON_CAPTURE_H
#define IPITRACE_VIEW_JSON_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include "model/host.h"
#include "model/trigger.h"

struct capture_head {
	const struct host *host;
	char **options; /* the words of the command line */
	int nr_options;
	const char *program; /* NULL: none. Its arguments may be secret, and are left out */
	struct timespec started;
	uint64_t mono; /* CLOCK_MONOTONIC ns at the same moment */
	int minor;
	unsigned int part; /* of the run, from 1 */
};

struct capture_foot {
	uint64_t lines; /* in the capture, this one too */
	uint64_t stalls_dropped; /* reports that found no room on their way to the file */
	uint64_t mono; /* when the run was over */
	const uint64_t *lost; /* lines that found no room; NULL: a line of trace_end counts them */
};

/* The span of a file of the flight recorder, ns. */
struct trigger_span {
	uint64_t before; /* the trigger, as wished */
	uint64_t after; /* the trigger */
	uint64_t from; /* CLOCK_MONOTONIC: what came from here on is there */
};

/* Newline included, as malloc() gives them. NULL without memory. */
char *json__capture_line(const struct capture_head *head);
char *json__capture_end_line(const struct capture_foot *foot);

/* The same into @buf, as json__line(). */
size_t json__capture(char *buf, size_t size, const struct capture_head *head);
size_t json__capture_end(char *buf, size_t size, const struct capture_foot *foot);
size_t json__trigger(char *buf, size_t size, const struct trigger *trigger,
		     const struct trigger_span *span);

#endif /* IPITRACE_VIEW_JSON_CAPTURE_H */
