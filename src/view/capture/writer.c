// SPDX-License-Identifier: GPL-2.0
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "base/shared_copy.h"
#include "base/write_all.h"
#include "view/capture/capture.h"

/* zstd's own default: the next levels take twice the time for a tenth less. */
#define LEVEL 3

/*
 * capture_writer.open, the word of the open frame. Upper half: the frame's number. Lower half: how
 * many bytes of the frame another thread has copied, 0: none; or CLOSING, while the frame is
 * closed.
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
	char *packed; /* the frame that pack_text() compressed last */
	_Atomic uint64_t open;
	_Atomic size_t len; /* of text */
	char text[CAPTURE_FRAME_BYTES];
};

/* Compress a part of the text; returns its size, or 0 if zstd failed. */
static size_t pack_text(struct capture_writer *w, const char *text, size_t len)
{
	size_t size = ZSTD_compress2(w->zstd, w->packed, w->room, text, len);

	return ZSTD_isError(size) ? 0 : size;
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
		/* zstd allocates what a frame needs: compress the largest frame once. */
		memset(w->packed, 0, w->room);
		if (pack_text(w, w->text, CAPTURE_FRAME_BYTES))
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

/* Remove the @done bytes of a frame that was not written whole from the file. A pipe keeps them. */
static void remove_part(const struct capture_writer *w, size_t done)
{
	struct stat st;

	if (!done || fstat(w->fd, &st) || !S_ISREG(st.st_mode))
		return;
	if (!ftruncate(w->fd, st.st_size - done))
		lseek(w->fd, st.st_size - done, SEEK_SET);
}

static int write_frame(struct capture_writer *w, const char *bytes, size_t size)
{
	size_t done = 0;

	w->err = write_all(w->fd, bytes, size, &done);
	if (w->err)
		remove_part(w, done);
	else
		w->bytes += done;
	return w->err;
}

static uint64_t count_lines(const char *text, size_t len)
{
	uint64_t lines = 0;

	for (const char *at = text; (at = memchr(at, '\n', text + len - at)); at++)
		lines++;
	return lines;
}

enum copied { NOT_COPIED, COPIED };

/* Write the @size bytes that pack_text() made of @text, whose last line has the number @lines. */
static void put_frame(struct capture_writer *w, const char *text, size_t len, size_t size,
		      uint64_t lines, enum copied copied)
{
	const struct capture_frame frame = { w->packed, size, lines - w->framed, w->continues,
					     copied };

	/* packed has room for any text, so zstd fails only without memory. */
	if (!w->err && !size)
		w->err = -ENOMEM;
	if (w->err)
		return;
	w->framed = lines;
	w->continues = text[len - 1] != '\n';
	if (!w->fn) {
		write_frame(w, w->packed, size);
		return;
	}
	w->bytes += size;
	w->err = w->fn(w->ctx, &frame);
}

/*
 * If another thread has copied the first part of the text, that part becomes a separate frame. The
 * text is compressed before the frame is closed, because this thread may get stuck while it
 * compresses.
 */
int capture_writer__flush(struct capture_writer *w)
{
	size_t len = w->len, size, copied;
	uint64_t open;

	if (w->err || !len)
		return w->err;
	size = pack_text(w, w->text, len);
	open = atomic_fetch_or(&w->open, CLOSING);
	copied = (uint32_t)open;
	if (copied && copied < len) {
		size = pack_text(w, w->text, copied);
		put_frame(w, w->text, copied, size, w->framed + count_lines(w->text, copied),
			  COPIED);
		size = pack_text(w, w->text + copied, len - copied);
		put_frame(w, w->text + copied, len - copied, size, w->lines, NOT_COPIED);
	} else {
		put_frame(w, w->text, len, size, w->lines, copied ? COPIED : NOT_COPIED);
	}
	w->len = 0;
	w->open = open - copied + NEXT_NUMBER;
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
	shared_copy__load(w->text, from->text, len);
	/* The frame's number is still the same, so the copied lines are those of the open frame. */
	if (!atomic_compare_exchange_strong(&from->open, &open, open | len))
		return false;
	w->lines += count_lines(w->text, len);
	w->len = len;
	return true;
}

int capture_writer__frame(struct capture_writer *w, const struct capture_frame *frame)
{
	if (capture_writer__flush(w))
		return w->err;
	w->lines += frame->lines;
	return write_frame(w, frame->bytes, frame->size);
}

int capture_writer__add(struct capture_writer *w, const char *text, size_t len)
{
	/* A line that fits into a frame is not split. */
	if (len > CAPTURE_FRAME_BYTES - w->len)
		capture_writer__flush(w);
	while (len && !w->err) {
		size_t part = CAPTURE_FRAME_BYTES - w->len;

		part = len < part ? len : part;
		/* Another thread may be copying what was there before: capture_writer__copy(). */
		shared_copy__store(w->text + w->len, text, part);
		w->lines += count_lines(text, part);
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

/* The most frames at one time, a power of two: more than an hour at two frames a second. */
#define RING_FRAMES 8192

struct ring_frame {
	uint64_t at; /* bytes put before it, as frame_ring.put: its place, modulo the ring's size */
	uint64_t from, to; /* when its first and its last line came, ns */
	struct capture_frame frame; /* its bytes are in ring->bytes */
};

int frame_ring__open(struct frame_ring *ring, size_t size)
{
	size_t tables = RING_FRAMES * sizeof(*ring->frames);

	memset(ring, 0, sizeof(*ring));
	if (size < tables + 2 * ZSTD_compressBound(CAPTURE_FRAME_BYTES))
		return -EINVAL;
	ring->size = size - tables;
	ring->bytes = malloc(ring->size);
	ring->frames = calloc(RING_FRAMES, sizeof(*ring->frames));
	if (!ring->bytes || !ring->frames) {
		frame_ring__close(ring);
		return -ENOMEM;
	}
	/* Touch all pages now: the thread that puts frames must take no page fault. */
	memset(ring->bytes, 0, ring->size);
	memset(ring->frames, 0, tables);
	ring->pinned = FRAME_RING_FREE;
	return 0;
}

void frame_ring__close(struct frame_ring *ring)
{
	free(ring->bytes);
	free(ring->frames);
	memset(ring, 0, sizeof(*ring));
}

static struct ring_frame *frame_of(const struct frame_ring *ring, uint64_t number)
{
	return &ring->frames[number & (RING_FRAMES - 1)];
}

/*
 * Drop the oldest frame. False: it is pinned. pin_all() writes pinned and then reads oldest, and
 * this function writes oldest and then reads pinned: at least one of them sees the other's write.
 */
static bool drop_oldest(struct frame_ring *ring)
{
	uint64_t oldest = ring->oldest;

	ring->oldest = oldest + 1;
	if (ring->pinned > oldest) {
		ring->held -= frame_of(ring, oldest)->frame.size;
		return true;
	}
	ring->oldest = oldest;
	return false;
}

bool frame_ring__put(struct frame_ring *ring, const struct capture_frame *frame, uint64_t from,
		     uint64_t to)
{
	struct ring_frame *added = frame_of(ring, ring->next);
	uint64_t rest = ring->size - ring->put % ring->size;
	/* A frame lies in one piece: at the ring's start if the rest of the ring is too short. */
	uint64_t at = frame->size <= rest ? ring->put : ring->put + rest;

	while (ring->oldest != ring->next &&
	       (at + frame->size - frame_of(ring, ring->oldest)->at > ring->size ||
		ring->next - ring->oldest == RING_FRAMES)) {
		if (drop_oldest(ring))
			continue;
		ring->refused += frame->lines;
		return false;
	}
	*added = (struct ring_frame){ .at = at, .from = from, .to = to, .frame = *frame };
	added->frame.bytes = memcpy(ring->bytes + at % ring->size, frame->bytes, frame->size);
	ring->put = at + frame->size;
	ring->held += frame->size;
	ring->next++;
	ring->since = frame_of(ring, ring->oldest)->from;
	return true;
}

/* Pin all frames that are there. Returns the number of the first. */
static uint64_t pin_all(struct frame_ring *ring)
{
	uint64_t oldest = ring->oldest, now;

	for (;;) {
		ring->pinned = oldest;
		/* drop_oldest() may have dropped this frame before it saw the pin. */
		now = ring->oldest;
		if (now <= oldest)
			return oldest;
		oldest = now;
	}
}

uint64_t frame_ring__pin(struct frame_ring *ring, uint64_t since)
{
	uint64_t oldest = pin_all(ring), first = oldest, next = ring->next;

	while (first < next && frame_of(ring, first)->to < since)
		first++;
	/* Begin with a whole line: with an earlier frame if it is there, else with a later one. */
	while (first > oldest && first < next && frame_of(ring, first)->frame.continues)
		first--;
	while (first < next && frame_of(ring, first)->frame.continues)
		first++;
	ring->pinned = first;
	return first;
}

bool frame_ring__get(struct frame_ring *ring, uint64_t number, struct capture_frame *frame,
		     uint64_t *from)
{
	const struct ring_frame *pinned = frame_of(ring, number);

	if (number >= ring->next)
		return false;
	*frame = pinned->frame;
	*from = pinned->from;
	return true;
}

void frame_ring__unpin(struct frame_ring *ring, uint64_t number)
{
	ring->pinned = number;
}
