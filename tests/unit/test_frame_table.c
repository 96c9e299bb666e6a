// SPDX-License-Identifier: GPL-2.0
/*
 * Where a frame is, by each instruction that .eh_frame can have: the assembler writes the section of this program, which
 * the test reads.
 */
#include <fcntl.h>
#include <link.h>
#include <unistd.h>
#include "host/user/user.h"
#include "skip.h"
#include "unit.h"

#if defined(__x86_64__)
/* A function of nops: @before is for the nop at its symbol, @after for what comes after that nop. */
#define PROBE(name, before, after)                                                  \
	asm(".text\n.type probe_" #name ", @function\n.cfi_startproc\nnop\n" before \
	    "\nprobe_" #name ":\nnop\n" after "\nnop\n.cfi_endproc\n");             \
	extern const char probe_##name[]

/* The registers' numbers: 3 rbx, 6 rbp, 7 rsp, 16 the return address. Offsets have the factor -8. */
PROBE(plain, "", "");
PROBE(pushed, ".cfi_def_cfa_offset 16\n.cfi_offset 6, -16", "");
PROBE(by_fp, ".cfi_def_cfa 6, 24", "");
PROBE(to_fp, ".cfi_def_cfa_register 6", "");
PROBE(def_cfa_sf, ".cfi_escape 0x12, 6, 0x7e", "");
PROBE(offset_sf, ".cfi_escape 0x13, 0x7d", "");
PROBE(by_expression, ".cfi_escape 0x0f, 1, 0x30", "");
PROBE(restored_state,
      ".cfi_offset 6, -16\n.cfi_remember_state\n.cfi_def_cfa 6, 32\n.cfi_undefined 6\n"
      ".cfi_restore_state",
      "");
PROBE(two_states,
      ".cfi_def_cfa_offset 16\n.cfi_remember_state\n.cfi_def_cfa_offset 32\n"
      ".cfi_remember_state\n.cfi_def_cfa_offset 64\n.cfi_restore_state",
      "");
PROBE(restored, ".cfi_offset 6, -16\n.cfi_restore 6", "");
PROBE(restored_extended, ".cfi_offset 6, -16\n.cfi_escape 0x06, 6", "");
PROBE(outermost, ".cfi_undefined 16", "");
PROBE(same, ".cfi_offset 6, -16\n.cfi_same_value 6", "");
PROBE(offset_extended, ".cfi_escape 0x05, 6, 3", "");
PROBE(offset_extended_sf, ".cfi_escape 0x11, 6, 0x7f", "");
PROBE(other_register, ".cfi_offset 3, -24\n.cfi_escape 0x05, 3, 3\n.cfi_restore 3", "");
/* What follows the operands shows whether these are skipped. */
#define NEXT "\n.cfi_def_cfa_offset 40"
PROBE(in_register, ".cfi_register 6, 3" NEXT, "");
PROBE(val_offset, ".cfi_escape 0x14, 6, 2" NEXT, "");
PROBE(val_offset_sf, ".cfi_escape 0x15, 6, 0x7e" NEXT, "");
PROBE(expression, ".cfi_escape 0x10, 6, 2, 0x30, 0x31" NEXT, "");
PROBE(val_expression, ".cfi_escape 0x16, 6, 2, 0x30, 0x31" NEXT, "");
PROBE(args_size, ".cfi_escape 0x2e, 16" NEXT, "");
PROBE(nothing, ".cfi_escape 0x00\n.cfi_escape 0x2d" NEXT, "");
PROBE(large_numbers, ".cfi_escape 0x0e, 0x80, 0x81, 0x02", "");
PROBE(later, "", ".cfi_def_cfa_offset 99\n.cfi_undefined 16");
PROBE(far_1, ".skip 70, 0x90" NEXT, "");
PROBE(far_2, ".skip 300, 0x90" NEXT, "");
PROBE(far_4, ".skip 70000, 0x90" NEXT, "");
/* No row. An instruction that the linker does not know would leave this program without .eh_frame_hdr. */
PROBE(no_state, ".cfi_escape 0x0b", "");
PROBE(nine_states, ".rept 9\n.cfi_remember_state\n.endr", "");

static struct elf_image image;
static uint64_t base; /* the address that the file's address 0 has here */

static int base_find(struct dl_phdr_info *info, size_t size, void *ctx)
{
	base = info->dlpi_addr;
	return 1;
}

static int setup(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	/* The program itself comes first. */
	dl_iterate_phdr(base_find, NULL);
	assert_int_equal(elf_image__open(&image, fd), 0);
	return 0;
}

static int teardown(void **state)
{
	close(image.fd);
	return 0;
}

static bool row_of(const char *code, struct frame_row *row)
{
	return frame_table__row(&image, (uintptr_t)code - base, row);
}

/* The row of each of these addresses. */
static const struct {
	const char *code;
	enum frame_register cfa;
	int64_t cfa_offset;
	struct register_at fp, ra;
} cases[] = {
	{ probe_plain, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_pushed, FRAME_SP, 16, { RULE_AT, -16 }, { RULE_AT, -8 } },
	{ probe_by_fp, FRAME_FP, 24, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_to_fp, FRAME_FP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_def_cfa_sf, FRAME_FP, 16, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_offset_sf, FRAME_SP, 24, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_by_expression, FRAME_NONE, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_restored_state, FRAME_SP, 8, { RULE_AT, -16 }, { RULE_AT, -8 } },
	{ probe_two_states, FRAME_SP, 32, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_restored, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_restored_extended, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_outermost, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_UNDEFINED, 0 } },
	{ probe_same, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_offset_extended, FRAME_SP, 8, { RULE_AT, -24 }, { RULE_AT, -8 } },
	{ probe_offset_extended_sf, FRAME_SP, 8, { RULE_AT, 8 }, { RULE_AT, -8 } },
	{ probe_other_register, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_in_register, FRAME_SP, 40, { RULE_OTHER, 0 }, { RULE_AT, -8 } },
	{ probe_val_offset, FRAME_SP, 40, { RULE_OTHER, 0 }, { RULE_AT, -8 } },
	{ probe_val_offset_sf, FRAME_SP, 40, { RULE_OTHER, 0 }, { RULE_AT, -8 } },
	{ probe_expression, FRAME_SP, 40, { RULE_OTHER, 0 }, { RULE_AT, -8 } },
	{ probe_val_expression, FRAME_SP, 40, { RULE_OTHER, 0 }, { RULE_AT, -8 } },
	{ probe_args_size, FRAME_SP, 40, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_nothing, FRAME_SP, 40, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_large_numbers, FRAME_SP, 0x8080, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_later, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_later + 1, FRAME_SP, 99, { RULE_SAME, 0 }, { RULE_UNDEFINED, 0 } },
	{ probe_far_1, FRAME_SP, 40, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_far_1 - 1, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_far_2, FRAME_SP, 40, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_far_2 - 1, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_far_4, FRAME_SP, 40, { RULE_SAME, 0 }, { RULE_AT, -8 } },
	{ probe_far_4 - 1, FRAME_SP, 8, { RULE_SAME, 0 }, { RULE_AT, -8 } },
};

TEST(each_instruction_changes_its_part_of_the_row, setup, teardown)
{
	struct frame_row row;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(&row, 0xff, sizeof(row));
		assert_true(row_of(cases[i].code, &row));
		assert_members(row, cfa, cases[i].cfa, cfa_offset, cases[i].cfa_offset,
			       at[FRAME_FP].rule, cases[i].fp.rule, at[FRAME_FP].offset,
			       cases[i].fp.offset, at[FRAME_RETURN].rule, cases[i].ra.rule,
			       at[FRAME_RETURN].offset, cases[i].ra.offset);
	}
}

TEST(what_cannot_be_followed_has_no_row, setup, teardown)
{
	static const char *const codes[] = { probe_no_state, probe_nine_states };
	struct frame_row row;

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		assert_false(row_of(codes[i], &row));
	/* No function is there. */
	assert_false(frame_table__row(&image, 0, &row));
	assert_false(frame_table__row(&image, UINT64_MAX, &row));
}
#else
TEST(each_instruction_changes_its_part_of_the_row)
{
	(void)skip_if(true, "the test makes x86-64 code only");
}
#endif

TEST_MAIN(NULL, NULL)
