/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The values of a record's line (type ipi). A capture has millions of these lines, so a
 * line as ipitrace writes it is read in one pass, without memory of its own: that takes
 * a tenth of the time of a jansson object. Any other line is read by jansson.
 */
#ifndef IPITRACE_VIEW_CAPTURE_RECORD_LINE_H
#define IPITRACE_VIEW_CAPTURE_RECORD_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The keys that have a reader, in the order in which they are written. */
enum record_key {
	RECORD_TIME,
	RECORD_KIND,
	RECORD_SRC,
	RECORD_DST,
	RECORD_FUNC,
	RECORD_MODULE,
	RECORD_CALLSITE,
	RECORD_PID,
	RECORD_TID,
	RECORD_COMM,
	RECORD_INTERRUPT,
	RECORD_DELAY,
	RECORD_HANDLER,
	RECORD_CALL,
	RECORD_WAIT,
	RECORD_CSD,
	NR_RECORD_KEYS,
};

enum record_value_type {
	RECORD_UNKNOWN, /* no such key, null, or a value of another type */
	RECORD_INTEGER,
	RECORD_TEXT,
	RECORD_TRUE,
};

struct record_value {
	enum record_value_type type;
	uint32_t at; /* of a text, in text[] */
	int64_t integer;
};

/* All strings of a line have room, since each name in the kernel is shorter than 512 bytes. */
#define RECORD_TEXT_BYTES 4096

/* May be copied, up to record_line__size(). */
struct record_line {
	struct record_value values[NR_RECORD_KEYS];
	uint32_t len; /* of text[] */
	char text[RECORD_TEXT_BYTES];
};

/* False: @text is no JSON, or there is no memory. */
bool record_line__read(struct record_line *line, const char *text, size_t len);

/* The two ways, of which the first one takes lines as ipitrace writes them; else false. */
bool record_line__scan(struct record_line *line, const char *text, size_t len);
void record_line__from_object(struct record_line *line, const json_t *object);

/* The bytes of @line that are in use. */
size_t record_line__size(const struct record_line *line);

/* NULL: it is no string. Valid as long as @line. */
const char *record_line__text(const struct record_line *line, enum record_key key);

/* A number that is not negative. False: it is none. */
bool record_line__number(const struct record_line *line, enum record_key key, uint64_t *number);

bool record_line__true(const struct record_line *line, enum record_key key);

#endif /* IPITRACE_VIEW_CAPTURE_RECORD_LINE_H */
