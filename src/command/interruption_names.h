/* SPDX-License-Identifier: GPL-2.0 */
/* Collecting the interruptions of CPUs, and their names: `isolated`, `serve`. */
#ifndef IPITRACE_COMMAND_INTERRUPTION_NAMES_H
#define IPITRACE_COMMAND_INTERRUPTION_NAMES_H

#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "host/symbols.h"
#include "model/isolation.h"

/* @config collects all that interrupts @cpus, which must outlive the collector's opening. */
void interruption_names__configure(struct collect_config *config, const struct cpuset *cpus);

/*
 * The function of @culprit and its sender's stack by name, which outlive @symbols; NULL:
 * addresses stay addresses. 0 or -ENOMEM.
 */
int interruption_names__find(struct culprit *culprit, struct symbols *symbols,
			     const struct collector *collector);

#endif /* IPITRACE_COMMAND_INTERRUPTION_NAMES_H */
