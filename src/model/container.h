/* SPDX-License-Identifier: GPL-2.0 */
/* Containers and pods by the path of their cgroup. */
#ifndef IPITRACE_MODEL_CONTAINER_H
#define IPITRACE_MODEL_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What people call the container or pod at @path, as far as it tells:
 * "docker 0123456789ab", "pod 8f1c..."; into @buf. False: nothing to tell.
 */
bool cgroups__label(const char *path, char *buf, size_t size);

#endif /* IPITRACE_MODEL_CONTAINER_H */
