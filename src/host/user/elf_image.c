// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include "host/user/user.h"

#define SECTIONS_MAX 4096
#define HEADERS_MAX  64
/* 48 MB of symbols, as the largest browsers have. */
#define SYMBOLS_MAX  (2 << 20)
/* Symbols that are read at once. */
#define CHUNK	     1024
/* Bytes that a symbol without a size covers at most; assembler code has such symbols. */
#define UNSIZED_MAX  4096
#define NOTES_MAX    1024
/* At most this many names of one function are compared. */
#define ALIASES_MAX  64

static bool read_at(int fd, uint64_t offset, void *to, size_t size)
{
	return offset <= INT64_MAX - size && budget__pread(fd, to, size, offset) == (ssize_t)size;
}

static unsigned int align4(unsigned int n)
{
	return (n + 3) & ~3U;
}

/* Read the build-id from the notes: @bytes at @offset of the file. */
static void build_id_read(struct elf_image *image, uint64_t offset, uint64_t bytes)
{
	unsigned int size = bytes < NOTES_MAX ? bytes : NOTES_MAX, at = 0;
	uint8_t notes[NOTES_MAX];

	if (!read_at(image->fd, offset, notes, size))
		return;
	while (at + sizeof(Elf64_Nhdr) <= size) {
		Elf64_Nhdr note;
		unsigned int name = at + sizeof(note), desc;

		memcpy(&note, notes + at, sizeof(note));
		if (note.n_namesz > size || note.n_descsz > size)
			return;
		desc = name + align4(note.n_namesz);
		at = desc + align4(note.n_descsz);
		if (at > size)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes + name, "GNU", 4) && note.n_descsz <= BUILD_ID_MAX) {
			memcpy(image->build_id, notes + desc, note.n_descsz);
			image->build_id_len = note.n_descsz;
			return;
		}
	}
}

static void segments_read(struct elf_image *image, const Elf64_Ehdr *ehdr)
{
	for (unsigned int i = 0; i < ehdr->e_phnum && i < HEADERS_MAX; i++) {
		Elf64_Phdr phdr;

		if (!read_at(image->fd, ehdr->e_phoff + i * sizeof(phdr), &phdr, sizeof(phdr)))
			return;
		if (phdr.p_type == PT_GNU_EH_FRAME)
			image->unwind = phdr.p_vaddr;
		if (phdr.p_type == PT_NOTE && !image->build_id_len)
			build_id_read(image, phdr.p_offset, phdr.p_filesz);
		if (phdr.p_type != PT_LOAD || image->nr_segments == IMAGE_SEGMENTS)
			continue;
		image->segments[image->nr_segments].vaddr = phdr.p_vaddr;
		image->segments[image->nr_segments].offset = phdr.p_offset;
		image->segments[image->nr_segments++].size = phdr.p_filesz;
	}
}

static bool section_read(const struct elf_image *image, const Elf64_Ehdr *ehdr, unsigned int i,
			 Elf64_Shdr *section)
{
	return i < ehdr->e_shnum &&
	       read_at(image->fd, ehdr->e_shoff + i * sizeof(*section), section, sizeof(*section));
}

/* Find the symbols: .symtab has all functions, .dynsym only those that other files may call. */
static void sections_read(struct elf_image *image, const Elf64_Ehdr *ehdr)
{
	Elf64_Shdr section, strings;

	image->stripped = true;
	for (unsigned int i = 0; i < ehdr->e_shnum && i < SECTIONS_MAX; i++) {
		if (!section_read(image, ehdr, i, &section))
			return;
		/* A file of symbols lacks the segments' bytes, but has the build-id here. */
		if (section.sh_type == SHT_NOTE && !image->build_id_len)
			build_id_read(image, section.sh_offset, section.sh_size);
		if (section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM)
			continue;
		if (section.sh_entsize != sizeof(Elf64_Sym) ||
		    !section_read(image, ehdr, section.sh_link, &strings))
			continue;
		if (section.sh_type == SHT_DYNSYM && !image->stripped)
			continue;
		image->symtab = (struct elf_symbols){ section.sh_offset, section.sh_size,
						      strings.sh_offset, strings.sh_size };
		image->stripped &= section.sh_type == SHT_DYNSYM;
	}
}

int elf_image__open(struct elf_image *image, int fd)
{
	Elf64_Ehdr ehdr;

	*image = (struct elf_image){ .fd = fd };
	if (!read_at(fd, 0, &ehdr, sizeof(ehdr)) || memcmp(ehdr.e_ident, ELFMAG, SELFMAG) ||
	    ehdr.e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr.e_ident[EI_DATA] != (BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB))
		return -ENOEXEC;
	image->machine = ehdr.e_machine;
	if (ehdr.e_phentsize == sizeof(Elf64_Phdr))
		segments_read(image, &ehdr);
	if (ehdr.e_shentsize == sizeof(Elf64_Shdr))
		sections_read(image, &ehdr);
	return 0;
}

bool elf_image__same_build(const struct elf_image *a, const struct elf_image *b)
{
	return a->build_id_len && a->build_id_len == b->build_id_len &&
	       !memcmp(a->build_id, b->build_id, a->build_id_len);
}

bool elf_image__vaddr(const struct elf_image *image, uint64_t offset, uint64_t *vaddr)
{
	for (unsigned int i = 0; i < image->nr_segments; i++) {
		uint64_t from = image->segments[i].offset;

		if (offset < from || offset - from >= image->segments[i].size)
			continue;
		*vaddr = image->segments[i].vaddr + (offset - from);
		return true;
	}
	return false;
}

bool elf_image__read(const struct elf_image *image, uint64_t vaddr, void *to, size_t size)
{
	for (unsigned int i = 0; i < image->nr_segments; i++) {
		uint64_t at = vaddr - image->segments[i].vaddr;

		if (vaddr < image->segments[i].vaddr || at >= image->segments[i].size ||
		    size > image->segments[i].size - at)
			continue;
		return read_at(image->fd, image->segments[i].offset + at, to, size);
	}
	return false;
}

/* Read the name at @at of the strings, without its version. */
static bool name_read(const struct elf_image *image, uint32_t at, char *name, size_t size)
{
	const struct elf_symbols *table = &image->symtab;
	bool inside = at < table->strings_size && table->strings <= INT64_MAX - (uint64_t)at;
	uint64_t left = inside ? table->strings_size - at : 0;
	size_t len = left < size - 1 ? left : size - 1;
	ssize_t n = len ? budget__pread(image->fd, name, len, table->strings + at) : 0;

	if (n <= 0)
		return false;
	name[n] = '\0';
	/* A name may have a version: memcpy@@GLIBC_2.14. */
	name[strcspn(name, "@")] = '\0';
	return *name;
}

/*
 * Returns how well a symbol explains an address: better if the symbol begins nearer to the address.
 * 0: not at all.
 */
static uint64_t rate_fit(const Elf64_Sym *sym, uint64_t vaddr)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);
	uint64_t in = vaddr - sym->st_value;

	if (sym->st_shndx == SHN_UNDEF || !sym->st_name || sym->st_value > vaddr ||
	    (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE))
		return 0;
	if (sym->st_size)
		return in < sym->st_size ? UINT64_MAX - in : 0;
	return in < UNSIZED_MAX ? UNSIZED_MAX - in : 0;
}

/* Whether @a is the better alias, the name that a programmer writes: munmap, not __munmap. */
static bool is_plainer(const char *a, const char *b)
{
	size_t underscores_a = strspn(a, "_"), underscores_b = strspn(b, "_");

	return underscores_a == underscores_b ? strlen(a) < strlen(b) :
						underscores_a < underscores_b;
}

/* The symbols that explain an address best: aliases of one function, by their names. */
struct aliases {
	uint64_t fit;
	uint64_t value;
	unsigned int nr;
	uint32_t names[ALIASES_MAX];
};

/*
 * Find the aliases. A table may have a million symbols, each better than the last, so read names
 * only at the end.
 */
static void aliases_find(const struct elf_image *image, uint64_t vaddr, struct aliases *aliases)
{
	uint64_t nr = image->symtab.size / sizeof(Elf64_Sym);
	static Elf64_Sym chunk[CHUNK];

	nr = nr < SYMBOLS_MAX ? nr : SYMBOLS_MAX;
	for (uint64_t first = 0; first < nr; first += CHUNK) {
		size_t left = nr - first < CHUNK ? nr - first : CHUNK;

		if (!read_at(image->fd, image->symtab.offset + first * sizeof(*chunk), chunk,
			     left * sizeof(*chunk)))
			break;
		for (size_t i = 0; i < left; i++) {
			uint64_t fit = rate_fit(&chunk[i], vaddr);

			if (!fit || fit < aliases->fit)
				continue;
			if (fit > aliases->fit)
				*aliases =
					(struct aliases){ .fit = fit, .value = chunk[i].st_value };
			/* Symbols that explain @vaddr equally well are aliases. */
			if (aliases->nr < ALIASES_MAX)
				aliases->names[aliases->nr++] = chunk[i].st_name;
		}
	}
}

bool elf_image__function(const struct elf_image *image, uint64_t vaddr, char *name, size_t size,
			 uint64_t *offset)
{
	struct aliases aliases = {};
	bool found = false;
	char other[256];

	aliases_find(image, vaddr, &aliases);
	for (unsigned int i = 0; i < aliases.nr; i++) {
		if (!name_read(image, aliases.names[i], other, sizeof(other)) ||
		    (found && !is_plainer(other, name)))
			continue;
		snprintf(name, size, "%.*s", (int)size - 1, other);
		*offset = vaddr - aliases.value;
		found = true;
	}
	return found;
}
