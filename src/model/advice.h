/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Advice for isolated CPUs has words in place of what depends on the machine. Here they become
 * what they mean on this machine, so that the advice is a command to paste.
 */
#ifndef IPITRACE_MODEL_ADVICE_H
#define IPITRACE_MODEL_ADVICE_H

#include "base/cpuset.h"

/* What the words mean. A word that has no value, or a long one, stays as it is. */
struct advice_values {
	const struct cpuset *judged; /* LIST */
	const struct cpuset
		*others; /* OTHERS, as a list, and MASK, as the kernel's hexadecimal mask */
	int cpu; /* "-c CPU" and cpuN; negative: unknown */
	int irq; /* N; negative: unknown */
	uint32_t pid; /* PID; 0: unknown */
};

/* Write @advice with these values into @text, cut to @size with its NUL. */
void advice__fill(const struct advice_values *values, const char *advice, char *text, size_t size);

#endif /* IPITRACE_MODEL_ADVICE_H */
