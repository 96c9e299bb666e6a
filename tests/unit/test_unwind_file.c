// SPDX-License-Identifier: GPL-2.0
/*
 * .eh_frame as anybody may write it into a file: other compilers' forms, another processor's
 * registers, and damage. tests/unit/test_frame_table.c has each instruction, as the assembler
 * writes it.
 */
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "host/user/user.h"
#include "unit.h"

#define FILE_VADDR 0x400000ULL
#define FUNC	   (FILE_VADDR + 0x10000) /* the first function; 16 bytes, as the others */
#define FUNC_SIZE  16
#define TABLE	   16 /* the entries of .eh_frame_hdr, as many as a test has functions at most */

/* What a test changes in the file. */
struct made {
	unsigned int nr; /* functions; 0: one */
	uint8_t version; /* 0: 1 */
	const char *augmentation; /* NULL: "zR" */
	uint8_t data[16]; /* of the augmentation; without any: the encoding of addresses */
	uint8_t data_len;
	uint8_t return_column; /* 0: 16, as on x86-64 */
	bool absolute; /* a function's address has 8 bytes, and is no distance */
	uint8_t common[16], program[32]; /* instructions; the unused bytes are nops */
	uint16_t machine; /* 0: EM_X86_64 */
	/* Damage. */
	uint8_t header[4]; /* added to the first bytes of .eh_frame_hdr */
	uint32_t count; /* 0: nr */
	uint32_t common_len, entry_len; /* in place of the length; 0: the right one */
	uint32_t back; /* added to the distance to the common entry */
	uint32_t id; /* of the common entry, which is 0 */
	bool endless; /* the augmentation has no end */
	size_t cut; /* bytes that the file lacks at its end */
};

static uint8_t bytes[8192];
static size_t len;

static void put(const void *from, size_t size)
{
	assert_true(len + size <= sizeof(bytes));
	memcpy(bytes + len, from, size);
	len += size;
}

static void put_number(uint64_t value, size_t size)
{
	put(&value, size);
}

/* The length of the entry that began at @begin. */
static void end_entry(size_t begin, uint32_t other)
{
	uint32_t size = other ?: len - begin - 4;

	memcpy(bytes + begin, &size, sizeof(size));
}

static size_t put_common(const struct made *made)
{
	const char *augmentation = made->augmentation ?: "zR";
	size_t begin = len;

	put_number(0, 4);
	put_number(made->id, 4);
	put_number(made->version ?: 1, 1);
	put(augmentation, strlen(augmentation) + 1);
	put_number(1, 1); /* the factor of code addresses */
	put_number(0x78, 1); /* the factor of offsets, -8 */
	put_number(made->return_column ?: 16, 1);
	if (*augmentation == 'z') {
		put_number(made->data_len ?: 1, 1);
		if (made->data_len)
			put(made->data, made->data_len);
		else
			put_number(0x1b, 1);
	}
	put(made->common, sizeof(made->common));
	if (made->endless)
		memset(bytes + begin + 9, 'z', len - begin - 9);
	end_entry(begin, made->common_len);
	return begin;
}

/* The entry of function @i, which is @i instructions "the frame is 8 bytes further" long before its program. */
static size_t put_entry(const struct made *made, unsigned int i, size_t common)
{
	uint64_t func = FUNC + i * FUNC_SIZE;
	size_t begin = len;

	put_number(0, 4);
	put_number(len - common + made->back, 4);
	if (made->absolute) {
		put_number(func, 8);
		put_number(FUNC_SIZE, 8);
	} else {
		put_number(func - (FILE_VADDR + len), 4);
		put_number(FUNC_SIZE, 4);
	}
	if (*(made->augmentation ?: "z") == 'z')
		put_number(0, 1);
	put((const uint8_t[]){ 0x0e, 8 * i }, 2);
	put(made->program, sizeof(made->program));
	end_entry(begin, made->entry_len);
	return begin;
}

/* Returns whether the file has a row of @vaddr. */
static bool row_at(const struct made *made, uint64_t vaddr, struct frame_row *row)
{
	unsigned int nr = made->nr ?: 1;
	struct elf_image image = {
		.fd = memfd_create("unwind", MFD_CLOEXEC),
		.machine = made->machine ?: EM_X86_64,
		.unwind = FILE_VADDR,
		.nr_segments = 1,
	};
	size_t common, entries[TABLE];
	bool found;

	assert_true(image.fd >= 0 && nr <= TABLE);
	len = 12 + 8 * nr;
	common = put_common(made);
	for (unsigned int i = 0; i < nr; i++)
		entries[i] = put_entry(made, i, common);
	assert_int_equal(pwrite(image.fd, bytes, len, 0), len);
	image.segments[0].vaddr = FILE_VADDR;
	image.segments[0].size = len - made->cut;
	len = 0;
	put((const uint8_t[]){ 1 + made->header[0], 0x1b + made->header[1], 3 + made->header[2],
			       0x3b + made->header[3] },
	    4);
	put_number(0, 4);
	put_number(made->count ?: nr, 4);
	for (unsigned int i = 0; i < nr; i++) {
		put_number(FUNC + i * FUNC_SIZE - FILE_VADDR, 4);
		put_number(entries[i], 4);
	}
	assert_int_equal(pwrite(image.fd, bytes, len, 0), len);
	found = frame_table__row(&image, vaddr, row);
	close(image.fd);
	return found;
}

static bool has_row(const struct made *made)
{
	return row_at(made, FUNC, &(struct frame_row){});
}

/* The frame is 16 bytes from the stack pointer, and the return address 8 bytes below the frame. */
#define X86_ROW .common = { 0x0c, 7, 16, 0x90, 1 }

TEST(each_function_is_found)
{
	for (unsigned int nr = 1; nr <= TABLE; nr++) {
		const struct made made = { .nr = nr, X86_ROW };
		struct frame_row row;

		for (unsigned int i = 0; i < nr; i++) {
			assert_true(row_at(&made, FUNC + i * FUNC_SIZE, &row));
			assert_members(row, cfa, FRAME_SP, cfa_offset, 8 * i);
			assert_true(row_at(&made, FUNC + (i + 1) * FUNC_SIZE - 1, &row));
			assert_members(row, cfa_offset, 8 * i, at[FRAME_RETURN].rule, RULE_AT,
				       at[FRAME_RETURN].offset, -8);
		}
		assert_false(row_at(&made, FUNC - 1, &row));
		assert_false(row_at(&made, FUNC + nr * FUNC_SIZE, &row));
	}
}

/* What compilers write into the entry that the functions of an object share. */
TEST(each_form_of_a_common_entry)
{
	static const struct made cases[] = {
		{ X86_ROW },
		{ X86_ROW, .version = 3 },
		{ X86_ROW, .augmentation = "", .absolute = true },
		{ X86_ROW, .augmentation = "z", .data = { 0 }, .data_len = 1, .absolute = true },
		{ X86_ROW, .data = { 0 }, .data_len = 1, .absolute = true },
		{ X86_ROW, .augmentation = "zRS" },
		{ X86_ROW, .augmentation = "zRB" },
		{ X86_ROW, .augmentation = "zLR", .data = { 0x1b, 0x1b }, .data_len = 2 },
		{ X86_ROW, .augmentation = "zPLR", .data = { 0x03, 1, 2, 3, 4, 0x1b, 0x1b },
		  .data_len = 7 },
		{ X86_ROW, .augmentation = "zPLR", .data = { 0x9b, 1, 2, 3, 4, 0x1b, 0x1b },
		  .data_len = 7 },
		{ X86_ROW, .augmentation = "zPLR",
		  .data = { 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 0x1b, 0x1b }, .data_len = 11 },
	};
	struct frame_row row;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(row_at(&cases[i], FUNC, &row));
		assert_members(row, cfa, FRAME_SP, cfa_offset, 0, at[FRAME_RETURN].offset, -8);
	}
}

/* x29 is the frame pointer, 30 the return address, 31 the stack pointer. */
TEST(registers_of_arm64)
{
	const struct made arm = { .machine = EM_AARCH64,
				  .return_column = 30,
				  .common = { 0x0c, 31, 0 },
				  .program = { 0x0e, 32, 0x9d, 4, 0x9e, 3 } };
	struct made x86 = arm;
	struct frame_row row;

	assert_true(row_at(&arm, FUNC, &row));
	assert_members(row, cfa, FRAME_SP, cfa_offset, 32, at[FRAME_FP].rule, RULE_AT,
		       at[FRAME_FP].offset, -32, at[FRAME_RETURN].offset, -24);
	x86.machine = EM_X86_64;
	assert_true(row_at(&x86, FUNC, &row));
	assert_members(row, cfa, FRAME_NONE, at[FRAME_FP].rule, RULE_SAME, at[FRAME_RETURN].offset,
		       -24);
}

/* Instructions count up to the address: what comes later is not read. */
TEST(instructions_before_the_address)
{
	const struct made made = { X86_ROW, .program = { 0x0e, 24, 0x44, 0x0e, 40, 0x44, 0x3f } };
	struct frame_row row;

	assert_true(row_at(&made, FUNC + 3, &row));
	assert_int_equal(row.cfa_offset, 24);
	assert_true(row_at(&made, FUNC + 4, &row));
	assert_int_equal(row.cfa_offset, 40);
	assert_true(row_at(&made, FUNC + 7, &row));
	assert_int_equal(row.cfa_offset, 40);
	/* 0x3f is no instruction. */
	assert_false(row_at(&made, FUNC + 8, &row));
}

TEST(numbers_of_many_bytes)
{
	const struct made wide = { X86_ROW, .program = { 0x0e, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80,
							 0x80, 0x80, 0x80, 0x00 } },
			  signed_wide = { X86_ROW, .program = { 0x13, 0xff, 0xff, 0xff, 0xff, 0xff,
								0xff, 0xff, 0xff, 0xff, 0x7f } },
			  endless = { X86_ROW, .program = { 0x0e, 0x80, 0x80, 0x80, 0x80, 0x80,
							    0x80, 0x80, 0x80, 0x80, 0x80, 0x00 } },
			  signed_endless = { X86_ROW,
					     .program = { 0x13, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
							  0x80, 0x80, 0x80, 0x80, 0x00 } };
	struct frame_row row;

	assert_true(row_at(&wide, FUNC, &row));
	assert_int_equal(row.cfa_offset, 1);
	/* -1 times the factor of -8. */
	assert_true(row_at(&signed_wide, FUNC, &row));
	assert_int_equal(row.cfa_offset, 8);
	assert_false(row_at(&endless, FUNC, &row));
	assert_false(row_at(&signed_endless, FUNC, &row));
}

TEST(damage_has_no_row)
{
	static const struct made cases[] = {
		{ X86_ROW, .header = { 1 } },
		{ X86_ROW, .header = { 0, 1 } },
		{ X86_ROW, .header = { 0, 0, 1 } },
		{ X86_ROW, .header = { 0, 0, 0, 1 } },
		{ X86_ROW, .count = 1 << 20 },
		{ X86_ROW, .version = 2 },
		{ X86_ROW, .version = 4 },
		{ X86_ROW, .augmentation = "eh", .absolute = true },
		{ X86_ROW, .data = { 0x04 }, .data_len = 1 },
		{ X86_ROW, .augmentation = "zPLR", .data = { 0x03, 1, 2 }, .data_len = 3 },
		{ X86_ROW, .augmentation = "zLR", .data = { 0x1b }, .data_len = 1 },
		{ X86_ROW, .common_len = 7 },
		{ X86_ROW, .common_len = 10 },
		{ X86_ROW, .common_len = 4097 },
		{ X86_ROW, .common_len = UINT32_MAX },
		{ X86_ROW, .entry_len = 7 },
		{ X86_ROW, .entry_len = 10 },
		{ X86_ROW, .entry_len = 4097 },
		{ X86_ROW, .entry_len = UINT32_MAX },
		{ X86_ROW, .back = 4 },
		{ X86_ROW, .back = 1 << 30 },
		{ X86_ROW, .id = 1 },
		{ X86_ROW, .endless = true },
		{ X86_ROW, .cut = 1 },
		{ .common = { 0x3f } },
		{ X86_ROW, .program = { 0x0b } },
		{ X86_ROW, .program = { 0x0f, 100 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (has_row(&cases[i]))
			print_error("case %zu has a row\n", i);
		assert_false(has_row(&cases[i]));
	}
}

TEST_MAIN(NULL, NULL)
