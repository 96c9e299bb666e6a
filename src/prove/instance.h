/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ftrace instance of our own, held by a process of its own. That process keeps root, reads no
 * event, and takes the instance away whenever the other end of its socket is closed: also when
 * ipitrace is killed.
 */
#ifndef IPITRACE_PROVE_INSTANCE_H
#define IPITRACE_PROVE_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define INSTANCE_WHY 160

struct instance {
	pid_t pid; /* 0: not open */
	int socket; /* closed: the instance goes */
	int data; /* once stopped: the events' text */
};

/* How tracing ended. */
struct instance_end {
	uint64_t lost; /* events for which the buffers had no room */
	bool sends, arrivals; /* ftrace had the events of IPIs that are sent, that arrive */
	bool was_off; /* somebody had switched tracing or the events off */
};

/*
 * The buffer that a CPU needs for *@seconds at @rate csds a second; where that is more than @most KB,
 * which is at least 1024, *@seconds is made shorter. Returns KB.
 */
uint64_t instance__fit(double *seconds, double rate, uint64_t most);

/* As root: create, begin to trace. @kb for each CPU. False: one line in @why. */
bool instance__open(struct instance *in, uint64_t kb, char why[INSTANCE_WHY]);

/* Stop; then the events' text is read from in->data up to its end. False: the holder is gone, or has no text. */
bool instance__stop(struct instance *in, struct instance_end *end);

/* Take the instance away, and wait until it is. */
void instance__close(struct instance *in);

#endif /* IPITRACE_PROVE_INSTANCE_H */
