/* SPDX-License-Identifier: GPL-2.0 */
/* The maps of the second source as plain memory; no libbpf, so unit tests make them. */
#ifndef IPITRACE_COLLECT_HOOKS_MAPS_H
#define IPITRACE_COLLECT_HOOKS_MAPS_H

#include <stdint.h>
#include "abi/hook.h"
#include "collect/maps.h"

struct hook_maps {
	struct maps *maps; /* tables, samples and edges, as the first source has them; no others */
	struct hook_cpu *cpus; /* nr_cpus */
	struct hook_call *calls; /* slots */
	uint64_t *at_most; /* by row */
	uint32_t slots;
};

#endif /* IPITRACE_COLLECT_HOOKS_MAPS_H */
