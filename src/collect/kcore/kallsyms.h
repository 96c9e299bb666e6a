/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's table of its own symbols, out of its memory: the source of
 * /proc/kallsyms, and there in a dump too. The kernel takes seconds to write that
 * file on a slow machine, for it begins a name anew for each line.
 */
#ifndef IPITRACE_COLLECT_KCORE_KALLSYMS_H
#define IPITRACE_COLLECT_KCORE_KALLSYMS_H

#include "collect/kcore/kernel_symbol.h"
#include "collect/kcore/memory.h"

/*
 * Each symbol of the kernel proper goes to @sink, by address. 0; -ENOENT: @vmcoreinfo
 * does not say where the table is (Linux 6.0 and later do, with
 * CONFIG_KALLSYMS); -EBADMSG: it does not look like the table; -E2BIG: it is
 * longer than any; another negative errno of reading, or @sink's.
 */
int kallsyms__read(const struct memory *memory, const char *vmcoreinfo, struct symbol_sink *sink);

#endif /* IPITRACE_COLLECT_KCORE_KALLSYMS_H */
