/* SPDX-License-Identifier: GPL-2.0 */
/* A known cause of storms: a row of storm/signatures.c. */
#ifndef IPITRACE_MODEL_SIGNATURE_H
#define IPITRACE_MODEL_SIGNATURE_H

#include <stdbool.h>

/* How often a healthy machine does it; storm/detector.c has the rate of each. */
enum usual {
	USUAL_RARE, /* on events of administration: a module, a tracer, a clock set */
	USUAL_OCCASIONAL, /* by monitoring and maintenance */
	USUAL_COMMON, /* under load, though nobody asks for it; also all unknown causes */
	USUAL_ROUTINE, /* by programs at work */
	USUAL_TRAFFIC, /* for each packet, request or message */
	NR_USUAL,
};

/* The evidence that belongs to a cause. */
enum shows {
	SHOWS_TSC = 1 << 0,
	SHOWS_CPUFREQ = 1 << 1,
	SHOWS_GUESTS = 1 << 2,
	SHOWS_STOPS = 1 << 3, /* runs of the stopper threads */
	SHOWS_GUEST_IPIS = 1 << 4, /* where guests ask for any */
};

#define SIGNATURE_FUNCS 16
#define SIGNATURE_VIA	8

struct signature {
	const char *name; /* stable, for scripts */
	const char *funcs[SIGNATURE_FUNCS]; /* globs */
	const char *module; /* glob of modules that may hold funcs; NULL: only the kernel proper */
	const char *
		via[SIGNATURE_VIA]; /* prefixes, one of which begins a frame of the caller; none: any caller */
	unsigned int kinds; /* kinds of interrupts without a function that match: 1 << KIND_* */
	bool stops; /* kinds match only while the stopper threads run as well */
	bool by_tracer; /* an ipitrace that begins or ends does it: its csds are no storm's */
	enum usual usual;
	unsigned int shows; /* enum shows */
	const char *cause; /* follows the rate: "..., because CAUSE" */
	const char *advice; /* commands and boot parameters, "; " in between */
};

#endif /* IPITRACE_MODEL_SIGNATURE_H */
