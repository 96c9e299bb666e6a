// SPDX-License-Identifier: GPL-2.0
/* Files of other tracers: what a file is, by its first bytes, and text in pieces of any size. */
#include <fcntl.h>
#include "import/import.h"
#include "scratch_file.h"
#include "unit.h"

#define LINE                                                                \
	"          <idle>-0       [000] d....     1.000001: ipi_send_cpu: " \
	"cpu=1 callsite=x+0x1/0x2 callback=0x0\n"

static size_t nr_events, nr_chunks;
static int refuse;

static int hear(void *ctx, const struct import_event *event)
{
	nr_events++;
	return refuse;
}

static void count_chunk(void *ctx)
{
	nr_chunks++;
}

static struct import_result read_from(int fd, struct import_facts *facts)
{
	struct import_reader reader = { .names = names__new(),
					.fn = hear,
					.progress = count_chunk };
	struct import_result result;

	assert_non_null(reader.names);
	nr_events = nr_chunks = 0;
	/* A stale errno interrupts nothing. */
	errno = EINTR;
	result = import__read(&reader, fd);
	*facts = reader.facts;
	names__free(reader.names);
	return result;
}

TEST(the_first_bytes_say_what_a_file_is, scratch_setup, scratch_teardown)
{
	static const struct {
		const char *head;
		size_t len;
		enum import_kind kind;
	} known[] = {
		{ "", 0, IMPORT_NONE },
		{ "\x28\xb5\x2f\xfd", 4, IMPORT_CAPTURE },
		{ "\x28\xb5\x2f", 3, IMPORT_TEXT },
		{ "PERFILE2", 8, IMPORT_PERF_DATA },
		{ "PERFILE1", 8, IMPORT_TEXT },
		{ "\x17\x08\x44tracing", 10, IMPORT_TRACE_DAT },
		{ "\x17\x08\x44tracin", 9, IMPORT_NONE },
		{ "# tracer: nop\n\r\t", 16, IMPORT_TEXT },
		{ "text\x01", 5, IMPORT_NONE },
		{ "text\x01", 4, IMPORT_TEXT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		int fd;

		scratch_write(known[i].head, known[i].len);
		fd = open(scratch_path, O_RDONLY);
		assert_true(fd >= 0);
		assert_int_equal(import_kind__read(fd), known[i].kind);
		close(fd);
	}
}

/* A file of several chunks. The last line has no end: the file was cut there. */
TEST(a_large_file_is_read_to_its_end, scratch_setup, scratch_teardown)
{
	size_t nr = 3 * IMPORT_CHUNK / strlen(LINE), size = nr * strlen(LINE) + 20;
	char *text = malloc(size + 1);
	struct import_result result;
	struct import_facts facts;
	int fd;

	assert_non_null(text);
	for (size_t i = 0; i < nr; i++)
		strcpy(text + i * strlen(LINE), LINE);
	memcpy(text + nr * strlen(LINE), LINE, 20);
	scratch_write(text, size);
	free(text);
	fd = open(scratch_path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(import_kind__read(fd), IMPORT_TEXT);
	result = read_from(fd, &facts);
	assert_members(result, kind, IMPORT_TEXT, err, 0);
	assert_int_equal(nr_events, nr);
	assert_members(facts, events, nr, bytes, size, cut, true, kind, "text");
	assert_in_range(nr_chunks, 3, nr);
	lseek(fd, 0, SEEK_SET);
	refuse = -EPIPE;
	result = read_from(fd, &facts);
	refuse = 0;
	assert_members(result, kind, IMPORT_TEXT, err, -EPIPE);
	assert_int_equal(nr_events, 1);
	close(fd);
}

TEST(a_pipe_is_read_as_its_pieces_come)
{
	struct import_result result;
	struct import_facts facts;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(import_kind__read(ends[0]), IMPORT_NONE);
	assert_int_equal(write(ends[1], LINE LINE, strlen(LINE LINE)), strlen(LINE LINE));
	close(ends[1]);
	result = read_from(ends[0], &facts);
	assert_members(result, kind, IMPORT_TEXT, err, 0);
	assert_members(facts, events, 2, cut, false);
	close(ends[0]);
}

TEST_MAIN(NULL, NULL)
