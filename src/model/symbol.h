/* SPDX-License-Identifier: GPL-2.0 */
/* An address and its name. */
#ifndef IPITRACE_MODEL_SYMBOL_H
#define IPITRACE_MODEL_SYMBOL_H

#include <stdint.h>

/* Whether the kernel shows this process the names of its functions. */
enum names_shown {
	NAMES_SHOWN,
	NAMES_NEED_SYSLOG,
	NAMES_RESTRICTED, /* by sysctl kernel.kptr_restrict */
	NR_NAMES_SHOWN,
};

/* Why not, "needs CAP_SYSLOG"; NULL: it does. */
extern const char *const names_hidden[NR_NAMES_SHOWN];

/*
 * An address of kernel text, named by host/symbols.h; or of a program's, named by
 * host/user_symbols.h, where the module is the mapped file's last name.
 */
struct symbol {
	uint64_t addr;
	uint64_t offset; /* from the beginning of the named symbol */
	const char *name; /* NULL: unknown; owned by who named it */
	const char *module; /* NULL: the kernel proper; code that no file holds */
};

#endif /* IPITRACE_MODEL_SYMBOL_H */
