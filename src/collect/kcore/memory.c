// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "collect/kcore/memory.h"

/* /proc/kcore has a segment for each range of memory, about ten; the format allows 16 bits. */
#define SEGMENTS_MAX 4096
/* Maximum size of the notes: /proc/kcore has VMCOREINFO, registers, the command line there. */
#define NOTES_MAX    (1U << 20)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OWN_ORDER ELFDATA2LSB
#else
#define OWN_ORDER ELFDATA2MSB
#endif

struct elf_core {
	int fd;
	size_t nr;
	Elf64_Phdr *segments; /* segments of type PT_LOAD */
	char *vmcoreinfo; /* NULL if the file has no such note */
};

int file__read(int fd, void *buf, size_t size, uint64_t offset)
{
	for (size_t got = 0; got < size;) {
		ssize_t n = pread(fd, (char *)buf + got, size - got, offset + got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EFAULT;
		got += n;
	}
	return 0;
}

static bool is_readable_core(const Elf64_Ehdr *head)
{
	return !memcmp(head->e_ident, ELFMAG, SELFMAG) && head->e_ident[EI_CLASS] == ELFCLASS64 &&
	       head->e_ident[EI_DATA] == OWN_ORDER && head->e_type == ET_CORE &&
	       head->e_phentsize == sizeof(Elf64_Phdr) && head->e_phnum <= SEGMENTS_MAX;
}

/* Returns the text of the note VMCOREINFO in @size bytes of notes, or NULL; the caller frees it. */
static char *vmcoreinfo_find(const char *notes, size_t size)
{
	static const char name[] = "VMCOREINFO";
	Elf64_Nhdr note;

	for (size_t at = 0; at + sizeof(note) <= size;) {
		size_t text;

		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		text = at + (((size_t)note.n_namesz + 3) & ~(size_t)3);
		if (text + note.n_descsz > size)
			break;
		if (note.n_namesz == sizeof(name) && !memcmp(notes + at, name, sizeof(name)) &&
		    note.n_descsz <= VMCOREINFO_BYTES)
			return strndup(notes + text, note.n_descsz);
		at = text + (((size_t)note.n_descsz + 3) & ~(size_t)3);
	}
	return NULL;
}

static int segments_read(struct elf_core *core)
{
	Elf64_Ehdr head;
	int err = file__read(core->fd, &head, sizeof(head), 0);

	if (err || !is_readable_core(&head))
		return err && err != -EFAULT ? err : -ENOEXEC;
	core->segments = calloc(head.e_phnum + 1, sizeof(*core->segments));
	if (!core->segments)
		return -ENOMEM;
	err = file__read(core->fd, core->segments, head.e_phnum * sizeof(*core->segments),
			 head.e_phoff);
	if (err)
		return err == -EFAULT ? -ENOEXEC : err;
	for (size_t i = 0; i < head.e_phnum; i++) {
		const Elf64_Phdr s = core->segments[i];
		char *notes = s.p_type == PT_NOTE && s.p_filesz <= NOTES_MAX ? malloc(s.p_filesz) :
									       NULL;

		/* A file whose notes cannot be read counts as a file without notes. */
		if (notes && !core->vmcoreinfo &&
		    !file__read(core->fd, notes, s.p_filesz, s.p_offset))
			core->vmcoreinfo = vmcoreinfo_find(notes, s.p_filesz);
		free(notes);
		if (s.p_type == PT_LOAD)
			core->segments[core->nr++] = s;
	}
	return core->nr ? 0 : -ENOEXEC;
}

int elf_core__open(struct elf_core **out, const char *path)
{
	struct elf_core *core = calloc(1, sizeof(*core));
	int err;

	if (!core)
		return -ENOMEM;
	core->fd = open(path, O_RDONLY | O_CLOEXEC);
	err = core->fd < 0 ? -errno : segments_read(core);
	if (err)
		elf_core__close(core);
	else
		*out = core;
	return err;
}

void elf_core__close(struct elf_core *core)
{
	if (!core)
		return;
	if (core->fd >= 0)
		close(core->fd);
	free(core->segments);
	free(core->vmcoreinfo);
	free(core);
}

static int core_read(void *ctx, uint64_t addr, void *buf, size_t size)
{
	const struct elf_core *core = ctx;

	for (size_t i = 0; i < core->nr; i++) {
		const Elf64_Phdr *s = &core->segments[i];

		if (addr >= s->p_vaddr && addr - s->p_vaddr < s->p_filesz &&
		    size <= s->p_filesz - (addr - s->p_vaddr))
			return file__read(core->fd, buf, size, s->p_offset + (addr - s->p_vaddr));
	}
	return -EFAULT;
}

struct memory elf_core__memory(struct elf_core *core)
{
	return (struct memory){ core_read, core, core->vmcoreinfo };
}

bool vmcoreinfo__value(const char *text, const char *key, char *buf, size_t size)
{
	size_t len = strlen(key);

	for (const char *line = text; line && *line; line += *line == '\n') {
		size_t end = strcspn(line, "\n");

		if (end > len && !strncmp(line, key, len) && line[len] == '=') {
			snprintf(buf, size, "%.*s", (int)(end - len - 1), line + len + 1);
			return true;
		}
		line += end;
	}
	return false;
}

uint64_t vmcoreinfo__symbol(const char *text, const char *name)
{
	char key[64], value[32];

	snprintf(key, sizeof(key), "SYMBOL(%s)", name);
	/* A hexadecimal number without 0x. */
	return vmcoreinfo__value(text, key, value, sizeof(value)) ? strtoull(value, NULL, 16) : 0;
}
