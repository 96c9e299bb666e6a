/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel's memory, by virtual address: a live kernel's, a dump's, or made up
 * by a test. Nothing in it can be trusted: it changes while it is read. And the lines that
 * a kernel leaves for readers of its memory.
 */
#ifndef IPITRACE_COLLECT_KCORE_MEMORY_H
#define IPITRACE_COLLECT_KCORE_MEMORY_H

#include <errno.h>
#include <stddef.h>
#include "collect/layout.h"

struct memory {
	/* Read @size bytes at @addr into @buf. 0; -EFAULT: not all are there; another negative errno. */
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

/* Memory out of an ELF core file whose segments have virtual addresses, such as /proc/kcore. */
struct elf_core;

/*
 * Open @path. 0 and *@core; -ENOEXEC: no core file of this machine's word size
 * and byte order; another negative errno of opening or reading the file.
 */
int elf_core__open(struct elf_core **core, const char *path);
void elf_core__close(struct elf_core *core);

/* Valid as long as @core is open. */
struct memory elf_core__memory(struct elf_core *core);

/*
 * Memory out of a dump of a kernel: ELF, kdump-compressed, and whatever else libkdumpfile reads.
 * Its page tables lead from virtual addresses to the pages. The library is loaded when a dump is
 * opened: nothing else needs it, and it brings a C++ library along.
 */
struct kdump_file;

/*
 * Take what rights are needed for, and parse nothing: the library, the file, and room for a
 * flattened one. 0 and *@file; a negative errno, with one line in @why (@size bytes). -ENOSYS:
 * there is no library.
 */
int kdump_file__open(struct kdump_file **file, const char *path, char *why, size_t size);

/* Parse the file, once rights are given up: a dump may be anybody's. 0 or as above. */
int kdump_file__read(struct kdump_file *file, char *why, size_t size);
void kdump_file__close(struct kdump_file *file);

/* Once @file is read, and as long as it is open. */
struct memory kdump_file__memory(struct kdump_file *file);

/*
 * A flattened dump: pieces of a file, each with its place, as makedumpfile -F and
 * QEMU write them to a pipe. libkdumpfile 0.5.3 and later read it themselves.
 */

/* Whether the file at @fd is one. */
bool flattened__is(int fd);

/* A file without a name, in $TMPDIR or /tmp. A descriptor or a negative errno. */
int flattened__room(void);

/*
 * Put the pieces of the file at @fd to their places in the file at @to. 0; -EBADMSG: the
 * file is cut or damaged; another negative errno.
 */
int flattened__rearrange(int fd, int to);

/* The tables of a kernel's symbols, out of its memory: its own, and its modules'. */

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
	/* 0, or a negative errno, which ends the table. */
	int (*see)(void *ctx, const struct kernel_symbol *symbol);
	void *ctx;
	uint64_t symbols_left; /* SYMBOLS_MAX at first */
	uint64_t bytes_left; /* SYMBOL_BYTES_MAX at first: of tables and names */
};

/* Before @symbols are read, with their @bytes. 0, or -E2BIG: there are more than may be. */
static inline int symbol_sink__take(struct symbol_sink *sink, uint64_t symbols, uint64_t bytes)
{
	if (symbols > sink->symbols_left || bytes > sink->bytes_left)
		return -E2BIG;
	sink->symbols_left -= symbols;
	sink->bytes_left -= bytes;
	return 0;
}

/*
 * The kernel's table of its own symbols, out of its memory: the source of /proc/kallsyms, and there
 * in a dump too. The kernel takes seconds to write that file on a slow machine, for it begins a
 * name anew for each line.
 *
 * Each symbol of the kernel proper goes to @sink, by address. 0; -ENOENT: @vmcoreinfo does not say
 * where the table is (Linux 6.0 and later do, with CONFIG_KALLSYMS); -EBADMSG: it does not look
 * like the table; -E2BIG: it is longer than any; another negative errno of reading, or @sink's.
 */
int kallsyms__read(const struct memory *memory, const char *vmcoreinfo, struct symbol_sink *sink);

/*
 * The functions of all modules that are loaded go to @sink. @modules: the address of the list's head,
 * the variable of that name. A module that cannot be read is left out, for the
 * list may change meanwhile. 0; -ENOENT: @btf does not know modules; -E2BIG:
 * their tables are longer than any; -ENOMEM, or @sink's.
 */
int module_symbols__read(const struct memory *memory, const struct btf *btf, uint64_t modules,
			 struct symbol_sink *sink);

#endif /* IPITRACE_COLLECT_KCORE_MEMORY_H */
