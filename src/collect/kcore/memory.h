/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel's memory, by virtual address: of a running kernel, of a dump, or made by a test. No
 * content can be trusted: a running kernel changes it meanwhile, and a dump may be damaged. Also
 * reads the texts and tables that a kernel has for those who read its memory: VMCOREINFO, symbols.
 */
#ifndef IPITRACE_COLLECT_KCORE_MEMORY_H
#define IPITRACE_COLLECT_KCORE_MEMORY_H

#include <errno.h>
#include <stddef.h>
#include "collect/layout.h"

struct memory {
	/*
	 * Read @size bytes at @addr into @buf. Returns 0, -EFAULT if not all bytes exist, or
	 * another negative errno.
	 */
	int (*read)(void *ctx, uint64_t addr, void *buf, size_t size);
	void *ctx;
	/* the lines of the note VMCOREINFO; NULL if there is no such note */
	const char *vmcoreinfo;
};

static inline int memory__read(const struct memory *memory, uint64_t addr, void *buf, size_t size)
{
	return memory->read(memory->ctx, addr, buf, size);
}

/* Returns the member @field, of up to 8 bytes, of the struct at @addr; 0 if it cannot be read. */
static inline uint64_t memory__number(const struct memory *memory, uint64_t addr,
				      const struct field *field)
{
	uint64_t value = 0;

	if (!field->size || field->size > sizeof(value) ||
	    memory__read(memory, addr + field->offset, &value, field->size))
		return 0;
	return value;
}

/*
 * VMCOREINFO: lines "KEY=VALUE" in a note of /proc/kcore and of each dump (kernel/vmcore_info.c).
 * The kernel reserves a page for them.
 */
#define VMCOREINFO_BYTES 65536

/* Copy the value of @key to @buf. Returns false if @text has no such line, or is NULL. */
bool vmcoreinfo__value(const char *text, const char *key, char *buf, size_t size);

/* Returns the value of "SYMBOL(name)", an address; 0 if there is none. */
uint64_t vmcoreinfo__symbol(const char *text, const char *name);

/* Read @size bytes at @offset. Returns 0, -EFAULT if the file is too short, or another errno. */
int file__read(int fd, void *buf, size_t size, uint64_t offset);

/* Memory from an ELF core file whose segments have virtual addresses, such as /proc/kcore. */
struct elf_core;

/*
 * Open @path. Returns 0 and *@core; -ENOEXEC if @path is not a core file of this machine's word
 * size and byte order; another negative errno of opening or reading the file.
 */
int elf_core__open(struct elf_core **core, const char *path);
void elf_core__close(struct elf_core *core);

/* Returns the memory of @core, valid as long as @core is open. */
struct memory elf_core__memory(struct elf_core *core);

/*
 * Memory from a dump of a kernel: ELF, kdump-compressed, and other formats of libkdumpfile. The
 * dump's page tables lead from virtual addresses to the pages. The library is loaded when a dump is
 * opened, because no other command needs the library, which needs a C++ library itself.
 */
struct kdump_file;

/*
 * Open the library and the file, which needs privileges, and parse nothing. Returns 0 and *@file; a
 * negative errno, with one line in @why (@size bytes). -ENOSYS: the library is not installed;
 * -EINVAL: the file is not a regular file, or a flattened dump.
 */
int kdump_file__open(struct kdump_file **file, const char *path, char *why, size_t size);

/*
 * Parse the file. Call this after giving up privileges, because a dump is untrusted input. Returns
 * 0, or a negative errno with one line in @why (@size bytes).
 */
int kdump_file__read(struct kdump_file *file, char *why, size_t size);
void kdump_file__close(struct kdump_file *file);

/* Returns the memory of @file, read by kdump_file__read(); valid until the file is closed. */
struct memory kdump_file__memory(struct kdump_file *file);

/* The tables of a kernel's symbols, from its memory: its own table, and those of its modules. */

/* A symbol, while a table is read. */
struct kernel_symbol {
	uint64_t at;
	bool text; /* the symbol is a function */
	const char *name;
	const char *module; /* NULL: the symbol is of the kernel proper */
};

/*
 * Limits of all tables of a kernel together. Debian's kernels have about 200,000 symbols, and all
 * their modules about 20 MB. A dump may contain any number, and its list of modules may be a
 * circle.
 */
#define SYMBOLS_MAX	 (1U << 22)
#define SYMBOL_BYTES_MAX (1U << 28)

/* The receiver of the symbols of all tables. */
struct symbol_sink {
	/* Called for each symbol. Returns 0, or a negative errno, which ends the reading. */
	int (*see)(void *ctx, const struct kernel_symbol *symbol);
	void *ctx;
	uint64_t symbols_left; /* symbols that may still come; SYMBOLS_MAX at first */
	/* bytes of tables and names that may still come; SYMBOL_BYTES_MAX at first */
	uint64_t bytes_left;
};

/*
 * Called before @symbols, of @bytes, are read: take them from what is left. Returns 0, or -E2BIG if
 * there are more than allowed.
 */
static inline int symbol_sink__take(struct symbol_sink *sink, uint64_t symbols, uint64_t bytes)
{
	if (symbols > sink->symbols_left || bytes > sink->bytes_left)
		return -E2BIG;
	sink->symbols_left -= symbols;
	sink->bytes_left -= bytes;
	return 0;
}

/*
 * Read the kernel's table of its own symbols from its memory. /proc/kallsyms has the same symbols,
 * but the kernel takes seconds to write it on a slow machine, and a dump has only the table.
 *
 * Passes each symbol of the kernel proper to @sink, ascending by address. Returns 0; -ENOENT if
 * @vmcoreinfo does not say where the table is (Linux 6.0 and later do, with CONFIG_KALLSYMS);
 * -EBADMSG if the memory there does not contain such a table; -E2BIG if the table is larger than
 * any kernel's; another negative errno of reading, or of @sink.
 */
int kallsyms__read(const struct memory *memory, const char *vmcoreinfo, struct symbol_sink *sink);

/*
 * Pass the functions of all loaded modules to @sink. @modules is the address of the kernel's
 * variable `modules`, the head of a list. A module that cannot be read is left out, because the
 * list may change meanwhile. Returns 0; -ENOENT if @btf does not know modules; -E2BIG if their
 * tables are larger than any kernel's; -ENOMEM; or the errno of @sink.
 */
int module_symbols__read(const struct memory *memory, const struct btf *btf, uint64_t modules,
			 struct symbol_sink *sink);

#endif /* IPITRACE_COLLECT_KCORE_MEMORY_H */
