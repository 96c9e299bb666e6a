/* SPDX-License-Identifier: GPL-2.0 */
/* From several looks at the queues to what lasts, and what the user asked for. */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_LASTING_H
#define IPITRACE_COLLECT_KCORE_QUEUES_LASTING_H

#include <stddef.h>
#include <stdint.h>
#include "base/cpuset.h"
#include "model/moment.h"

/*
 * Leave in @later only the waits, and their csds, that were the same in
 * @earlier. A csd is used again and again, so the same csd is no proof: the
 * target must have taken no call-function interrupt in between, unless the
 * function sleeps.
 */
void lasting__keep(const struct moment *earlier, struct moment *later);

/* The filters of the options; NULL, 0: all pass. */
struct queue_filter {
	const struct cpuset *cpus; /* either end */
	const struct cpuset *src;
	const struct cpuset *dst;
	const uint64_t *funcs;
	size_t nr_funcs;
	uint32_t tgid; /* of the sender, where it waits */
};

/* Leave in @m only what @filter lets through. */
void lasting__filter(struct moment *m, const struct queue_filter *filter);

/* The CPUs that answer no interrupt: attaching would wait for them. A function that sleeps lets its CPU answer. */
void lasting__stuck(const struct moment *m, struct cpuset *stuck);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_LASTING_H */
