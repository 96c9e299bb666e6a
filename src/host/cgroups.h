/* SPDX-License-Identifier: GPL-2.0 */
/* From cgroup ids to paths: an id is the inode of the cgroup's directory in cgroup2. */
#ifndef IPITRACE_HOST_CGROUPS_H
#define IPITRACE_HOST_CGROUPS_H

#include "model/snapshot.h"

struct cgroups;

/* Find where cgroup2 is mounted. 0 and *@c, or a negative errno: -ENOENT without cgroup2. */
int cgroups__open(struct cgroups **c);
void cgroups__close(struct cgroups *c);

/*
 * Fill in the paths of @snap's rows and samples, "/" for the root. Walks the
 * tree if there are new ids. The paths belong to @c. The path of a cgroup that
 * is gone stays, since its csds may still be shown.
 */
void cgroups__resolve(struct cgroups *c, struct snapshot *snap);

/* Read the paths of all cgroups that exist now. */
void cgroups__load(struct cgroups *c);

/* The path of a cgroup read before; takes no memory. NULL: unknown. */
const char *cgroups__path(const struct cgroups *c, uint64_t id);

#endif /* IPITRACE_HOST_CGROUPS_H */
