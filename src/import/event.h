/* SPDX-License-Identifier: GPL-2.0 */
/* The events of a file that another tracer wrote, as its reader hands them over. */
#ifndef IPITRACE_IMPORT_EVENT_H
#define IPITRACE_IMPORT_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "import/pairing.h"

enum event_type {
	EVENT_QUEUE, /* csd_queue_cpu */
	EVENT_ENTRY, /* csd_function_entry */
	EVENT_EXIT, /* csd_function_exit */
	EVENT_SEND, /* ipi_send_cpu: kind, mark.dst */
	EVENT_SEND_MASK, /* ipi_send_cpumask: dsts, if they are known */
	EVENT_ARRIVED, /* irq_vectors:*_entry: kind */
	EVENT_LOST, /* events of mark.cpu are missing before this one: lost, 0 where their number is not known */
	EVENT_LOST_ALL, /* the same of all CPUs */
};

struct import_event {
	enum event_type type;
	struct mark mark; /* time, cpu, task: of all but EVENT_LOST, which has no time */
	enum ipi_kind kind;
	bool dsts_known;
	uint64_t lost;
	struct cpuset dsts; /* of EVENT_SEND_MASK alone; in others nothing is set */
};

/* Valid during the call. Not 0 ends the reading. */
typedef int import_event_fn(void *ctx, const struct import_event *event);

/* What a reader found besides events. */
struct import_facts {
	const char *kind; /* of the file: "perf script", ... */
	const char *clock; /* by the kernel's name, "mono"; NULL: not known */
	char clock_text[16]; /* where clock may point */
	struct utsname host; /* "": not known */
	uint32_t nr_cpus; /* online; 0: not known */
	uint64_t bytes; /* read */
	uint64_t events; /* handed over */
	uint64_t others; /* events of other tracepoints */
	uint64_t unread; /* events of ours that could not be read */
	uint64_t lost; /* events that the file says are missing, as far as it has their number */
	uint64_t gaps; /* places where events are missing */
	uint64_t set_back; /* how often the time went back by more than CPUs may differ */
	bool cut; /* the file ends in the middle of an event */
};

#endif /* IPITRACE_IMPORT_EVENT_H */
