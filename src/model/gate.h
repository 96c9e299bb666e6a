/* SPDX-License-Identifier: GPL-2.0 */
/* Interruptions that `isolated` allows on a quiet CPU: --allow, --max-interruption. */
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

/* All zero: nothing is allowed. */
struct gate {
	struct allowance allowances[ALLOWANCES_MAX];
	size_t nr_allowances;
	bool total_given;
	uint64_t total; /* of the interruptions that no allowance matches */
	uint64_t max_interruption; /* ns; 0: not given */
};

#endif /* IPITRACE_MODEL_GATE_H */
