/* SPDX-License-Identifier: GPL-2.0 */
/* One line of a capture, and the sizes and versions that writer and reader share. */
#ifndef IPITRACE_VIEW_CAPTURE_LINE_H
#define IPITRACE_VIEW_CAPTURE_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number in each line's "schema"; a reader takes no other. */
#define CAPTURE_SCHEMA "ipitrace/1"

/* Rises when types or keys are added, which older readers leave out. */
#define CAPTURE_MINOR 1

/* The text of one frame, at most: what a reader holds, and what a cut-off file loses. */
#define CAPTURE_FRAME_BYTES (1 << 20)

/* A longer line is damage: a snapshot of 4,096 CPUs takes 20 MB. */
#define CAPTURE_LINE_BYTES (64 << 20)

enum line_type {
	LINE_CAPTURE, /* the first line */
	LINE_SNAPSHOT,
	LINE_STALL,
	LINE_STALLS_END,
	LINE_STORM,
	LINE_NO_STORM, /* the run had none */
	LINE_IPI,
	LINE_TRACE_END,
	LINE_TRIGGER, /* behind the first line of a file of the flight recorder */
	LINE_CAPTURE_END, /* the last line */
	LINE_OTHER, /* of a newer minor version, or another command's */
	NR_LINE_TYPES,
};

struct capture_line {
	const char *text; /* without the newline; not terminated by a 0 */
	size_t len;
	enum line_type type;
	uint64_t number; /* from 1 */
	uint64_t at; /* the byte of the file where the line's frame begins */
};

/* Find the type of @text, a line. False: it is no object of the schema. */
bool capture_line__type(const char *text, size_t len, enum line_type *type);

/* Whether @text begins as ipitrace writes the line of a csd. */
bool capture_line__is_record(const char *text, size_t len);

/* The line's object, the caller's; NULL: it is no JSON, or there is no memory. */
json_t *capture_line__object(const struct capture_line *line);

#endif /* IPITRACE_VIEW_CAPTURE_LINE_H */
