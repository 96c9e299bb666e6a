/* SPDX-License-Identifier: GPL-2.0 */
/* The functions of the modules that are loaded, out of the kernel's memory. */
#ifndef IPITRACE_COLLECT_KCORE_MODULE_SYMBOLS_H
#define IPITRACE_COLLECT_KCORE_MODULE_SYMBOLS_H

#include "collect/kcore/kernel_symbol.h"
#include "collect/kcore/memory.h"
#include "collect/layout.h"

/*
 * The functions of all modules go to @sink. @modules: the address of the list's head,
 * the variable of that name. A module that cannot be read is left out, for the
 * list may change meanwhile. 0; -ENOENT: @layout does not know modules; -E2BIG:
 * their tables are longer than any; -ENOMEM, or @sink's.
 */
int module_symbols__read(const struct memory *memory, const struct layout *layout, uint64_t modules,
			 struct symbol_sink *sink);

#endif /* IPITRACE_COLLECT_KCORE_MODULE_SYMBOLS_H */
