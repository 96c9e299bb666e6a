/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ELF files for the tests of those who read them: one segment, whose second half is code, a build-id, a table
 * of symbols.
 */
#ifndef IPITRACE_TESTS_MADE_ELF_H
#define IPITRACE_TESTS_MADE_ELF_H

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "unit.h"

#define MADE_VADDR 0x400000
#define MADE_TEXT  0x2000
/* From here to MADE_TEXT each even address follows a call, and no odd address does. */
#define MADE_CALLS 0x1000

struct made_elf {
	bool stripped; /* .dynsym alone */
	uint8_t build_id; /* of 20 such bytes */
	uint16_t machine; /* 0: EM_X86_64 */
	const char *strings; /* behind a NUL: the symbols' names */
	const Elf64_Sym *symbols;
	size_t nr;
};

#define MADE_SYMBOL(at, len, name_at)                                                 \
	{                                                                             \
		.st_name = (name_at), .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), \
		.st_shndx = 1, .st_value = MADE_VADDR + (at), .st_size = (len)        \
	}

static inline void made_put(int fd, const void *bytes, size_t size, off_t at)
{
	assert_int_equal(pwrite(fd, bytes, size, at), size);
}

/* The descriptor of such a file, which has no name. */
static inline int made_elf(const struct made_elf *made)
{
	const struct {
		Elf64_Nhdr head;
		char name[4];
		uint8_t id[20];
	} note = { { 4, 20, NT_GNU_BUILD_ID },
		   "GNU",
		   { made->build_id, made->build_id, made->build_id, made->build_id } };
	uint64_t strings_len = strlen(made->strings) + 2, symbols = MADE_TEXT + strings_len;
	const Elf64_Phdr segments[] = {
		{ .p_type = PT_LOAD, .p_vaddr = MADE_VADDR, .p_filesz = MADE_TEXT },
		{ .p_type = PT_NOTE, .p_offset = 2048, .p_filesz = sizeof(note) },
	};
	const Elf64_Shdr sections[] = {
		{},
		{ .sh_type = made->stripped ? SHT_DYNSYM : SHT_SYMTAB,
		  .sh_offset = symbols,
		  .sh_size = made->nr * sizeof(Elf64_Sym),
		  .sh_entsize = sizeof(Elf64_Sym),
		  .sh_link = 2 },
		{ .sh_type = SHT_STRTAB, .sh_offset = MADE_TEXT, .sh_size = strings_len },
	};
	const Elf64_Ehdr ehdr = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_machine = made->machine ?: EM_X86_64,
		.e_phoff = sizeof(ehdr),
		.e_phentsize = sizeof(*segments),
		.e_phnum = ARRAY_SIZE(segments),
		.e_shoff = 1024,
		.e_shentsize = sizeof(*sections),
		.e_shnum = ARRAY_SIZE(sections),
	};
	int fd = memfd_create("made-elf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	made_put(fd, &ehdr, sizeof(ehdr), 0);
	made_put(fd, segments, sizeof(segments), sizeof(ehdr));
	made_put(fd, sections, sizeof(sections), 1024);
	made_put(fd, &note, sizeof(note), 2048);
	for (off_t at = MADE_CALLS; at < MADE_TEXT; at += 2)
		made_put(fd, "\xff\xd0", 2, at); /* call *%rax */
	made_put(fd, "", 1, MADE_TEXT);
	made_put(fd, made->strings, strings_len - 1, MADE_TEXT + 1);
	made_put(fd, made->symbols, made->nr * sizeof(Elf64_Sym), symbols);
	assert_int_equal(ftruncate(fd, symbols + made->nr * sizeof(Elf64_Sym) + MADE_TEXT), 0);
	return fd;
}

#endif /* IPITRACE_TESTS_MADE_ELF_H */
