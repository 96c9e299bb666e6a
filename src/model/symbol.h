/* SPDX-License-Identifier: GPL-2.0 */
/* An address and its name. */
#ifndef IPITRACE_MODEL_SYMBOL_H
#define IPITRACE_MODEL_SYMBOL_H

#include <stdint.h>

/* An address of kernel text, named by host/symbols.h. */
struct symbol {
	uint64_t addr;
	uint64_t offset; /* from the beginning of the named symbol */
	const char *name; /* NULL: unknown; owned by struct symbols */
	const char *module; /* NULL: the kernel proper */
};

#endif /* IPITRACE_MODEL_SYMBOL_H */
