// SPDX-License-Identifier: GPL-2.0
/*
 * Whether interrupted code had just switched interrupts on, by the code of its function and of its
 * caller.
 */
#include <string.h>
#include "stall/incident.h"
#include "unit.h"

#define BASE 0xffffffff81000000ULL
#define MS   1000000ULL

/* The kernel's memory, and how often it was read. */
static uint8_t memory[4096];
static unsigned int reads;
static bool readable;

static const uint8_t *read_memory(void *ctx, uint64_t addr, size_t size)
{
	assert_ptr_equal(ctx, memory);
	reads++;
	return readable && addr >= BASE && addr + size <= BASE + sizeof(memory) ?
		       memory + (addr - BASE) :
		       NULL;
}

static struct interrupted_code *code;
static struct incident incident;

static int setup(void **state)
{
	memset(memory, 0x90, sizeof(memory));
	reads = 0;
	readable = true;
	incident = (struct incident){ .interrupted = true };
	code = interrupted_code__new(read_memory, memory);
	return !code;
}

static int teardown(void **state)
{
	free(code);
	return 0;
}

/* A frame at @offset in the function at @begin, whose code begins with @bytes. */
static void add_frame(uint64_t begin, const char *bytes, size_t nr, uint64_t offset)
{
	memcpy(memory + begin, bytes, nr);
	incident.stack[incident.nr++] =
		(struct symbol){ .addr = BASE + begin + offset, .offset = offset, .name = "f" };
}

#define FRAME(begin, text, offset) add_frame(begin, text, sizeof(text) - 1, offset)

static bool answer(void)
{
	return interrupted_code__just_enabled(code, &incident, 1);
}

TEST_F(code_behind_sti_has_just_switched_interrupts_on)
{
	FRAME(0x100, "\x55\xfb\x0f\x1f\x00", 5);
	assert_true(answer());
}

TEST_F(other_code_had_interrupts_on)
{
	FRAME(0x100, "\x55\xfb\x0f\x1f\x00", 6);
	assert_false(answer());
}

/* 0x100: call 0x800. */
#define CALL_800 "\xe8\xfb\x06\x00\x00"

TEST_F(a_function_that_is_called_switches_interrupts_on)
{
	FRAME(0x100, CALL_800, 5);
	memcpy(memory + 0x800, "\xfb\xc3", 2);
	assert_true(answer());
}

TEST_F(a_function_that_is_called_does_more)
{
	FRAME(0x100, CALL_800, 5);
	memcpy(memory + 0x800, "\xfb\x90\xc3", 3);
	assert_false(answer());
}

/* The function jumps to 0x900 to return, and the interrupt comes there. */
TEST_F(a_function_that_is_called_returns_by_a_thunk)
{
	FRAME(0x900, "\xc3\xcc", 0);
	FRAME(0x100, CALL_800, 5);
	memcpy(memory + 0x800, "\xfb\xe9\xfa\x00\x00\x00", 6);
	assert_true(answer());
	/* The function of another caller jumps there, too. */
	incident.stack[1].offset = 6;
	incident.stack[1].addr++;
	assert_false(answer());
}

TEST_F(a_caller_switches_interrupts_on)
{
	FRAME(0x900, "\x55", 0);
	FRAME(0x100, "\xfb\xe8\xfa\x07\x00\x00", 6);
	assert_true(answer());
}

TEST_F(a_caller_calls_another_function)
{
	FRAME(0x901, "\x55", 0);
	FRAME(0x100, "\xfb\xe8\xfa\x07\x00\x00", 6);
	assert_false(answer());
}

TEST_F(what_is_not_known_is_no_evidence)
{
	assert_false(answer());
	FRAME(0x100, "\x55\xfb\x0f\x1f\x00", 5);
	/* No interrupt came at the top of this stack. */
	incident.interrupted = false;
	assert_false(answer());
	incident.interrupted = true;
	/* The frame has no name, so the beginning of its function is not known. */
	incident.stack[0].name = NULL;
	assert_false(answer());
	incident.stack[0] = (struct symbol){ .addr = BASE + 0x205, .offset = 5, .name = "f" };
	memcpy(memory + 0x200, "\x55\xfb\x0f\x1f\x00", 5);
	readable = false;
	assert_false(answer());
	assert_int_equal(reads, 1);
}

TEST_F(an_answer_is_kept_for_a_second)
{
	FRAME(0x100, "\x55\xfb\x0f\x1f\x00", 5);
	assert_true(interrupted_code__just_enabled(code, &incident, MS));
	assert_true(interrupted_code__just_enabled(code, &incident, 1000 * MS));
	assert_int_equal(reads, 1);
	/* The kernel's code changes. */
	memory[0x101] = 0x90;
	assert_false(interrupted_code__just_enabled(code, &incident, 1002 * MS));
	assert_int_equal(reads, 2);
	/* Other code in the same place of the table. */
	incident.stack[0].addr += 64;
	incident.stack[0].offset += 64;
	assert_false(interrupted_code__just_enabled(code, &incident, 1002 * MS));
	assert_int_equal(reads, 3);
}

TEST_MAIN(NULL, NULL)
