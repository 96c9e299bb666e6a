/* SPDX-License-Identifier: GPL-2.0 */
/* Whether this kernel has clocks of stolen time, and where (bpf/steal.bpf.h). */
#ifndef IPITRACE_COLLECT_STEAL_CLOCK_H
#define IPITRACE_COLLECT_STEAL_CLOCK_H

#include <stdint.h>

/*
 * How far behind its run queue a CPU's clock lies in the kernel's memory, which is never 0; 0: this
 * machine is no guest whose host keeps such clocks, or the kernel does not say where they are.
 */
int64_t steal_clock__behind(void);

#endif /* IPITRACE_COLLECT_STEAL_CLOCK_H */
