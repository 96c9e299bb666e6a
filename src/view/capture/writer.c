// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "base/write_all.h"
#include "view/capture/format.h"
#include "view/capture/writer.h"

/* zstd's own default: the next levels take twice the time for a tenth less. */
#define LEVEL 3

struct capture_writer {
	int fd;
	int err; /* negative errno of the first write that failed */
	uint64_t bytes;
	uint64_t lines;
	ZSTD_CCtx *zstd;
	size_t room; /* of packed */
	char *packed;
	size_t len;
	char text[CAPTURE_FRAME_BYTES];
};

int capture_writer__open(struct capture_writer **out, int fd)
{
	struct capture_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->fd = fd;
	w->room = ZSTD_compressBound(CAPTURE_FRAME_BYTES);
	w->packed = malloc(w->room);
	w->zstd = ZSTD_createCCtx();
	if (!w->packed || !w->zstd) {
		capture_writer__close(w);
		return -ENOMEM;
	}
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
	*out = w;
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

int capture_writer__flush(struct capture_writer *w)
{
	size_t size, done = 0;

	if (w->err || !w->len)
		return w->err;
	size = ZSTD_compress2(w->zstd, w->packed, w->room, w->text, w->len);
	/* The room is enough for any text, so memory is what lacks. */
	if (ZSTD_isError(size))
		w->err = -ENOMEM;
	else
		w->err = write_all(w->fd, w->packed, size, &done);
	if (w->err)
		frame_take_back(w, done);
	else
		w->bytes += done;
	w->len = 0;
	return w->err;
}

int capture_writer__add(struct capture_writer *w, const char *text, size_t len)
{
	for (const char *at = text; (at = memchr(at, '\n', text + len - at)); at++)
		w->lines++;
	/* A line that fits into a frame is not split. */
	if (len > CAPTURE_FRAME_BYTES - w->len)
		capture_writer__flush(w);
	while (len && !w->err) {
		size_t part = CAPTURE_FRAME_BYTES - w->len;

		part = len < part ? len : part;
		memcpy(w->text + w->len, text, part);
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
	w->bytes = w->lines = 0;
}

uint64_t capture_writer__bytes(const struct capture_writer *w)
{
	return w->bytes;
}

uint64_t capture_writer__lines(const struct capture_writer *w)
{
	return w->lines;
}
