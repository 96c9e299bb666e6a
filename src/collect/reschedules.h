/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the reschedules that a filter lets through are spread over the CPUs. They are
 * counted where they are sent, without their destination, and /proc/interrupts, which has
 * the destination, knows no filter.
 */
#ifndef IPITRACE_COLLECT_RESCHEDULES_H
#define IPITRACE_COLLECT_RESCHEDULES_H

#include <stdint.h>
#include "collect/config.h"
#include "host/interrupts.h"
#include "model/kind_stats.h"

/*
 * The CPU that got most of @sent reschedules, and its part of them, by what arrived
 * meanwhile: exact where the filter chooses destinations alone, else an estimate.
 */
struct most_hit reschedules__most(const struct collect_config *config, const struct arrivals *since,
				  uint64_t sent);

#endif /* IPITRACE_COLLECT_RESCHEDULES_H */
