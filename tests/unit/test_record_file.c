// SPDX-License-Identifier: GPL-2.0
/* With --max-size the last half of a run is always there, in order, and no file is too long. */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include "cli/diag.h"
#include "command/parts.h"
#include "skip.h"
#include "unit.h"
#include "view/capture/capture.h"

#define MAX_SIZE (4 << 20)

static char dir[] = "/tmp/ipitrace-test-XXXXXX";
static char path[64], second[64], old[64], old_second[64];

static int setup(void **state)
{
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/run", dir);
	snprintf(second, sizeof(second), "%s/run.1", dir);
	snprintf(old, sizeof(old), "%s/run.old", dir);
	snprintf(old_second, sizeof(old_second), "%s/run.old.1", dir);
	return 0;
}

static int teardown(void **state)
{
	unlink(path);
	unlink(second);
	unlink(old);
	unlink(old_second);
	return rmdir(dir);
}

/* Lines that do not compress well, with numbers from 0. */
static void put_lines(struct record_file *file, uint64_t nr)
{
	uint64_t seed = 9;
	char line[400];

	for (uint64_t i = 0; i < nr; i++) {
		int len = sprintf(line,
				  "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":%" PRIu64
				  ",\"x\":\"",
				  i);

		for (int n = 0; n < 12; n++)
			len += sprintf(line + len, "%016" PRIx64, random_next(&seed));
		len += sprintf(line + len, "\"}\n");
		assert_int_equal(record_file__put(file, line, len), EXIT_DONE);
	}
}

/* Expects the numbers of records to follow each other. */
static int take(void *ctx, const struct capture_line *line)
{
	uint64_t *next = ctx;
	json_t *object;
	uint64_t time;

	if (line->type != LINE_IPI)
		return 0;
	object = capture_line__object(line);
	time = json_integer_value(json_object_get(object, "time"));
	json_decref(object);
	assert_true(*next == UINT64_MAX || *next == time);
	*next = time + 1;
	return 0;
}

/* Write @nr lines, and read them back: @parts files, to the last line. */
static void run(uint64_t nr, uint64_t max_size, int nr_parts)
{
	struct options opts = { .output = path, .max_size = max_size };
	struct record_file file = { .fds = { -1, -1 } };
	uint64_t next = UINT64_MAX, bytes = 0;
	struct capture_result result;
	struct capture_parts parts;
	struct stat st;

	assert_int_equal(record_file__open(&file, &opts), EXIT_DONE);
	put_lines(&file, nr);
	assert_int_equal(record_file__end(&file), EXIT_DONE);
	assert_int_equal(capture_parts__open(&parts, path), 0);
	capture_parts__read(&parts, take, &next, &result);
	assert_int_equal(result.end, CAPTURE_WHOLE);
	assert_int_equal(parts.nr, nr_parts);
	for (int i = 0; i < parts.nr; i++) {
		assert_int_equal(fstat(parts.fds[i], &st), 0);
		bytes += st.st_size;
		if (max_size)
			assert_true((uint64_t)st.st_size <= max_size / 2);
	}
	capture_parts__close(&parts);
	assert_int_equal(next, nr);
	assert_int_equal(file.bytes[0] + file.bytes[1], bytes);
	assert_int_equal(record_file__close(&file), EXIT_DONE);
}

TEST(one_file_without_a_limit)
{
	run(40000, 0, 1);
}

TEST(a_short_run_needs_one_part)
{
	run(100, MAX_SIZE, 1);
}

/* An odd and an even number of parts: either file has the older one. */
TEST(the_last_parts_of_a_long_run)
{
	struct stat st;

	for (uint64_t nr = 20000; nr <= 80000; nr += 15000) {
		run(nr, MAX_SIZE, 2);
		assert_int_equal(stat(second, &st), 0);
	}
}

/* FILE.1 is of another run: it is left out. */
TEST(the_part_of_another_run)
{
	char third[80];

	run(40000, MAX_SIZE, 2);
	snprintf(third, sizeof(third), "%s.x", path);
	assert_int_equal(rename(second, third), 0);
	run(100, 0, 1);
	assert_int_equal(rename(third, second), 0);
	run(100, 0, 1);
}

/* FILE.old and FILE.old.1 are a pair, too. */
TEST(the_old_files_read_as_one)
{
	struct capture_result result;
	struct capture_parts parts;
	uint64_t next = UINT64_MAX;

	run(40000, MAX_SIZE, 2);
	run(20000, MAX_SIZE, 2);
	assert_int_equal(capture_parts__open(&parts, old), 0);
	capture_parts__read(&parts, take, &next, &result);
	assert_int_equal(result.end, CAPTURE_WHOLE);
	assert_int_equal(parts.nr, 2);
	assert_null(parts.left_out);
	capture_parts__close(&parts);
}

/* Of what is at FILE.1, whoever put it there, nothing is read. */
static void is_left_out(const char *why)
{
	struct capture_parts parts;

	/* A wait ends the test. */
	alarm(30);
	assert_int_equal(capture_parts__open(&parts, path), 0);
	alarm(0);
	assert_members(parts, nr, 1, fds[1], -1, left_out, why);
	close(parts.fds[0]);
}

/* A run that fails does not end its file, whose last lines wait for a whole frame. */
TEST(a_run_that_fails_keeps_its_lines)
{
	struct options opts = { .output = path };
	struct record_file file = { .fds = { -1, -1 } };
	struct capture_result result;
	uint64_t next = 0;
	int fd;

	assert_int_equal(record_file__open(&file, &opts), EXIT_DONE);
	put_lines(&file, 10);
	assert_int_equal(record_file__close(&file), EXIT_DONE);
	fd = open(path, O_RDONLY);
	capture__read(fd, take, &next, &result);
	close(fd);
	assert_members(result, end, CAPTURE_CUT, lines, 11);
	assert_int_equal(next, 10);
}

TEST(a_strangers_part)
{
	struct capture_parts parts;
	char copy[96];

	run(40000, MAX_SIZE, 2);
	snprintf(copy, sizeof(copy), "%s.copy", second);
	assert_int_equal(rename(second, copy), 0);
	assert_int_equal(mkfifo(second, 0666), 0);
	is_left_out("not a regular file");
	unlink(second);
	/* A link to the right file: to what it leads a moment later is not known. */
	assert_int_equal(symlink(copy, second), 0);
	is_left_out("a symbolic link");
	unlink(second);
	assert_int_equal(rename(copy, second), 0);
	if (skip_if(geteuid(), "not root"))
		return;
	assert_int_equal(chown(second, 65534, 65534), 0);
	is_left_out("the file of another user");
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(capture_parts__open(&parts, path), 0);
	assert_int_equal(parts.nr, 2);
	close(parts.fds[0]);
	close(parts.fds[1]);
}

TEST_MAIN(setup, teardown)
