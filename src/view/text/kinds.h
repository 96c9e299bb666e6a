/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts by kind: a line, and the tables of --kinds. */
#ifndef IPITRACE_VIEW_TEXT_KINDS_H
#define IPITRACE_VIEW_TEXT_KINDS_H

#include "model/snapshot.h"

/* One paragraph: how many of each kind were sent and arrived. */
void view__kinds_line(const struct snapshot *snap);

/* The tables of kinds, TLB flushes and wake-ups. */
void view__kinds(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TEXT_KINDS_H */
