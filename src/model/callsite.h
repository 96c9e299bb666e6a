/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Some call sites are unknown although the kernel gave an address. A tracer that must see a
 * function return replaces the return address by an address of its own code, and the kernel takes
 * the return address for the call site (_RET_IP_ in kernel/smp.c, and where smp_send_reschedule()
 * is used).
 */
#ifndef IPITRACE_MODEL_CALLSITE_H
#define IPITRACE_MODEL_CALLSITE_H

#include "model/snapshot.h"

/* Why an address is no call site. */
enum callsite_hidden {
	CALLSITE_SHOWN, /* the address is a call site */
	/* The trampoline of a BPF program at the return (fexit), whoever attached the program. */
	CALLSITE_BPF,
	CALLSITE_TRACER, /* function_graph, a kretprobe or an fprobe */
};

/* Clear @site, which has a name already, if the site is hidden. Returns why @site is hidden. */
enum callsite_hidden callsite__clear_hidden(struct symbol *site);

/*
 * Clear the hidden call sites of @snap, whose symbols must have names already. Rows that differ in
 * nothing else are added up to one row without a call site. Sets how.callsites_hidden if a tracer
 * hides any call site.
 */
void callsites__clear_hidden(struct snapshot *snap);

#endif /* IPITRACE_MODEL_CALLSITE_H */
