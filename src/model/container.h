/* SPDX-License-Identifier: GPL-2.0 */
/* Containers and pods by the path of their cgroup. */
#ifndef IPITRACE_MODEL_CONTAINER_H
#define IPITRACE_MODEL_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write the usual name of the container or pod whose cgroup is @path into
 * @buf: "docker 0123456789ab", "pod 8f1c...". False, and @buf untouched, if
 * @path is NULL or names neither.
 */
bool container__label(const char *path, char *buf, size_t size);

#endif /* IPITRACE_MODEL_CONTAINER_H */
