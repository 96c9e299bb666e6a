/* SPDX-License-Identifier: GPL-2.0 */
/* Whether modules came or went, so that names read before may be wrong. */
#ifndef IPITRACE_HOST_MODULES_H
#define IPITRACE_HOST_MODULES_H

#include <stdint.h>

/*
 * @path: NULL for /proc/modules. Returns a file descriptor, or -1. The kernel
 * shows the addresses of modules if the opener was root.
 */
int modules__open(const char *path);

/*
 * Hash what the file @fd says of modules now, without their users, which change
 * all the time. A module that was loaded again has another address, and so
 * another hash. The same value each time if @fd is -1.
 */
uint64_t modules__hash(int fd);

#endif /* IPITRACE_HOST_MODULES_H */
