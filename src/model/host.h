/* SPDX-License-Identifier: GPL-2.0 */
/* The machine of a snapshot. */
#ifndef IPITRACE_MODEL_HOST_H
#define IPITRACE_MODEL_HOST_H

#include <sys/utsname.h>
#include "base/cpuset.h"

struct host {
	struct utsname name;
	struct cpuset online;
};

#endif /* IPITRACE_MODEL_HOST_H */
