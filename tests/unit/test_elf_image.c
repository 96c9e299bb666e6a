// SPDX-License-Identifier: GPL-2.0
/* host/user/elf_image: segments, build-ids, symbol tables and the function at an address, of files that the test makes. */
#include "host/user/user.h"
#include "made_elf.h"

#define SECTIONS 0x1000
#define NOTES	 0x60000
#define STRINGS	 0x70000
#define SYMBOLS	 0x80000

static const Elf64_Ehdr head = {
	.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
	.e_machine = EM_AARCH64,
	.e_phoff = sizeof(Elf64_Ehdr),
	.e_phentsize = sizeof(Elf64_Phdr),
	.e_shoff = SECTIONS,
	.e_shentsize = sizeof(Elf64_Shdr),
};

static Elf64_Ehdr ehdr;
static Elf64_Phdr segments[66];
static Elf64_Shdr sections[4097];
static struct elf_image image;
static int fd;

static int setup(void **state)
{
	ehdr = head;
	memset(segments, 0, sizeof(segments));
	memset(sections, 0, sizeof(sections));
	fd = memfd_create("image", MFD_CLOEXEC);
	return fd < 0;
}

static int teardown(void **state)
{
	return close(fd);
}

/* Write the headers, and open the file with the result @want. What @image had before does not stay. */
static void open_image(int want)
{
	made_put(fd, &ehdr, sizeof(ehdr), 0);
	made_put(fd, segments, ehdr.e_phnum * sizeof(*segments), ehdr.e_phoff);
	made_put(fd, sections, ehdr.e_shnum * sizeof(*sections), ehdr.e_shoff);
	memset(&image, 0x55, sizeof(image));
	assert_int_equal(elf_image__open(&image, fd), want);
}

TEST_F(only_whole_64_bit_files_of_this_byte_order_are_read)
{
	static const struct {
		size_t at;
		unsigned char wrong;
	} bytes[] = { { 0, 0x7e }, { 3, 'f' }, { EI_CLASS, ELFCLASS32 }, { EI_DATA, ELFDATA2MSB } };

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		ehdr = head;
		ehdr.e_ident[bytes[i].at] = bytes[i].wrong;
		open_image(-ENOEXEC);
	}
	ehdr = head;
	open_image(0);
	assert_members(image, fd, fd, machine, EM_AARCH64, nr_segments, 0, symtab.size, 0, unwind,
		       0, build_id_len, 0);
	assert_int_equal(ftruncate(fd, sizeof(ehdr)), 0);
	assert_int_equal(elf_image__open(&image, fd), 0);
	assert_int_equal(ftruncate(fd, sizeof(ehdr) - 1), 0);
	assert_int_equal(elf_image__open(&image, fd), -ENOEXEC);
}

/* Of more segments than have room the first count, and of more headers than are read, too. */
TEST_F(segments_are_those_of_the_first_headers)
{
	ehdr.e_phnum = 66;
	for (int i = 0; i < 40; i++)
		segments[i] = (Elf64_Phdr){ .p_type = i % 2 ? PT_LOAD : PT_PHDR,
					    .p_vaddr = 0x100000 * (i + 1),
					    .p_offset = 0x1000 * i,
					    .p_filesz = 0x100 + i };
	segments[64] = (Elf64_Phdr){ .p_type = PT_GNU_EH_FRAME, .p_vaddr = 0x1234 };
	open_image(0);
	assert_members(image, nr_segments, IMAGE_SEGMENTS, unwind, 0);
	for (int i = 0; i < IMAGE_SEGMENTS; i++)
		assert_members(image.segments[i], vaddr, 0x100000 * (2 * i + 2), offset,
			       0x1000 * (2 * i + 1), size, 0x101 + 2 * i);
	segments[63] = segments[64];
	open_image(0);
	assert_int_equal(image.unwind, 0x1234);
	ehdr.e_phnum = 63;
	open_image(0);
	assert_int_equal(image.unwind, 0);
	/* Entries of another size would be read wrongly. */
	ehdr.e_phentsize++;
	open_image(0);
	assert_int_equal(image.nr_segments, 0);
}

TEST_F(an_address_belongs_to_the_segment_that_has_its_byte)
{
	uint64_t at = 77;
	char bytes[8];

	ehdr.e_phnum = 3;
	segments[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_vaddr = 0x10000, .p_offset = 0x2000, .p_filesz = 16
	};
	segments[1] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_vaddr = 0x1000c, .p_offset = 0x3000, .p_filesz = 16
	};
	segments[2] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_vaddr = 0x20000, .p_offset = 0x4000, .p_filesz = 16
	};
	open_image(0);
	made_put(fd, "0123456789abcdef", 16, 0x2000);
	made_put(fd, "ABCDEFGHIJKLMNOP", 16, 0x3000);
	made_put(fd, "xyz", 3, 0x4000);
	assert_false(elf_image__vaddr(&image, 0x1fff, &at));
	assert_false(elf_image__vaddr(&image, 0x2010, &at));
	assert_int_equal(at, 77);
	assert_true(elf_image__vaddr(&image, 0x2000, &at));
	assert_int_equal(at, 0x10000);
	assert_true(elf_image__vaddr(&image, 0x300f, &at));
	assert_int_equal(at, 0x1001b);
	assert_false(elf_image__read(&image, 0xffff, bytes, 1));
	assert_true(elf_image__read(&image, 0x10000, bytes, 8));
	assert_memory_equal(bytes, "01234567", 8);
	assert_true(elf_image__read(&image, 0x1000c, bytes, 4));
	assert_memory_equal(bytes, "cdef", 4);
	/* Too long for the first of the two, and the second has them, too. */
	assert_true(elf_image__read(&image, 0x1000d, bytes, 4));
	assert_memory_equal(bytes, "BCDE", 4);
	assert_true(elf_image__read(&image, 0x10018, bytes, 4));
	assert_memory_equal(bytes, "MNOP", 4);
	assert_false(elf_image__read(&image, 0x10019, bytes, 4));
	assert_false(elf_image__read(&image, 0x1001c, bytes, 1));
	/* The file ends within the segment. */
	assert_true(elf_image__read(&image, 0x20000, bytes, 3));
	assert_memory_equal(bytes, "xyz", 3);
	assert_false(elf_image__read(&image, 0x20000, bytes, 4));
}

static uint8_t notes[2048];
static size_t notes_len;

static void add_note(uint32_t type, const char *name, uint32_t name_len, const void *desc,
		     uint32_t desc_len)
{
	const Elf64_Nhdr note = { name_len, desc_len, type };

	memcpy(notes + notes_len, &note, sizeof(note));
	notes_len += sizeof(note);
	memcpy(notes + notes_len, name, name_len);
	notes_len += (name_len + 3) / 4 * 4;
	memcpy(notes + notes_len, desc, desc_len);
	notes_len += (desc_len + 3) / 4 * 4;
}

static void add_id(const char *id)
{
	add_note(NT_GNU_BUILD_ID, "GNU", 4, id, strlen(id));
}

static void clear_notes(void)
{
	memset(notes, 0, sizeof(notes));
	notes_len = 0;
}

/* Fails unless the build-id is @id, "" for none, in the notes as a segment, and as a section. */
static void check_id(const char *id)
{
	made_put(fd, notes, sizeof(notes), NOTES);
	segments[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = NOTES, .p_filesz = notes_len };
	sections[0] = (Elf64_Shdr){ .sh_type = SHT_NOTE, .sh_offset = NOTES, .sh_size = notes_len };
	for (int section = 0; section < 2; section++) {
		ehdr.e_phnum = !section;
		ehdr.e_shnum = section;
		open_image(0);
		assert_int_equal(image.build_id_len, strlen(id));
		assert_memory_equal(image.build_id, id, strlen(id));
	}
	clear_notes();
}

#define ID20 "0123456789abcdefghij"

TEST_F(a_build_id_is_found_among_notes)
{
	static const uint8_t zeros[1024];

	clear_notes();
	add_note(NT_GNU_ABI_TAG, "GNU", 4, "0123456789abcdef", 16);
	add_note(NT_GNU_BUILD_ID, "Linux", 6, "12345", 5);
	add_note(NT_GNU_BUILD_ID, "GNX", 4, "1234", 4);
	add_note(NT_GNU_BUILD_ID, "GNU", 3, "1234", 4);
	add_id(ID20 "k");
	add_id(ID20);
	add_id("another");
	check_id(ID20);
	add_id("1");
	check_id("1");
	add_note(NT_GNU_ABI_TAG, "GNU", 4, "12", 2);
	check_id("");
	/* A length that leads out of the notes ends them. */
	add_note(NT_GNU_ABI_TAG, "GNU", 4, "1234", 4);
	((Elf64_Nhdr *)notes)->n_descsz = 4096;
	add_id(ID20);
	check_id("");
	add_note(NT_GNU_ABI_TAG, "GNU", 4, "1234", 4);
	((Elf64_Nhdr *)notes)->n_namesz = UINT32_MAX;
	add_id(ID20);
	check_id("");
	add_id(ID20);
	notes_len--;
	check_id("");
	add_id("");
	check_id("");
	/* 1024 bytes of notes are read. */
	for (int more = 0; more <= 4; more += 4) {
		add_note(NT_GNU_ABI_TAG, "GNU", 4, zeros, 1024 - 16 - 36 + more);
		add_id(ID20);
		assert_int_equal(notes_len, 1024 + more);
		check_id(more ? "" : ID20);
	}
}

TEST_F(the_first_build_id_counts)
{
	clear_notes();
	add_note(NT_GNU_ABI_TAG, "GNU", 4, "1234", 4);
	add_id("one_");
	add_id("two_");
	made_put(fd, notes, sizeof(notes), NOTES);
	/* Notes of 20 bytes each; a file of symbols has no segment's bytes, and its section counts. */
	for (int i = 0; i < 3; i++)
		segments[i] = (Elf64_Phdr){ .p_type = PT_NOTE,
					    .p_offset = NOTES + 20 * i,
					    .p_filesz = 20 };
	sections[0] = (Elf64_Shdr){ .sh_type = SHT_NOTE, .sh_offset = NOTES + 40, .sh_size = 20 };
	ehdr.e_phnum = 3;
	ehdr.e_shnum = 1;
	open_image(0);
	assert_memory_equal(image.build_id, "one_", 4);
	ehdr.e_phnum = 1;
	open_image(0);
	assert_memory_equal(image.build_id, "two_", 4);
	segments[0].p_offset = 1ULL << 63;
	open_image(0);
	assert_memory_equal(image.build_id, "two_", 4);
	sections[0].sh_type = SHT_PROGBITS;
	open_image(0);
	assert_int_equal(image.build_id_len, 0);
}

TEST(files_of_one_build_have_the_same_id)
{
	struct elf_image a = { .build_id = "0123", .build_id_len = 4 }, b = a;

	assert_true(elf_image__same_build(&a, &b));
	b.build_id[3]++;
	assert_false(elf_image__same_build(&a, &b));
	a.build_id_len = 3;
	assert_false(elf_image__same_build(&a, &b));
	b.build_id_len = 3;
	assert_true(elf_image__same_build(&a, &b));
	a.build_id_len = b.build_id_len = 0;
	assert_false(elf_image__same_build(&a, &b));
}

/* A table of symbols is section @at, its strings are section @at + 1; their places tell them apart. */
static void table(int at, uint32_t type)
{
	sections[at] = (Elf64_Shdr){ .sh_type = type,
				     .sh_offset = 0x1000 + at,
				     .sh_size = 0x2000 + at,
				     .sh_entsize = sizeof(Elf64_Sym),
				     .sh_link = at + 1 };
	sections[at + 1] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
					 .sh_offset = 0x3000 + at,
					 .sh_size = 0x4000 + at };
}

/* Fails unless the symbols are those of section @at; negative: none. */
static void check_table(int at, bool stripped)
{
	open_image(0);
	assert_int_equal(image.stripped, stripped);
	if (at < 0)
		assert_members(image.symtab, offset, 0, size, 0, strings, 0, strings_size, 0);
	else
		assert_members(image.symtab, offset, 0x1000 + at, size, 0x2000 + at, strings,
			       0x3000 + at, strings_size, 0x4000 + at);
}

TEST_F(all_symbols_go_before_those_for_other_files)
{
	ehdr.e_shnum = 8;
	check_table(-1, true);
	table(1, SHT_DYNSYM);
	check_table(1, true);
	table(3, SHT_SYMTAB);
	check_table(3, false);
	table(5, SHT_DYNSYM);
	check_table(3, false);
	sections[3].sh_entsize++;
	check_table(5, true);
	/* The strings are behind the last section. */
	sections[5].sh_link = 8;
	check_table(1, true);
	sections[5].sh_link = 7;
	open_image(0);
	assert_members(image.symtab, offset, 0x1005, strings_size, 0);
	ehdr.e_shentsize++;
	check_table(-1, false);
}

TEST_F(as_many_sections_are_read_as_files_have)
{
	ehdr.e_shnum = 4097;
	table(1, SHT_DYNSYM);
	sections[4096] = sections[1];
	sections[4096].sh_type = SHT_SYMTAB;
	check_table(1, true);
	sections[4095] = sections[4096];
	check_table(1, false);
	/* The file ends before its table of sections does. */
	ehdr.e_shoff = 0x200000;
	open_image(0);
	assert_int_equal(ftruncate(fd, 0x200000 + 4095 * sizeof(*sections)), 0);
	assert_int_equal(elf_image__open(&image, fd), 0);
	assert_true(image.stripped);
}

#define SYM(sym_name, type, at, len)                                                     \
	(Elf64_Sym)                                                                      \
	{                                                                                \
		.st_name = (sym_name), .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_##type), \
		.st_shndx = 1, .st_value = (at), .st_size = (len)                        \
	}

/* Open a file with these symbols, from number @first on, of @nr, and @size bytes of strings. */
static void open_symbols(const Elf64_Sym *symbols, size_t first, size_t some, uint64_t nr,
			 const char *strings, size_t size)
{
	ehdr.e_shnum = 3;
	sections[1] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB,
				    .sh_offset = SYMBOLS,
				    .sh_size = nr * sizeof(*symbols),
				    .sh_entsize = sizeof(*symbols),
				    .sh_link = 2 };
	sections[2] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = STRINGS, .sh_size = size };
	made_put(fd, strings, size, STRINGS);
	made_put(fd, symbols, some * sizeof(*symbols), SYMBOLS + first * sizeof(*symbols));
	open_image(0);
}

/* Fails unless the function at @vaddr is @name, NULL for none, @offset before it. */
static void check_function(uint64_t vaddr, const char *name, uint64_t offset)
{
	char got[300] = "unchanged";
	uint64_t distance = 77;

	assert_int_equal(elf_image__function(&image, vaddr, got, sizeof(got), &distance),
			 name != NULL);
	assert_string_equal(got, name ?: "unchanged");
	assert_int_equal(distance, name ? offset : 77);
}

TEST_F(the_nearest_symbol_with_code_names_an_address)
{
	/* Each name is a letter: its place in the strings is 2 * (letter - 'a') + 1. */
	static const char strings[] = "\0a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0l";
	static const Elf64_Sym symbols[] = {
		SYM(1, FUNC, 0x1000, 0x100),
		SYM(3, FUNC, 0x1010, 0x10),
		SYM(5, GNU_IFUNC, 0x20000, 0),
		SYM(7, NOTYPE, 0x4000, 8),
		SYM(9, OBJECT, 0x5000, 8),
		{ .st_name = 11, .st_value = 0x6000, .st_size = 8, .st_info = STT_FUNC },
		SYM(0, FUNC, 0x7000, 8),
		SYM(15, FUNC, 0x8000, 0x100),
		SYM(17, FUNC, 0x8080, 0),
		SYM(19, NOTYPE, 0xa000, 0),
		SYM(21, NOTYPE, 0xa800, 0),
		SYM(sizeof(strings), FUNC, 0xc000, 8),
		SYM(23, FUNC, 0xd000, 0x1000),
	};

	open_symbols(symbols, 0, ARRAY_SIZE(symbols), ARRAY_SIZE(symbols), strings,
		     sizeof(strings));
	check_function(0xfff, NULL, 0);
	check_function(0x1000, "a", 0);
	check_function(0x100f, "a", 15);
	check_function(0x1010, "b", 0);
	check_function(0x101f, "b", 15);
	check_function(0x1020, "a", 0x20);
	check_function(0x10ff, "a", 0xff);
	check_function(0x1100, NULL, 0);
	/* A symbol without a size covers 4096 bytes. */
	check_function(0x20000, "c", 0);
	check_function(0x20fff, "c", 0xfff);
	check_function(0x21000, NULL, 0);
	check_function(0x4007, "d", 7);
	check_function(0x4008, NULL, 0);
	/* A variable, a function of another file, and one without a name. */
	check_function(0x5000, NULL, 0);
	check_function(0x6000, NULL, 0);
	check_function(0x7000, NULL, 0);
	/* A size says more than none, even if its symbol begins farther away. */
	check_function(0x8080, "h", 0x80);
	check_function(0x8100, "i", 0x80);
	check_function(0xa7ff, "j", 0x7ff);
	check_function(0xa800, "k", 0);
	/* A name that is not within the strings. */
	check_function(0xc000, NULL, 0);
	check_function(0xdfff, "l", 0xfff);
}

/* Of several names the one that a programmer writes is taken, without its version. */
TEST_F(the_plainest_of_several_names_is_taken)
{
	static const struct {
		const char *strings; /* up to three names, with a bar between them */
		const char *name;
	} rows[] = {
		{ "__munmap|munmap|_munmap", "munmap" },
		{ "munmap|__munmap|munmap64", "munmap" },
		{ "munmap64|munmap|mun_map", "munmap" },
		{ "first|other|third", "first" },
		{ "_ab|abcdef|__a", "abcdef" },
		{ "memcpy@@GLIBC_2.14|__memcpy|memcpyx", "memcpy" },
		{ "@x|@y|@z", NULL },
		{ "@x|longer_name|@z", "longer_name" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		Elf64_Sym symbols[3];
		char strings[64] = "";
		size_t len = strlen(rows[i].strings) + 2;
		int nr = 0;

		memcpy(strings + 1, rows[i].strings, len - 2);
		for (char *at = strings; nr < 3; at = strchr(at + 1, '|') ?: at) {
			*at = '\0';
			symbols[nr++] = SYM(at + 1 - strings, FUNC, 0x1000, 16);
		}
		open_symbols(symbols, 0, 3, 3, strings, len);
		check_function(0x1004, rows[i].name, 4);
	}
}

/* A name ends with the strings, or where the room ends. */
TEST_F(a_long_name_is_cut)
{
	const Elf64_Sym symbol = SYM(1, FUNC, 0x1000, 16);
	char strings[302] = "", name[8];
	uint64_t offset;

	memset(strings + 1, 'n', 300);
	open_symbols(&symbol, 0, 1, 1, strings, sizeof(strings));
	memset(strings + 1 + 255, 0, 45);
	check_function(0x1000, strings + 1, 0);
	assert_true(elf_image__function(&image, 0x1001, name, sizeof(name), &offset));
	assert_string_equal(name, "nnnnnnn");
	open_symbols(&symbol, 0, 1, 1, strings, 5);
	check_function(0x1000, "nnnn", 0);
	open_symbols(&symbol, 0, 1, 1, strings, 1);
	check_function(0x1000, NULL, 0);
}

TEST_F(some_of_many_names_are_compared)
{
	Elf64_Sym symbols[66];

	for (int last = 63; last < 66; last++) {
		for (int i = 0; i < 66; i++)
			symbols[i] = SYM(i == last ? 1 : 3, FUNC, 0x1000, 16);
		open_symbols(symbols, 0, 66, 66, "\0p\0qq", 6);
		check_function(0x1000, last == 63 ? "p" : "qq", 0);
	}
}

/* The table is read in parts of 1024 symbols. */
TEST_F(each_part_of_the_table_is_searched)
{
	Elf64_Sym *symbols = calloc(3000, sizeof(*symbols));

	assert_non_null(symbols);
	for (int i = 0; i < 3000; i++)
		symbols[i] = SYM(1 + 2 * (i % 2), FUNC, 0x10000 + 16 * i, 16);
	open_symbols(symbols, 0, 3000, 2049, "\0e\0o", 5);
	for (int i = 0; i < 2049; i++)
		check_function(0x10000 + 16 * i + 5, i % 2 ? "o" : "e", 5);
	check_function(0x10000 + 16 * 2049, NULL, 0);
	/* The file ends in the second part: the first one still counts. */
	assert_int_equal(ftruncate(fd, SYMBOLS + 1500 * sizeof(*symbols)), 0);
	check_function(0x10000 + 16 * 1023, "o", 0);
	check_function(0x10000 + 16 * 1024, NULL, 0);
	free(symbols);
}

TEST_F(a_table_without_end_is_read_in_part)
{
	const Elf64_Sym symbol = SYM(1, FUNC, 0x1000, 16);
	const size_t most = 2 << 20;

	open_symbols(&symbol, most, 1, most + 1, "\0f", 3);
	check_function(0x1000, NULL, 0);
	open_symbols(&symbol, most - 1, 1, most + 1, "\0f", 3);
	check_function(0x1000, "f", 0);
}

TEST_MAIN(NULL, NULL)
