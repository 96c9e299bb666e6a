/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of JSON into a capture. By one thread, but for capture_writer__copy(). */
#ifndef IPITRACE_VIEW_CAPTURE_WRITER_H
#define IPITRACE_VIEW_CAPTURE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture_writer;

/* A frame as the file has it, and the lines that end in the frame. */
struct capture_frame {
	const char *bytes; /* compressed */
	size_t size;
	uint32_t lines;
	bool continues; /* begins within a line */
	bool copied; /* another writer has these lines, by capture_writer__copy() */
};

/* Receives a frame in the place of a file; valid during the call. 0 or a negative errno. */
typedef int capture_frame_fn(void *ctx, const struct capture_frame *frame);

/*
 * Writes to @fd, which stays the caller's. zstd has all memory from here on: the caller may
 * run while a CPU is stuck. 0 and *@writer, or -ENOMEM.
 */
int capture_writer__open(struct capture_writer **writer, int fd);

/* The same; frames go to @fn. */
int capture_writer__open_frames(struct capture_writer **writer, capture_frame_fn *fn, void *ctx);

/* Lines that were not flushed are dropped. @writer may be NULL. */
void capture_writer__close(struct capture_writer *writer);

/*
 * Add @text: whole lines. Writes a frame when one is full. 0, or the negative
 * errno of this or an earlier write. A frame that fails is taken back from the
 * file, so that the file ends with a whole one.
 */
int capture_writer__add(struct capture_writer *writer, const char *text, size_t len);

/* Write the lines so far as a frame. 0, or the negative errno of this or an earlier write. */
int capture_writer__flush(struct capture_writer *writer);

/* A frame of another writer, behind the lines so far. 0, or as capture_writer__flush(). */
int capture_writer__frame(struct capture_writer *writer, const struct capture_frame *frame);

/*
 * By @writer's thread, while the thread of @from may be at work or stuck: take a copy of the
 * lines that @from has and did not write as a frame yet. @from makes these lines a frame of
 * their own, which is marked as copied. @open: what capture_writer__open_frame() returned; the
 * frames before that one were written by then. False: nothing was copied, for there is nothing,
 * it was copied before, or a frame was written meanwhile.
 */
uint64_t capture_writer__open_frame(const struct capture_writer *from);
bool capture_writer__copy(struct capture_writer *writer, struct capture_writer *from,
			  uint64_t open);

/* Go on in another file, which is empty. Earlier errors and lines that wait are forgotten. */
void capture_writer__restart(struct capture_writer *writer, int fd);

/* Bytes in the file; lines so far, in the file or not. */
uint64_t capture_writer__bytes(const struct capture_writer *writer);
uint64_t capture_writer__lines(const struct capture_writer *writer);

#endif /* IPITRACE_VIEW_CAPTURE_WRITER_H */
