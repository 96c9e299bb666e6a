/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_DIFF_H
#define IPITRACE_VIEW_TEXT_DIFF_H

#include <stdbool.h>
#include "model/diff.h"

/* Two runs side by side, to stdout. @names: of their files. @quiet: no heading. */
void view__diff(const struct diff *diff, const char *const names[2], bool quiet);

#endif /* IPITRACE_VIEW_TEXT_DIFF_H */
