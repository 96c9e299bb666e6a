/* SPDX-License-Identifier: GPL-2.0 */
/* Reads the machine's name, kernel and online CPUs. */
#ifndef IPITRACE_HOST_UNAME_H
#define IPITRACE_HOST_UNAME_H

#include "model/host.h"

/* A part that cannot be read stays empty. */
void host__read(struct host *host);

#endif /* IPITRACE_HOST_UNAME_H */
