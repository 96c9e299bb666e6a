/* SPDX-License-Identifier: GPL-2.0 */
/* How a sender's wait is measured; wait_source_names[] in names.c. */
#ifndef IPITRACE_MODEL_WAIT_SOURCE_H
#define IPITRACE_MODEL_WAIT_SOURCE_H

enum wait_source {
	WAITS_FEXIT, /* from the call to its return (bpf/calls_fentry.bpf.h) */
	WAITS_CSD, /* from its first csd's queue event to its last target's end */
	WAITS_KPROBE, /* from the call to its return, too (bpf/hook_probes.bpf.h) */
	NR_WAIT_SOURCES,
};

#endif /* IPITRACE_MODEL_WAIT_SOURCE_H */
