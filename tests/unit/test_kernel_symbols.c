// SPDX-License-Identifier: GPL-2.0
/* Symbols out of a kernel's memory, here made up: its own table, and those of modules. */
#include <elf.h>
#include <bpf/btf.h>
#include "collect/kcore/memory.h"
#include "host/symbols.h"
#include "skip.h"
#include "unit.h"

#define BASE	 0xffffffff81000000ULL /* where the made-up memory begins */
#define BYTES	 0x40000ULL
#define NR_AT	 0x100ULL
#define BASE_AT	 0x108ULL
#define INDEX	 0x200ULL
#define TABLE	 0x1000ULL
#define OFFSETS	 0x3000ULL
#define NAMES	 0x4000ULL
#define MODULES	 0x100ULL
#define SEEN_MAX 16

static unsigned char bytes[BYTES];
static char info[1024];

static struct {
	uint64_t at;
	bool text;
	char name[600];
	char module[64];
} seen[SEEN_MAX];
static size_t nr_seen;
static int refuse;

static int memory_read(void *ctx, uint64_t addr, void *buf, size_t size)
{
	if (addr < BASE || addr - BASE > BYTES || size > BYTES - (addr - BASE))
		return -EFAULT;
	memcpy(buf, bytes + (addr - BASE), size);
	return 0;
}

static const struct memory memory = { .read = memory_read };

static int see(void *ctx, const struct kernel_symbol *symbol)
{
	assert_true(nr_seen < SEEN_MAX);
	seen[nr_seen].at = symbol->at;
	seen[nr_seen].text = symbol->text;
	snprintf(seen[nr_seen].name, sizeof(seen->name), "%s", symbol->name);
	snprintf(seen[nr_seen++].module, sizeof(seen->module), "%s",
		 symbol->module ? symbol->module : "");
	return refuse;
}

static struct symbol_sink sink;

static void put(uint64_t offset, uint64_t value, size_t size)
{
	assert_true(offset + size <= BYTES);
	memcpy(bytes + offset, &value, size);
}

/* The tokens: each byte means itself, except 1 ("_cpu") and 255 ("smp_"). */
static void tokens_make(void)
{
	uint64_t at = 0;

	for (int i = 0; i < 256; i++) {
		char text[8] = { i == 1 ? '_' : i };

		if (i == 1)
			strcpy(text, "_cpu");
		if (i == 255)
			strcpy(text, "smp_");
		put(INDEX + 2ULL * i, at, 2);
		memcpy(bytes + TABLE + at, text, strlen(text) + 1);
		at += strlen(text) + 1;
	}
}

/* Four symbols: the address of each by its offset, the names compressed. */
static void table_make(const int32_t *offsets, const char *const *names, size_t nr)
{
	uint64_t at = NAMES;

	put(NR_AT, nr, 4);
	put(BASE_AT, BASE, 8);
	tokens_make();
	for (size_t i = 0; i < nr; i++) {
		size_t len = strlen(names[i]);

		put(OFFSETS + 4 * i, (uint32_t)offsets[i], 4);
		put(at++, len < 128 ? len : 0x80 | (len & 0x7f), 1);
		if (len >= 128)
			put(at++, len >> 7, 1);
		memcpy(bytes + at, names[i], len);
		at += len;
	}
}

static int setup(void **state)
{
	static const struct {
		const char *name;
		uint64_t at;
	} symbols[] = { { "num_syms", NR_AT },	  { "relative_base", BASE_AT },
			{ "offsets", OFFSETS },	  { "token_index", INDEX },
			{ "token_table", TABLE }, { "names", NAMES } };
	size_t len = 0;

	memset(bytes, 0, sizeof(bytes));
	nr_seen = refuse = 0;
	sink = (struct symbol_sink){ see, NULL, SYMBOLS_MAX, SYMBOL_BYTES_MAX };
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++)
		len += snprintf(info + len, sizeof(info) - len, "SYMBOL(kallsyms_%s)=%llx\n",
				symbols[i].name, (unsigned long long)(BASE + symbols[i].at));
	return 0;
}

TEST(lines_of_vmcoreinfo)
{
	static const char text[] = "OSRELEASE=6.12.1\nPAGESIZE=4096\n"
				   "SYMBOL(_stext)=ffffffffa2000000\n"
				   "KERNELOFFSET=21000000\nEMPTY=\n";
	char value[8];

	assert_true(vmcoreinfo__value(text, "OSRELEASE", value, sizeof(value)));
	assert_string_equal(value, "6.12.1");
	assert_false(vmcoreinfo__value(text, "RELEASE", value, sizeof(value)));
	assert_false(vmcoreinfo__value(text, "PAGE", value, sizeof(value)));
	assert_false(vmcoreinfo__value(NULL, "PAGESIZE", value, sizeof(value)));
	assert_int_equal(vmcoreinfo__symbol(text, "_stext"), 0xffffffffa2000000);
	assert_int_equal(vmcoreinfo__symbol(text, "stext"), 0);
}

TEST(a_table_with_absolute_addresses, setup)
{
	static const int32_t offsets[] = { 0x32b40, -1, -0x1001, -0x2001 };
	static const char *const names[] = { "Arunqueues", "T_stext",
					     "t\xff"
					     "call\x01",
					     "dmodules" };

	table_make(offsets, names, 4);
	assert_int_equal(kallsyms__read(&memory, info, &sink), 0);
	assert_int_equal(nr_seen, 4);
	assert_int_equal(seen[0].at, 0x32b40);
	assert_string_equal(seen[0].name, "runqueues");
	assert_false(seen[0].text);
	assert_int_equal(seen[1].at, BASE);
	assert_true(seen[1].text);
	assert_int_equal(seen[2].at, BASE + 0x1000);
	assert_string_equal(seen[2].name, "smp_call_cpu");
	assert_members(seen[3], at, BASE + 0x2000, module, "");
}

TEST(a_table_without, setup)
{
	static const int32_t offsets[] = { 0, 0x1000 };
	static char longest[400] = "t";
	const char *const names[] = { "T_stext", longest };

	memset(longest + 1, 'x', 398);
	table_make(offsets, names, 2);
	assert_int_equal(kallsyms__read(&memory, info, &sink), 0);
	assert_int_equal(nr_seen, 2);
	assert_int_equal(seen[1].at, BASE + 0x1000);
	assert_int_equal(strlen(seen[1].name), 398);
}

TEST(a_table_of_another_form, setup)
{
	static const int32_t offsets[] = { 0x10 };
	static const char *const names[] = { "T_stext" };

	table_make(offsets, names, 1);
	strcat(info, "SYMBOL(_stext)=ffffffff81000010\n");
	assert_int_equal(kallsyms__read(&memory, info, &sink), 0);
	put(OFFSETS, 0x20, 4);
	assert_int_equal(kallsyms__read(&memory, info, &sink), -EBADMSG);
}

/* Linux 7.3: each offset is from its own place. */
TEST(a_table_without_a_base, setup)
{
	static const int32_t offsets[] = { -0x3000, 0x1000 - 0x3000 - 4 };
	static const char *const names[] = { "T_stext", "tfunc" };
	char *line = strstr(info, "SYMBOL(kallsyms_relative_base)");

	memset(line, '#', strlen("SYMBOL"));
	table_make(offsets, names, 2);
	assert_int_equal(kallsyms__read(&memory, info, &sink), 0);
	assert_int_equal(nr_seen, 2);
	assert_int_equal(seen[0].at, BASE);
	assert_int_equal(seen[1].at, BASE + 0x1000);
}

TEST(tables_that_are_none, setup)
{
	static const int32_t offsets[] = { 0, 0x1000 };
	static const char *const names[] = { "T_stext", "tfunc" };

	assert_int_equal(kallsyms__read(&memory, NULL, &sink), -ENOENT);
	assert_int_equal(kallsyms__read(&memory, "OSRELEASE=5.10\n", &sink), -ENOENT);
	/*
	 * No symbols; too many; more than the memory holds; a name of no bytes; no memory to keep
	 * them.
	 */
	assert_int_equal(kallsyms__read(&memory, info, &sink), -EBADMSG);
	table_make(offsets, names, 2);
	put(NR_AT, UINT32_MAX, 4);
	assert_int_equal(kallsyms__read(&memory, info, &sink), -E2BIG);
	put(NR_AT, 1 << 20, 4);
	assert_int_equal(kallsyms__read(&memory, info, &sink), -EFAULT);
	put(NR_AT, 3, 4);
	assert_int_equal(kallsyms__read(&memory, info, &sink), -EBADMSG);
	put(NR_AT, 2, 4);
	refuse = -ENOMEM;
	nr_seen = 0;
	assert_int_equal(kallsyms__read(&memory, info, &sink), -ENOMEM);
	assert_int_equal(nr_seen, 1);
	/* A token that points beyond the table. */
	put(INDEX + 2 * 255, 0xffff, 2);
	assert_int_equal(kallsyms__read(&memory, info, &sink), -EBADMSG);
}

/* Each token has its own place. Here the last token's place is not the farthest. */
TEST(a_token_after_the_last_one, setup)
{
	static const int32_t offsets[] = { 0, 0x1000 };
	static const char *const names[] = { "T_stext", "tfunc" };

	table_make(offsets, names, 2);
	put(INDEX + 2 * 't', 0xffff, 2);
	assert_int_equal(kallsyms__read(&memory, info, &sink), -EBADMSG);
}

TEST(more_names_than_may_be, setup)
{
	static const int32_t offsets[] = { 0, 0x1000 };
	static const char *const names[] = { "T_stext", "tfunc" };

	table_make(offsets, names, 2);
	sink.symbols_left = 1;
	assert_int_equal(kallsyms__read(&memory, info, &sink), -E2BIG);
	sink.symbols_left = SYMBOLS_MAX;
	/* The offsets and the first name. */
	sink.bytes_left = 2 * sizeof(*offsets) + strlen(names[0]);
	assert_int_equal(kallsyms__read(&memory, info, &sink), -E2BIG);
	assert_int_equal(nr_seen, 1);
	assert_int_equal(sink.bytes_left, 0);
}

/* Modules, by the layout of the running kernel */

static void symbol_put(uint64_t at, uint32_t name, unsigned char info_, uint64_t value)
{
	const Elf64_Sym sym = {
		.st_name = name, .st_info = info_, .st_shndx = 1, .st_value = value
	};

	memcpy(bytes + at, &sym, sizeof(sym));
}

static uint64_t place(const struct btf *btf, const char *type, const char *member)
{
	struct field field = layout__field(btf, type, member);

	assert_int_not_equal(field.size, 0);
	return field.offset;
}

/* A module "gen" with two functions and a variable, alone in the list. */
static void module_make(const struct btf *btf)
{
	uint64_t module = 0x1000, kallsyms = 0x8000, list = place(btf, "module", "list");

	put(MODULES, BASE + module + list, 8);
	put(module + list, BASE + MODULES, 8);
	memcpy(bytes + module + place(btf, "module", "name"), "gen", 4);
	put(module + place(btf, "module", "kallsyms"), BASE + kallsyms, 8);
	put(kallsyms + place(btf, "mod_kallsyms", "symtab"), BASE + 0x9000, 8);
	put(kallsyms + place(btf, "mod_kallsyms", "num_symtab"), 4, 4);
	put(kallsyms + place(btf, "mod_kallsyms", "strtab"), BASE + 0xaff0, 8);
	symbol_put(0x9000, 0, 0, 0);
	symbol_put(0x9000 + 24, 1, ELF64_ST_INFO(STB_LOCAL, STT_FUNC), 0xffffffffc0001000);
	symbol_put(0x9000 + 48, 6, ELF64_ST_INFO(STB_LOCAL, STT_OBJECT), 0xffffffffc0003000);
	symbol_put(0x9000 + 72, 10, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0xffffffffc0002000);
	/* The last name goes over the end of a page. */
	memcpy(bytes + 0xaff0, "\0init\0var\0finish_it", 20);
}

TEST(functions_of_modules, setup)
{
	struct btf *btf;

	if (skip_if(access("/sys/kernel/btf/vmlinux", R_OK), "this kernel has no BTF"))
		return;
	btf = kernel_btf__load();
	assert_non_null(btf);
	module_make(btf);
	assert_int_equal(module_symbols__read(&memory, btf, BASE + MODULES, &sink), 0);
	assert_int_equal(nr_seen, 2);
	assert_string_equal(seen[0].name, "init");
	assert_string_equal(seen[0].module, "gen");
	assert_members(seen[1], at, 0xffffffffc0002000, name, "finish_it");
	/* The module's table, then the list, is at an address that cannot be read. */
	nr_seen = 0;
	put(0x8000 + place(btf, "mod_kallsyms", "symtab"), 0x1000, 8);
	assert_int_equal(module_symbols__read(&memory, btf, BASE + MODULES, &sink), 0);
	put(MODULES, BASE + BYTES, 8);
	assert_int_equal(module_symbols__read(&memory, btf, BASE + MODULES, &sink), 0);
	assert_int_equal(nr_seen, 0);
	btf__free(btf);
}

/* The list leads back to its first module: its symbols count each time towards the limits. */
TEST(modules_in_a_circle, setup)
{
	struct btf *btf;

	if (skip_if(access("/sys/kernel/btf/vmlinux", R_OK), "this kernel has no BTF"))
		return;
	btf = kernel_btf__load();
	assert_non_null(btf);
	module_make(btf);
	put(0x1000 + place(btf, "module", "list"), BASE + 0x1000 + place(btf, "module", "list"), 8);
	sink.symbols_left = 11;
	assert_int_equal(module_symbols__read(&memory, btf, BASE + MODULES, &sink), -E2BIG);
	assert_int_equal(nr_seen, 4);
	/* Tables of no functions cost as much to read. */
	sink.symbols_left = SYMBOLS_MAX;
	sink.bytes_left = 40000;
	nr_seen = 0;
	put(0x9000 + 28, 0, 1);
	put(0x9000 + 72 + 4, 0, 1);
	assert_int_equal(module_symbols__read(&memory, btf, BASE + MODULES, &sink), -E2BIG);
	assert_int_equal(nr_seen, 0);
	/* Without other limits the list ends after 4096 modules of 4 symbols each. */
	sink.symbols_left = SYMBOLS_MAX;
	sink.bytes_left = UINT64_MAX;
	assert_int_equal(module_symbols__read(&memory, btf, BASE + MODULES, &sink), 0);
	assert_int_equal(sink.symbols_left, SYMBOLS_MAX - 4 * 4096);
	assert_int_equal(nr_seen, 0);
	btf__free(btf);
}

TEST(names_that_are_added)
{
	struct symbols *s;
	struct symbol symbol = { .addr = BASE + 0x1010 };
	uint64_t *found;

	assert_int_equal(symbols__new(&s), 0);
	assert_int_equal(symbols__add(s, BASE + 0x2000, "later", "gen"), 0);
	assert_int_equal(symbols__add(s, BASE + 0x1000, "first", NULL), 0);
	symbols__sort(s);
	assert_true(symbols__name(s, &symbol, false));
	assert_string_equal(symbol.name, "first");
	assert_null(symbol.module);
	assert_int_equal(symbols__match(s, "lat*", &found), 1);
	assert_int_equal(found[0], BASE + 0x2000);
	free(found);
	symbol.addr = BASE + 0x2000;
	assert_true(symbols__name(s, &symbol, true));
	assert_string_equal(symbol.module, "gen");
	symbols__close(s);
}

TEST_MAIN(NULL, NULL)
