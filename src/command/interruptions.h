/* SPDX-License-Identifier: GPL-2.0 */
/* The interruptions of CPUs, for `isolated` and `serve`: what to collect, and its names. */
#ifndef IPITRACE_COMMAND_INTERRUPTIONS_H
#define IPITRACE_COMMAND_INTERRUPTIONS_H

#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "host/symbols.h"
#include "model/isolation.h"
#include "model/metrics.h"

/* @config collects all that interrupts @cpus, which must outlive the collector's opening. */
void interruption_names__configure(struct collect_config *config, const struct cpuset *cpus);

/*
 * The function of @culprit and its sender's stack by name, which outlive @symbols; NULL:
 * addresses stay addresses. 0 or -ENOMEM.
 */
int interruption_names__find(struct culprit *culprit, struct symbols *symbols,
			     const struct collector *collector);

/* `serve` on a host with isolated CPUs: what interrupts these, by cause. */
struct serve_isolated;

/* Attach, as root, and count nothing yet. 0 and *@isolated, or a negative errno. */
int serve_isolated__open(struct serve_isolated **isolated, const struct cpuset *cpus);

/* Count from here. @isolated may be NULL here and below. */
void serve_isolated__begin(struct serve_isolated *isolated);

/* Take the events since the last call, in the main thread. 0 or a negative errno. */
int serve_isolated__take(struct serve_isolated *isolated);

/* Add what was taken to @metrics, whose lock the caller holds. */
void serve_isolated__add(struct serve_isolated *isolated, struct metrics *metrics);

void serve_isolated__close(struct serve_isolated *isolated);

#endif /* IPITRACE_COMMAND_INTERRUPTIONS_H */
