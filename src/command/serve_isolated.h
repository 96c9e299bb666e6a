/* SPDX-License-Identifier: GPL-2.0 */
/* `serve` on a host with isolated CPUs: what interrupts these, by cause. */
#ifndef IPITRACE_COMMAND_SERVE_ISOLATED_H
#define IPITRACE_COMMAND_SERVE_ISOLATED_H

#include "base/cpuset.h"
#include "model/metrics.h"

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

#endif /* IPITRACE_COMMAND_SERVE_ISOLATED_H */
