/* SPDX-License-Identifier: GPL-2.0 */
/* A csd as it stands in memory. */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_CSD_H
#define IPITRACE_COLLECT_KCORE_QUEUES_CSD_H

#include <stdbool.h>
#include <stdint.h>
#include "collect/kcore/queues/image.h"

/* include/linux/smp_types.h: the flags of a csd, and its type within them. */
#define CSD_LOCK     0x01U
#define CSD_TYPE     0xf0U
#define CSD_SYNC     0x10U
#define CSD_IRQ_WORK 0x20U
#define CSD_TTWU     0x30U

/* A csd's alignment is its size: include/linux/smp.h. */
#define CSD_BYTES 32

struct csd {
	uint64_t at;
	uint64_t next;
	uint64_t func;
	uint32_t flags;
};

/* The csd at @at; false: there is no memory. */
bool csd__read(const struct image *image, uint64_t at, struct csd *csd);

/* Whether a sender waits for this csd. Words of a stack may look like one, but for the function. */
bool csd__is_waited_for(const struct image *image, const struct csd *csd);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_CSD_H */
