/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A BPF map as memory. A page of the kernel's that is mapped counts as ours (RSS),
 * whether it is touched or not, so of a map with a part for each CPU only the parts
 * of CPUs that have been online are mapped. The others read as zeros: nothing has
 * been written there.
 */
#ifndef IPITRACE_COLLECT_MAPPING_H
#define IPITRACE_COLLECT_MAPPING_H

#include <stddef.h>
#include <stdint.h>
#include "base/cpuset.h"

/*
 * How a map is divided: in groups of a part of @stride bytes for each CPU, as many
 * whole groups as the map has, then the rest.
 */
struct mapping_parts {
	size_t stride; /* 0: the map has no parts */
	uint32_t nr_cpus;
};

struct mapping {
	char *memory;
	size_t bytes;
	struct mapping_parts parts;
	int fd; /* of the map; the caller owns it */
	uint8_t *have; /* a byte for each page: 1 if it is the map's; NULL: all are */
};

/*
 * Map @bytes of the map @fd: the parts of @cpus and the rest, or all if @cpus is
 * NULL or the map has no parts. Returns 0 or a negative errno.
 */
int mapping__open(struct mapping *mapping, int fd, size_t bytes, struct mapping_parts parts,
		  const struct cpuset *cpus);

/* Map the parts of @cpus, too. Returns 0 or a negative errno. */
int mapping__add(struct mapping *mapping, const struct cpuset *cpus);

/* @mapping may be zeroed, or opened in vain. */
void mapping__close(struct mapping *mapping);

#endif /* IPITRACE_COLLECT_MAPPING_H */
