// SPDX-License-Identifier: GPL-2.0
/* A program's frames: made-up mappings, perf maps, and ways from frame to frame. */
#include <fcntl.h>
#include "abi/table.h"
#include "host/user/user.h"
#include "model/callers.h"
#include "scratch_file.h"
#include "view/words/words.h"

static int scratch_fd(const char *text)
{
	int fd;

	scratch_write(text, strlen(text));
	fd = open(scratch_path, O_RDONLY);
	assert_true(fd >= 0);
	return fd;
}

/* Mappings */

static const char maps_text[] =
	"00400000-00401000 r--p 00000000 fe:01 11   /opt/a b/redis-server\n"
	"00401000-00500000 r-xp 00001000 fe:01 11   /opt/a b/redis-server\n"
	"7f0000000000-7f0000010000 rwxp 00000000 00:00 0 \n"
	"7f0000010000-7f0000020000 r-xp 00002000 00:2d 12   /usr/lib/libjemalloc.so.2 (deleted)\n"
	"7f0000020000-7f0000030000 rw-p 00000000 00:00 0    [stack]\n"
	"7f0000030000-7f0000032000 r-xp 00000000 00:00 0    [vdso]\n";

TEST(mappings_with_code_are_found_by_address)
{
	struct proc_maps maps = {};
	int fd = scratch_fd(maps_text);
	const struct code_mapping *m;

	assert_int_equal(proc_maps__read(&maps, fd), 0);
	assert_int_equal(maps.nr, 4);
	m = proc_maps__find(&maps, 0x401000);
	assert_non_null(m);
	assert_members(*m, name, "redis-server", offset, 0x1000, inode, 11);
	assert_ptr_equal(proc_maps__find(&maps, 0x4fffff), m);
	assert_null(proc_maps__find(&maps, 0x400fff));
	assert_null(proc_maps__find(&maps, 0x500000));
	assert_string_equal(proc_maps__find(&maps, 0x7f0000000000)->name, "");
	assert_string_equal(proc_maps__find(&maps, 0x7f0000010000)->name,
			    "libjemalloc.so.2 (deleted)");
	assert_null(proc_maps__find(&maps, 0x7f0000020000));
	assert_string_equal(proc_maps__find(&maps, 0x7f0000031fff)->name, "[vdso]");
	assert_null(proc_maps__find(&maps, UINT64_MAX));
	proc_maps__free(&maps);
	close(fd);
}

TEST(a_mapping_after_a_line_of_any_length_is_found)
{
	static char text[100000];
	struct proc_maps maps = {};
	int fd;

	memset(text, 'x', sizeof(text));
	strcpy(text + sizeof(text) - 64, "\n00401000-00500000 r-xp 00001000 fe:01 11   /opt/a\n");
	fd = scratch_fd(text);
	assert_int_equal(proc_maps__read(&maps, fd), 0);
	assert_members(maps, nr, 1, mappings[0].name, "a");
	proc_maps__free(&maps);
	close(fd);
}

TEST(no_mappings_are_a_process_that_is_gone)
{
	struct proc_maps maps = {};
	int fd = scratch_fd("");

	assert_int_equal(proc_maps__read(&maps, fd), -ESRCH);
	assert_null(proc_maps__find(&maps, 1));
	proc_maps__free(&maps);
	close(fd);
}

/* Perf maps */

static void found(const char *text, uint64_t addr, const char *want, uint64_t want_offset)
{
	struct made_name made = { .addr = addr };
	int fd = scratch_fd(text);

	perf_map__read(fd, 0, PERF_MAP_MAX, &made, 1);
	assert_int_equal(made.found, want != NULL);
	if (want)
		assert_members(made, name, want, offset, want_offset);
	close(fd);
}

TEST(code_made_at_run_time_has_its_name)
{
	static const char text[] = "1000 20 LazyCompile:~a b x.js:1\n"
				   "0x1020 0x10 prefixed\n"
				   "not a line\n"
				   "1040 0 empty\n"
				   "1050 10\n"
				   "1000 10 recompiled\n"
				   "2000 8 a_name_of_more_than_95_characters_is_cut_"
				   "a_name_of_more_than_95_characters_is_cut_a_name_of_more\n"
				   "3000 8 the last line";

	found(text, 0x1004, "recompiled", 4);
	found(text, 0x1011, "LazyCompile:~a b x.js:1", 0x11);
	found(text, 0x1021, "prefixed", 1);
	found(text, 0x1040, NULL, 0);
	found(text, 0x1050, NULL, 0);
	found(text, 0x2000,
	      "a_name_of_more_than_95_characters_is_cut_"
	      "a_name_of_more_than_95_characters_is_cut_a_name_of_mor",
	      0);
	/* A line that is still being written. */
	found(text, 0x3000, NULL, 0);
	found("", 0x1000, NULL, 0);
}

TEST(a_line_may_be_of_any_length)
{
	static char text[100000];
	size_t len;

	memset(text, 'x', sizeof(text));
	len = sprintf(text, "1000 10 ");
	text[len] = 'y';
	strcpy(text + sizeof(text) - 32, "\n4000 10 behind\n");
	found(text, 0x4000, "behind", 0);
}

/* Frames */

/* The frame to which the tables lead from an address. */
struct way {
	uint64_t from;
	uint64_t to; /* 0: no table */
	uint64_t fp;
};

struct ways {
	const struct way *ways;
	size_t nr;
	enum unwind_step last;
	uint64_t sp; /* the stack pointer with which the last step began */
};

static enum unwind_step step(void *ctx, bool called, struct unwind_regs *regs)
{
	struct ways *ways = ctx;

	ways->sp = regs->sp;
	/*
	 * In the innermost frame the address is that of the running instruction; in other frames it
	 * is where a call returns.
	 */
	assert_int_equal(called, regs->ip != 0x100 && regs->ip != 0x110);
	for (size_t i = 0; i < ways->nr; i++) {
		if (ways->ways[i].from != regs->ip)
			continue;
		if (!ways->ways[i].to)
			return UNWIND_UNKNOWN;
		regs->ip = ways->ways[i].to;
		regs->fp = ways->ways[i].fp;
		return UNWIND_STEPPED;
	}
	return ways->last;
}

/* No call is before an odd address. */
static bool is_caller(void *ctx, uint64_t addr)
{
	return addr && addr < 0x10000 && !(addr & 1);
}

/* The wrappers that these tests know. */
static bool is_after_call(void *ctx, uint64_t addr)
{
	return addr == 0x110 || addr == 0x220;
}

static struct joined_frames joined(const struct user_stack *stack, const struct way *ways,
				   size_t nr, enum unwind_step last)
{
	struct ways all = { .ways = ways, .nr = nr, .last = last };
	struct joined_frames frames;

	join_frames(stack, &(struct frame_ops){ step, is_caller, is_after_call }, &all, &frames);
	return frames;
}

static void frames_equal(const struct joined_frames *frames, const uint64_t *want, size_t nr)
{
	assert_int_equal(frames->nr, nr);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(frames->addrs[i], want[i]);
}

TEST(tables_lead_to_the_base_without_frame_pointers)
{
	static const struct way ways[] = { { 0x100, 0x200, 9 }, { 0x200, 0x300, 0 } };
	static const uint64_t want[] = { 0x100, 0x200, 0x300 };
	/* The program is compiled without frame pointers: that register leads to no frame. */
	struct user_stack stack = {
		.ip = 0x100, .fp = 9, .nr = 3, .words = 64, .frames = { 0x100, 0x999, 0x998 }
	};
	struct joined_frames frames = joined(&stack, ways, 2, UNWIND_BASE);

	frames_equal(&frames, want, 3);
	assert_int_equal(frames.end, USER_END_BASE);
}

TEST(code_without_tables_goes_on_by_its_frame_pointer)
{
	/* The wrapper's caller keeps no frame pointer; the caller's caller does. */
	static const struct way ways[] = { { 0x100, 0x200, 9 } };
	static const uint64_t want[] = { 0x100, 0x200, 0x300, 0x400 };
	struct user_stack stack = { .ip = 0x100,
				    .fp = 9,
				    .nr = 4,
				    .words = 64,
				    .frames = { 0x100, 0x300, 0x400, 0x20000 } };
	struct joined_frames frames = joined(&stack, ways, 1, UNWIND_UNKNOWN);

	frames_equal(&frames, want, 4);
	assert_int_equal(frames.end, USER_END_LOST);
	/* The place after the last frame has an older stack's. */
	stack.nr = 3;
	stack.frames[3] = 0x500;
	frames = joined(&stack, ways, 1, UNWIND_UNKNOWN);
	frames_equal(&frames, want, 4);
}

TEST(both_ways_meet_at_a_frame_that_both_have)
{
	static const struct way ways[] = { { 0x100, 0x200, 9 }, { 0x200, 0x300, 8 } };
	static const uint64_t want[] = { 0x100, 0x200, 0x300, 0x400 };
	struct user_stack stack = {
		.ip = 0x100, .fp = 9, .nr = 3, .words = 64, .frames = { 0x100, 0x300, 0x400 }
	};
	struct joined_frames frames = joined(&stack, ways, 2, UNWIND_BEYOND);

	frames_equal(&frames, want, 4);
}

/* An address that the tables did not find may come again: no frame before that address is dropped. */
TEST(a_function_may_be_on_the_stack_twice)
{
	static const uint64_t want[] = { 0x100, 0x300, 0x100, 0x400 };
	struct user_stack stack = {
		.ip = 0x100, .nr = 4, .words = 64, .frames = { 0x100, 0x300, 0x100, 0x400 }
	};
	struct joined_frames frames = joined(&stack, NULL, 0, UNWIND_UNKNOWN);

	frames_equal(&frames, want, 4);
}

TEST(frames_that_do_not_meet_are_not_joined)
{
	static const struct way ways[] = { { 0x100, 0x200, 9 }, { 0x200, 0x300, 7 } };
	static const uint64_t want[] = { 0x100, 0x200, 0x300 };
	struct user_stack stack = {
		.ip = 0x100, .fp = 9, .nr = 3, .words = 64, .frames = { 0x100, 0x600, 0x700 }
	};
	struct joined_frames frames = joined(&stack, ways, 2, UNWIND_BEYOND);

	frames_equal(&frames, want, 3);
	assert_int_equal(frames.end, USER_END_LOST);
}

/* A wrapper, whose caller is the first word of the stack, and is skipped by the frame pointer. */
static const struct user_stack in_wrapper = { .ip = 0x110,
					      .fp = 9,
					      .nr = 3,
					      .words = 64,
					      .frames = { 0x110, 0x300, 0x400 },
					      .stack = { 0x200 } };

TEST(a_wrapper_without_tables_has_its_caller_on_the_stack)
{
	static const struct way ways[] = { { 0x200, 0x300, 9 } };
	static const uint64_t want[] = { 0x110, 0x200, 0x300, 0x400 };
	static const uint64_t want_few[] = { 0x110, 0x300, 0x400 };
	struct user_stack stack = in_wrapper;
	struct joined_frames frames;

	frames = joined(&stack, ways, 1, UNWIND_UNKNOWN);
	frames_equal(&frames, want, 4);
	/* arm64 */
	stack.stack[0] = 0;
	stack.lr = 0x200;
	frames = joined(&stack, ways, 1, UNWIND_UNKNOWN);
	frames_equal(&frames, want, 4);
	/* The word is not an address of code, or no call is before it. */
	stack.lr = 0;
	for (uint64_t word = 0x20000; word; word = word == 0x20000 ? 0x201 : 0) {
		stack.stack[0] = word;
		frames = joined(&stack, ways, 1, UNWIND_UNKNOWN);
		frames_equal(&frames, want_few, 3);
	}
}

/* The tables find a frame that the frame pointer skips. */
TEST(the_tables_of_a_wrapper_s_caller_are_followed)
{
	static const struct way ways[] = { { 0x110, 0, 0 },
					   { 0x200, 0x210, 9 },
					   { 0x210, 0x300, 9 } };
	static const uint64_t want[] = { 0x110, 0x200, 0x210, 0x300, 0x400 };
	struct user_stack stack = in_wrapper;
	struct joined_frames frames;

	frames = joined(&stack, ways, ARRAY_SIZE(ways), UNWIND_UNKNOWN);
	frames_equal(&frames, want, 5);
	assert_int_equal(frames.end, USER_END_LOST);
	/* The tables reach the base: what the frame pointer finds is not needed. */
	frames = joined(&stack, ways, ARRAY_SIZE(ways), UNWIND_BASE);
	frames_equal(&frames, want, 4);
	assert_int_equal(frames.end, USER_END_BASE);
}

/* On x86 the wrapper's return address lies on the stack, above which the caller's frame begins. */
TEST(a_wrapper_s_caller_has_the_stack_above_the_return_address)
{
	static const struct way ways[] = { { 0x110, 0, 0 } };
	static const struct frame_ops ops = { step, is_caller, is_after_call };
	struct ways all = { .ways = ways, .nr = 1, .last = UNWIND_BASE };
	struct user_stack stack = { .ip = 0x110, .sp = 0x1000, .words = 1, .stack = { 0x200 } };
	struct joined_frames frames;

	join_frames(&stack, &ops, &all, &frames);
	assert_int_equal(all.sp, 0x1008);
	/* On arm64 the return address is in a register. */
	stack.lr = 0x200;
	join_frames(&stack, &ops, &all, &frames);
	assert_int_equal(all.sp, 0x1000);
}

TEST(only_a_wrapper_s_caller_is_the_first_word_of_the_stack)
{
	static const uint64_t want[] = { 0x100, 0x300 };
	struct user_stack stack = {
		.ip = 0x100, .nr = 2, .words = 1, .frames = { 0x100, 0x300 }, .stack = { 0x200 }
	};
	struct joined_frames frames = joined(&stack, NULL, 0, UNWIND_UNKNOWN);

	frames_equal(&frames, want, 2);
	/* The tables know the wrapper, and say that no frame can be found from there. */
	stack.ip = stack.frames[0] = 0x110;
	frames = joined(&stack, NULL, 0, UNWIND_BEYOND);
	frames_equal(&frames, (const uint64_t[]){ 0x110, 0x300 }, 2);
	/* Only the innermost frame is a wrapper. */
	stack.ip = stack.frames[0] = 0x100;
	frames = joined(&stack, &(const struct way){ 0x100, 0x220, 1 }, 1, UNWIND_UNKNOWN);
	frames_equal(&frames, (const uint64_t[]){ 0x100, 0x220 }, 2);
	/* The stack was not copied. */
	stack.ip = stack.frames[0] = 0x110;
	stack.words = 0;
	frames = joined(&stack, NULL, 0, UNWIND_UNKNOWN);
	frames_equal(&frames, (const uint64_t[]){ 0x110, 0x300 }, 2);
	assert_int_equal(frames.end, USER_END_PAGED);
}

TEST(nothing_is_beyond_an_address_that_is_no_caller)
{
	static const struct way ways[] = { { 0x100, 0x200, 9 }, { 0x200, 0x301, 9 } };
	static const uint64_t want[] = { 0x100, 0x200, 0x500 };
	/* The register was no frame pointer. */
	struct user_stack stack = {
		.ip = 0x100, .fp = 9, .nr = 4, .words = 64, .frames = { 0x100, 0x500, 0x601, 0x700 }
	};
	struct joined_frames frames = joined(&stack, ways, 1, UNWIND_BEYOND);

	frames_equal(&frames, want, 3);
	assert_int_equal(frames.end, USER_END_LOST);
	/* The tables are wrong. */
	frames = joined(&stack, ways, 2, UNWIND_BEYOND);
	frames_equal(&frames, want, 3);
	assert_int_equal(frames.end, USER_END_LOST);
}

/* The register leads to a word that an earlier call has left on the stack. */
TEST(a_frame_pointer_that_holds_other_data_is_not_followed)
{
	static const struct way ways[] = { { 0x100, 0x200, 9 } };
	static const uint64_t want[] = { 0x100, 0x200, 0x400 };
	struct user_stack stack = {
		.ip = 0x100, .fp = 9, .nr = 3, .words = 64, .frames = { 0x100, 0x300, 0x400 }
	};
	struct joined_frames frames = joined(&stack, ways, 1, UNWIND_NO_FP);

	frames_equal(&frames, want, 2);
	assert_int_equal(frames.end, USER_END_LOST);
	/* Both ways have the last frame. */
	stack.frames[1] = 0x200;
	frames = joined(&stack, ways, 1, UNWIND_NO_FP);
	frames_equal(&frames, want, 3);
}

TEST(a_stack_may_be_deep_or_absent)
{
	struct user_stack stack = { .ip = 0x100, .fp = 9, .nr = USER_DEPTH, .words = 64 };
	struct joined_frames frames;

	for (uint32_t f = 0; f < USER_DEPTH; f++)
		stack.frames[f] = 0x100 + 2 * f;
	frames = joined(&stack, NULL, 0, UNWIND_UNKNOWN);
	assert_members(frames, nr, USER_FRAMES, end, USER_END_DEEP);
	stack.nr = stack.words = 0;
	frames = joined(&stack, NULL, 0, UNWIND_BEYOND);
	assert_members(frames, nr, 1, end, USER_END_PAGED);
}

/* The frame that is behind a system call */

static void behind(const struct symbol *user, uint32_t nr, const char *want)
{
	struct stack_sample call = {
		.nr = 2,
		.stack = { { .name = "unmap_region" }, { .name = "__x64_sys_munmap" } },
		.nr_user = nr,
	};

	memcpy(call.user, user, nr * sizeof(*user));
	assert_string_equal(words__user(callers__user(&call)).s, want);
}

TEST(the_c_library_explains_nothing)
{
	const struct symbol jemalloc[] = { { .name = "munmap", .module = "libc.so.6" },
					   { .name = "pages_unmap",
					     .module = "libjemalloc.so.2" } };
	const struct symbol stripped[] = { { .name = "munmap", .module = "ld-musl-x86_64.so.1" },
					   { .offset = 0x1c2, .module = "server" } };
	const struct symbol fixed[] = { { .name = "__munmap", .module = "server" },
					{ .name = "purge", .module = "server" } };
	const struct symbol library[] = { { .name = "munmap", .module = "libc.so.6" },
					  { .name = "free", .module = "libc.so.6" } };
	const struct symbol go[] = { { .name = "runtime.munmap.abi0", .module = "server" },
				     { .name = "runtime.sysMunmapOS", .module = "server" } };
	const struct symbol made[] = { { .addr = 0x7f00, .offset = 0x7f00 } };

	behind(jemalloc, 2, " < pages_unmap (libjemalloc.so.2)");
	behind(stripped, 2, " < 0x1c2 (server)");
	behind(fixed, 2, " < purge (server)");
	behind(library, 2, " < free (libc.so.6)");
	behind(go, 2, " < runtime.sysMunmapOS (server)");
	behind(made, 1, " < 0x7f00 (no file)");
	behind(made, 0, "");
}

TEST_MAIN(scratch_setup, scratch_teardown)
