/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_CHECK_H
#define IPITRACE_VIEW_TEXT_CHECK_H

#include <stddef.h>
#include "model/host.h"

/* Each feature in two lines, to stdout: available or not, and how, or why not. */
void view__check(const struct feature *features, size_t nr);

#endif /* IPITRACE_VIEW_TEXT_CHECK_H */
