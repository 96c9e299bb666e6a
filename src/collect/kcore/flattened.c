// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "collect/kcore/flattened.h"

/* makedumpfile.h: a header of 4 KiB, then pieces; all numbers are big-endian. */
#define SIGNATURE    "makedumpfile"
#define HEADER_BYTES 4096
#define CHUNK	     65536

struct piece {
	int64_t offset; /* both -1: the end */
	int64_t size;
};

bool flattened__is(int fd)
{
	char head[sizeof(SIGNATURE)];

	return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       !memcmp(head, SIGNATURE, sizeof(head));
}

int flattened__room(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

/* Copy @size bytes of @from to @offset of @to. */
static int piece_copy(FILE *from, int to, int64_t offset, int64_t size)
{
	char chunk[CHUNK];

	while (size) {
		size_t want = size < CHUNK ? size : CHUNK;
		ssize_t n;

		if (fread(chunk, 1, want, from) != want)
			return -EBADMSG;
		for (size_t put = 0; put < want; put += n) {
			n = pwrite(to, chunk + put, want - put, offset + put);
			if (n <= 0)
				return n ? -errno : -EIO;
		}
		offset += want;
		size -= want;
	}
	return 0;
}

static int pieces_copy(FILE *from, int to)
{
	struct piece piece;
	int err = fseek(from, HEADER_BYTES, SEEK_SET) ? -errno : 0;

	while (!err) {
		if (fread(&piece, sizeof(piece), 1, from) != 1)
			return -EBADMSG;
		piece.offset = be64toh(piece.offset);
		piece.size = be64toh(piece.size);
		if (piece.offset == -1 && piece.size == -1)
			return 0;
		if (piece.offset < 0 || piece.size < 0)
			return -EBADMSG;
		err = piece_copy(from, to, piece.offset, piece.size);
	}
	return err;
}

int flattened__rearrange(int fd, int to)
{
	int own = dup(fd), err;
	FILE *from = own < 0 ? NULL : fdopen(own, "r");

	err = from ? pieces_copy(from, to) : -errno;
	if (from)
		fclose(from);
	else if (own >= 0)
		close(own);
	return err;
}
