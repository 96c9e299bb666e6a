/* SPDX-License-Identifier: GPL-2.0 */
/* cgroup ids to paths: an id is the inode of its directory in cgroup2. */
#ifndef IPITRACE_HOST_CGROUPS_H
#define IPITRACE_HOST_CGROUPS_H

#include "model/snapshot.h"

struct cgroups;

/* Finds the mount by itself. 0 and *@c, or a negative errno: -ENOENT, no cgroup2. */
int cgroups__open(struct cgroups **c);
void cgroups__close(struct cgroups *c);

/*
 * Fill in the paths of @snap's rows and calls, "/" for the root. Walks the
 * tree when there are ids that it does not know.
 */
void cgroups__resolve(struct cgroups *c, struct snapshot *snap);

/* Know all that there are now. */
void cgroups__load(struct cgroups *c);

/* The path of one that is known; takes no memory. NULL: it is not. */
const char *cgroups__path(const struct cgroups *c, uint64_t id);

#endif /* IPITRACE_HOST_CGROUPS_H */
