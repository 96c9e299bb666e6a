/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_FOLDED_H
#define IPITRACE_VIEW_TEXT_FOLDED_H

#include "model/folded.h"

/* A line a stack, to stdout: "task;outermost;...;function COUNT". */
void view__folded(const struct folded *folded);

#endif /* IPITRACE_VIEW_TEXT_FOLDED_H */
