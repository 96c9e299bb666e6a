// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>
#include "view/capture/capture.h"

/* zstd keeps at most 2^n bytes of text: a file that was compressed again may be one long frame. */
#define WINDOW_LOG 24

/*
 * The lines of a frame are handed over once the frame is whole and its checksum is right. A frame
 * that another program wrote may be longer than ipitrace's: its lines are handed over each time
 * this many bytes are there.
 */
#define HELD_BYTES (4 * CAPTURE_FRAME_BYTES)

struct reader {
	capture_line_fn *fn;
	void *ctx;
	struct capture_result *result;
	ZSTD_DCtx *zstd;
	uint64_t read; /* bytes of the file that were decompressed */
	uint64_t frame; /* where the present frame begins */
	bool ended; /* capture_end was read */
	size_t room; /* bytes allocated for text */
	size_t len; /* of text */
	size_t checked; /* how many bytes of text are known to have no newline */
	char *text; /* lines that were not handed over; the last one may be incomplete */
};

/* End reading with @end. Returns false, for `return end_reading(...)`. */
static bool end_reading(struct reader *r, enum capture_end end, int err)
{
	r->result->end = end;
	r->result->err = err;
	return false;
}

/* Check the first line, which says whether the file is a capture, and of which version. */
static bool check_first(struct reader *r, const struct capture_line *line)
{
	json_t *object = capture_line__object(line);
	const char *schema = json_string_value(json_object_get(object, "schema"));
	const char *type = json_string_value(json_object_get(object, "type"));
	bool capture = type && !strcmp(type, "capture") && schema;
	bool known = capture && !strcmp(schema, CAPTURE_SCHEMA);
	bool other = capture && !strncmp(schema, "ipitrace/", strlen("ipitrace/"));

	if (!object)
		return end_reading(r, CAPTURE_FAILED, -ENOMEM);
	if (known)
		r->result->minor = json_integer_value(json_object_get(object, "minor"));
	json_decref(object);
	if (known)
		return true;
	return end_reading(r, other ? CAPTURE_OTHER : CAPTURE_NONE, 0);
}

/* Whether the line keeps the bounds. False: reading has ended. */
static bool check_bounds(struct reader *r, const char *text, size_t len)
{
	struct bounds_fault *fault = &r->result->fault;

	/*
	 * A capture has millions of records. Therefore only whoever uses a record checks the rest,
	 * as parse__record() does.
	 */
	if (r->result->lines && capture_line__is_record(text, len)) {
		if (len <= BOUNDS_RECORD)
			return true;
		*fault = (struct bounds_fault){ .why = BOUNDS_LONG };
	} else if (bounds__check(text, len, fault)) {
		return true;
	}
	return end_reading(r, r->result->lines ? CAPTURE_REFUSED : CAPTURE_NONE, 0);
}

/* Hand over a line. False: reading has ended. */
static bool hand_over_line(struct reader *r, const char *text, size_t len)
{
	struct capture_line line = { .text = text, .len = len, .number = r->result->lines + 1 };
	int err;

	if (!check_bounds(r, text, len) || (!r->result->lines && !check_first(r, &line)))
		return false;
	err = capture_line__type(text, len, &line.type);
	if (err == -ENOMEM)
		return end_reading(r, CAPTURE_FAILED, err);
	if (err)
		return end_reading(r, CAPTURE_DAMAGED, 0);
	/* Windows of two runs must not be added up. */
	if (line.type == LINE_CAPTURE && r->result->lines)
		return end_reading(r, CAPTURE_SECOND, 0);
	r->result->lines++;
	r->ended = line.type == LINE_CAPTURE_END;
	err = r->fn(r->ctx, &line);
	return err ? end_reading(r, CAPTURE_STOPPED, err) : true;
}

/* Hand over the whole lines in r->text, and keep the rest. False: reading has ended. */
static bool hand_over_lines(struct reader *r)
{
	char *line = r->text, *from = r->text + r->checked, *newline;
	char *limit = r->text + r->len;

	while ((newline = memchr(from, '\n', limit - from))) {
		if (!hand_over_line(r, line, newline - line))
			return false;
		line = from = newline + 1;
	}
	r->len = r->checked = limit - line;
	memmove(r->text, line, r->len);
	/* A text without a first line is no capture, even if it is long. */
	if (!r->result->lines && r->len > CAPTURE_FRAME_BYTES)
		return end_reading(r, CAPTURE_NONE, 0);
	return r->len <= CAPTURE_LINE_BYTES ? true : end_reading(r, CAPTURE_DAMAGED, 0);
}

/* Make room for more text. False: reading has ended. */
static bool make_room(struct reader *r)
{
	size_t room = r->room ? 2 * r->room : CAPTURE_FRAME_BYTES;
	char *text;

	if (r->len < r->room)
		return true;
	text = realloc(r->text, room);
	if (!text)
		return end_reading(r, CAPTURE_FAILED, -ENOMEM);
	r->text = text;
	r->room = room;
	return true;
}

/* Decompress @in. False: reading has ended. */
static bool take_bytes(struct reader *r, ZSTD_inBuffer *in)
{
	bool full = false; /* zstd may hold more text than there was room for */

	while (in->pos < in->size || full) {
		ZSTD_outBuffer out;
		size_t from = in->pos, more;

		if (!make_room(r))
			return false;
		out = (ZSTD_outBuffer){ r->text, r->room, r->len };
		more = ZSTD_decompressStream(r->zstd, &out, in);
		r->read += in->pos - from;
		if (ZSTD_getErrorCode(more) == ZSTD_error_memory_allocation)
			return end_reading(r, CAPTURE_FAILED, -ENOMEM);
		if (ZSTD_isError(more))
			return end_reading(r, r->result->lines ? CAPTURE_DAMAGED : CAPTURE_NONE, 0);
		r->len = out.pos;
		full = out.pos == out.size && more;
		if ((!more || r->len >= HELD_BYTES) && !hand_over_lines(r))
			return false;
		if (!more)
			r->frame = r->result->at = r->read;
	}
	return true;
}

static void read_all(struct reader *r, int fd, char *bytes, size_t size)
{
	ssize_t n;

	while ((n = read(fd, bytes, size))) {
		ZSTD_inBuffer in = { bytes, n, 0 };

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			end_reading(r, CAPTURE_FAILED, -errno);
			return;
		}
		if (!take_bytes(r, &in))
			return;
	}
	if (!r->read)
		end_reading(r, CAPTURE_EMPTY, 0);
	else if (!r->ended || r->len || r->frame != r->read)
		end_reading(r, CAPTURE_CUT, 0);
}

void capture__read(int fd, capture_line_fn *fn, void *ctx, struct capture_result *result)
{
	struct reader r = { .fn = fn, .ctx = ctx, .result = result };
	size_t size = ZSTD_DStreamInSize();
	char *bytes = malloc(size);

	*result = (struct capture_result){ .end = CAPTURE_WHOLE };
	r.zstd = ZSTD_createDCtx();
	if (bytes && r.zstd) {
		ZSTD_DCtx_setParameter(r.zstd, ZSTD_d_windowLogMax, WINDOW_LOG);
		read_all(&r, fd, bytes, size);
	} else {
		end_reading(&r, CAPTURE_FAILED, -ENOMEM);
	}
	ZSTD_freeDCtx(r.zstd);
	free(bytes);
	free(r.text);
}

bool capture_result__is_part(const struct capture_result *result)
{
	return result->end == CAPTURE_CUT || result->end == CAPTURE_DAMAGED ||
	       result->end == CAPTURE_SECOND;
}

bool capture_result__text(const struct capture_result *result, char *text, size_t size)
{
	char fault[BOUNDS_TEXT];

	*text = '\0';
	switch (result->end) {
	case CAPTURE_WHOLE:
	case CAPTURE_STOPPED:
		break;
	case CAPTURE_CUT:
		snprintf(text, size,
			 "ends early: read up to the last whole frame, %" PRIu64 " line%s",
			 result->lines, result->lines == 1 ? "" : "s");
		break;
	case CAPTURE_DAMAGED:
		snprintf(text, size,
			 "is damaged after byte %" PRIu64 ": read up to there, %" PRIu64 " line%s",
			 result->at, result->lines, result->lines == 1 ? "" : "s");
		break;
	case CAPTURE_REFUSED:
		bounds_fault__text(&result->fault, fault, sizeof(fault));
		snprintf(text, size, "line %" PRIu64 ": %s", result->lines + 1, fault);
		break;
	case CAPTURE_SECOND:
		snprintf(text, size,
			 "has a second run after line %" PRIu64 ": read up to there, so give each "
			 "capture as a file of its own",
			 result->lines);
		break;
	case CAPTURE_EMPTY:
		snprintf(text, size, "is empty");
		break;
	case CAPTURE_NONE:
		snprintf(text, size, "is not a file of ipitrace record");
		break;
	case CAPTURE_OTHER:
		snprintf(text, size, "has another schema than " CAPTURE_SCHEMA);
		break;
	case CAPTURE_FAILED:
		snprintf(text, size, "%s", strerror(-result->err));
		break;
	}
	return *text;
}

/* The facts about a part that the first line of the part has. */
struct head {
	bool known;
	json_int_t mono; /* when the run began, ns: two runs of a host differ in this */
	json_int_t part;
};

static int take_head(void *ctx, const struct capture_line *line)
{
	json_t *object = capture_line__object(line);
	struct head *head = ctx;

	head->known = json_is_integer(json_object_get(object, "mono"));
	head->mono = json_integer_value(json_object_get(object, "mono"));
	head->part = json_integer_value(json_object_get(object, "part"));
	json_decref(object);
	return object ? 1 : -ENOMEM;
}

/* Read the head of the part in @fd. Returns 0, also if the part has none; a negative errno. */
static int read_head(int fd, struct head *head)
{
	struct capture_result result;

	*head = (struct head){};
	capture__read(fd, take_head, head, &result);
	if (lseek(fd, 0, SEEK_SET) < 0)
		head->known = false;
	return result.err < 0 ? result.err : 0;
}

/*
 * Open @name, the second file of a run whose first file is @owner's. Negative: there is no second
 * file, or *@left_out says why it was not taken. Whoever may write to the directory may put
 * something else there: a pipe, on which open() would wait, a link, a file of their own.
 */
static int open_second(const char *name, uid_t owner, const char **left_out)
{
	int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		*left_out = errno == ENOENT ? NULL :
			    errno == ELOOP  ? "a symbolic link" :
					      strerror(errno);
		return -1;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		*left_out = "not a regular file";
	else if (st.st_uid != owner)
		*left_out = "the file of another user";
	if (!*left_out)
		return fd;
	close(fd);
	return -1;
}

int capture_parts__open(struct capture_parts *parts, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char name[PATH_MAX];
	struct stat st;

	if (fd < 0)
		return -errno;
	*parts = (struct capture_parts){ 1, { fd, -1 }, NULL };
	/* A pipe has one part. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    snprintf(name, sizeof(name), "%s.1", path) >= (int)sizeof(name))
		return 0;
	parts->fds[1] = open_second(name, st.st_uid, &parts->left_out);
	parts->nr += parts->fds[1] >= 0;
	return 0;
}

/*
 * Put the older part first, by the parts' first lines. A file of another run is closed. Returns 0;
 * a negative errno if a first line cannot be read.
 */
static int order_parts(struct capture_parts *parts)
{
	struct head first, second;
	int *fds = parts->fds, fd = fds[0], err;

	if (parts->nr < 2)
		return 0;
	err = read_head(fds[0], &first) ?: read_head(fds[1], &second);
	if (err)
		return err;
	if (!first.known || !second.known || first.mono != second.mono ||
	    first.part == second.part) {
		close(fds[1]);
		fds[1] = -1;
		parts->nr = 1;
	} else if (second.part < first.part) {
		fds[0] = fds[1];
		fds[1] = fd;
	}
	return 0;
}

void capture_parts__close(struct capture_parts *parts)
{
	for (int i = 0; i < parts->nr; i++)
		close(parts->fds[i]);
	parts->nr = 0;
}

void capture_parts__read(struct capture_parts *parts, capture_line_fn *fn, void *ctx,
			 struct capture_result *result)
{
	*result = (struct capture_result){ .err = order_parts(parts) };
	result->end = result->err ? CAPTURE_FAILED : CAPTURE_WHOLE;
	for (int i = 0; i < parts->nr && result->end == CAPTURE_WHOLE; i++)
		capture__read(parts->fds[i], fn, ctx, result);
}
