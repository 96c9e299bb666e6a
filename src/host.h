/* SPDX-License-Identifier: GPL-2.0 */
/* The machine that a snapshot is of. */
#ifndef IPITRACE_HOST_H
#define IPITRACE_HOST_H

#include <sys/utsname.h>
#include "cpulist.h"

struct host {
	struct utsname name;
	struct cpuset online;
};

/* What cannot be read stays empty. */
void host__read(struct host *host);

#endif /* IPITRACE_HOST_H */
