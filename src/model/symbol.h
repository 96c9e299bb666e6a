/* SPDX-License-Identifier: GPL-2.0 */
/* An address and its name, and why a stack of them ends. */
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

/* Why the user's side of a sampled stack ends where it does; user_end_names[] in model/names.c. */
enum user_end {
	USER_END_NONE, /* there is no user's side: a kernel thread, an interrupt, --no-user */
	USER_END_BASE, /* whole, down to where the thread began */
	USER_END_DEEP, /* there are more frames than are kept */
	USER_END_LOST, /* the next frame is not found: no frame pointers, no unwind tables */
	USER_END_PAGED, /* the stack was not in memory */
	USER_END_GONE, /* the process was gone before its mappings were read */
	USER_END_DENIED, /* the mappings may not be read */
	USER_END_LATE, /* the names did not come in time */
	NR_USER_ENDS,
};

#endif /* IPITRACE_MODEL_SYMBOL_H */
