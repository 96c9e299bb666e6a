/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which csds one CPU sent at once. A broadcast queues a csd for each target, and each is
 * a record; the records of one send are put together again, since a timeline shows one
 * send with an arrow to each target.
 */
#ifndef IPITRACE_VIEW_PERFETTO_SENDS_H
#define IPITRACE_VIEW_PERFETTO_SENDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A csd of a capture, its values checked. */
struct sent_csd {
	uint64_t time; /* of the queueing */
	uint32_t src;
	uint32_t dst;
	const char *func; /* these strings are the record's */
	const char *callsite; /* NULL: not known */
	const char *type; /* NULL: an interrupt of another kind */
	uint64_t delay, handler, wait;
	bool has_delay, has_handler, has_wait;
};

/* Whether @record is one that can be drawn; then *@csd is its content. */
bool sent_csd__read(struct sent_csd *csd, const json_t *record);

/* The csds of one CPU's latest send. All zero bytes: none. */
struct send {
	json_t *records; /* an array */
	struct sent_csd first;
	uint32_t last_dst;
	int64_t tid; /* of the sender; -1: not known */
	uint64_t end; /* of the synchronous call; UINT64_MAX: not known */
};

/* Whether the csd may be one of several that were sent at once. */
bool sent_csd__may_be_many(const struct sent_csd *csd);

/* Whether @csd, of @record, belongs to @send as the records so far do. */
bool send__takes(const struct send *send, const struct sent_csd *csd, const json_t *record);

/* Add a csd. 0 or -ENOMEM. */
int send__add(struct send *send, const struct sent_csd *csd, json_t *record);

/* Whether a send of that time is certainly complete when records of @now arrive. */
bool send__over(const struct send *send, uint64_t now);

void send__clear(struct send *send);

#endif /* IPITRACE_VIEW_PERFETTO_SENDS_H */
