/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The work that a CPU received, and the time that it took there: csds, or where these are
 * not followed (SOURCE_CALLS), interrupts.
 */
#ifndef IPITRACE_MODEL_STOLEN_H
#define IPITRACE_MODEL_STOLEN_H

#include <stdint.h>

struct cpu_stats;

/* csds, or interrupts to call functions: the other is 0. */
uint64_t stolen__received(const struct cpu_stats *cpu);

/* In handlers, or in interrupts of all kinds, ns. */
uint64_t stolen__ns(const struct cpu_stats *cpu);

/* The longest of these, ns; 0: there was none. */
uint64_t stolen__worst(const struct cpu_stats *cpu);

#endif /* IPITRACE_MODEL_STOLEN_H */
