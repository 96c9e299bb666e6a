/* SPDX-License-Identifier: GPL-2.0 */
/* The machine's name, kernel and online CPUs. */
#ifndef IPITRACE_HOST_MACHINE_H
#define IPITRACE_HOST_MACHINE_H

#include "model/host.h"

/* A part that cannot be read becomes empty. */
void machine__read(struct host *host);

#endif /* IPITRACE_HOST_MACHINE_H */
