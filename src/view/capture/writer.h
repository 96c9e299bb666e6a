/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of JSON into a capture. By one thread. */
#ifndef IPITRACE_VIEW_CAPTURE_WRITER_H
#define IPITRACE_VIEW_CAPTURE_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct capture_writer;

/* Writes to @fd, which stays the caller's. 0 and *@writer, or -ENOMEM. */
int capture_writer__open(struct capture_writer **writer, int fd);

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

/* Go on in another file, which is empty. All lines have been flushed. */
void capture_writer__restart(struct capture_writer *writer, int fd);

/* Bytes in the file; lines so far, in the file or not. */
uint64_t capture_writer__bytes(const struct capture_writer *writer);
uint64_t capture_writer__lines(const struct capture_writer *writer);

#endif /* IPITRACE_VIEW_CAPTURE_WRITER_H */
