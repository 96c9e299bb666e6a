/* SPDX-License-Identifier: GPL-2.0 */
/* The interruptions that `isolated` judges, and those that a quiet CPU may have: --only, --allow, --max-interruption. */
#ifndef IPITRACE_MODEL_GATE_H
#define IPITRACE_MODEL_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOWANCES_MAX 16
#define ALLOWANCE_GLOB 64

/* As many interruptions a CPU, of causes or functions that match. */
struct allowance {
	char glob[ALLOWANCE_GLOB];
	uint64_t count;
};

/* Each is looked for elsewhere: IPIs come from somebody, tasks are in the wrong place. */
enum culprit_group {
	GROUP_IPIS,
	GROUP_INTERRUPTS,
	GROUP_TASKS,
	NR_GROUPS,
};

/* The values of --only. */
extern const char *const group_names[NR_GROUPS];

/* All zero: nothing is allowed. Each limit counts by itself: one more is never looser. */
struct gate {
	struct allowance allowances[ALLOWANCES_MAX];
	size_t nr_allowances;
	bool total_given;
	uint64_t total; /* of the interruptions that no allowance matches */
	uint64_t max_interruption; /* ns; 0: not given */
	uint32_t only; /* a bit for each group that is judged; 0: all are */
};

#endif /* IPITRACE_MODEL_GATE_H */
