/* SPDX-License-Identifier: GPL-2.0 */
/* A descriptor that is readable once a period. */
#ifndef IPITRACE_BASE_TICKER_H
#define IPITRACE_BASE_TICKER_H

#include <stdbool.h>
#include <stdint.h>

/* The descriptor, the caller's, readable at once for the first time; or a negative errno. */
int ticker__open(uint64_t period_ns);

/* Whether a period has passed since the last call that returned true. Does not wait. */
bool ticker__due(int fd);

#endif /* IPITRACE_BASE_TICKER_H */
