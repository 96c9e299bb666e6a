/* SPDX-License-Identifier: GPL-2.0 */
/* A symbol on its way from a table of symbols to whoever keeps it, and how many may come. */
#ifndef IPITRACE_COLLECT_KCORE_KERNEL_SYMBOL_H
#define IPITRACE_COLLECT_KCORE_KERNEL_SYMBOL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

struct kernel_symbol {
	uint64_t at;
	bool text; /* a function */
	const char *name;
	const char *module; /* NULL: of the kernel proper */
};

/*
 * What all tables of a kernel may have together. Debian's kernels have some 200,000 symbols,
 * and all their modules some 20 MB; a dump may say any number, and its list of modules may
 * lead back into itself.
 */
#define SYMBOLS_MAX	 (1U << 22)
#define SYMBOL_BYTES_MAX (1U << 28)

/* Who keeps the symbols of all tables. */
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

#endif /* IPITRACE_COLLECT_KCORE_KERNEL_SYMBOL_H */
