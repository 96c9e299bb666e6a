// SPDX-License-Identifier: GPL-2.0
/* What the code of a file says about an address: made-up files, and this test itself. */
#include "host/user/user.h"
#include "made_elf.h"

#define AT 0x1101 /* in the file; no call is before it */

/* Open a file of @machine whose code has @before right before AT, and @after there. */
static struct elf_image file_with(uint16_t machine, const char *before, size_t nr_before,
				  const char *after, size_t nr_after)
{
	int fd = made_elf(&(struct made_elf){ .machine = machine, .strings = "f" });
	struct elf_image image;

	made_put(fd, before, nr_before, AT - nr_before);
	made_put(fd, after, nr_after, AT);
	assert_int_equal(elf_image__open(&image, fd), 0);
	return image;
}

#define FILE_WITH(machine, before, after) \
	file_with(machine, before, sizeof(before) - 1, after, sizeof(after) - 1)

static bool may_return(uint16_t machine, const char *before, size_t nr)
{
	struct elf_image image = file_with(machine, before, nr, "", 0);
	bool may = elf_code__may_return_to(&image, MADE_VADDR + AT);

	close(image.fd);
	return may;
}

#define MAY_RETURN(machine, before) may_return(machine, before, sizeof(before) - 1)

TEST(a_caller_s_address_follows_a_call)
{
	assert_true(MAY_RETURN(EM_X86_64, "\xe8\x10\x00\x00\x00"));
	assert_true(MAY_RETURN(EM_X86_64, "\xff\x14\x25\x10\x20\x30\x00"));
	assert_false(MAY_RETURN(EM_X86_64, "\xe9\x10\x00\x00\x00"));
	assert_false(MAY_RETURN(EM_X86_64, "\x0f\x05"));
	assert_true(MAY_RETURN(EM_AARCH64, "\x00\x00\x00\x94"));
	assert_false(MAY_RETURN(EM_AARCH64, "\x00\x00\x00\x14"));
	/* Each machine has calls of its own. */
	assert_false(MAY_RETURN(EM_AARCH64, "\xe8\x10\x00\x00\x00"));
	assert_false(MAY_RETURN(EM_X86_64, "\x00\x00\x00\x94"));
	assert_true(MAY_RETURN(EM_RISCV, "\x00\x00\x00\x14"));
}

TEST(what_cannot_be_read_may_be_a_caller)
{
	struct elf_image image = FILE_WITH(EM_X86_64, "\x90", "\x90");

	assert_false(elf_code__may_return_to(&image, MADE_VADDR + AT));
	assert_true(elf_code__may_return_to(&image, MADE_VADDR + 6));
	assert_false(elf_code__may_return_to(&image, MADE_VADDR + 7));
	assert_true(elf_code__may_return_to(&image, MADE_VADDR - 1));
	assert_true(elf_code__may_return_to(&image, 0));
	assert_true(elf_code__may_return_to(&image, MADE_VADDR + MADE_TEXT + 1));
	/* The file has shrunk since. */
	assert_int_equal(ftruncate(image.fd, AT - 1), 0);
	assert_true(elf_code__may_return_to(&image, MADE_VADDR + AT));
	close(image.fd);
}

TEST(a_signal_s_handler_returns_to_no_call)
{
	struct elf_image image =
		FILE_WITH(EM_X86_64, "\x90", "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05");

	assert_true(elf_code__may_return_to(&image, MADE_VADDR + AT));
	assert_false(elf_code__may_return_to(&image, MADE_VADDR + AT + 1));
	close(image.fd);
	/* Another system call. */
	image = FILE_WITH(EM_X86_64, "\x90", "\x48\xc7\xc0\x0e\x00\x00\x00\x0f\x05");
	assert_false(elf_code__may_return_to(&image, MADE_VADDR + AT));
	close(image.fd);
	image = FILE_WITH(EM_AARCH64, "\x90", "\x68\x11\x80\xd2\x01\x00\x00\xd4");
	assert_true(elf_code__may_return_to(&image, MADE_VADDR + AT));
	close(image.fd);
}

TEST(system_calls_are_seen)
{
	struct elf_image image = FILE_WITH(EM_X86_64, "\x0f\x05", "");

	assert_true(elf_code__follows_syscall(&image, MADE_VADDR + AT));
	assert_false(elf_code__follows_syscall(&image, MADE_VADDR + AT + 1));
	assert_false(elf_code__follows_syscall(&image, MADE_VADDR));
	close(image.fd);
	image = FILE_WITH(EM_AARCH64, "\x01\x00\x00\xd4", "");
	assert_true(elf_code__follows_syscall(&image, MADE_VADDR + AT));
	close(image.fd);
}

TEST_MAIN(NULL, NULL)
