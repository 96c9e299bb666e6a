// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include "view/parsed.h"
#include "view/perfetto/sends.h"

/* A sender queues all csds of a broadcast with preemption off: in far less than this, ns. */
#define SEND_LONGEST 100000000ULL

bool sent_csd__read(struct sent_csd *csd, const json_t *record)
{
	const char *kind = parsed__text(record, "kind");

	*csd = (struct sent_csd){ .func = parsed__text(record, "func"),
				  .callsite = parsed__text(record, "callsite"),
				  .type = parsed__text(record, "csd") };
	if (!parsed__ns(record, "time", &csd->time) || !parsed__cpu(record, "src", &csd->src) ||
	    !parsed__cpu(record, "dst", &csd->dst) || !kind)
		return false;
	if (!csd->func)
		csd->func = kind;
	csd->has_delay = parsed__ns(record, "delay", &csd->delay);
	csd->has_handler = csd->has_delay && parsed__ns(record, "handler", &csd->handler);
	csd->has_wait = parsed__ns(record, "wait", &csd->wait);
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

static int64_t tid_of(const json_t *record)
{
	uint64_t tid;

	return parsed__u64(record, "tid", INT32_MAX, &tid) ? (int64_t)tid : -1;
}

bool send__takes(const struct send *send, const struct sent_csd *csd, const json_t *record)
{
	const struct sent_csd *first = &send->first;

	return json_array_size(send->records) && sent_csd__may_be_many(first) &&
	       sent_csd__may_be_many(csd) && csd->dst > send->last_dst && csd->time < send->end &&
	       csd->time >= first->time && !send__over(send, csd->time) &&
	       !strcmp(csd->func, first->func) && !strcmp(csd->callsite, first->callsite) &&
	       !strcmp(csd->type, first->type) && tid_of(record) == send->tid;
}

int send__add(struct send *send, const struct sent_csd *csd, json_t *record)
{
	if (!send->records) {
		send->records = json_array();
		send->first = *csd;
		send->tid = tid_of(record);
		send->end = UINT64_MAX;
	}
	if (json_array_append(send->records, record))
		return -ENOMEM;
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
	json_decref(send->records);
	*send = (struct send){ 0 };
}
