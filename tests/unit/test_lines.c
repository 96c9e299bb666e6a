// SPDX-License-Identifier: GPL-2.0
/* All lines reach a descriptor in order, and each line is whole even after a failed write. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>
#include "unit.h"
#include "view/json/json.h"
#include "view/view.h"

static struct lines lines;
static FILE *file;

static int setup(void **state)
{
	file = tmpfile();
	assert_non_null(file);
	lines = (struct lines){ .fd = fileno(file) };
	return 0;
}

static int teardown(void **state)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_FSIZE, &none);
	fclose(file);
	return 0;
}

static void put(const char *text)
{
	char *to = lines__begin(&lines, strlen(text));

	lines__end(&lines, stpcpy(to, text));
}

static size_t file_read(char *text, size_t size)
{
	ssize_t n = pread(fileno(file), text, size - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return n;
}

TEST_F(numbers_as_printf_writes_them)
{
	uint64_t seed = 3;
	char got[32], want[32];

	for (int i = 0; i < 100000; i++) {
		uint64_t n = i < 1000 ? (uint64_t)i : random_magnitude(&seed, 64);

		*json__u64(got, n) = '\0';
		snprintf(want, sizeof(want), "%" PRIu64, n);
		assert_string_equal(got, want);
	}
	*json__u64(got, UINT64_MAX) = '\0';
	assert_string_equal(got, "18446744073709551615");
}

TEST_F(all_come_in_order)
{
	static char text[4 << 20];
	char *line = text, want[64];
	size_t len;

	for (int i = 0; i < 100000; i++) {
		snprintf(want, sizeof(want), "line %d of many\n", i);
		put(want);
	}
	assert_int_equal(lines__flush(&lines), 0);
	len = file_read(text, sizeof(text));
	for (int i = 0; i < 100000; i++) {
		snprintf(want, sizeof(want), "line %d of many\n", i);
		assert_memory_equal(line, want, strlen(want));
		line += strlen(want);
	}
	assert_int_equal(line - text, len);
}

static void file_limit(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST_F(a_line_that_does_not_fit_is_cut_off)
{
	char text[4096];

	/* 30 lines of 33 bytes have 990 bytes. */
	for (rlim_t limit = 990; limit <= 1023; limit++) {
		assert_int_equal(ftruncate(fileno(file), 0), 0);
		lseek(fileno(file), 0, SEEK_SET);
		lines = (struct lines){ .fd = fileno(file) };
		file_limit(limit);
		for (int i = 0; i < 100; i++)
			put("0123456789abcdef0123456789abcdef\n");
		assert_int_equal(lines__flush(&lines), -EFBIG);
		assert_int_equal(file_read(text, sizeof(text)), limit == 1023 ? 1023 : 990);
		assert_int_equal(lseek(fileno(file), 0, SEEK_CUR), limit == 1023 ? 1023 : 990);
		/* After the error nothing more is written. */
		put("more\n");
		assert_int_equal(lines__flush(&lines), -EFBIG);
		assert_int_equal(file_read(text, sizeof(text)), limit == 1023 ? 1023 : 990);
	}
}

TEST_F(what_others_wrote_behind_is_left_alone)
{
	char text[4096];

	assert_int_equal(pwrite(fileno(file), "others\n", 7, 200), 7);
	file_limit(100);
	put("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
	put("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
	assert_int_equal(lines__flush(&lines), -EFBIG);
	assert_int_equal(file_read(text, sizeof(text)), 207);
	assert_string_equal(text + 200, "others\n");
}

TEST_F(a_full_device_and_a_closed_pipe)
{
	int ends[2];

	lines = (struct lines){ .fd = open("/dev/full", O_WRONLY | O_CLOEXEC) };
	put("x\n");
	assert_int_equal(lines__flush(&lines), -ENOSPC);
	close(lines.fd);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	lines = (struct lines){ .fd = ends[1] };
	put("x\n");
	assert_int_equal(lines__flush(&lines), -EPIPE);
	close(ends[1]);
}

TEST_MAIN(NULL, NULL)
