/* SPDX-License-Identifier: GPL-2.0 */
/* Names of enumerations and of containers, the same in text and JSON. */
#ifndef IPITRACE_MODEL_NAMES_H
#define IPITRACE_MODEL_NAMES_H

#include "abi/hook.h"
#include "abi/ipi.h"
#include "model/hist.h"

/* An address and its name, and why a stack of them ends. */

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

/* How the machine flushes other CPUs' TLBs, as far as that is not by IPIs. */
enum flush_way {
	FLUSH_BY_IPI, /* or not known otherwise */
	FLUSH_BY_HOST, /* a guest of Hyper-V, a paravirtual one of Xen: by hypercalls */
	FLUSH_BY_INVLPGB, /* AMD, Linux 6.15: by an instruction, where a process runs on many CPUs */
	NR_FLUSH_WAYS,
};

extern const char *const flush_way_names[NR_FLUSH_WAYS];

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

extern const char *const lost_names[NR_LOST];
extern const char *const hook_lost_names[NR_HOOK_LOST];
extern const char *const wait_source_names[NR_WAIT_SOURCES];
extern const char *const kind_names[NR_KINDS];

/* By CSD_TYPE_* >> 4; the constants are 0x00 to 0x30 (include/linux/smp_types.h, since 5.8). */
#define CSD_TYPES     4
#define CSD_NAME_TTWU 3
extern const char *const csd_type_names[CSD_TYPES];

/* NULL: there is nothing to say. */
extern const char *const user_end_names[NR_USER_ENDS];

/* enum tlb_flush_reason (include/linux/mm_types.h); NULL: no such reason. */
extern const char *const tlb_names[TLB_REASONS];

/*
 * Write the usual name of the container or pod whose cgroup is @path into @buf: "docker
 * 0123456789ab", "pod 8f1c...". False, and @buf untouched, if @path is NULL or names neither.
 */
bool container__label(const char *path, char *buf, size_t size);

#endif /* IPITRACE_MODEL_NAMES_H */
