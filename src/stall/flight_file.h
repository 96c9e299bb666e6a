/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file of the flight recorder: from frames in memory to a capture, while more frames
 * come. Under the rule of the room but for the writes, which wait for their disk. By one
 * thread at a time.
 */
#ifndef IPITRACE_STALL_FLIGHT_FILE_H
#define IPITRACE_STALL_FLIGHT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include "model/trigger.h"
#include "view/capture/frame_ring.h"
#include "view/capture/writer.h"
#include "view/json/capture.h"
#include "view/json/line.h"

/* All zero: not open. */
struct flight_file {
	struct frame_ring *ring;
	struct capture_writer *writer;
	struct json_pool pool;
	char *text; /* a line on its way */
	struct capture_head head; /* of all files; part, mono and started: of this one */
	int fd; /* negative: no file is being written */
	uint64_t next; /* the number of the next frame */
	bool copied; /* the file has the lines of the next frame that is marked so */
};

/* @head, and the strings that it points to, must live as long as @file. 0 or -ENOMEM. */
int flight_file__open(struct flight_file *file, struct frame_ring *ring,
		      const struct capture_head *head);
void flight_file__close(struct flight_file *file);

/*
 * Begin a capture in @fd, an empty file that is the caller's until flight_file__end(), with
 * the frames of span->before ns before the trigger. Sets span->from. 0 or a negative errno.
 */
int flight_file__begin(struct flight_file *file, int fd, const struct trigger *trigger,
		       struct trigger_span *span);

/* Write the frames that have come. 0 or a negative errno. */
int flight_file__go_on(struct flight_file *file);

/* The same, then the lines of @gatherer's that are in no frame yet: its thread is stuck. */
int flight_file__copy(struct flight_file *file, struct capture_writer *gatherer);

/*
 * Write the last line; @lost: lines that should be in the file and found no room. The frames
 * are no longer needed, whatever the result: 0 or a negative errno.
 */
int flight_file__end(struct flight_file *file, uint64_t lost);

/* Give the capture up: it ends early. */
void flight_file__give_up(struct flight_file *file);

#endif /* IPITRACE_STALL_FLIGHT_FILE_H */
