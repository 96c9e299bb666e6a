// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/cpuset.h"
#include "view/perfetto/sends.h"

/* A sender queues all csds of a broadcast with preemption off: in far less than this, ns. */
#define SEND_LONGEST 100000000ULL

static bool cpu_read(const struct record_line *line, enum record_key key, uint32_t *cpu)
{
	uint64_t n;

	if (!record_line__number(line, key, &n) || n >= CPUSET_MAX)
		return false;
	*cpu = n;
	return true;
}

bool sent_csd__read(struct sent_csd *csd, const struct record_line *line)
{
	const char *kind = record_line__text(line, RECORD_KIND);

	*csd = (struct sent_csd){ .func = record_line__text(line, RECORD_FUNC),
				  .callsite = record_line__text(line, RECORD_CALLSITE),
				  .type = record_line__text(line, RECORD_CSD),
				  .call = record_line__text(line, RECORD_CALL) };
	if (!record_line__number(line, RECORD_TIME, &csd->time) ||
	    !cpu_read(line, RECORD_SRC, &csd->src) || !cpu_read(line, RECORD_DST, &csd->dst) ||
	    !kind)
		return false;
	if (!csd->func)
		csd->func = kind;
	csd->has_delay = record_line__number(line, RECORD_DELAY, &csd->delay);
	csd->has_handler = csd->has_delay &&
			   record_line__number(line, RECORD_HANDLER, &csd->handler);
	csd->has_wait = record_line__number(line, RECORD_WAIT, &csd->wait);
	/* Sums of times stay below 2^63; a damaged number may be anything. */
	return csd->time + csd->wait <= INT64_MAX && csd->time + csd->delay <= INT64_MAX &&
	       csd->time + csd->delay + csd->handler <= INT64_MAX;
}

/* Only smp_call_function_many_cond() queues several csds; its caller is their call site. */
bool sent_csd__may_be_many(const struct sent_csd *csd)
{
	return csd->callsite && csd->type &&
	       (!strcmp(csd->type, "sync") || !strcmp(csd->type, "async")) &&
	       strncmp(csd->callsite, "generic_exec_single", strlen("generic_exec_single"));
}

static int64_t tid_of(const struct record_line *line)
{
	uint64_t tid;

	return record_line__number(line, RECORD_TID, &tid) && tid <= INT32_MAX ? (int64_t)tid : -1;
}

bool send__takes(const struct send *send, const struct sent_csd *csd,
		 const struct record_line *line)
{
	const struct sent_csd *first = &send->first;

	if (first->call && csd->call)
		return !strcmp(first->call, csd->call) && !send__over(send, csd->time);
	return send->nr && sent_csd__may_be_many(first) && sent_csd__may_be_many(csd) &&
	       csd->dst > send->last_dst && csd->time < send->end && csd->time >= first->time &&
	       !send__over(send, csd->time) && !strcmp(csd->func, first->func) &&
	       !strcmp(csd->callsite, first->callsite) && !strcmp(csd->type, first->type) &&
	       tid_of(line) == send->tid;
}

/* 0 or -ENOMEM. */
static int line_keep(struct send *send, const struct record_line *line)
{
	size_t size = record_line__size(line);
	struct record_line **lines = send->lines, *copy;

	/* Room is doubled when the number is a power of two. */
	if (!(send->nr & (send->nr - 1)))
		lines = realloc(lines, (send->nr ? 2 * send->nr : 1) * sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	send->lines = lines;
	copy = malloc(size);
	if (!copy)
		return -ENOMEM;
	lines[send->nr++] = memcpy(copy, line, size);
	return 0;
}

int send__add(struct send *send, const struct sent_csd *csd, const struct record_line *line)
{
	int err = line_keep(send, line);

	if (err)
		return err;
	if (send->nr == 1) {
		sent_csd__read(&send->first, send->lines[0]);
		send->tid = tid_of(line);
		send->end = UINT64_MAX;
	}
	send->last_dst = csd->dst;
	/* The wait is the call's, from the queueing of its first csd. */
	if (csd->has_wait)
		send->end = send->first.time + csd->wait;
	return 0;
}

bool send__over(const struct send *send, uint64_t now)
{
	return now > send->first.time && now - send->first.time > SEND_LONGEST;
}

void send__clear(struct send *send)
{
	for (size_t i = 0; i < send->nr; i++)
		free(send->lines[i]);
	free(send->lines);
	*send = (struct send){ 0 };
}
