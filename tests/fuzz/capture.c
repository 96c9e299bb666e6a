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
#include "model/snapshot.h"
#include "view/capture/capture.h"

/* Into the model, as each of report's views does. */
static void parse(const json_t *object, enum line_type type)
{
	static struct capture_record record;
	struct line_parser parser = { .strings = strings__new(), .nr_online = 4 };

	record.type = type;
	if (!parse__line(&parser, object, &record) && type == LINE_SNAPSHOT)
		snapshot__free(&record.snap);
	/* Both index tables of names. */
	if (type == LINE_TRIGGER &&
	    (record.trigger.kind >= NR_TRIGGERS || record.trigger.phase >= NR_PHASES))
		abort();
	strings__free(parser.strings);
}

/* The quick way takes nothing that jansson refuses, and finds the same record. */
static void record_parse(const struct capture_line *line, const json_t *object)
{
	static struct parsed_record quick, slow;
	struct record_names *names = record_names__new(NULL);

	parse__record_object(names, object, &slow);
	if (parse__record_text(names, line->text, line->len, &quick) &&
	    (!object || memcmp(&quick, &slow, sizeof(quick))))
		abort();
	record_names__free(names);
}

static int take(void *ctx, const struct capture_line *line)
{
	uint64_t *lines = ctx;

	json_t *object = capture_line__object(line);

	/* Each byte of a line is there, and no line has another inside. */
	if (memchr(line->text, '\n', line->len) || line->type >= NR_LINE_TYPES ||
	    line->number != ++*lines)
		abort();
	parse(object, line->type);
	record_parse(line, object);
	json_decref(object);
	return 0;
}

static void text_write(int fd, const char *text, size_t len)
{
	static struct capture_writer *writer;

	if (!writer && capture_writer__open(&writer, fd))
		abort();
	capture_writer__restart(writer, fd);
	if (capture_writer__add(writer, text, len) || capture_writer__flush(writer))
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
