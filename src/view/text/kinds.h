/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts by kind: a line, and the tables of --kinds. */
#ifndef IPITRACE_VIEW_TEXT_KINDS_H
#define IPITRACE_VIEW_TEXT_KINDS_H

#include "model/snapshot.h"

/* What was sent and what arrived, of the kinds of which there was any. */
void view__kinds_line(const struct snapshot *snap);

void view__kinds(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TEXT_KINDS_H */
