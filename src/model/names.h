/* SPDX-License-Identifier: GPL-2.0 */
/* Names of enumerators and of containers, for text and JSON; an address with its name. */
#ifndef IPITRACE_MODEL_NAMES_H
#define IPITRACE_MODEL_NAMES_H

#include "abi/hook.h"
#include "abi/ipi.h"
#include "model/hist.h"

/* Whether the kernel shows this process the names of its functions. */
enum names_shown {
	NAMES_SHOWN,
	NAMES_NEED_SYSLOG,
	NAMES_RESTRICTED, /* by sysctl kernel.kptr_restrict */
	NAMES_UNREADABLE, /* there is no /proc/kallsyms, as without /proc */
	NR_NAMES_SHOWN,
};

/* Why names are hidden, such as "needs CAP_SYSLOG"; NULL if the kernel shows them. */
extern const char *const names_hidden[NR_NAMES_SHOWN];

/*
 * An address in the kernel, named by host/symbols.h, or in a program, named by host/user_symbols.c:
 * the module of a program's address is the last part of the mapped file's path.
 */
struct symbol {
	uint64_t addr;
	uint64_t offset; /* offset in the function of that name, bytes */
	const char *name; /* NULL if unknown; owned by the table that named the symbol */
	/* NULL: the kernel proper, or code of a program that belongs to no file */
	const char *module;
};

static inline void symbol__forget_name(struct symbol *symbol)
{
	symbol->name = symbol->module = NULL;
	symbol->offset = 0;
}

/* How the machine flushes the TLBs of other CPUs. */
enum flush_way {
	FLUSH_BY_IPI, /* by IPIs; also if the way is unknown */
	FLUSH_BY_HOST, /* by hypercalls: a guest of Hyper-V, a paravirtual guest of Xen */
	/* by an instruction (AMD, Linux 6.15), for a process that runs on many CPUs */
	FLUSH_BY_INVLPGB,
	NR_FLUSH_WAYS,
};

extern const char *const flush_way_names[NR_FLUSH_WAYS];

/* Returns the name of @symbol; without a name its address, written to @address. */
#define ADDRESS_TEXT 20
const char *symbol__text(const struct symbol *symbol, char address[ADDRESS_TEXT]);

/* Why the user part of a sampled stack ends. */
enum user_end {
	USER_END_NONE, /* the stack has no user part: a kernel thread, an interrupt, --no-user */
	USER_END_BASE, /* the user part is complete, down to the frame in which the thread began */
	USER_END_DEEP, /* the stack has more frames than are stored */
	USER_END_LOST, /* the next frame was not found: no frame pointers, no unwind tables */
	USER_END_PAGED, /* a page of the stack was not in memory */
	USER_END_GONE, /* the process ended before its mappings were read */
	USER_END_DENIED, /* the mappings may not be read */
	USER_END_LATE, /* the names were not found in time */
	NR_USER_ENDS,
};

extern const char *const lost_names[NR_LOST];
extern const char *const hook_lost_names[NR_HOOK_LOST];
extern const char *const wait_source_names[NR_WAIT_SOURCES];
extern const char *const kind_names[NR_KINDS];

/* The keys of a record of `trace -j`, in their order: TRACE_schema, ... */
#define TRACE_KEYS(KEY)                                                                         \
	KEY(schema), KEY(type), KEY(time), KEY(utc), KEY(nodename), KEY(kernel), KEY(kind),     \
		KEY(src), KEY(dst), KEY(func), KEY(module), KEY(callsite), KEY(pid), KEY(tgid), \
		KEY(tid), KEY(comm), KEY(interrupt), KEY(delay), KEY(handler), KEY(call),       \
		KEY(wait), KEY(csd), KEY(delay_stolen), KEY(handler_stolen), KEY(src_stolen),   \
		KEY(preempted), KEY(caller), KEY(reason), KEY(stack)
#define TRACE_KEY(name) TRACE_##name
enum trace_key { TRACE_KEYS(TRACE_KEY), NR_TRACE_KEYS };
#undef TRACE_KEY

extern const char *const trace_keys[NR_TRACE_KEYS];

/* Some of these keys, in the order of --keys. */
struct key_list {
	size_t nr; /* 0: all keys are asked for */
	enum trace_key keys[NR_TRACE_KEYS]; /* each once */
};

/* Indexed by CSD_TYPE_* >> 4. CSD_TYPE_* are 0x00 to 0x30 (linux/smp_types.h, since 5.8). */
#define CSD_TYPES      4
#define CSD_NAME_ASYNC 0
#define CSD_NAME_SYNC  1
#define CSD_NAME_TTWU  3
extern const char *const csd_type_names[CSD_TYPES];

/* An item is NULL if users need no explanation of this end. */
extern const char *const user_end_names[NR_USER_ENDS];

/* Indexed by enum tlb_flush_reason (include/linux/mm_types.h); NULL if there is no such reason. */
extern const char *const tlb_names[TLB_REASONS];

/*
 * Write the usual name of a container or pod, whose cgroup has the path @path, into @buf: "docker
 * 0123456789ab", "pod 8f1c...". Returns false, without changing @buf, if @path is NULL or has no
 * such name.
 */
bool container__label(const char *path, char *buf, size_t size);

#endif /* IPITRACE_MODEL_NAMES_H */
