/* SPDX-License-Identifier: GPL-2.0 */
/* From cgroup ids to paths: an id is the inode of the cgroup's directory in cgroup2. */
#ifndef IPITRACE_HOST_CGROUPS_H
#define IPITRACE_HOST_CGROUPS_H

#include "model/snapshot.h"

struct cgroups;

/* @root: NULL for where cgroup2 is mounted. 0 and *@c, or -ENOMEM, or -ENOENT without cgroup2. */
int cgroups__open(struct cgroups **c, const char *root);
void cgroups__close(struct cgroups *c);

/* Forget an id that this many calls of cgroups__resolve() or cgroups__load() have not met. */
#define CGROUPS_KEPT 60

/*
 * Fill in the paths of @snap's rows and samples, "/" for the root. Walks the tree if there are new
 * ids, or if a path has another id now; a tree that takes long not each time, so that a path may come
 * later. The paths belong to @c, until the next call. The path of a cgroup that is gone stays for
 * CGROUPS_KEPT calls, since its csds may still be shown. NULL for @c, without cgroup2: the root
 * alone has a path.
 */
void cgroups__resolve(struct cgroups *c, struct snapshot *snap);

/* Read the paths of all cgroups that exist now. */
void cgroups__load(struct cgroups *c);

/* The path of a cgroup read before; takes no memory; @c as above. NULL: unknown. */
const char *cgroups__path(const struct cgroups *c, uint64_t id);

/* How many ids @c keeps. */
size_t cgroups__known(const struct cgroups *c);

/* A walk through all cgroups ends after so many directories: such a tree is out of order. */
#define CGROUP_WALK_MAX 65536

/* A cgroup: its directory @path, and the id that bpf_get_current_cgroup_id() gives. */
typedef void cgroup_visit_fn(void *ctx, const char *path, uint64_t id);

/* Call @visit for @root, where cgroup2 is mounted or a directory below, and each cgroup below. A cgroup that goes meanwhile may be left out. */
void cgroup_walk(const char *root, cgroup_visit_fn *visit, void *ctx);

#endif /* IPITRACE_HOST_CGROUPS_H */
