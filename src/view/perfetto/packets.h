/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that Perfetto's trace viewer opens: packets with tracks and events.
 * The numbers of the fields are those that Perfetto publishes
 * (protos/perfetto/trace/trace_packet.proto and track_event/track_event.proto in
 * github.com/google/perfetto). A name is written once and is a number from then on.
 */
#ifndef IPITRACE_VIEW_PERFETTO_PACKETS_H
#define IPITRACE_VIEW_PERFETTO_PACKETS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include "view/proto.h"

/* TrackEvent.Type */
enum packet_event {
	EVENT_BEGIN = 1,
	EVENT_END = 2,
	EVENT_INSTANT = 3,
	EVENT_COUNTER = 4,
};

/* CounterDescriptor.Unit */
enum packet_unit {
	UNIT_NONE = 0,
	UNIT_NS = 1,
	UNIT_COUNT = 2,
};

enum interned {
	INTERNED_EVENT,
	INTERNED_KEY, /* of an annotation */
	INTERNED_VALUE, /* of an annotation */
	NR_INTERNED,
};

/* Names that one packet brings anew. */
#define PACKET_NAMES_MAX 16

struct packet_name {
	enum interned kind;
	uint64_t number;
	const char *text;
};

/* All zero bytes but for fd: nothing was written. */
struct packets {
	int fd;
	int err; /* negative errno of the first failure */
	struct proto proto;
	json_t *numbers[NR_INTERNED]; /* name -> number */
	uint64_t last_number;
	struct packet_name names[PACKET_NAMES_MAX];
	size_t nr_names;
	uint64_t last_track;
};

/* A track below @parent (0: none), at the place @rank among its siblings. Returns its number. */
uint64_t packets__track(struct packets *p, uint64_t parent, uint32_t rank, const char *name);

/* A track of numbers. */
uint64_t packets__counter(struct packets *p, uint64_t parent, uint32_t rank, const char *name,
			  enum packet_unit unit);

/*
 * CLOCK_MONOTONIC was @mono when the wall clock was @wall ns, 0 if that is not known. The
 * first packet of a file, since all times are of CLOCK_MONOTONIC.
 */
void packets__clocks(struct packets *p, uint64_t mono, uint64_t wall);

/* An event at @time, ns, on @track; @name NULL: none. What follows belongs to it. */
void packets__event(struct packets *p, enum packet_event type, uint64_t time, uint64_t track,
		    const char *name);
/* A flow, an arrow in the viewer, leads from here, or ends here. */
void packets__flow_from(struct packets *p, uint64_t flow);
void packets__flow_to(struct packets *p, uint64_t flow);
/* Annotations. The texts stay the caller's, valid until packets__done(). */
void packets__uint(struct packets *p, const char *key, uint64_t value);
void packets__text(struct packets *p, const char *key, const char *value);
void packets__value(struct packets *p, double value); /* of a counter */
/* The event is complete. */
void packets__done(struct packets *p);

/* An event of its own that ends the latest one on @track. */
void packets__end(struct packets *p, uint64_t time, uint64_t track);

/* Write what is left and free the memory. 0, or the negative errno of this or an earlier call. */
int packets__close(struct packets *p);

/*
 * Slices that overlap, as csds in a queue do. A track's slices nest, so each lane is a
 * track of its own; the viewer draws tracks of one name and parent as one.
 */
struct lanes {
	uint64_t parent;
	uint32_t rank;
	const char *name;
	struct lane {
		uint64_t track;
		uint64_t until; /* ns, the end of its last slice */
	} * lanes;
	size_t nr;
};

/* The track for a slice of @start to @end; 0 if all lanes are taken, or without memory. */
uint64_t lanes__take(struct lanes *l, struct packets *p, uint64_t start, uint64_t end);

void lanes__free(struct lanes *l);

#endif /* IPITRACE_VIEW_PERFETTO_PACKETS_H */
