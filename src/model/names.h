/* SPDX-License-Identifier: GPL-2.0 */
/* Names of enumerations, the same in text and JSON. */
#ifndef IPITRACE_MODEL_NAMES_H
#define IPITRACE_MODEL_NAMES_H

#include "abi/hook.h"
#include "abi/ipi.h"
#include "abi/limits.h"
#include "model/calls.h"
#include "model/symbol.h"

extern const char *const lost_names[NR_LOST];
extern const char *const hook_lost_names[NR_HOOK_LOST];
extern const char *const wait_source_names[NR_WAIT_SOURCES];
extern const char *const kind_names[NR_KINDS];

/* By CSD_TYPE_* >> 4; the constants are 0x00 to 0x30 (include/linux/smp_types.h, since 5.8). */
#define CSD_TYPES 4
extern const char *const csd_type_names[CSD_TYPES];

/* NULL: there is nothing to say. */
extern const char *const user_end_names[NR_USER_ENDS];

/* enum tlb_flush_reason (include/linux/mm_types.h); NULL: no such reason. */
extern const char *const tlb_names[TLB_REASONS];

#endif /* IPITRACE_MODEL_NAMES_H */
