/* SPDX-License-Identifier: GPL-2.0 */
/* A capture's lines: what is wrong with their file, and which of them the options of `report` let through. */
#ifndef IPITRACE_COMMAND_REPORT_H
#define IPITRACE_COMMAND_REPORT_H

#include <stdio.h>
#include "cli/options.h"
#include "view/capture/capture.h"
#include "view/capture/parse.h"

struct report_input {
	const char *path; /* for messages */
	struct capture_parts parts;
};

/* Open the capture at @path; nothing is read. Returns an exit status; a failure has been reported. */
int report_input__open(struct report_input *input, const char *path);

/*
 * Hand over the lines of @input, in all its parts. @fn returns a negative errno to stop, -EBADMSG
 * for a line that is no JSON. Returns an exit status; a failure has been reported.
 */
int report_read(struct report_input *input, capture_line_fn *fn, void *ctx);

/*
 * The same; what is wrong with the file is in @result, and not reported. Of a file of another tracer
 * @result is WHOLE, STOPPED (err is what @fn returned) or FAILED, and the exit status is that of a
 * failure that has been reported.
 */
int report_input__read(struct report_input *input, capture_line_fn *fn, void *ctx,
		       struct capture_result *result);

struct report_filter {
	const struct options *opts;
	uint64_t end; /* the capture's, where an option counts from there: report_filter__end() */
	uint64_t since, until; /* CLOCK_MONOTONIC of the capture, ns, where the options are given */
	bool by_csd; /* -c, --src, --dst, -f or -p is given */
	bool any; /* any filter is */
};

void report_filter__open(struct report_filter *filter, const struct options *opts);

/*
 * Read @input to its end and back, where an option counts from there: before any other reading. An
 * exit status; a failure has been reported. What is wrong with the file is left to the other reading.
 */
int report_filter__end(struct report_filter *filter, struct report_input *input);

/* @object: the capture's first line, by whose clocks --since and --until are understood. */
void report_filter__begin(struct report_filter *filter, const json_t *object);

/* Whether @object, of a line of @type, passes. Windows pass whole. */
bool report_filter__passes(const struct report_filter *filter, const json_t *object,
			   enum line_type type);

/* The same for a line of LINE_IPI. */
bool report_filter__passes_record(const struct report_filter *filter,
				  const struct record_line *line);

/* A capture as the text of a live command, and the page of the most important. */

struct report_shown;

/* The views of `report`, fed with the lines that pass its filters. */
struct report_view {
	const char *name; /* as VIEW; NULL: the page */
	unsigned int types; /* a bit for each enum line_type that belongs to the view */
	unsigned int also; /* of types that the text needs besides */
	bool by_csd; /* its lines are of single csds: -c, -f and the like */
	bool traced; /* its lines are those that `record --trace` keeps */
	/* Each may be NULL, and returns 0 or a negative errno. */
	int (*window)(struct report_shown *shown, struct snapshot *snap);
	/* Show another line, of one of the types or of LINE_CAPTURE; without window() a window, too. */
	int (*line)(struct report_shown *shown, const json_t *object, enum line_type type);
	/* The same for LINE_IPI, of which a capture may have millions. */
	int (*record)(struct report_shown *shown, const struct record_line *line);
	/* The capture is over, also if it was cut off. */
	int (*end)(struct report_shown *shown);
};

/* The first and the last line are the file's own; all others are those of live commands. */
#define FILE_TYPES (1U << LINE_CAPTURE | 1U << LINE_CAPTURE_END)

/* The view that the operands name; NULL: there is none. */
const struct report_view *report_view__of(const struct options *opts);

/* The lines that a view has had so far, as its text needs them. NULL without memory. */
struct report_shown *report_shown__new(const struct options *opts);
/* Hand a line to @view. 0 or a negative errno. */
int report_shown__line(struct report_shown *shown, const struct report_view *view,
		       const json_t *object, enum line_type type);
/* The first line, before all others: the host and its clocks. */
void report_shown__head(struct report_shown *shown, const json_t *object);
/* Whether a name found no room, so that it would read as unknown. */
bool report_shown__short(const struct report_shown *shown);
void report_shown__free(struct report_shown *shown);

/* The files that --perfetto and --html name, as descriptors; -1: not asked for. */
enum picture {
	PICTURE_TIMELINE,
	PICTURE_PAGE,
	PICTURES,
};

#define PICTURES_NONE  \
	{              \
		-1, -1 \
	}

/* All return an exit status; a failure has been reported. */

/* Open the files that the options name. */
int pictures_open(const struct options *opts, int fds[PICTURES]);

/* Draw @input into the files, in one reading. */
int report_pictures(const struct options *opts, struct report_input *input,
		    const int fds[PICTURES]);

/* Close the files. @status: of the run so far, which is returned if nothing fails. */
int pictures_close(const struct options *opts, const int fds[PICTURES], int status);

/* `report` itself: lines of a capture to a view, with what was opened before. */

#define REPORT_INPUTS 2

struct report_work {
	const struct options *opts; /* checked */
	const struct report_view *view;
	size_t nr_inputs; /* 2 with --diff */
	struct report_input inputs[REPORT_INPUTS];
	int pictures[PICTURES];
	struct report_filter filter;
	/* While lines are shown. */
	struct report_shown *shown;
	uint64_t lines;
	bool traced; /* the capture has records, or says that there were none */
};

/* Read, and write. Opens no file. Returns an exit status; a failure has been reported. */
int report_work__do(struct report_work *work);

#endif /* IPITRACE_COMMAND_REPORT_H */
