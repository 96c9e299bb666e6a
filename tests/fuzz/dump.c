// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel's memory out of arbitrary bytes: the notes, the tables of symbols, the walk of csds with
 * members where a hostile BTF may say; and the same bytes as a core file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "collect/kcore/memory.h"
#include "collect/kcore/queues/parts.h"
#include "collect/layout.h"
#include "model/moment.h"

/* The bytes are the memory from here on, again and again. */
#define BASE   0xffffffff81000000ULL
#define MEMORY (1ULL << 20)

struct bytes {
	const uint8_t *data;
	size_t size;
};

/* No BTF: the made-up kernel's layout is fixed, of what kernel_symbols.c asks for. */
struct field layout__field(const struct btf *btf, const char *type, const char *path)
{
	static const struct {
		const char *path;
		struct field field;
	} fields[] = {
		{ "list", { 0, 16 } },	 { "name", { 16, 56 } },      { "kallsyms", { 72, 8 } },
		{ "symtab", { 80, 8 } }, { "num_symtab", { 88, 4 } }, { "strtab", { 92, 8 } },
	};

	(void)btf;
	(void)type;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!strcmp(path, fields[i].path))
			return fields[i].field;
	return (struct field){};
}

static int memory_read(void *ctx, uint64_t addr, void *buf, size_t size)
{
	const struct bytes *b = ctx;

	if (!b->size || addr < BASE || addr - BASE > MEMORY || size > MEMORY - (addr - BASE))
		return -EFAULT;
	for (size_t i = 0; i < size; i++)
		((uint8_t *)buf)[i] = b->data[(addr - BASE + i) % b->size];
	return 0;
}

static int see(void *ctx, const struct kernel_symbol *symbol)
{
	struct address_search *search = ctx;

	address_search__see(search, symbol->at, symbol->name);
	return strlen(symbol->name) < 513 ? 0 : -EDOM;
}

static void symbols_read(const struct memory *memory)
{
	static const char info[] = "SYMBOL(kallsyms_num_syms)=ffffffff81000000\n"
				   "SYMBOL(kallsyms_relative_base)=ffffffff81000004\n"
				   "SYMBOL(kallsyms_offsets)=ffffffff81000010\n"
				   "SYMBOL(kallsyms_token_index)=ffffffff81000020\n"
				   "SYMBOL(kallsyms_token_table)=ffffffff81000220\n"
				   "SYMBOL(kallsyms_names)=ffffffff81000300\n";
	struct queue_facts facts = {};
	struct address_search search = { .list = facts.at, .nr = NR_FACT_ADDRESSES };
	struct symbol_sink sink = { see, &search, SYMBOLS_MAX, SYMBOL_BYTES_MAX };

	queue_facts__names(&facts);
	if (kallsyms__read(memory, info, &sink) == -EDOM)
		abort();
}

/* Few symbols may come, so that a list in a circle ends soon. */
static void modules_read(const struct memory *memory)
{
	struct queue_facts facts = {};
	struct address_search search = { .list = facts.at, .nr = NR_FACT_ADDRESSES };
	struct symbol_sink sink = { see, &search, 1 << 12, 1 << 20 };

	queue_facts__names(&facts);
	if (module_symbols__read(memory, NULL, BASE, &sink) == -ENOENT)
		abort();
}

/* The bytes are any, as those of a dump: offset and size of each member. */
static void fields_set(struct queue_facts *facts, const struct bytes *b)
{
	size_t each = sizeof(struct field), at = 0;

	for (int i = 0; i < NR_FACT_FIELDS && at + each <= b->size; i++, at += each)
		memcpy(&facts->field[i], b->data + at, each);
}

static void file_read(const struct bytes *b)
{
	int fd = memfd_create("dump", MFD_CLOEXEC);
	struct elf_core *core;
	char path[32], value[16];

	if (fd < 0 || write(fd, b->data, b->size) != (ssize_t)b->size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!elf_core__open(&core, path)) {
		const struct memory memory = elf_core__memory(core);

		if (!memory__read(&memory, BASE, value, sizeof(value)))
			vmcoreinfo__symbol(memory.vmcoreinfo, "_stext");
		elf_core__close(core);
	}
	close(fd);
}

static void csds_read(const struct memory *memory, bool any_fields)
{
	static struct moment m;
	struct queue_facts facts = {};

	for (int i = 0; i < NR_FACT_ADDRESSES; i++)
		facts.at[i] = (struct address){ "", BASE + 64 * i, BASE + 64 * i + 64 };
	for (int i = 0; i < NR_FACT_FIELDS; i++)
		facts.field[i] = (struct field){ 8 * i % 96, 8 };
	facts.field[FIELD_FLAGS] = (struct field){ 8, 4 };
	facts.field[FIELD_COMM].size = COMM_LEN;
	if (any_fields)
		fields_set(&facts, memory->ctx);
	m.now = 1ULL << 40;
	if (!walk__read(&facts, memory, NULL, &m) &&
	    (m.nr_pending > MOMENT_PENDING || m.nr_running > MOMENT_RUNNING ||
	     m.nr_waiting > MOMENT_WAITING || m.nr_cpus > MOMENT_CPUS))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data, size };
	const struct memory memory = { .read = memory_read, .ctx = &bytes };

	symbols_read(&memory);
	modules_read(&memory);
	csds_read(&memory, false);
	csds_read(&memory, true);
	file_read(&bytes);
	return 0;
}
