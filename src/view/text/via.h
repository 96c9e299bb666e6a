/* SPDX-License-Identifier: GPL-2.0 */
/* The callers of a function, a line each. */
#ifndef IPITRACE_VIEW_TEXT_VIA_H
#define IPITRACE_VIEW_TEXT_VIA_H

#include <stddef.h>
#include "model/callers.h"

/*
 * The callers, and what is left of the samples as others:
 * "  via REASON < FUNCTION (FILE), task[tgid]  7/10" to stdout, FUNCTION and FILE of the program;
 * @samples: of the function, all callers.
 */
void view__via(const struct caller *callers, size_t nr, size_t samples);

#endif /* IPITRACE_VIEW_TEXT_VIA_H */
