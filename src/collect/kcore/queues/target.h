/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which CPU took a csd from its queue. The csd does not say (its src and dst are
 * set under CONFIG_CSD_LOCK_WAIT_DEBUG only), but the stack that the csd's
 * function runs on does: above a return address into the flush of the queue
 * (__flush_smp_call_function_queue() in kernel/smp.c) stand the function's own
 * return addresses, and the csd's address, which the flush needs again later.
 */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_TARGET_H
#define IPITRACE_COLLECT_KCORE_QUEUES_TARGET_H

#include "collect/kcore/queues/image.h"
#include "model/moment.h"

/*
 * Find where the functions in @m's running[] run: dst, where that is CPU_UNKNOWN,
 * and the task that sleeps in the function. One that is not found stays as it is.
 */
void targets__find(const struct image *image, struct moment *m);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_TARGET_H */
