/* SPDX-License-Identifier: GPL-2.0 */
/* A set of CPUs as the words of the BPF programs' filters (bpf/config.bpf.h). */
#ifndef IPITRACE_COLLECT_CPU_WORDS_H
#define IPITRACE_COLLECT_CPU_WORDS_H

#include <stdbool.h>
#include <stdint.h>

struct cpuset;

/*
 * Set *@filter and the bits of @set in @words, which has CPU_WORDS; nothing if @set is
 * NULL. The caller has made sure that @set ends below MAX_CPUS.
 */
void cpu_words__set(const struct cpuset *set, bool *filter, uint64_t *words);

#endif /* IPITRACE_COLLECT_CPU_WORDS_H */
