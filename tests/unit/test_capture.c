// SPDX-License-Identifier: GPL-2.0
/* A capture reads back as written; cut off or damaged, it has a clear end. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "skip.h"
#include "unit.h"
#include "view/capture/capture.h"

#define BEGIN "{\"schema\":\"ipitrace/1\",\"type\":\""

static const char first[] = BEGIN "capture\",\"minor\":0}\n";
static const char last[] = BEGIN "capture_end\"}\n";

/* The lines that were read, joined, and the types. */
struct seen {
	char *text;
	size_t len;
	uint64_t lines;
	enum line_type last;
	uint64_t stop; /* at this line; 0: never */
};

static int see(void *ctx, const struct capture_line *line)
{
	struct seen *s = ctx;

	s->text = realloc(s->text, s->len + line->len + 1);
	memcpy(s->text + s->len, line->text, line->len);
	s->text[s->len + line->len] = '\n';
	s->len += line->len + 1;
	s->last = line->type;
	assert_int_equal(++s->lines, line->number);
	return s->lines == s->stop ? 7 : 0;
}

static struct capture_result read_all(int fd, struct seen *s)
{
	struct capture_result result;

	lseek(fd, 0, SEEK_SET);
	capture__read(fd, see, s, &result);
	assert_int_equal(result.lines, s->lines);
	return result;
}

/* A file with @nr records between the first and the last line, a frame each @flush records. */
static int file_make(size_t nr, size_t flush, struct seen *want)
{
	FILE *file = tmpfile();
	int fd = dup(fileno(file));
	struct capture_writer *w;
	char line[256];

	fclose(file);
	assert_int_equal(capture_writer__open(&w, fd), 0);
	assert_int_equal(capture_writer__add(w, first, strlen(first)), 0);
	want->text = malloc((nr + 2) * sizeof(line));
	want->len = sprintf(want->text, "%s", first);
	for (size_t i = 0; i < nr; i++) {
		int len = snprintf(line, sizeof(line), BEGIN "ipi\",\"time\":%zu}\n", i * i * 7919);

		assert_int_equal(capture_writer__add(w, line, len), 0);
		memcpy(want->text + want->len, line, len);
		want->len += len;
		if (flush && i % flush == 0)
			assert_int_equal(capture_writer__flush(w), 0);
	}
	assert_int_equal(capture_writer__add(w, last, strlen(last)), 0);
	want->len += sprintf(want->text + want->len, "%s", last);
	want->lines = nr + 2;
	assert_int_equal(capture_writer__lines(w), nr + 2);
	assert_int_equal(capture_writer__flush(w), 0);
	assert_int_equal(capture_writer__bytes(w), lseek(fd, 0, SEEK_END));
	capture_writer__close(w);
	return fd;
}

TEST(what_is_written_is_read)
{
	/* The sanitizers move the text with each line. */
	static const size_t sizes[] = { 0, 1, 3, 1000, SANITIZED ? 5000 : 100000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct seen want = {}, got = {};
		int fd = file_make(sizes[i], i == 3 ? 10 : 0, &want);
		struct capture_result result = read_all(fd, &got);
		char why[128];

		assert_int_equal(result.end, CAPTURE_WHOLE);
		assert_false(capture_result__text(&result, why, sizeof(why)));
		assert_int_equal(got.len, want.len);
		assert_memory_equal(got.text, want.text, want.len);
		assert_int_equal(got.last, LINE_CAPTURE_END);
		assert_int_equal(result.at, lseek(fd, 0, SEEK_END));
		free(want.text);
		free(got.text);
		close(fd);
	}
}

/* A snapshot of thousands of CPUs. */
TEST(a_line_longer_than_a_frame)
{
	const size_t len = 3 * CAPTURE_FRAME_BYTES + 17;
	struct seen got = {};
	struct capture_writer *w;
	FILE *file = tmpfile();
	char *line = malloc(len + 1);
	int head;

	memset(line, ' ', len);
	head = sprintf(line, BEGIN "snapshot\",\"x\":0");
	line[head] = ' ';
	memcpy(line + len - 2, "}\n", 3);
	assert_int_equal(capture_writer__open(&w, fileno(file)), 0);
	assert_int_equal(capture_writer__add(w, first, strlen(first)), 0);
	assert_int_equal(capture_writer__add(w, line, len), 0);
	assert_int_equal(capture_writer__add(w, last, strlen(last)), 0);
	assert_int_equal(capture_writer__flush(w), 0);
	capture_writer__close(w);
	assert_int_equal(read_all(fileno(file), &got).end, CAPTURE_WHOLE);
	assert_int_equal(got.lines, 3);
	assert_memory_equal(got.text + strlen(first), line, len);
	free(got.text);
	free(line);
	fclose(file);
}

/* Cut anywhere: the lines are the first ones of the file, and the end is said. */
TEST(cut_off_anywhere)
{
	struct seen want = {};
	int fd = file_make(400, 25, &want);
	off_t size = lseek(fd, 0, SEEK_END);
	uint64_t before = want.lines;

	for (off_t at = size - 1; at >= 0; at -= 10 / repeats(10)) {
		struct seen got = {};
		struct capture_result result;
		char why[128];

		assert_int_equal(ftruncate(fd, at), 0);
		result = read_all(fd, &got);
		assert_int_equal(result.end, at ? CAPTURE_CUT : CAPTURE_EMPTY);
		assert_true(capture_result__text(&result, why, sizeof(why)));
		assert_true(got.lines <= before && result.at <= (uint64_t)at);
		/* A frame has 25 lines: no more than the cut one is missing. */
		assert_true(before - got.lines <= 27);
		assert_memory_equal(got.text, want.text, got.len);
		before = got.lines;
		free(got.text);
	}
	free(want.text);
	close(fd);
}

TEST(a_flipped_bit_anywhere)
{
	struct seen want = {};
	int fd = file_make(400, 25, &want);
	off_t size = lseek(fd, 0, SEEK_END);

	for (off_t bit = 0; bit < size * 8; bit += 31 / repeats(10)) {
		struct seen got = {};
		struct capture_result result;
		unsigned char byte;

		assert_int_equal(pread(fd, &byte, 1, bit / 8), 1);
		byte ^= 1 << bit % 8;
		assert_int_equal(pwrite(fd, &byte, 1, bit / 8), 1);
		result = read_all(fd, &got);
		/* A few bits of a frame's header mean nothing: then all is read. */
		assert_true(result.end == CAPTURE_WHOLE ? got.lines == want.lines :
							  result.end != CAPTURE_FAILED);
		assert_true(got.len <= want.len);
		assert_memory_equal(got.text, want.text, got.len);
		byte ^= 1 << bit % 8;
		assert_int_equal(pwrite(fd, &byte, 1, bit / 8), 1);
		free(got.text);
	}
	free(want.text);
	close(fd);
}

/* One file of these lines. */
static struct capture_result of_lines(const char *text, struct seen *got)
{
	struct capture_result result;
	struct capture_writer *w;
	FILE *file = tmpfile();

	assert_int_equal(capture_writer__open(&w, fileno(file)), 0);
	assert_int_equal(capture_writer__add(w, text, strlen(text)), 0);
	assert_int_equal(capture_writer__flush(w), 0);
	capture_writer__close(w);
	result = read_all(fileno(file), got);
	fclose(file);
	return result;
}

TEST(versions)
{
	static const struct {
		const char *lines;
		enum capture_end end;
		uint64_t nr;
	} files[] = {
		/* Newer by the minor: unknown types and keys pass. */
		{ BEGIN "capture\",\"minor\":9,\"new\":[]}\n" BEGIN "news\"}\n" BEGIN
			"capture_end\"}\n",
		  CAPTURE_WHOLE, 3 },
		{ "{\"type\":\"capture\",\"schema\":\"ipitrace/2\"}\n", CAPTURE_OTHER, 0 },
		/* As jq writes it. */
		{ "{\"type\": \"capture\", \"schema\": \"ipitrace/1\"}\n"
		  "{ \"type\": \"capture_end\", \"schema\": \"ipitrace/1\" }\n",
		  CAPTURE_WHOLE, 2 },
		{ BEGIN "snapshot\"}\n", CAPTURE_NONE, 0 },
		{ "{\"schema\":\"other/1\",\"type\":\"capture\"}\n", CAPTURE_NONE, 0 },
		{ "hello\n", CAPTURE_NONE, 0 },
		{ BEGIN "capture\"}\nhello\n", CAPTURE_REFUSED, 1 },
		{ BEGIN "capture\"}\n" BEGIN "ipi\"}\n", CAPTURE_CUT, 2 },
		{ BEGIN "capture\"}\n" BEGIN "capture_end\"}\n" BEGIN "ipi", CAPTURE_CUT, 2 },
		/* Two files as one, the first of them whole, or cut off. */
		{ BEGIN "capture\"}\n" BEGIN "capture_end\"}\n" BEGIN "capture\"}\n" BEGIN
			"capture_end\"}\n",
		  CAPTURE_SECOND, 2 },
		{ BEGIN "capture\"}\n" BEGIN "capture\"}\n", CAPTURE_SECOND, 1 },
		{ "", CAPTURE_EMPTY, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct seen got = {};
		struct capture_result result = of_lines(files[i].lines, &got);

		assert_int_equal(result.end, files[i].end);
		assert_int_equal(got.lines, files[i].nr);
		assert_int_equal(result.minor, i ? 0 : 9);
		free(got.text);
	}
}

/* A text of more than a frame without a line is no capture, and is not read to its end. */
TEST(a_long_text_without_a_line_is_no_capture)
{
	size_t size = 3 * CAPTURE_FRAME_BYTES;
	char *text = malloc(size + 1);
	struct seen got = {};

	assert_non_null(text);
	memset(text, 'x', size);
	text[size] = '\0';
	assert_members(of_lines(text, &got), end, CAPTURE_NONE, lines, 0);
	/* With a newline the text is a line, which is too long. */
	text[size - 1] = '\n';
	assert_members(of_lines(text, &got), end, CAPTURE_NONE, lines, 0);
	free(text);
}

TEST(a_file_that_cannot_be_read_says_why)
{
	struct capture_result result;
	struct seen got = {};
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	capture__read(fd, see, &got, &result);
	assert_members(result, end, CAPTURE_FAILED, err, -EISDIR, lines, 0);
	close(fd);
}

/* A record is checked by whoever uses it, but for its length. */
TEST(a_record_has_a_bound)
{
	static const char begin[] = BEGIN "ipi\",\"x\":\"";
	char *text = malloc(sizeof(first) + BOUNDS_RECORD + sizeof(last) + 8), *record;
	struct seen got = {};
	struct capture_result result;
	char why[256];

	assert_non_null(text);
	for (int more = 0; more < 2; more++) {
		record = stpcpy(text, first);
		memset(stpcpy(record, begin), 'y', BOUNDS_RECORD - strlen(begin));
		sprintf(record + BOUNDS_RECORD - 2 + more, "\"}\n%s", last);
		got = (struct seen){};
		result = of_lines(text, &got);
		free(got.text);
		assert_int_equal(result.end, more ? CAPTURE_REFUSED : CAPTURE_WHOLE);
		assert_int_equal(got.lines, more ? 1 : 3);
	}
	assert_int_equal(result.fault.why, BOUNDS_LONG);
	assert_true(capture_result__text(&result, why, sizeof(why)));
	assert_ptr_equal(strstr(why, "line 2: "), why);
	free(text);
}

/* Each end of a file has a text, but for the ends that are no fault. */
TEST(an_end_has_a_text)
{
	static const struct {
		struct capture_result result;
		const char *text;
		bool is_part;
	} rows[] = {
		{ { .end = CAPTURE_WHOLE, .lines = 5 }, "", false },
		{ { .end = CAPTURE_STOPPED, .lines = 5 }, "", false },
		{ { .end = CAPTURE_CUT, .lines = 1 },
		  "ends early: read up to the last whole frame, 1 line",
		  true },
		{ { .end = CAPTURE_CUT, .lines = 2 },
		  "ends early: read up to the last whole frame, 2 lines",
		  true },
		{ { .end = CAPTURE_DAMAGED, .lines = 1, .at = 77 },
		  "is damaged after byte 77: read up to there, 1 line",
		  true },
		{ { .end = CAPTURE_DAMAGED, .lines = 0, .at = 78 },
		  "is damaged after byte 78: read up to there, 0 lines",
		  true },
		{ { .end = CAPTURE_SECOND, .lines = 9 },
		  "has a second run after line 9: read up to there, so give each capture as a file "
		  "of its own",
		  true },
		{ { .end = CAPTURE_EMPTY }, "is empty", false },
		{ { .end = CAPTURE_NONE }, "is not a file of ipitrace record", false },
		{ { .end = CAPTURE_OTHER }, "has another schema than ipitrace/1", false },
		{ { .end = CAPTURE_FAILED, .err = -EIO }, "Input/output error", false },
	};
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(capture_result__text(&rows[i].result, text, sizeof(text)),
				 !!*rows[i].text);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(capture_result__is_part(&rows[i].result), rows[i].is_part);
	}
}

TEST(the_caller_stops)
{
	struct seen want = {}, got = { .stop = 5 };
	int fd = file_make(1000, 0, &want);
	struct capture_result result = read_all(fd, &got);

	assert_members(result, end, CAPTURE_STOPPED, err, 7);
	assert_int_equal(got.lines, 5);
	free(want.text);
	free(got.text);
	close(fd);
}

/* The limit is a disk that gets full in the middle of a frame. */
TEST(a_full_disk_leaves_whole_frames)
{
	struct rlimit all, small;
	struct capture_writer *w;
	struct capture_result result;
	struct seen got = {};
	FILE *file = tmpfile();
	uint64_t seed = 4;
	char line[256];
	int err = 0;

	getrlimit(RLIMIT_FSIZE, &all);
	small = (struct rlimit){ 20000, all.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(capture_writer__open(&w, fileno(file)), 0);
	capture_writer__add(w, first, strlen(first));
	for (int i = 0; !err && i < 100000; i++) {
		int len = snprintf(line, sizeof(line), BEGIN "ipi\",\"time\":%llu}\n",
				   (unsigned long long)random_next(&seed));

		err = capture_writer__add(w, line, len);
		if (!err && i % 100 == 0)
			err = capture_writer__flush(w);
	}
	setrlimit(RLIMIT_FSIZE, &all);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(capture_writer__add(w, last, strlen(last)), -EFBIG);
	assert_int_equal(capture_writer__bytes(w), lseek(fileno(file), 0, SEEK_END));
	capture_writer__close(w);
	result = read_all(fileno(file), &got);
	assert_members(result, end, CAPTURE_CUT, at, lseek(fileno(file), 0, SEEK_END));
	assert_true(got.lines > 500);
	free(got.text);
	fclose(file);
}

/* Frames on their way from the thread that makes them to the one that writes the file. */
static struct {
	pthread_mutex_t mutex;
	struct capture_frame frames[64];
	uint64_t put, taken;
	struct capture_writer *from;
	_Atomic int copies;
} way = { .mutex = PTHREAD_MUTEX_INITIALIZER };

#define COPIES 50

static int frame_queue(void *ctx, const struct capture_frame *frame)
{
	struct capture_frame *own;
	char *bytes = malloc(frame->size);

	memcpy(bytes, frame->bytes, frame->size);
	for (;;) {
		pthread_mutex_lock(&way.mutex);
		if (way.put - way.taken < 64)
			break;
		pthread_mutex_unlock(&way.mutex);
		usleep(100);
	}
	own = &way.frames[way.put++ % 64];
	*own = *frame;
	own->bytes = bytes;
	pthread_mutex_unlock(&way.mutex);
	return 0;
}

/* Write the frames that have come, but for one whose lines @file has. */
static void frames_write(struct capture_writer *file, bool *copied)
{
	pthread_mutex_lock(&way.mutex);
	for (; way.taken != way.put; way.taken++) {
		const struct capture_frame *frame = &way.frames[way.taken % 64];

		if (!frame->copied)
			assert_int_equal(capture_writer__frame(file, frame), 0);
		else
			assert_true(*copied);
		*copied &= !frame->copied;
		free((char *)frame->bytes);
	}
	pthread_mutex_unlock(&way.mutex);
}

static void *lines_make(void *arg)
{
	uint64_t *nr = arg;
	char line[128];

	for (*nr = 0; *nr < 5000 || (way.copies < COPIES && *nr < 20000000); ++*nr) {
		int len = snprintf(line, sizeof(line), BEGIN "ipi\",\"time\":%zu}\n", (size_t)*nr);

		capture_writer__add(way.from, line, len);
		/* Busy CPUs let the copier run only now and then: let it find a line in an open frame. */
		if (*nr % 77 == 1)
			usleep(100);
		if (*nr % 7 == 0 || *nr % 11 == 0)
			capture_writer__flush(way.from);
	}
	capture_writer__flush(way.from);
	return NULL;
}

static int line_expect(void *ctx, const struct capture_line *line)
{
	uint64_t *next = ctx;
	char want[128];
	int len = snprintf(want, sizeof(want), BEGIN "ipi\",\"time\":%zu}", (size_t)*next);

	if (line->type == LINE_IPI) {
		assert_int_equal(line->len, len);
		assert_memory_equal(line->text, want, len);
		++*next;
	}
	return 0;
}

TEST(copied_lines_are_there_once)
{
	FILE *out = tmpfile();
	struct capture_writer *file;
	struct capture_result result;
	uint64_t made, next = 0, open;
	bool copied = false, over = false;
	pthread_t maker;

	assert_int_equal(capture_writer__open_frames(&way.from, frame_queue, NULL), 0);
	assert_int_equal(capture_writer__open(&file, fileno(out)), 0);
	assert_int_equal(capture_writer__add(file, first, strlen(first)), 0);
	assert_int_equal(pthread_create(&maker, NULL, lines_make, &made), 0);
	while (!over) {
		over = !pthread_tryjoin_np(maker, NULL);
		open = capture_writer__open_frame(way.from);
		frames_write(file, &copied);
		if (!capture_writer__copy(file, way.from, open))
			continue;
		copied = true;
		way.copies++;
		assert_int_equal(capture_writer__flush(file), 0);
		/* Not twice. */
		open = capture_writer__open_frame(way.from);
		frames_write(file, &copied);
		assert_false(copied && capture_writer__copy(file, way.from, open));
	}
	assert_true(way.copies >= COPIES);
	assert_int_equal(capture_writer__add(file, last, strlen(last)), 0);
	assert_int_equal(capture_writer__lines(file), made + 2);
	assert_int_equal(capture_writer__flush(file), 0);
	lseek(fileno(out), 0, SEEK_SET);
	capture__read(fileno(out), line_expect, &next, &result);
	assert_int_equal(result.end, CAPTURE_WHOLE);
	assert_int_equal(next, made);
	capture_writer__close(file);
	capture_writer__close(way.from);
	fclose(out);
}

TEST_MAIN(NULL, NULL)
