// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "collect/kcore/btf_file.h"

#define SECTION	  ".BTF"
/* A vmlinux has some 80 sections, and their names have some 1,000 bytes. */
#define NAMES_MAX (1U << 20)

/* @size bytes at @offset of the file (malloc). 0 or a negative errno; -ENOEXEC: they are not there. */
static int piece_read(int fd, uint64_t offset, uint64_t size, uint64_t most, void **piece)
{
	size_t got = 0;
	char *buf;

	if (!size || size > most || offset > INT64_MAX - size)
		return -ENOEXEC;
	buf = malloc(size);
	if (!buf)
		return -ENOMEM;
	while (got < size) {
		ssize_t n = pread(fd, buf + got, size - got, offset + got);

		if (n <= 0) {
			free(buf);
			return n ? -errno : -ENOEXEC;
		}
		got += n;
	}
	*piece = buf;
	return 0;
}

/* The section of that name; its sh_size is 0: there is none. */
static Elf64_Shdr section_find(const Elf64_Shdr *sections, size_t nr, const char *names, size_t len)
{
	for (size_t i = 0; i < nr; i++) {
		const Elf64_Shdr *s = &sections[i];

		if (s->sh_type == SHT_PROGBITS && s->sh_name < len &&
		    len - s->sh_name >= sizeof(SECTION) &&
		    !memcmp(names + s->sh_name, SECTION, sizeof(SECTION)))
			return *s;
	}
	return (Elf64_Shdr){};
}

static int section_read(int fd, const Elf64_Ehdr *head, void **btf, size_t *size)
{
	void *sections = NULL, *names = NULL;
	Elf64_Shdr found, strings;
	int err;

	if (head->e_shentsize != sizeof(Elf64_Shdr) || head->e_shstrndx >= head->e_shnum)
		return -ENOEXEC;
	err = piece_read(fd, head->e_shoff, head->e_shnum * sizeof(Elf64_Shdr), UINT32_MAX,
			 &sections);
	if (err)
		return err;
	strings = ((Elf64_Shdr *)sections)[head->e_shstrndx];
	err = piece_read(fd, strings.sh_offset, strings.sh_size, NAMES_MAX, &names);
	if (!err) {
		found = section_find(sections, head->e_shnum, names, strings.sh_size);
		*size = found.sh_size;
		err = *size ? piece_read(fd, found.sh_offset, *size, BTF_MAX, btf) : -ENODATA;
	}
	free(sections);
	free(names);
	return err;
}

int btf_file__read(int fd, void **btf, size_t *size)
{
	struct stat st;
	union {
		uint16_t magic;
		Elf64_Ehdr elf;
	} head = {};

	if (pread(fd, &head, sizeof(head), 0) < (ssize_t)sizeof(head.magic))
		return -ENOEXEC;
	if (head.magic == BTF_MAGIC) {
		if (fstat(fd, &st))
			return -errno;
		*size = st.st_size;
		return piece_read(fd, 0, *size, BTF_MAX, btf);
	}
	if (memcmp(head.elf.e_ident, ELFMAG, SELFMAG) || head.elf.e_ident[EI_CLASS] != ELFCLASS64)
		return -ENOEXEC;
	return section_read(fd, &head.elf, btf, size);
}
