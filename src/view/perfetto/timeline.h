/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A capture as a timeline for Perfetto's viewer (https://ui.perfetto.dev):
 *
 *   rates        counters, a value a window
 *   storms       a slice a storm
 *   stalls       a slice a stall
 *   CPU N        sends   what the CPU sent; an arrow leads from a send to each run
 *                waits   the CPU's synchronous calls
 *                queued  csds that wait for the CPU
 *                runs    the functions that the CPU ran
 */
#ifndef IPITRACE_VIEW_PERFETTO_TIMELINE_H
#define IPITRACE_VIEW_PERFETTO_TIMELINE_H

#include "view/capture/capture.h"
#include "view/view.h"

struct timeline;

struct timeline_totals {
	uint64_t csds; /* csds, and other interrupts that `trace` recorded, in the drawing */
	uint64_t flows; /* number of arrows from a send to a run */
	uint64_t cut; /* csds beyond the limit */
	uint64_t unusable; /* lines that lack what a timeline needs */
	uint64_t crowded; /* slices for which there was no lane */
};

/* Draw at most @limit csds, into @fd, which the caller closes. NULL without memory. */
struct timeline *timeline__open(int fd, uint64_t limit);

/*
 * Add the next line of a capture. The first line that has a time begins the file. Names of a csd
 * must live until timeline__close(). 0, -ENOMEM, or the negative errno of @fd.
 */
int timeline__add(struct timeline *t, const struct capture_record *record);

/* Write what is left, and free @t. 0, -ENOMEM, or the negative errno of @fd. */
int timeline__close(struct timeline *t, struct timeline_totals *totals);

/*
 * A file that Perfetto's trace viewer opens: packets with tracks and events. The numbers of the
 * fields are those of protos/perfetto/trace/trace_packet.proto and track_event/track_event.proto in
 * github.com/google/perfetto. A name is written once, and has a number from then on.
 */

/* TrackEvent.Type */
enum packet_event { EVENT_BEGIN = 1, EVENT_END = 2, EVENT_INSTANT = 3, EVENT_COUNTER = 4 };

/* CounterDescriptor.Unit */
enum packet_unit { UNIT_NONE = 0, UNIT_NS = 1, UNIT_COUNT = 2 };

enum interned {
	INTERNED_EVENT,
	INTERNED_KEY, /* key of an annotation */
	INTERNED_VALUE, /* value of an annotation */
	NR_INTERNED,
};

/* The most new names in one packet. */
#define PACKET_NAMES_MAX 16

struct packet_name {
	enum interned kind;
	uint64_t number;
	const char *text;
};

/* The writer of the file. All zero bytes except fd: nothing was written. */
struct packets {
	int fd;
	int err; /* negative errno of the first failure */
	struct proto proto;
	json_t *numbers[NR_INTERNED]; /* name -> number */
	uint64_t last_number;
	struct packet_name names[PACKET_NAMES_MAX]; /* new names of the open event */
	size_t nr_names;
	uint64_t last_track;
};

/* Add a track as number @rank of @parent's tracks (0: no parent). Returns the track's number. */
uint64_t packets__track(struct packets *p, uint64_t parent, uint32_t rank, const char *name);

/* Add a track of numbers. Returns its number. */
uint64_t packets__counter(struct packets *p, uint64_t parent, uint32_t rank, const char *name,
			  enum packet_unit unit);

/*
 * Write the first packet of a file. All times are of CLOCK_MONOTONIC, which was @mono ns when
 * CLOCK_REALTIME was @wall ns; @wall 0: not known.
 */
void packets__clocks(struct packets *p, uint64_t mono, uint64_t wall);

/* Begin an event at @time, ns, on @track; @name NULL: no name. The next calls add to the event. */
void packets__event(struct packets *p, enum packet_event type, uint64_t time, uint64_t track,
		    const char *name);
/* Begin a flow in the open event, or end it there: the viewer draws an arrow from begin to end. */
void packets__flow_from(struct packets *p, uint64_t flow);
void packets__flow_to(struct packets *p, uint64_t flow);
/* Add an annotation. The texts must be valid until packets__done(). */
void packets__uint(struct packets *p, const char *key, uint64_t value);
void packets__text(struct packets *p, const char *key, const char *value);
void packets__value(struct packets *p, double value); /* Set the value of a counter. */
/* End the event, which is complete. */
void packets__done(struct packets *p);

/* Write an event that ends the latest slice on @track. */
void packets__end(struct packets *p, uint64_t time, uint64_t track);

/* Write what is left, and free the memory. 0, or the negative errno of this or an earlier call. */
int packets__close(struct packets *p);

/*
 * Lanes for slices that overlap, as csds in a queue do. The slices of one track must nest.
 * Therefore each lane is a separate track; the viewer draws tracks of one name and parent as one.
 */
struct lanes {
	uint64_t parent;
	uint32_t rank;
	const char *name;
	struct lane {
		uint64_t track;
		uint64_t until; /* the end of its last slice, ns */
	} * lanes;
	size_t nr;
};

/* Returns the track for a slice of @start to @end; 0 if all lanes are taken, or without memory. */
uint64_t lanes__take(struct lanes *l, struct packets *p, uint64_t start, uint64_t end);

void lanes__free(struct lanes *l);

/*
 * The tracks of one CPU, and the csds on them. A broadcast queues a csd for each target, and each
 * csd is a record. The records of one send are put together again: a timeline shows one send, with
 * an arrow to each target.
 */

/* Whether a timeline can show the csd @parsed. */
bool csd__is_drawable(const struct parsed_record *parsed);

struct cpu_tracks;

/* All zero bytes except packets: no CPU has tracks. */
struct cpus_tracks {
	struct packets *packets;
	uint64_t parent; /* the track above all CPUs' tracks; 0: none */
	struct cpu_tracks *cpus[CPUSET_MAX]; /* NULL: no event yet */
	uint64_t flows;
	uint64_t crowded; /* slices for which there was no lane */
};

/* Draw a csd, or keep it until its send is complete. 0 or -ENOMEM. */
int cpus_tracks__add(struct cpus_tracks *t, const struct parsed_record *csd);

/* Draw the sends to which no record of @now or later can belong. 0 or -ENOMEM. */
int cpus_tracks__settle(struct cpus_tracks *t, uint64_t now);

void cpus_tracks__free(struct cpus_tracks *t);

#endif /* IPITRACE_VIEW_PERFETTO_TIMELINE_H */
