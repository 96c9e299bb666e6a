/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Call sites that are not known though the kernel gave an address: a tracer that wants to see a function
 * return has put its own code's address in place of the caller's, and the kernel takes the call site
 * from there (_RET_IP_ in kernel/smp.c, and where smp_send_reschedule() is used).
 */
#ifndef IPITRACE_MODEL_CALLSITE_H
#define IPITRACE_MODEL_CALLSITE_H

#include "model/snapshot.h"

/* Why @site, which has been named, is no call site. */
enum callsite_hidden {
	CALLSITE_SHOWN,
	CALLSITE_BPF, /* BPF's trampoline, for a program at the return (fexit): ipitrace's own, or another's */
	CALLSITE_TRACER, /* function_graph, a kretprobe or an fprobe */
};

enum callsite_hidden callsite__hidden(const struct symbol *site);

/* Clear @site if it is hidden. Returns why it is. */
enum callsite_hidden callsite__settle(struct symbol *site);

/*
 * Clear the hidden call sites of @snap, whose symbols have been named. Rows that differ in nothing else
 * become one row, without a call site. Sets how.callsites_hidden if a tracer hides any.
 */
void callsites__settle(struct snapshot *snap);

#endif /* IPITRACE_MODEL_CALLSITE_H */
