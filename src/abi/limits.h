/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sizes, enumerations, kernel bits and a hash that the BPF programs and user space have in common.
 *
 * A csd (struct __call_single_data, kernel/smp.c) asks a CPU, the target, to run a function. Its
 * events are csd_queue_cpu on the sender (the queue event), csd_function_entry and
 * csd_function_exit on the target (entry and exit). The programs csd_queue() and, if the kernel
 * skips that one, csd_queue_twin() see the queue event; csd_entry() and csd_exit() see the others.
 * A target takes its whole queue at once: a flush. The wake-ups of a flush (CSD_TYPE_TTWU) are one
 * batch, with one entry and one exit.
 *
 * The size of every map is set once, at load, from the possible CPUs. User space maps the maps into
 * its memory and reads them without system calls.
 *
 * Every counter exists in two banks. A window has an epoch. Each program reads `epoch` once and
 * counts in the bank of that epoch's parity. User space ends a window by a cut: it raises the
 * epoch, and waits until all programs that may have read the old epoch have returned. Then no
 * program writes the old bank: user space reads and clears this bank while the programs fill the
 * other one. Therefore each event belongs to exactly one window. While the epoch is 0 nothing is
 * counted.
 */
#ifndef IPITRACE_ABI_LIMITS_H
#define IPITRACE_ABI_LIMITS_H

#include <linux/types.h>

#define NR_BANKS  2
#define MAX_CPUS  4096
#define CPU_WORDS (MAX_CPUS / 64)

#define CACHE_LINE 64

/* Maximum number of functions on one CPU that run inside each other. */
#define FRAMES 8

#define COMM_LEN    16
#define STACK_DEPTH 32

/*
 * The bits of a task's or CPU's preempt_count() that say "an interrupt runs"
 * (include/linux/preempt.h). Programs read the count of the running task, user space reads the
 * counts in a kernel's memory.
 *
 * From 7.3 on (9634d860ac15) hard interrupts and NMIs are eight bits higher. At their former place
 * is the depth of local_interrupt_disable(), which a task may call. The same change added the
 * variable local_interrupt_disable_state: a kernel has the later bits if the variable exists. Bit
 * 31 is x86's PREEMPT_NEED_RESCHED.
 */
#define PREEMPT_INTERRUPTS	0x00ff0000U
#define PREEMPT_INTERRUPTS_7_3	0x1f000000U
/* A soft interrupt runs. Without this bit a task may have turned soft interrupts off. */
#define PREEMPT_SERVING_SOFTIRQ 0x00000100U

/* Why a csd could not be followed; named by lost_names[] in model/names.c. */
enum lost_reason {
	LOST_QUEUE_UNSEEN, /* the kernel skipped both queue programs (recursion) */
	LOST_MAILBOX_FULL, /* the target's mailbox had no free slot */
	LOST_RUN_UNSEEN, /* the csd must have run, but its entry was not seen */
	NR_LOST,
};

/* Interrupts by purpose; named by kind_names[] in model/names.c. */
enum ipi_kind {
	KIND_CALL_FUNCTION,
	KIND_RESCHEDULE,
	KIND_IRQ_WORK,
	NR_KINDS,
};

/* The things that TABLE_BY, the table of --by, counts csds for, in a row each. */
enum by_key {
	BY_NONE, /* there is no TABLE_BY */
	BY_SENDER, /* the sending process: tgid, cgroup */
	BY_CGROUP, /* the sending task's cgroup */
	BY_VICTIM, /* the interrupted process: tgid, cgroup */
};

/* Whether rows by @key are senders, so that senders' waits are counted there, too. */
static inline int by_key_sends(enum by_key key)
{
	return key == BY_SENDER || key == BY_CGROUP;
}

/* Whether @row, of a table that reserves one row in eight, is reserved. */
static inline int row_is_reserved(__u32 row)
{
	return (row & 7) == 7;
}

/*
 * Places of a table that count keys without a row; how often a key must come to get a reserved
 * row.
 */
#define LATE_KEYS  64
#define LATE_OFTEN 64

/* Returns a hash: of a csd, for its place in a mailbox; of a key, for its place in a table. */
static inline __u32 hash64(__u64 v)
{
	return (v * 0x61c8864680b583ebULL) >> 32;
}

#endif /* IPITRACE_ABI_LIMITS_H */
