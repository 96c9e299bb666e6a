/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_CHECK_H
#define IPITRACE_VIEW_JSON_CHECK_H

#include <stddef.h>
#include <stdint.h>
#include "model/host.h"

/*
 * `check`'s line to stdout; @time: now, CLOCK_MONOTONIC ns. 0, -ENOMEM, or the negative
 * errno of stdout.
 */
int json__check(const struct feature *features, size_t nr, uint64_t time);

#endif /* IPITRACE_VIEW_JSON_CHECK_H */
