/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report of who waits for whom: read from the kernel's queues before anything is attached, or out
 * of a dump.
 */
#ifndef IPITRACE_COMMAND_QUEUE_REPORT_H
#define IPITRACE_COMMAND_QUEUE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cpuset.h"
#include "cli/options.h"
#include "model/moment.h"

struct collect_config;
struct live_queues;

struct queue_report {
	struct live_queues *queues; /* NULL: they cannot be read */
	struct moment *moment;
	char slow[320]; /* for queue_report__slow() */
	bool waits; /* somebody waits, whatever the filters */
	bool json;
};

/*
 * Open the queues. Where they cannot be read, @r->queues stays NULL, and that is
 * no error. 0 or -ENOMEM.
 */
int queue_report__open(struct queue_report *r, bool json);

/* As often as you like; @r of all zero bytes is closed. */
void queue_report__close(struct queue_report *r);

/*
 * Look for @span ns; r->moment has what lasted so long and what @config's filters
 * let through. *@stuck: the CPUs that attaching would wait for, whatever the filters.
 * Returns whether the queues could be read.
 */
bool queue_report__look(struct queue_report *r, const struct collect_config *config, uint64_t span,
			struct cpuset *stuck);

/* The message if attaching takes long all the same: a session_ops.slow(). */
const char *queue_report__slow(const struct queue_report *r);

/* Write r->moment to stdout. 0 or a negative errno. */
int queue_report__show(struct queue_report *r);

/* `waits --vmcore`: who waited for whom when a dump was taken. Returns an exit status. */
int vmcore_report(const struct options *opts);

#endif /* IPITRACE_COMMAND_QUEUE_REPORT_H */
