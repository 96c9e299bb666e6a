// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "base/write_all.h"
#include "view/capture/capture.h"

/* zstd's own default: the next levels take twice the time for a tenth less. */
#define LEVEL 3

/*
 * The word of the open frame: its number in the upper half; in the lower half how many bytes
 * of it another thread has copied, 0 for none, or that it is being closed.
 */
#define NEXT_NUMBER (1ULL << 32)
#define CLOSING	    UINT32_MAX

struct capture_writer {
	int fd;
	capture_frame_fn *fn; /* NULL: frames go to fd */
	void *ctx;
	int err; /* negative errno of the first write that failed */
	uint64_t bytes;
	uint64_t lines;
	uint64_t framed; /* lines in the frames so far */
	bool continues; /* the text begins within a line */
	ZSTD_CCtx *zstd;
	size_t room; /* of packed */
	char *packed;
	_Atomic uint64_t open;
	_Atomic size_t len;
	char text[CAPTURE_FRAME_BYTES];
};

/* The largest frame is compressed once: zstd allocates for a frame what that frame needs. */
static int memory_reserve(struct capture_writer *w)
{
	size_t size;

	memset(w->packed, 0, w->room);
	size = ZSTD_compress2(w->zstd, w->packed, w->room, w->text, CAPTURE_FRAME_BYTES);
	return ZSTD_isError(size) ? -ENOMEM : 0;
}

int capture_writer__open(struct capture_writer **out, int fd)
{
	struct capture_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->fd = fd;
	w->room = ZSTD_compressBound(CAPTURE_FRAME_BYTES);
	w->packed = malloc(w->room);
	w->zstd = ZSTD_createCCtx();
	if (w->packed && w->zstd) {
		ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
		ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
		*out = w;
		if (!memory_reserve(w))
			return 0;
	}
	*out = NULL;
	capture_writer__close(w);
	return -ENOMEM;
}

int capture_writer__open_frames(struct capture_writer **out, capture_frame_fn *fn, void *ctx)
{
	int err = capture_writer__open(out, -1);

	if (err)
		return err;
	(*out)->fn = fn;
	(*out)->ctx = ctx;
	return 0;
}

void capture_writer__close(struct capture_writer *w)
{
	if (!w)
		return;
	ZSTD_freeCCtx(w->zstd);
	free(w->packed);
	free(w);
}

/* The file took @done bytes of a frame: take them back. A pipe keeps them. */
static void frame_take_back(const struct capture_writer *w, size_t done)
{
	struct stat st;

	if (!done || fstat(w->fd, &st) || !S_ISREG(st.st_mode))
		return;
	if (!ftruncate(w->fd, st.st_size - done))
		lseek(w->fd, st.st_size - done, SEEK_SET);
}

static int frame_write(struct capture_writer *w, const char *bytes, size_t size)
{
	size_t done = 0;

	w->err = write_all(w->fd, bytes, size, &done);
	if (w->err)
		frame_take_back(w, done);
	else
		w->bytes += done;
	return w->err;
}

static uint64_t lines_count(const char *text, size_t len)
{
	uint64_t lines = 0;

	for (const char *at = text; (at = memchr(at, '\n', text + len - at)); at++)
		lines++;
	return lines;
}

/* Compress a part of the text; returns its size, 0: zstd failed. */
static size_t pack(struct capture_writer *w, const char *text, size_t len)
{
	size_t size = ZSTD_compress2(w->zstd, w->packed, w->room, text, len);

	return ZSTD_isError(size) ? 0 : size;
}

/* Writes the @size bytes that pack() made of @text, whose lines end at number @lines. */
static void frame_put(struct capture_writer *w, const char *text, size_t len, size_t size,
		      uint64_t lines, bool copied)
{
	const struct capture_frame frame = { w->packed, size, lines - w->framed, w->continues,
					     copied };

	/* The room is enough for any text, so memory is what lacks. */
	if (!w->err && !size)
		w->err = -ENOMEM;
	if (w->err)
		return;
	w->framed = lines;
	w->continues = text[len - 1] != '\n';
	if (!w->fn) {
		frame_write(w, w->packed, size);
		return;
	}
	w->bytes += size;
	w->err = w->fn(w->ctx, &frame);
}

/*
 * Where another thread has copied the first part of the text, that part is a frame of its
 * own. The text is compressed before the frame is closed: the thread may get stuck there.
 */
int capture_writer__flush(struct capture_writer *w)
{
	size_t len = w->len, size, copied;
	uint64_t number;

	if (w->err || !len)
		return w->err;
	size = pack(w, w->text, len);
	number = atomic_fetch_or(&w->open, CLOSING);
	copied = (uint32_t)number;
	if (copied && copied < len) {
		size = pack(w, w->text, copied);
		frame_put(w, w->text, copied, size, w->framed + lines_count(w->text, copied), true);
		size = pack(w, w->text + copied, len - copied);
		frame_put(w, w->text + copied, len - copied, size, w->lines, false);
	} else {
		frame_put(w, w->text, len, size, w->lines, copied);
	}
	w->len = 0;
	w->open = number - copied + NEXT_NUMBER;
	return w->err;
}

uint64_t capture_writer__open_frame(const struct capture_writer *w)
{
	return w->open;
}

bool capture_writer__copy(struct capture_writer *w, struct capture_writer *from, uint64_t open)
{
	size_t len = from->len;

	if ((uint32_t)open || !len || capture_writer__flush(w))
		return false;
	memcpy(w->text, from->text, len);
	/* The same number: the copied lines are the open frame's. */
	if (!atomic_compare_exchange_strong(&from->open, &open, open | len))
		return false;
	w->lines += lines_count(w->text, len);
	w->len = len;
	return true;
}

int capture_writer__frame(struct capture_writer *w, const struct capture_frame *frame)
{
	if (capture_writer__flush(w))
		return w->err;
	w->lines += frame->lines;
	return frame_write(w, frame->bytes, frame->size);
}

int capture_writer__add(struct capture_writer *w, const char *text, size_t len)
{
	/* A line that fits into a frame is not split. */
	if (len > CAPTURE_FRAME_BYTES - w->len)
		capture_writer__flush(w);
	while (len && !w->err) {
		size_t part = CAPTURE_FRAME_BYTES - w->len;

		part = len < part ? len : part;
		memcpy(w->text + w->len, text, part);
		w->lines += lines_count(text, part);
		w->len += part;
		text += part;
		len -= part;
		if (w->len == CAPTURE_FRAME_BYTES)
			capture_writer__flush(w);
	}
	return w->err;
}

void capture_writer__restart(struct capture_writer *w, int fd)
{
	w->fd = fd;
	w->err = 0;
	w->bytes = w->lines = w->framed = 0;
	w->len = 0;
	w->continues = false;
}

uint64_t capture_writer__bytes(const struct capture_writer *w)
{
	return w->bytes;
}

uint64_t capture_writer__lines(const struct capture_writer *w)
{
	return w->lines;
}
