// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: a program's file, which is anybody's, behind registers and a stack: its headers, its
 * symbols, its unwind tables, its code. The file is in memory: all that reads it goes through the budget.
 */
#include <stdlib.h>
#include <string.h>
#include "abi/table.h"
#include "host/user/user.h"

/* In front of the file. */
struct start {
	uint64_t ip;
	uint64_t sp;
	uint64_t fp;
	uint64_t offset;
	uint64_t stack[8];
};

static const uint8_t *file;
static size_t file_size;

ssize_t budget__pread(int fd, void *to, size_t size, off_t offset)
{
	size_t left = (uint64_t)offset < file_size ? file_size - offset : 0;

	(void)fd;
	if (offset < 0)
		abort();
	if (size > left)
		size = left;
	memcpy(to, file + offset, size);
	return size;
}

static void name(const struct elf_image *image, uint64_t vaddr)
{
	char room[32];
	uint64_t offset;

	if (elf_image__function(image, vaddr, room, sizeof(room), &offset) &&
	    (!memchr(room, '\0', sizeof(room)) || !*room || offset > vaddr))
		abort();
}

static void walk(const struct elf_image *image, const struct start *start)
{
	struct unwind_regs regs = { start->ip, start->sp, start->fp, start->fp };
	struct user_stack stack = { .ip = start->ip, .sp = start->sp, .fp = start->fp };

	stack.words = sizeof(start->stack) / sizeof(*start->stack);
	memcpy(stack.stack, start->stack, sizeof(start->stack));
	for (int i = 0; i < USER_DEPTH; i++) {
		name(image, regs.ip);
		elf_code__may_return_to(image, regs.ip);
		elf_code__follows_syscall(image, regs.ip);
		if (unwind__step(image, regs.ip, i > 0, &stack, &regs) != UNWIND_STEPPED)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image image;
	struct start start;
	uint64_t vaddr;

	if (size < sizeof(start))
		return 0;
	memcpy(&start, data, sizeof(start));
	file = data + sizeof(start);
	file_size = size - sizeof(start);
	if (elf_image__open(&image, 0))
		return 0;
	if (image.nr_segments > IMAGE_SEGMENTS || image.build_id_len > BUILD_ID_MAX ||
	    elf_image__same_build(&image, &image) != !!image.build_id_len)
		abort();
	if (elf_image__vaddr(&image, start.offset, &vaddr))
		name(&image, vaddr);
	walk(&image, &start);
	return 0;
}
