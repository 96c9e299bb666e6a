/* SPDX-License-Identifier: GPL-2.0 */
/* A symbol on its way from a table of symbols to whoever keeps it. */
#ifndef IPITRACE_COLLECT_KCORE_KERNEL_SYMBOL_H
#define IPITRACE_COLLECT_KCORE_KERNEL_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

struct kernel_symbol {
	uint64_t at;
	bool text; /* a function */
	const char *name;
	const char *module; /* NULL: of the kernel proper */
};

/* 0, or a negative errno, which ends the table. */
typedef int (*symbol_see)(void *ctx, const struct kernel_symbol *symbol);

#endif /* IPITRACE_COLLECT_KCORE_KERNEL_SYMBOL_H */
