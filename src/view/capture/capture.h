/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Captures: a line and its bounds, the reader, the writer, the ring of the last frames, and a line
 * as the model has it.
 */
#ifndef IPITRACE_VIEW_CAPTURE_CAPTURE_H
#define IPITRACE_VIEW_CAPTURE_CAPTURE_H

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/record.h"
#include "model/incident.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/totals.h"

struct capture_writer;
struct form;
struct ring_frame;

/* The value of each line's "schema"; a reader refuses any other. */
#define CAPTURE_SCHEMA "ipitrace/1"

/* Rises when types or keys are added. Older readers ignore these. */
#define CAPTURE_MINOR 1

/*
 * The most text of a frame. A reader needs this much memory; a cut-off file may lose this much.
 * tests/fuzz builds with less, because a fuzzer allocates this for each input.
 */
#ifndef CAPTURE_FRAME_BYTES
#define CAPTURE_FRAME_BYTES (1 << 20)
#endif

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

/*
 * Find the type of @text, a line that keeps the bounds (bounds__check()), or that ipitrace has
 * written. Returns 0; -EBADMSG if the line is no object of the schema; -ENOMEM.
 */
int capture_line__type(const char *text, size_t len, enum line_type *type);

/* Whether @text begins as ipitrace writes the line of a csd. */
bool capture_line__is_record(const char *text, size_t len);

/* Parse the line, which keeps the bounds, into an object for the caller; NULL without memory. */
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
	CAPTURE_SECOND, /* another capture follows in the same file: read up to there */
	CAPTURE_EMPTY, /* the file has no bytes */
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

/* Whether the lines that were read are those of a run, without its end. */
bool capture_result__is_part(const struct capture_result *result);

/* The fault as a phrase after the file's name: "ends early: ...". False: there is no fault, "". */
#define CAPTURE_RESULT_TEXT 192
bool capture_result__text(const struct capture_result *result, char *text, size_t size);

/* The most files of one run: with --max-size, FILE and FILE.1. */
#define CAPTURE_PARTS 2

struct capture_parts {
	int nr;
	int fds[CAPTURE_PARTS]; /* -1: none */
	const char *left_out; /* why FILE.1 was not opened; NULL: it was opened, or there is none */
};

/*
 * Open the capture at @path, and @path.1, if that is a regular file of the same owner: it may be
 * the other file of the run. Nothing is read. 0, or the negative errno of opening @path.
 */
int capture_parts__open(struct capture_parts *parts, const char *path);
void capture_parts__close(struct capture_parts *parts);

/*
 * Put the older part first, and close a file of another run, by the parts' first lines. Then
 * capture__read() each part, up to the first that is not whole; @result is that of the last part.
 */
void capture_parts__read(struct capture_parts *parts, capture_line_fn *fn, void *ctx,
			 struct capture_result *result);

/* Write lines of JSON into a capture, in one thread, except for capture_writer__copy(). */

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
 * Copy the lines that @from has and did not write as a frame yet. @writer's thread calls this,
 * while the thread of @from may be at work or stuck. @from makes these lines a frame of their own,
 * which is marked as copied. @open: what capture_writer__open_frame() returned before the caller
 * took the earlier frames. False: nothing was copied, because there are no such lines, they were
 * copied before, or a frame was written meanwhile.
 */
uint64_t capture_writer__open_frame(const struct capture_writer *from);
bool capture_writer__copy(struct capture_writer *writer, struct capture_writer *from,
			  uint64_t open);

/* Continue in another, empty file. Earlier errors and lines that are not written are forgotten. */
void capture_writer__restart(struct capture_writer *writer, int fd);

/* Return the bytes in the file, and the number of lines so far, written or not. */
uint64_t capture_writer__bytes(const struct capture_writer *writer);
uint64_t capture_writer__lines(const struct capture_writer *writer);

/*
 * The last frames of a capture in memory: a new frame takes the place of the oldest frames. One
 * thread puts frames, another thread reads them, and neither waits for the other. The reader pins
 * the frames that it reads: these stay. A new frame for which only the place of pinned frames is
 * left is refused, and its lines are counted.
 */

/* Frames are numbered from 0. All zero: not open. */
struct frame_ring {
	size_t size; /* bytes of frames */
	char *bytes;
	struct ring_frame *frames;
	uint64_t put; /* bytes put so far, and those skipped at the end of the memory */
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

/* Get the pinned frame @number; *@from: when its first line came. False: it was not put yet. */
bool frame_ring__get(struct frame_ring *ring, uint64_t number, struct capture_frame *frame,
		     uint64_t *from);

/* Unpin the frames before @number, which are not needed any more; FRAME_RING_FREE: unpin all. */
#define FRAME_RING_FREE UINT64_MAX
void frame_ring__unpin(struct frame_ring *ring, uint64_t number);

/*
 * Values of a line's object, as the model has them. A key that is missing, or has another type,
 * reads as unknown: a capture may be of another minor version, or made by hand.
 */

/* Keeps each string once: names that live longer than the line from which they were read. */
struct strings;

/* NULL without memory. */
struct strings *strings__new(void);
void strings__free(struct strings *strings);

/*
 * Why a text was not kept: -ENOMEM, or -E2BIG, because the texts would have more than STRINGS_MAX
 * bytes. 0: all texts were kept.
 */
#define STRINGS_MAX ((size_t)128 << 20)
int strings__err(const struct strings *strings);

/*
 * Returns the only copy of @text, valid until strings__free(): the same pointer for the same text.
 * NULL for NULL, or if there is no room.
 */
const char *strings__keep(struct strings *strings, const char *text);

/* Returns the number at @key, never negative; 0: there is null, or no number. */
uint64_t parse__number(const json_t *object, const char *key);

/*
 * Whether @object[@key] is a number that is not negative; then *@n is that number. It has at most
 * 63 bits, so the sum of two such numbers, as a time and a duration, fits 64 bits.
 */
bool parse__is_number(const json_t *object, const char *key, uint64_t *n);

/* Returns the text at @key; NULL: there is null, or no string. Valid as long as @object. */
const char *parse__text(const json_t *object, const char *key);

/* Returns a CPU's number; 0 if no CPU can have that number. */
uint32_t parse__cpu(const json_t *object, const char *key);

/*
 * Returns a function by its name and module, which may be NULL. Functions with the same names get
 * the same address, which is not the kernel's.
 */
struct symbol parse__symbol(struct strings *strings, const char *func, const char *module);

/* Returns a call site from "name+0x1c", "name+0x1c [module]" or "0xADDRESS"; addr is 0 for NULL. */
struct symbol parse__site(struct strings *strings, const char *text);

/* Read a host {nodename, kernel, arch, online}. */
void parse__host(const json_t *object, struct host *host);

/* Read a time in RFC 3339 and UTC, as json/json.h has it. */
struct timespec parse__date(const char *text);

/*
 * A record out of an object of a capture, by its table (model/field.h). A key that is missing, or
 * has another type, leaves its member 0, or unknown.
 */
struct field_reader {
	struct strings *strings;
	const void *root; /* the outermost record, for the tables' rules */
	/* Called after @record's fields were read: sets what the tables do not describe. */
	void (*settle)(const struct form *of, void *record, const json_t *object);
};

/* Read @object, which may be NULL, into @record, which is all 0. False: no memory. */
bool parse__fields(const struct field_reader *reader, const struct form *of, void *record,
		   const json_t *object);

/* A count that a line has as a rate is read as a count over this time, ns. */
#define FIELD_RATE_NS 1000000000000ULL

/* A report of a stall or a storm: each is reported while it lasts, and again when it is over. */
struct parsed_report {
	bool id_known;
	bool ongoing; /* it lasts */
	bool secondary; /* a stall that is folded into its cause, or a storm that is a note */
	uint64_t id;
	uint64_t duration; /* ns */
};

/*
 * The line of a record (type ipi). A capture has millions of these lines. Therefore a line as
 * ipitrace writes it is read in one pass, without further memory, in a tenth of the time that
 * jansson takes. jansson reads any other line.
 */

/* The text of a value in a line; len 0: there is none. */
struct json_part {
	const char *at; /* in the line */
	size_t len;
};

/* The texts of the values in a record's line. If a key is there twice, the last one counts. */
struct record_text {
	struct json_part values[NR_TRACE_KEYS];
	/*
	 * Each value of the line is a string of printable ASCII without escapes, an integer below
	 * 10^18, a boolean or null: then the line is valid JSON. ipitrace writes such lines for
	 * records without stacks.
	 */
	bool plain;
};

/* Find the values of @line, @len bytes. False: it is no object, or has spaces between its parts. */
bool record_text__find(struct record_text *record, const char *line, size_t len);

/*
 * Write the keys of @keys, in their order, of the object @line, @len bytes without a newline, to
 * @to: null where the object lacks the key. The values stay as they are. @to has room for
 * json_keys__room() bytes. Returns the end; NULL if @line is no JSON object.
 */
char *json_keys__write(char *to, const struct key_list *keys, const char *line, size_t len);
size_t json_keys__room(const struct key_list *keys, size_t len);

struct parsed_record {
	struct record record; /* func and callsite are the symbols' addresses; without its stack */
	struct symbol func;
	struct symbol callsite;
	/* The function and the call site as the line has them; NULL: unknown. */
	const char *func_text, *callsite_text;
	/* If one of these is false, the record has 0 in that member. */
	bool time_known, kind_known, src_known, dst_known;
};

/* The functions and call sites that were met before, and their texts. */
struct record_names;

/*
 * @strings must live as long as the result; NULL: the result has strings of its own. Returns NULL
 * if there is no memory.
 */
struct record_names *record_names__new(struct strings *strings);
void record_names__free(struct record_names *names);

/*
 * Read the line of a record. If @names is NULL, functions and call sites are left out. Returns 0;
 * -EBADMSG if @text does not keep the bounds; -ENOMEM.
 */
int parse__record(struct record_names *names, const char *text, size_t len,
		  struct parsed_record *parsed);

/*
 * parse__record() in two ways: parse__record_text() reads plain lines, and returns false if the
 * line is not plain.
 */
bool parse__record_text(struct record_names *names, const char *text, size_t len,
			struct parsed_record *parsed);
void parse__record_object(struct record_names *names, const json_t *object,
			  struct parsed_record *parsed);

/* The first line of a capture. */
struct capture_start {
	struct host host;
	struct timespec started; /* CLOCK_REALTIME; 0: unknown */
	uint64_t mono; /* CLOCK_MONOTONIC at the same moment, ns; 0: unknown */
};

/* A line of a capture as the model has it. */
struct capture_record {
	enum line_type type;
	const struct capture_line *line;
	struct parsed_report report; /* of a stall or a storm */
	uint64_t time; /* of a storm's line; 0: unknown */
	/* By the type; a line of another type has no member. */
	union {
		struct capture_start start;
		struct snapshot snap;
		struct stall_line stall;
		struct stall_totals stalls_end;
		struct storm_line storm;
		struct calm no_storm;
		struct parsed_record ipi;
		struct trace_totals trace_end;
		struct {
			struct trigger trigger;
			uint64_t from; /* when the file's lines begin, ns */
		};
		uint64_t stalls_dropped; /* of the last line: reports that found no room */
	};
};

/* Reads the lines of a capture, one after the other. */
struct line_parser {
	struct strings *strings; /* keeps the names of all records */
	bool cpus_only; /* of a snapshot, read only the window, the ledger and the rows of CPUs */
	struct host host; /* of the latest snapshot, which points to it */
	uint32_t nr_online; /* CPUs, by the first line */
};

/*
 * Read @object, a line of the type @record->type, into @record; the line of a csd, or of another
 * type without a member in @record, is not read. The caller frees a snapshot by snapshot__free(). A
 * snapshot without --stacks gets its samples from the callers of each function: the views find the
 * same callers. in.covered of a stall is set if the report of its cause names it. 0 or -ENOMEM.
 */
int parse__line(struct line_parser *parser, const json_t *object, struct capture_record *record);

/* The facts of a line by which a filter judges the line. */
struct line_facts {
	enum line_type type;
	/*
	 * The line is about the time from @from to @to, CLOCK_MONOTONIC ns; 0: unknown. The line of
	 * a csd has only one time.
	 */
	uint64_t from, to;
	/* The csd that the line is about; NULL and UINT64_MAX: unknown. */
	const char *func;
	uint64_t src, dst, pid;
};

/* Takes the lines of a capture. */
struct capture_sink {
	unsigned int types; /* take() gets these lines: a bit for each enum line_type */
	bool lines_only; /* take() needs record->line, and the record only of the first line */
	bool unnamed; /* take() needs no function and no call site of a csd */
	/*
	 * Takes a line. Returns 0, or a negative errno that stops the reading. The record is @ctx's
	 * to change during the call; names of functions, tasks and cgroups are valid until
	 * capture_sink__close().
	 */
	int (*take)(void *ctx, struct capture_record *record);
	void *ctx;
	/* Whether take() gets a line; not asked about the first line. NULL: it gets all. */
	bool (*passes)(void *filter, const struct line_facts *facts);
	void *filter;
	struct line_parser parser; /* the caller may set cpus_only */
	/* Set by capture_sink__open(). */
	struct record_names *names;
	struct capture_record *record;
	char address[ADDRESS_TEXT]; /* of the function that is being judged */
};

/* Call this once the members before names are set. 0 or -ENOMEM; close @sink in either case. */
int capture_sink__open(struct capture_sink *sink);
void capture_sink__close(struct capture_sink *sink);

/*
 * Hand a line to @sink, a struct capture_sink. A capture_line_fn. Returns what take() returns;
 * -EBADMSG: the line is no JSON; -E2BIG: the lines so far have more names than any run of ipitrace;
 * -ENOMEM.
 */
int capture_sink__line(void *sink, const struct capture_line *line);

/* Reports of stalls or storms, by id: all reports of one stall, or of one storm, have its id. */

/* If more stalls or storms than this last at one time, the rest counts as over. */
#define LASTING_MAX 4096

/*
 * Several threads report stalls. Therefore, for up to a second, the report that a stall lasts may
 * follow the report of its end. This many ids of the last stalls that are over are remembered.
 */
#define OVER_MAX 1024

/* A report that is kept. */
struct kept_report {
	uint64_t id;
	uint64_t duration; /* ns */
	bool secondary;
	char *text; /* the line, without a newline; from malloc() */
	size_t len;
};

/* 0 or -ENOMEM. */
int kept_report__set(struct kept_report *kept, const struct parsed_report *report,
		     const struct capture_line *line);
void kept_report__free(struct kept_report *kept);

/* All zero bytes: no report yet. */
struct lasting {
	struct kept_report *reports; /* the latest report of each stall or storm that lasts */
	size_t nr, room; /* reports, and those for which there is room */
	uint64_t over[OVER_MAX]; /* the last ids that are over: the n-th is at n % OVER_MAX */
	size_t nr_over; /* how many are over, in all */
	uint64_t secondary; /* how many of nr_over are secondary */
};

/*
 * Take a report and its @line. 1: the stall or storm is over; 0: it lasts, and the report is kept,
 * or it was over already; -EINVAL: the report has no id; -ENOMEM.
 */
int lasting__report(struct lasting *o, const struct parsed_report *report,
		    const struct capture_line *line);

/* Return how many stalls or storms there were, and how many of them are secondary. */
uint64_t lasting__nr(const struct lasting *o);
uint64_t lasting__secondary(const struct lasting *o);

void lasting__free(struct lasting *o);

#endif /* IPITRACE_VIEW_CAPTURE_CAPTURE_H */
