/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Features of newer kernels and CPUs that hide IPIs or change them, a row of `check` each.
 * @root: a directory in front of /proc, /sys and /boot, "" outside tests.
 */
#ifndef IPITRACE_HOST_QUIRKS_H
#define IPITRACE_HOST_QUIRKS_H

#include "model/host.h"
#include "model/names.h"

/* What a kernel has, by its types. */
enum kernel_has {
	KERNEL_UNKNOWN,
	KERNEL_LACKS,
	KERNEL_HAS,
};

/* What decides whether flushes of other CPUs' TLBs send IPIs. */
struct tlb_facts {
	bool invlpgb; /* the CPU has an instruction for that (AMD) */
	enum kernel_has global_asids; /* which the kernel needs for it */
	bool hyperv, xen; /* the kernel asks its host */
};

/* All but what the kernel's types say. */
struct tlb_facts quirks__tlb_facts(const char *root);

/* How TLBs of other CPUs are flushed, if not by IPIs; where that is not known, FLUSH_BY_IPI. */
enum flush_way quirks__flush_way(const struct tlb_facts *facts);

/* Whether TLB flushes send IPIs. */
void quirks__tlb(struct feature *feature, const struct tlb_facts *facts);

/* Whether the kernel's isolated CPUs may be others later. @kernel: housekeeping_update(). */
void quirks__isolation(struct feature *feature, enum kernel_has kernel);

/* After how long the kernel itself complains of a csd, and whether that can be set. */
void quirks__csd_timeout(struct feature *feature, const char *root);

/* Whether csds without a waiter belong to their senders. */
void quirks__csd_debug(struct feature *feature, const char *root);

#endif /* IPITRACE_HOST_QUIRKS_H */
