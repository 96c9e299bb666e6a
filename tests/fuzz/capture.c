// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: a capture. The input is the file where its first byte is even, else
 * the text of one, which is compressed here: few inputs are whole frames.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "view/capture/reader.h"
#include "view/capture/writer.h"

static int take(void *ctx, const struct capture_line *line)
{
	uint64_t *lines = ctx;

	/* Each byte of a line is there, and no line has another inside. */
	if (memchr(line->text, '\n', line->len) || line->type >= NR_LINE_TYPES ||
	    line->number != ++*lines)
		abort();
	json_decref(capture_line__object(line));
	return 0;
}

static void text_write(int fd, const char *text, size_t len)
{
	static struct capture_writer *writer;

	if (writer)
		capture_writer__close(writer);
	if (capture_writer__open(&writer, fd) || capture_writer__add(writer, text, len) ||
	    capture_writer__flush(writer))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture_result result;
	uint64_t lines = 0;
	char why[128];
	int fd;

	if (!size)
		return 0;
	fd = memfd_create("capture", MFD_CLOEXEC);
	if (*data & 1)
		text_write(fd, (const char *)data + 1, size - 1);
	else if (write(fd, data + 1, size - 1) < 0)
		abort();
	lseek(fd, 0, SEEK_SET);
	capture__read(fd, take, &lines, &result);
	close(fd);
	if (result.lines != lines || result.end == CAPTURE_FAILED ||
	    result.end == CAPTURE_STOPPED ||
	    capture_result__text(&result, why, sizeof(why)) != (result.end != CAPTURE_WHOLE))
		abort();
	return 0;
}
