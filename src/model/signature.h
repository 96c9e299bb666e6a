/* SPDX-License-Identifier: GPL-2.0 */
/* What is known about one cause of storms: a row of storm/signatures.c. */
#ifndef IPITRACE_MODEL_SIGNATURE_H
#define IPITRACE_MODEL_SIGNATURE_H

#include <stdbool.h>

/* How often a healthy machine does it; in csds a second on one CPU see storm.h. */
enum usual {
	USUAL_RARE, /* on events of administration: a module, a tracer, a clock set */
	USUAL_OCCASIONAL, /* by monitoring and maintenance */
	USUAL_COMMON, /* by programs at work; also what is not known */
	USUAL_ROUTINE, /* by the scheduler, for its daily work */
	NR_USUAL,
};

/* The evidence that belongs to a cause. */
enum shows {
	SHOWS_TSC = 1 << 0,
	SHOWS_CPUFREQ = 1 << 1,
	SHOWS_GUESTS = 1 << 2,
	SHOWS_STOPS = 1 << 3, /* runs of the stopper threads */
};

#define SIGNATURE_FUNCS 5
#define SIGNATURE_VIA	4

struct signature {
	const char *name; /* scripts know it */
	const char *funcs[SIGNATURE_FUNCS]; /* globs */
	const char *module; /* where it may be, besides the kernel proper; NULL: only there */
	const char *via[SIGNATURE_VIA]; /* how a frame of the caller's begins; none: any */
	unsigned int kinds; /* interrupts without a function that are of it: 1 << KIND_* */
	bool stops; /* its kinds, but only where the stopper threads run with them */
	enum usual usual;
	unsigned int shows;
	const char *cause; /* follows the rate: "..., because CAUSE" */
	const char *advice; /* commands and boot parameters, "; " in between */
};

#endif /* IPITRACE_MODEL_SIGNATURE_H */
