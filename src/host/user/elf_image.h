/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program's or library's file: its symbols and its segments. Anybody may have made the file, so
 * it is read by pread(), because a mapped file may shrink; in parts, within the budget; and each
 * number in it is checked. Not by libelf, which would hold whole symbol tables in memory.
 */
#ifndef IPITRACE_HOST_USER_ELF_IMAGE_H
#define IPITRACE_HOST_USER_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IMAGE_SEGMENTS 16
#define BUILD_ID_MAX   20

/* A symbol table and its strings. size 0: none. */
struct elf_symbols {
	uint64_t offset;
	uint64_t size;
	uint64_t strings;
	uint64_t strings_size;
};

struct elf_image {
	int fd;
	uint16_t machine;
	struct {
		uint64_t vaddr, offset;
		uint64_t size; /* size of the segment in the file */
	} segments[IMAGE_SEGMENTS];
	unsigned int nr_segments;
	struct elf_symbols symtab; /* .symtab; .dynsym if the file is stripped */
	bool stripped;
	uint64_t unwind; /* address of .eh_frame_hdr; 0: none */
	uint8_t build_id[BUILD_ID_MAX];
	unsigned int build_id_len; /* 0: none */
};

/*
 * Read the headers of @fd, which the caller still owns. Returns 0, or -ENOEXEC if it is no 64-bit
 * ELF file of this machine's byte order.
 */
int elf_image__open(struct elf_image *image, int fd);

/* Whether both have the same build-id. */
bool elf_image__same_build(const struct elf_image *a, const struct elf_image *b);

/* Get the address that the file gives to its byte at @offset; false: none. */
bool elf_image__vaddr(const struct elf_image *image, uint64_t offset, uint64_t *vaddr);

/* Read @size bytes at @vaddr. False: they are not all in the file. */
bool elf_image__read(const struct elf_image *image, uint64_t vaddr, void *to, size_t size);

/*
 * Get the function that has @vaddr; *@offset gets the distance from its beginning. False: the file
 * names none there.
 */
bool elf_image__function(const struct elf_image *image, uint64_t vaddr, char *name, size_t size,
			 uint64_t *offset);

/*
 * The functions below decode the file's code at an address (elf_code.c).
 */

/* Whether the instruction before @vaddr is a system call. */
bool elf_code__follows_syscall(const struct elf_image *image, uint64_t vaddr);

/*
 * Whether a function may return to @vaddr: a call is before it, or the code there ends the handler of a
 * signal. True if the code before it cannot be read, or is of another architecture than x86-64 and arm64.
 */
bool elf_code__may_return_to(const struct elf_image *image, uint64_t vaddr);

/*
 * The budget of a request: how many bytes it may read of files that anybody may have made, and how much
 * CPU time it may spend on them. Once one of the two is spent, files read as if they ended there.
 */

/*
 * Begin a request. Before the first request nothing limits reads. Only one thread may make
 * requests.
 */
void budget__begin(uint64_t bytes, uint64_t cpu_ns);

/* Do what pread() does; return 0 when the budget is spent. */
#define BUDGET_READ_MIN 512
ssize_t budget__pread(int fd, void *to, size_t size, off_t offset);

/* Whether a read was refused since the request began. */
bool budget__over(void);

/* Begin a part of the request. */
void budget__part(void);

/*
 * Whether reads were refused, and half of the budget was spent before the present part of the
 * request began: another request may read more for this part.
 */
bool budget__cut(void);

#endif /* IPITRACE_HOST_USER_ELF_IMAGE_H */
