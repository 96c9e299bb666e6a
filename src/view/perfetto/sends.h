/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which csds one CPU sent at once. A broadcast queues a csd for each target, and each is
 * a record; the records of one send are put together again, since a timeline shows one
 * send with an arrow to each target.
 */
#ifndef IPITRACE_VIEW_PERFETTO_SENDS_H
#define IPITRACE_VIEW_PERFETTO_SENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "view/capture/record_line.h"

/* A csd of a capture, its values checked. */
struct sent_csd {
	uint64_t time; /* of the queueing */
	uint32_t src;
	uint32_t dst;
	const char *func; /* these strings are the line's */
	const char *callsite; /* NULL: not known */
	const char *type; /* NULL: an interrupt of another kind */
	const char *call; /* the id of its synchronous call; NULL: none, or not known */
	uint64_t delay, handler, wait;
	bool has_delay, has_handler, has_wait;
};

/* Whether @line is one that can be drawn; then *@csd is its content. */
bool sent_csd__read(struct sent_csd *csd, const struct record_line *line);

/* The csds of one CPU's latest send. All zero bytes: none. */
struct send {
	size_t nr;
	struct record_line **lines; /* copies */
	struct sent_csd first; /* of lines[0] */
	uint32_t last_dst;
	int64_t tid; /* of the sender; -1: not known */
	uint64_t end; /* of the synchronous call; UINT64_MAX: not known */
};

/* Whether the csd may be one of several that were sent at once. */
bool sent_csd__may_be_many(const struct sent_csd *csd);

/* Whether @csd, of @line, belongs to @send as the csds so far do. */
bool send__takes(const struct send *send, const struct sent_csd *csd,
		 const struct record_line *line);

/* Add a csd. 0 or -ENOMEM. */
int send__add(struct send *send, const struct sent_csd *csd, const struct record_line *line);

/* Whether a send of that time is certainly complete when records of @now arrive. */
bool send__over(const struct send *send, uint64_t now);

void send__clear(struct send *send);

#endif /* IPITRACE_VIEW_PERFETTO_SENDS_H */
