/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of a kernel's symbols, out of its memory: its own, and its modules'. */
#ifndef IPITRACE_COLLECT_KCORE_KERNEL_SYMBOLS_H
#define IPITRACE_COLLECT_KCORE_KERNEL_SYMBOLS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include "collect/kcore/memory.h"
#include "collect/layout.h"

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
 * The kernel's table of its own symbols, out of its memory: the source of
 * /proc/kallsyms, and there in a dump too. The kernel takes seconds to write that
 * file on a slow machine, for it begins a name anew for each line.
 *
 * Each symbol of the kernel proper goes to @sink, by address. 0; -ENOENT: @vmcoreinfo
 * does not say where the table is (Linux 6.0 and later do, with
 * CONFIG_KALLSYMS); -EBADMSG: it does not look like the table; -E2BIG: it is
 * longer than any; another negative errno of reading, or @sink's.
 */
int kallsyms__read(const struct memory *memory, const char *vmcoreinfo, struct symbol_sink *sink);

/*
 * The functions of all modules that are loaded go to @sink. @modules: the address of the list's head,
 * the variable of that name. A module that cannot be read is left out, for the
 * list may change meanwhile. 0; -ENOENT: @layout does not know modules; -E2BIG:
 * their tables are longer than any; -ENOMEM, or @sink's.
 */
int module_symbols__read(const struct memory *memory, const struct layout *layout, uint64_t modules,
			 struct symbol_sink *sink);

#endif /* IPITRACE_COLLECT_KCORE_KERNEL_SYMBOLS_H */
