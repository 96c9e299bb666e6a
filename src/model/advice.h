/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Advice for isolated CPUs has words such as OTHERS in place of values that depend on the machine.
 * advice__fill() replaces the words by this machine's values, so that a user can paste the advice
 * as a command.
 */
#ifndef IPITRACE_MODEL_ADVICE_H
#define IPITRACE_MODEL_ADVICE_H

#include "base/cpuset.h"

/* The values of the words. A word stays in the advice if its value is unknown or too long. */
struct advice_values {
	const struct cpuset *judged; /* the value of LIST */
	/* the CPUs for OTHERS (a list) and for MASK (the kernel's hex mask) */
	const struct cpuset *others;
	int cpu; /* the CPU for "-c CPU" and cpuN; negative if unknown */
	int irq; /* the interrupt for N; negative if unknown */
	uint32_t pid; /* the process for PID; 0 if unknown */
};

/*
 * Write @advice, with the words replaced by @values, into @text. Cuts the text to @size bytes, with
 * its NUL.
 */
void advice__fill(const struct advice_values *values, const char *advice, char *text, size_t size);

#endif /* IPITRACE_MODEL_ADVICE_H */
