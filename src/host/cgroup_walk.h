/* SPDX-License-Identifier: GPL-2.0 */
/* All cgroups below a directory, the mount of cgroup2. */
#ifndef IPITRACE_HOST_CGROUP_WALK_H
#define IPITRACE_HOST_CGROUP_WALK_H

#include <stdint.h>

/* A walk ends after so many directories: such a tree is out of order. */
#define CGROUP_WALK_MAX 65536

/* A cgroup: its directory @path, and the id that bpf_get_current_cgroup_id() gives. */
typedef void cgroup_visit_fn(void *ctx, const char *path, uint64_t id);

/* Call @visit for @root and each cgroup below. A cgroup that goes meanwhile may be left out. */
void cgroup_walk(const char *root, cgroup_visit_fn *visit, void *ctx);

#endif /* IPITRACE_HOST_CGROUP_WALK_H */
