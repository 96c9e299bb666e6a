/* SPDX-License-Identifier: GPL-2.0 */
/* The options of summary and hist that change their output. */
#ifndef IPITRACE_VIEW_OPTIONS_H
#define IPITRACE_VIEW_OPTIONS_H

#include <stdbool.h>

struct view_options {
	bool quiet; /* no heading */
	bool stacks; /* print the sampled stacks */
	bool by_cpu; /* sort CPUs by handler time, not by number */
};

#endif /* IPITRACE_VIEW_OPTIONS_H */
