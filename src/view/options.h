/* SPDX-License-Identifier: GPL-2.0 */
/* The options of summary and hist that change their output. */
#ifndef IPITRACE_VIEW_OPTIONS_H
#define IPITRACE_VIEW_OPTIONS_H

#include <stdbool.h>

struct storm_nearest;

struct view_options {
	bool quiet; /* no heading */
	bool stacks; /* print the sampled stacks */
	bool anonymous; /* JSON: no names of tasks and cgroups */
	double asked; /* length of a whole window, s; 0: not known */
	const char *ran; /* PROGRAM, where all senders are counted: "make[1234]"; NULL, "": none */
	bool by_cpu; /* sort CPUs by handler time, not by number */
	const struct storm_nearest *nearest; /* JSON: what the window shows; NULL: not looked for */
};

#endif /* IPITRACE_VIEW_OPTIONS_H */
