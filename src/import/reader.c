// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "import/import.h"

/* Returns the kind of a file by its first @len bytes: all of them, or IMPORT_HEAD bytes. */
static enum import_kind find_kind(const char *head, size_t len)
{
	static const char perf[] = { 'P', 'E', 'R', 'F', 'I', 'L', 'E', '2' };
	static const char dat[] = { '\x17', '\x08', '\x44', 't', 'r', 'a', 'c', 'i', 'n', 'g' };
	static const char zstd[] = { '\x28', '\xb5', '\x2f', '\xfd' };

	if (len >= sizeof(zstd) && !memcmp(head, zstd, sizeof(zstd)))
		return IMPORT_CAPTURE;
	if (len >= sizeof(perf) && !memcmp(head, perf, sizeof(perf)))
		return IMPORT_PERF_DATA;
	if (len >= sizeof(dat) && !memcmp(head, dat, sizeof(dat)))
		return IMPORT_TRACE_DAT;
	/* A file with control characters is no text. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)head[i] < ' ' && head[i] != '\t' && head[i] != '\n' &&
		    head[i] != '\r')
			return IMPORT_NONE;
	return len ? IMPORT_TEXT : IMPORT_NONE;
}

/* "# tracer: nop", or "cpus=4" */
static bool has_tracer_head(const char *text, size_t len)
{
	static const char *const heads[] = { "# tracer:", "cpus=" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (len >= strlen(heads[i]) && !memcmp(text, heads[i], strlen(heads[i])))
			return true;
	return false;
}

enum import_kind import_kind__read(int fd)
{
	char head[IMPORT_HEAD];
	ssize_t len = pread(fd, head, sizeof(head), 0);

	return len > 0 ? find_kind(head, len) : IMPORT_NONE;
}

/*
 * Read a chunk of at least @least bytes, which a pipe delivers in pieces; less at the end of the
 * file. Returns the number of bytes, or a negative errno.
 */
static ssize_t read_chunk(int fd, char *chunk, size_t least)
{
	size_t len = 0;

	while (len < least) {
		ssize_t got = read(fd, chunk + len, IMPORT_CHUNK - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		len += got;
	}
	return len;
}

static int read_text(struct import_reader *reader, int fd, char *chunk, ssize_t len)
{
	struct text_reader *text = calloc(1, sizeof(*text));
	int err = 0;

	if (!text)
		return -ENOMEM;
	text->names = reader->names;
	text->fn = reader->fn;
	text->ctx = reader->ctx;
	text->facts = &reader->facts;
	text->facts->kind = "text";
	for (; len > 0 && !err; len = read_chunk(fd, chunk, 1)) {
		err = text_reader__feed(text, chunk, len);
		if (reader->progress)
			reader->progress(reader->ctx);
	}
	if (!err)
		text_reader__end(text);
	free(text);
	return err ? err : len;
}

struct import_result import__read(struct import_reader *reader, int fd)
{
	struct import_result result = {};
	char *chunk = malloc(IMPORT_CHUNK);
	ssize_t len;

	if (!chunk) {
		result.err = -ENOMEM;
		return result;
	}
	len = read_chunk(fd, chunk, IMPORT_HEAD);
	if (len < 0)
		result.err = len;
	else
		result.kind = find_kind(chunk, len < IMPORT_HEAD ? len : IMPORT_HEAD);
	result.tracer = len > 0 && has_tracer_head(chunk, len);
	if (result.kind == IMPORT_TEXT)
		result.err = read_text(reader, fd, chunk, len);
	free(chunk);
	return result;
}
