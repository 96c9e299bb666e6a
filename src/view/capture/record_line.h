/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The line of a record (type ipi): its values, and the record. A capture has millions of
 * these lines, so a line as ipitrace writes it is read in one pass, without memory of its
 * own: that takes a tenth of the time of a jansson object. Any other line is read by jansson.
 */
#ifndef IPITRACE_VIEW_CAPTURE_RECORD_LINE_H
#define IPITRACE_VIEW_CAPTURE_RECORD_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/record.h"
#include "model/symbol.h"
#include "model/totals.h"
#include "view/capture/parse.h"

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
	RECORD_DELAY_STOLEN,
	RECORD_HANDLER_STOLEN,
	RECORD_PREEMPTED,
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

/* A line of type ipi. Its stack is left out. */
struct parsed_record {
	struct record record; /* func and callsite are the symbols' addresses */
	struct symbol func;
	struct symbol callsite;
};

/* The functions and call sites that were met before. */
struct record_names;

/* NULL without memory. @strings must live as long. */
struct record_names *record_names__new(struct strings *strings);
void record_names__free(struct record_names *names);

void parse__record(struct record_names *names, const struct record_line *line,
		   struct parsed_record *parsed);

/* The last line of trace. */
void parse__trace_end(const json_t *object, struct trace_totals *totals);

#endif /* IPITRACE_VIEW_CAPTURE_RECORD_LINE_H */
