/* SPDX-License-Identifier: GPL-2.0 */
/* What the user asked to see of a snapshot. */
#ifndef IPITRACE_VIEW_OPTIONS_H
#define IPITRACE_VIEW_OPTIONS_H

#include <stdbool.h>

struct view_options {
	bool quiet; /* no heading */
	bool stacks; /* the sampled stacks, whole */
	bool by_cpu; /* CPUs by cost, not by number */
};

#endif /* IPITRACE_VIEW_OPTIONS_H */
