/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that are offline. A CPU that goes runs what is queued to it
 * (smpcfd_dying_cpu(), 6.12 kernel/smp.c:97), but is no longer online then, and
 * no tracepoint fires on such a CPU (DECLARE_TRACE(), linux/tracepoint.h). So
 * these csds stay in the mailbox, though they have run.
 */
#ifndef IPITRACE_COLLECT_OFFLINE_H
#define IPITRACE_COLLECT_OFFLINE_H

#include <stdint.h>
#include "base/cpuset.h"

struct maps;

/*
 * The CPUs of @cpus that are not in @online were offline at @now or later:
 * set the horizon of each behind everything that was queued to it before @now.
 */
void offline__note(struct maps *maps, const struct cpuset *cpus, const struct cpuset *online,
		   uint64_t now);

/* The same for the CPUs that are offline now. If the kernel does not say which, nothing changes. */
void offline__find(struct maps *maps, const struct cpuset *cpus);

#endif /* IPITRACE_COLLECT_OFFLINE_H */
