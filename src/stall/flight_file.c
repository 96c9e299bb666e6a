// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"
#include "stall/flight.h"

/* Room for the longest line: the first, which has the words of the command line. */
#define TEXT_BYTES (256 << 10)

int flight_file__open(struct flight_file *file, struct frame_ring *ring,
		      const struct capture_head *head)
{
	*file = (struct flight_file){ .ring = ring, .head = *head, .fd = -1 };
	file->pool.size = JSON_POOL_BYTES;
	file->pool.memory = calloc(1, file->pool.size);
	file->text = calloc(1, TEXT_BYTES);
	if (!file->pool.memory || !file->text)
		return -ENOMEM;
	return capture_writer__open(&file->writer, -1);
}

void flight_file__close(struct flight_file *file)
{
	capture_writer__close(file->writer);
	free(file->pool.memory);
	free(file->text);
	file->writer = NULL;
	file->pool.memory = file->text = NULL;
}

/* Add the line in file->text; @len 0: it found no room there. Returns 0 or a negative errno. */
static int line_add(struct flight_file *file, size_t len)
{
	return len ? capture_writer__add(file->writer, file->text, len) : -ENOMEM;
}

/* Returns the wall clock's time at @mono. */
static struct timespec get_real_time(uint64_t mono)
{
	uint64_t ns = clock_ns(CLOCK_REALTIME) - mono_ns() + mono;

	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

/* Write the lines about the file itself, which have a frame of their own. */
static int head_write(struct flight_file *file, const struct trigger *trigger,
		      const struct trigger_span *span)
{
	int err;

	file->head.part++;
	file->head.mono = span->from;
	file->head.started = get_real_time(span->from);
	json_pool__enter(&file->pool);
	err = line_add(file, json__line(file->text, TEXT_BYTES, json__capture(&file->head)));
	json_pool__leave();
	json_pool__enter(&file->pool);
	if (!err)
		err = line_add(file, json__trigger(file->text, TEXT_BYTES, trigger, span));
	json_pool__leave();
	return err ? err : capture_writer__flush(file->writer);
}

int flight_file__begin(struct flight_file *file, int fd, const struct trigger *trigger,
		       struct trigger_span *span)
{
	uint64_t since = trigger->time > span->before ? trigger->time - span->before : 0;
	struct capture_frame frame;

	file->fd = fd;
	file->copied = false;
	file->next = frame_ring__pin(file->ring, since);
	if (!frame_ring__get(file->ring, file->next, &frame, &span->from))
		span->from = trigger->time;
	capture_writer__restart(file->writer, fd);
	return head_write(file, trigger, span);
}

int flight_file__go_on(struct flight_file *file)
{
	struct capture_frame frame;
	uint64_t from;
	int err = 0;

	while (!err && frame_ring__get(file->ring, file->next, &frame, &from)) {
		if (file->copied && frame.copied)
			file->copied = false;
		else
			err = capture_writer__frame(file->writer, &frame);
		file->next++;
		frame_ring__unpin(file->ring, file->next);
	}
	return err;
}

int flight_file__copy(struct flight_file *file, struct capture_writer *gatherer)
{
	uint64_t open = capture_writer__open_frame(gatherer);
	int err = flight_file__go_on(file);

	if (err || !capture_writer__copy(file->writer, gatherer, open))
		return err;
	file->copied = true;
	return capture_writer__flush(file->writer);
}

int flight_file__end(struct flight_file *file, uint64_t lost)
{
	const struct capture_foot foot = {
		.lines = capture_writer__lines(file->writer) + 1,
		.mono = mono_ns(),
		.lost = &lost,
	};
	int err;

	json_pool__enter(&file->pool);
	err = line_add(file, json__line(file->text, TEXT_BYTES, json__capture_end(&foot)));
	json_pool__leave();
	if (!err)
		err = capture_writer__flush(file->writer);
	flight_file__give_up(file);
	return err;
}

void flight_file__give_up(struct flight_file *file)
{
	frame_ring__unpin(file->ring, FRAME_RING_FREE);
	file->fd = -1;
}
