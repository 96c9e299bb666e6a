/* SPDX-License-Identifier: GPL-2.0 */
/* A capture, line by line, with constant memory; the files of a run whose size is bounded. */
#ifndef IPITRACE_VIEW_CAPTURE_READER_H
#define IPITRACE_VIEW_CAPTURE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "view/capture/bounds.h"
#include "view/capture/line.h"

/* How reading ended. */
enum capture_end {
	CAPTURE_WHOLE,
	CAPTURE_STOPPED, /* the caller's function stopped it */
	CAPTURE_CUT, /* the file ends early: it was read up to the last whole frame */
	CAPTURE_DAMAGED, /* the bytes are not those that were written: read up to there */
	CAPTURE_REFUSED, /* a line has what no line may have (bounds.h), or is no JSON */
	CAPTURE_NONE, /* the file is no capture */
	CAPTURE_OTHER, /* the schema's number is not this reader's */
	CAPTURE_FAILED, /* reading failed, or there is no memory */
};

struct capture_result {
	enum capture_end end;
	int err; /* CAPTURE_FAILED: a negative errno; CAPTURE_STOPPED: what the function returned */
	uint64_t lines;
	uint64_t at; /* the byte of the file behind the last whole frame */
	uint32_t minor; /* version of the writer */
	struct bounds_fault fault; /* CAPTURE_REFUSED: of the line behind those */
};

/* Receives each line, the first and the last too; valid during the call. Not 0: stop. */
typedef int capture_line_fn(void *ctx, const struct capture_line *line);

/* Read the capture in @fd from where it stands. All lines before a bad one are handed over. */
void capture__read(int fd, capture_line_fn *fn, void *ctx, struct capture_result *result);

/*
 * The fault of the file, as a phrase behind its name: "ends early: ..." .
 * False: nothing is, @text is empty.
 */
#define CAPTURE_RESULT_TEXT 192
bool capture_result__text(const struct capture_result *result, char *text, size_t size);

/* The files of one run: with --max-size, FILE and FILE.1. */
#define CAPTURE_PARTS 2

struct capture_parts {
	int nr;
	int fds[CAPTURE_PARTS]; /* -1: none */
	const char *left_out; /* why FILE.1 was not opened; NULL: it was, or is not there */
};

/*
 * Open the capture at @path, and what may be the other file of the same run, if that is a regular
 * file of the same owner. Nothing is read. 0, or the negative errno of opening @path.
 */
int capture_parts__open(struct capture_parts *parts, const char *path);
void capture_parts__close(struct capture_parts *parts);

/* By their first lines: the older part first; a file of another run is closed. */
void capture_parts__order(struct capture_parts *parts);

/*
 * Order the parts, and capture__read() each, until one does not read whole; @result is that one's,
 * or the last one's.
 */
void capture_parts__read(struct capture_parts *parts, capture_line_fn *fn, void *ctx,
			 struct capture_result *result);

#endif /* IPITRACE_VIEW_CAPTURE_READER_H */
