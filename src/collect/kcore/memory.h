/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel's memory, by virtual address: of a live kernel, of a dump, or made up by a
 * test. Nothing in this memory can be trusted, because it changes while it is read. Also
 * the lines that a kernel leaves for readers of its memory.
 */
#ifndef IPITRACE_COLLECT_KCORE_MEMORY_H
#define IPITRACE_COLLECT_KCORE_MEMORY_H

#include <errno.h>
#include <stddef.h>
#include "collect/layout.h"

struct memory {
	/* Read @size bytes at @addr into @buf. Returns 0; -EFAULT: not all are there; another negative errno. */
	int (*read)(void *ctx, uint64_t addr, void *buf, size_t size);
	void *ctx;
	const char *vmcoreinfo; /* the lines of the note VMCOREINFO; NULL: there is none */
};

static inline int memory__read(const struct memory *memory, uint64_t addr, void *buf, size_t size)
{
	return memory->read(memory->ctx, addr, buf, size);
}

/*
 * VMCOREINFO: the lines "KEY=VALUE" in a note of /proc/kcore and of each dump
 * (kernel/vmcore_info.c). The kernel has a page for them.
 */
#define VMCOREINFO_BYTES 65536

/* Copy the value of @key. False: @text (NULL: none) has no such line. */
bool vmcoreinfo__value(const char *text, const char *key, char *buf, size_t size);

/* The value of "SYMBOL(name)", an address; 0: none. */
uint64_t vmcoreinfo__symbol(const char *text, const char *name);

/* Memory from an ELF core file whose segments have virtual addresses, such as /proc/kcore. */
struct elf_core;

/*
 * Open @path. Returns 0 and *@core; -ENOEXEC: not a core file of this machine's word
 * size and byte order; another negative errno of opening or reading the file.
 */
int elf_core__open(struct elf_core **core, const char *path);
void elf_core__close(struct elf_core *core);

/* Valid as long as @core is open. */
struct memory elf_core__memory(struct elf_core *core);

/*
 * Memory from a dump of a kernel: ELF, kdump-compressed, and whatever else libkdumpfile reads.
 * Its page tables lead from virtual addresses to the pages. The library is loaded when a dump is
 * opened: nothing else needs it, and it brings a C++ library along.
 */
struct kdump_file;

/*
 * Open what needs rights, and parse nothing: the library, the file, and an empty file if the dump is
 * flattened. Returns 0 and *@file; a negative errno, with one line in @why (@size bytes). -ENOSYS:
 * there is no library.
 */
int kdump_file__open(struct kdump_file **file, const char *path, char *why, size_t size);

/* Parse the file, after rights are given up, because a dump may be anybody's. Returns as the function above. */
int kdump_file__read(struct kdump_file *file, char *why, size_t size);
void kdump_file__close(struct kdump_file *file);

/* The memory of @file, which is read; valid as long as the file is open. */
struct memory kdump_file__memory(struct kdump_file *file);

/*
 * A flattened dump: pieces of a file, each with its place, as makedumpfile -F and
 * QEMU write them to a pipe. libkdumpfile 0.5.3 and later read it themselves.
 */

/* Whether the file @fd is a flattened dump. */
bool flattened__is(int fd);

/*
 * Copy the pieces of the file @fd to their places in the file @to. Returns 0; -EBADMSG: the
 * file is cut or damaged; another negative errno.
 */
int flattened__rearrange(int fd, int to);

/* The tables of a kernel's symbols, from its memory: the kernel's own table, and its modules' tables. */

/* A symbol on its way from a table to whoever keeps it. */
struct kernel_symbol {
	uint64_t at;
	bool text; /* a function */
	const char *name;
	const char *module; /* NULL: of the kernel proper */
};

/*
 * Limits of all tables of a kernel together. Debian's kernels have some 200,000 symbols,
 * and all their modules some 20 MB; a dump may say any number, and its list of modules may
 * lead back into itself.
 */
#define SYMBOLS_MAX	 (1U << 22)
#define SYMBOL_BYTES_MAX (1U << 28)

/* The receiver of the symbols of all tables. */
struct symbol_sink {
	/* Called for each symbol. Returns 0, or a negative errno, which ends the reading. */
	int (*see)(void *ctx, const struct kernel_symbol *symbol);
	void *ctx;
	uint64_t symbols_left; /* SYMBOLS_MAX at first */
	uint64_t bytes_left; /* of tables and names; SYMBOL_BYTES_MAX at first */
};

/* Called before @symbols of @bytes are read. Returns 0, or -E2BIG: there are more than allowed. */
static inline int symbol_sink__take(struct symbol_sink *sink, uint64_t symbols, uint64_t bytes)
{
	if (symbols > sink->symbols_left || bytes > sink->bytes_left)
		return -E2BIG;
	sink->symbols_left -= symbols;
	sink->bytes_left -= bytes;
	return 0;
}

/*
 * Read the kernel's table of its own symbols from its memory. The kernel writes /proc/kallsyms from
 * this table, but takes seconds to do so on a slow machine, and a dump has only the table.
 *
 * Each symbol of the kernel proper goes to @sink, by address. Returns 0; -ENOENT: @vmcoreinfo does
 * not say where the table is (Linux 6.0 and later do, with CONFIG_KALLSYMS); -EBADMSG: the memory
 * there does not look like the table; -E2BIG: the table is longer than any kernel's; another negative
 * errno of reading, or @sink's.
 */
int kallsyms__read(const struct memory *memory, const char *vmcoreinfo, struct symbol_sink *sink);

/*
 * Pass the functions of all modules that are loaded to @sink. @modules: the address of the kernel's
 * variable `modules`, the list's head. A module that cannot be read is left out, because the list may
 * change meanwhile. Returns 0; -ENOENT: @btf does not know modules; -E2BIG: their tables are longer
 * than any kernel's; -ENOMEM; or the errno of @sink.
 */
int module_symbols__read(const struct memory *memory, const struct btf *btf, uint64_t modules,
			 struct symbol_sink *sink);

#endif /* IPITRACE_COLLECT_KCORE_MEMORY_H */
