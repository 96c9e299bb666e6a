/* SPDX-License-Identifier: GPL-2.0 */
/* The machine on which a snapshot was taken. */
#ifndef IPITRACE_MODEL_HOST_H
#define IPITRACE_MODEL_HOST_H

#include <sys/utsname.h>
#include "base/cpuset.h"

struct host {
	struct utsname name;
	struct cpuset online;
};

#endif /* IPITRACE_MODEL_HOST_H */
