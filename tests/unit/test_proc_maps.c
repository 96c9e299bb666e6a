// SPDX-License-Identifier: GPL-2.0
/* host/user/proc_maps: each member of a mapping, how much is read, and parts of a perf map. */
#include <sys/mman.h>
#include "host/user/user.h"
#include "memory_fails.h"

static struct proc_maps maps;
static int fd;

static int setup(void **state)
{
	maps = (struct proc_maps){};
	fd = memfd_create("maps", MFD_CLOEXEC);
	return fd < 0;
}

static int teardown(void **state)
{
	proc_maps__free(&maps);
	assert_int_equal(nr_taken, 0);
	return close(fd);
}

static void put(const char *text, size_t size, off_t at)
{
	assert_int_equal(pwrite(fd, text, size, at), size);
}

/* Replace the file's text. */
static void put_text(const char *text)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	put(text, strlen(text), 0);
}

/* Fails unless the only mapping of @line is named @name; NULL: the line has none. */
static void check_name(const char *line, const char *name)
{
	put_text(line);
	assert_int_equal(proc_maps__read(&maps, fd), 0);
	assert_int_equal(maps.nr, name != NULL);
	if (name)
		assert_string_equal(maps.mappings[0].name, name);
}

TEST_F(a_mapping_has_the_numbers_of_its_line)
{
	put_text("00401000-00500000 r-xp 00001000 fe:01 11   /opt/redis-server\n"
		 "7f0000000000-7f0000010000 ---p 00002000 fe:01 12   /lib/none\n"
		 "7f0000010000-7fffffffffff --xs 123456789a 103:fff 18446744073709551615 /x y\n");
	for (int again = 0; again < 2; again++) {
		assert_int_equal(proc_maps__read(&maps, fd), 0);
		assert_int_equal(maps.nr, 2);
		assert_members(maps.mappings[0], start, 0x401000, end, 0x500000, offset, 0x1000,
			       dev, 0xfe00000001, inode, 11, name, "redis-server");
		assert_members(maps.mappings[1], start, 0x7f0000010000, end, 0x7fffffffffff, offset,
			       0x123456789a, dev, 0x10300000fff, inode, UINT64_MAX, name, "x y");
	}
}

#define CODE "1000-2000 r-xp 00000000 fe:01 1 "
#define N47  "a123456789b123456789c123456789d123456789e123456"

TEST_F(the_last_part_of_a_path_is_the_name)
{
	check_name(CODE "/bin/sh\n", "sh");
	check_name(CODE "     /sh (deleted)\n", "sh (deleted)");
	check_name(CODE "/dir/\n", "");
	check_name(CODE "\n", "");
	check_name("1000-2000 r-xp 00000000 fe:01 1\n", "");
	check_name(CODE "[anon:a/b]\n", "[anon:a/b]");
	check_name(CODE "[vdso]\n", "[vdso]");
	check_name(CODE "/lib/" N47 "\n", N47);
	check_name(CODE "/lib/" N47 "7\n", N47);
	check_name("1000-2000 rw-p 00000000 fe:01 1 /bin/sh\n", NULL);
	check_name("1000-2000 r-xp 00000000 fe:01\n", NULL);
	check_name("1000 2000 r-xp 00000000 fe:01 1 /bin/sh\n", NULL);
	/* The line has no end yet. */
	check_name("no line\n" CODE "/bin/sh", NULL);
}

/* A process may have more mappings than are kept. */
TEST_F(the_first_mappings_are_kept)
{
	char line[64];
	off_t at = 0;

	for (int i = 0; i < 4100; i++) {
		snprintf(line, sizeof(line), "%x-%x r-xp 0 fe:01 %d /%d\n", i << 12, (i + 1) << 12,
			 i + 1, i);
		put(line, strlen(line), at);
		at += strlen(line);
	}
	assert_int_equal(proc_maps__read(&maps, fd), 0);
	assert_int_equal(maps.nr, 4096);
	for (int i = 0; i < 4100; i++) {
		const struct code_mapping *mapping = proc_maps__find(&maps, (i << 12) + 0xfff);

		assert_ptr_equal(mapping, i < 4096 ? &maps.mappings[i] : NULL);
		assert_ptr_equal(proc_maps__find(&maps, i << 12), mapping);
		if (mapping)
			assert_int_equal(mapping->inode, i + 1);
	}
	/* Each growth of the list may fail. */
	for (long granted = 0; granted < 64; granted += 21) {
		proc_maps__free(&maps);
		nr_granted = granted;
		assert_int_equal(proc_maps__read(&maps, fd), -ENOMEM);
		assert_int_equal(nr_granted, -1);
		assert_int_equal(maps.nr, 64 * granted);
	}
	/* The room is kept. */
	assert_int_equal(proc_maps__read(&maps, fd), 0);
	nr_granted = 0;
	assert_int_equal(proc_maps__read(&maps, fd), 0);
	assert_int_equal(maps.nr, 4096);
	assert_int_equal(nr_granted, 0);
	nr_granted = -1;
}

/* Of a longer text the first 2 MiB are read. */
TEST_F(a_long_text_is_read_in_part)
{
	static const char line[] =
		"1000-2000 r-xp 00000000 fe:01 1 /bin/a-name-of-64-bytes--------\n";
	static char other[64];

	assert_int_equal(sizeof(line), 65);
	memset(other, 'x', sizeof(other));
	other[63] = '\n';
	for (off_t at = 0; at < (2 << 20) + 64; at += 64)
		put(other, 64, at);
	put(line, 64, 2 << 20);
	assert_int_equal(proc_maps__read(&maps, fd), 0);
	assert_int_equal(maps.nr, 0);
	put(line, 64, (2 << 20) - 64);
	assert_int_equal(proc_maps__read(&maps, fd), 0);
	assert_int_equal(maps.nr, 1);
}

TEST_F(a_file_that_cannot_be_read_is_a_process_that_is_gone)
{
	assert_int_equal(proc_maps__read(&maps, fd), -ESRCH);
	assert_int_equal(proc_maps__read(&maps, -1), -ESRCH);
	put_text("half a line");
	assert_int_equal(proc_maps__read(&maps, fd), -ESRCH);
}

/* A map that grows is read from where the last whole line ended. */
TEST_F(a_perf_map_is_read_in_parts)
{
	struct made_name names[4] = {
		{ .addr = 0x1008 }, {}, { .addr = 0x2000 }, { .addr = 0x3fff }
	};
	static const char text[] = "1000 10 one\n2000 10 two\n3000 1000 thr";
	off_t at;

	put_text(text);
	at = perf_map__read(fd, 0, PERF_MAP_MAX, names, 4);
	assert_int_equal(at, 24);
	assert_members(names[0], found, true, name, "one", offset, 8);
	assert_members(names[1], found, false, name, "");
	assert_members(names[2], found, true, name, "two", offset, 0);
	assert_members(names[3], found, false);
	put("ee\n1000 10 new\n", 15, sizeof(text) - 1);
	/* The first names alone are wanted. */
	assert_int_equal(perf_map__read(fd, at, PERF_MAP_MAX, names, 1), sizeof(text) - 1 + 15);
	assert_members(names[0], name, "new", offset, 8);
	assert_members(names[3], found, false);
	assert_int_equal(perf_map__read(fd, at, PERF_MAP_MAX, names, 4), sizeof(text) - 1 + 15);
	assert_members(names[3], found, true, name, "three", offset, 0xfff);
	assert_int_equal(perf_map__read(fd, sizeof(text) - 1 + 15, PERF_MAP_MAX, names, 4),
			 sizeof(text) - 1 + 15);
	/* Nothing is read from the end of the part on. */
	assert_int_equal(perf_map__read(fd, 12, 12, names, 4), 12);
}

static void check_made(const char *text, size_t size, uint64_t addr, const char *want)
{
	struct made_name name = { .addr = addr };

	assert_int_equal(ftruncate(fd, 0), 0);
	put(text, size, 0);
	perf_map__read(fd, 0, PERF_MAP_MAX, &name, 1);
	assert_int_equal(name.found, want != NULL);
	if (want)
		assert_string_equal(name.name, want);
}

/* A line of 32 KiB is left out with its rest, which is no line of its own. */
TEST_F(a_line_has_room_or_is_left_out)
{
	static const char rest[] = "4000 10 rest\n5000 10 behind\n";
	static char text[70000];

	for (size_t len = 32767; len <= 32768; len++) {
		bool room = len == 32767;

		memset(text, 'y', sizeof(text));
		memcpy(text, "1000 10 ", 8);
		text[len] = '\n';
		memcpy(text + len + 1, rest, sizeof(rest) - 1);
		check_made(
			text, len + sizeof(rest), 0x1000,
			room ? "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
			       "yyyyyyyyyyyyyyyyyyyyyyyyyyy" :
			       NULL);
		check_made(text, len + sizeof(rest), 0x4000, "rest");
		check_made(text, len + sizeof(rest), 0x5000, "behind");
	}
	/* The rest begins where the room ends. */
	memset(text, 'y', sizeof(text));
	memcpy(text + 32768, rest, sizeof(rest) - 1);
	check_made(text, 32768 + sizeof(rest) - 1, 0x4000, NULL);
	check_made(text, 32768 + sizeof(rest) - 1, 0x5000, "behind");
}

TEST_F(a_line_of_a_perf_map_has_three_parts)
{
	check_made("1000 10 a b\n", 12, 0x100f, "a b");
	check_made("1000 10 a b\n", 12, 0x1010, NULL);
	check_made("1000 10 a b\n", 12, 0xfff, NULL);
	check_made("1000 10 \n", 9, 0x1000, NULL);
	check_made("1000 10\n", 8, 0x1000, NULL);
	check_made("1000  x\n", 8, 0x1000, NULL);
	check_made("1000-10 x\n", 10, 0x1000, NULL);
	check_made("1000 10-x y\n", 12, 0x1000, NULL);
	check_made("x 10 y\n", 7, 0x1000, NULL);
	/* A NUL ends the name, and not the text. */
	check_made("1000 10 a\0b\n2000 10 c\n", 22, 0x2000, "c");
	check_made("1000 10 a\0b\n2000 10 c\n", 22, 0x1000, "a");
}

TEST_MAIN(NULL, NULL)
