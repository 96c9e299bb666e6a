/* SPDX-License-Identifier: GPL-2.0 */
/* Captures: a line and its bounds, the reader, the writer, and the ring of the last frames. */
#ifndef IPITRACE_VIEW_CAPTURE_CAPTURE_H
#define IPITRACE_VIEW_CAPTURE_CAPTURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture_writer;
struct ring_frame;

/* The value of each line's "schema"; a reader refuses any other. */
#define CAPTURE_SCHEMA "ipitrace/1"

/* Rises when types or keys are added. Older readers ignore these. */
#define CAPTURE_MINOR 1

/*
 * The most text of one frame. A reader needs this much memory; a file that is cut off loses up to
 * this much.
 */
#define CAPTURE_FRAME_BYTES (1 << 20)

/* A longer line is damage: a snapshot of 4,096 CPUs takes 20 MB. */
#define CAPTURE_LINE_BYTES (64 << 20)

enum line_type {
	LINE_CAPTURE, /* the first line */
	LINE_SNAPSHOT,
	LINE_STALL,
	LINE_STALLS_END,
	LINE_STORM,
	LINE_NO_STORM, /* the run had no storm */
	LINE_IPI,
	LINE_TRACE_END,
	LINE_TRIGGER, /* the second line of a file of the flight recorder */
	LINE_CAPTURE_END, /* the last line */
	LINE_OTHER, /* a type of a newer minor version, or another command's */
	NR_LINE_TYPES,
};

struct capture_line {
	const char *text; /* without the newline; not terminated by a 0 */
	size_t len;
	enum line_type type;
	uint64_t number; /* from 1 */
};

/* Find the type of @text, a line. False: it is no object of the schema. */
bool capture_line__type(const char *text, size_t len, enum line_type *type);

/* Whether @text begins as ipitrace writes the line of a csd. */
bool capture_line__is_record(const char *text, size_t len);

/* Parse the line into an object for the caller; NULL: it is no JSON, or there is no memory. */
json_t *capture_line__object(const struct capture_line *line);

/*
 * The bounds of a line, checked in one pass over its text before any memory is taken for it:
 * the line is JSON, no list is longer than the table that fills it, and what the values will
 * take together is bounded.
 */

/* Objects and lists in one another; the deepest line of ipitrace has 7. */
#define BOUNDS_DEPTH 16

/* Bytes of a string: a path of PATH_MAX, each byte an escape. */
#define BOUNDS_STRING (32 << 10)

/*
 * Bytes of memory for the values of a line, by estimate: a window of 4,096 busy CPUs with
 * all their pairs takes some 400 MB.
 */
#define BOUNDS_MEMORY ((size_t)600 << 20)

/* Maximum bytes of a line that is one csd, with its names and a stack. */
#define BOUNDS_RECORD (64 << 10)

enum bounds_why {
	BOUNDS_KEPT,
	BOUNDS_NO_JSON,
	BOUNDS_DEEP, /* more than BOUNDS_DEPTH levels */
	BOUNDS_LONG, /* a string or a key beyond BOUNDS_STRING, or the line is too long */
	BOUNDS_MANY, /* a list beyond the bound of its key */
	BOUNDS_ITEM, /* an item of a list of objects is no object */
	BOUNDS_NUMBER, /* beyond 64 bits, or beyond what a double holds */
	BOUNDS_LARGE, /* all values together take too much memory */
};

#define BOUNDS_KEY 40

struct bounds_fault {
	enum bounds_why why;
	char key[BOUNDS_KEY]; /* key of the value or of its list, cut off; "": none */
	size_t item; /* BOUNDS_MANY: the bound; BOUNDS_ITEM: the number of the item, from 1 */
};

/* Check a line. False: *@fault says why. */
bool bounds__check(const char *text, size_t len, struct bounds_fault *fault);

/* The fault as a phrase: "key functions: item 3 is no object". */
#define BOUNDS_TEXT 128
void bounds_fault__text(const struct bounds_fault *fault, char *text, size_t size);

/* A capture, line by line, with constant memory; the files of a run whose size is bounded. */

/* How reading ended. */
enum capture_end {
	CAPTURE_WHOLE,
	CAPTURE_STOPPED, /* the caller's function stopped the reading */
	CAPTURE_CUT, /* the file ends early: it was read up to the last whole frame */
	CAPTURE_DAMAGED, /* the bytes are not those that were written: read up to these bytes */
	CAPTURE_REFUSED, /* a line is no JSON, or does not keep the bounds */
	CAPTURE_NONE, /* the file is no capture */
	CAPTURE_OTHER, /* the schema's number is not this reader's */
	CAPTURE_FAILED, /* reading failed, or there is no memory */
};

struct capture_result {
	enum capture_end end;
	int err; /* CAPTURE_FAILED: a negative errno; CAPTURE_STOPPED: what the function returned */
	uint64_t lines;
	uint64_t at; /* where the file's last whole frame ends, bytes */
	uint32_t minor; /* version of the writer */
	/* CAPTURE_REFUSED: what is wrong with the line after these. */
	struct bounds_fault fault;
};

/* Receives each line, also the first and the last. @line is valid during the call. Not 0: stop. */
typedef int capture_line_fn(void *ctx, const struct capture_line *line);

/* Read the capture in @fd from its position on. All lines before a bad line are handed over. */
void capture__read(int fd, capture_line_fn *fn, void *ctx, struct capture_result *result);

/* The fault of the file, as a phrase that follows the file's name: "ends early: ...". False: no fault, "". */
#define CAPTURE_RESULT_TEXT 192
bool capture_result__text(const struct capture_result *result, char *text, size_t size);

/* The files of one run: with --max-size, FILE and FILE.1. */
#define CAPTURE_PARTS 2

struct capture_parts {
	int nr;
	int fds[CAPTURE_PARTS]; /* -1: none */
	const char *left_out; /* why FILE.1 was not opened; NULL: it was opened, or there is none */
};

/*
 * Open the capture at @path, and what may be the other file of the same run, if that is a regular
 * file of the same owner. Nothing is read. 0, or the negative errno of opening @path.
 */
int capture_parts__open(struct capture_parts *parts, const char *path);
void capture_parts__close(struct capture_parts *parts);

/*
 * Put the older part first, and close a file of another run, by the parts' first lines. Then
 * capture__read() each part, up to the first that is not whole; @result is that of the last part.
 */
void capture_parts__read(struct capture_parts *parts, capture_line_fn *fn, void *ctx,
			 struct capture_result *result);

/*
 * Write lines of JSON into a capture. All calls come from one thread, except
 * capture_writer__copy().
 */

/* A frame as the file has it, and the lines that end in the frame. */
struct capture_frame {
	const char *bytes; /* compressed */
	size_t size;
	uint32_t lines;
	bool continues; /* begins within a line */
	bool copied; /* another writer has these lines, by capture_writer__copy() */
};

/* Receives a frame in the place of a file; valid during the call. 0 or a negative errno. */
typedef int capture_frame_fn(void *ctx, const struct capture_frame *frame);

/*
 * Writes to @fd, which stays the caller's. zstd has all memory from here on: the caller may
 * run while a CPU is stuck. 0 and *@writer, or -ENOMEM.
 */
int capture_writer__open(struct capture_writer **writer, int fd);

/* Open a writer whose frames go to @fn, and not into a file. */
int capture_writer__open_frames(struct capture_writer **writer, capture_frame_fn *fn, void *ctx);

/* Close @writer, which may be NULL. Lines that were not flushed are dropped. */
void capture_writer__close(struct capture_writer *writer);

/*
 * Add @text: whole lines. Writes a frame when one is full. 0, or the negative
 * errno of this or an earlier write. A frame that fails is taken back from the
 * file, so that the file ends with a whole one.
 */
int capture_writer__add(struct capture_writer *writer, const char *text, size_t len);

/* Write the lines so far as a frame. 0, or the negative errno of this or an earlier write. */
int capture_writer__flush(struct capture_writer *writer);

/*
 * Write a frame of another writer after the lines so far. Returns what capture_writer__flush()
 * returns.
 */
int capture_writer__frame(struct capture_writer *writer, const struct capture_frame *frame);

/*
 * By @writer's thread, while the thread of @from may be at work or stuck: take a copy of the lines
 * that @from has and did not write as a frame yet. @from makes these lines a frame of their own,
 * which is marked as copied. @open: what capture_writer__open_frame() returned; the frames before
 * that one were written by then. False: nothing was copied, because there are no such lines, they
 * were copied before, or a frame was written meanwhile.
 */
uint64_t capture_writer__open_frame(const struct capture_writer *from);
bool capture_writer__copy(struct capture_writer *writer, struct capture_writer *from,
			  uint64_t open);

/* Go on in another file, which is empty. Earlier errors and lines that are not written are forgotten. */
void capture_writer__restart(struct capture_writer *writer, int fd);

/*
 * Return the bytes in the file, and the number of lines so far, whether they are in the file or
 * not.
 */
uint64_t capture_writer__bytes(const struct capture_writer *writer);
uint64_t capture_writer__lines(const struct capture_writer *writer);

/*
 * The last frames of a capture in memory: a new frame takes the place of the oldest frames. One
 * thread puts frames, another thread reads them, and neither waits for the other. The reader pins the
 * frames that it reads: these stay. A new frame for which only their place is left is refused, and
 * counted.
 */

/* Frames are numbered from 0. All zero: not open. */
struct frame_ring {
	size_t size; /* bytes of frames */
	char *bytes;
	struct ring_frame *frames;
	uint64_t put; /* bytes so far, with those skipped at the end of the memory */
	_Atomic uint64_t next; /* the number of the next frame */
	_Atomic uint64_t oldest; /* the number of the oldest frame that is there */
	_Atomic uint64_t pinned; /* the number of the first frame that stays */
	_Atomic uint64_t refused; /* lines of frames for which there was no place */
	_Atomic uint64_t held; /* bytes of the frames that are there */
	_Atomic uint64_t since; /* when the oldest frame's first line came; 0: no frame is there */
};

/*
 * Allocate @size bytes, including the ring's tables, and touch all. 0, -EINVAL (too small for the
 * largest frame) or -ENOMEM.
 */
int frame_ring__open(struct frame_ring *ring, size_t size);
void frame_ring__close(struct frame_ring *ring);

/* Add @frame, whose lines came from @from to @to (ns, never back). False: refused. */
bool frame_ring__put(struct frame_ring *ring, const struct capture_frame *frame, uint64_t from,
		     uint64_t to);

/*
 * Pin the frames with lines that came at @since or later. Returns the number of the first pinned
 * frame, which begins with a whole line if any frame in the ring does.
 */
uint64_t frame_ring__pin(struct frame_ring *ring, uint64_t since);

/* Get the pinned frame @number, and when its first line came. False: it is not there yet. */
bool frame_ring__get(struct frame_ring *ring, uint64_t number, struct capture_frame *frame,
		     uint64_t *from);

/* Unpin the frames before @number, which are not needed any more; FRAME_RING_FREE: unpin all. */
#define FRAME_RING_FREE UINT64_MAX
void frame_ring__unpin(struct frame_ring *ring, uint64_t number);

#endif /* IPITRACE_VIEW_CAPTURE_CAPTURE_H */
