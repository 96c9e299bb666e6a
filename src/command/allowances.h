/* SPDX-License-Identifier: GPL-2.0 */
/* --allow, checked against what there is to allow: a misspelt one would disarm the gate. */
#ifndef IPITRACE_COMMAND_ALLOWANCES_H
#define IPITRACE_COMMAND_ALLOWANCES_H

#include "model/isolation.h"

struct symbols;

/*
 * Refuse an --allow that can never count: its glob matches no cause and no function of the
 * kernel, or an earlier one takes all that it matches. @symbols may be NULL: functions are
 * not checked. Returns an exit status.
 */
int allowances__check(const struct gate *gate, struct symbols *symbols);

/* Say which globs, of functions alone, matched nothing that was seen. */
void allowances__unseen(const struct gate *gate, const struct isolation *isolation);

#endif /* IPITRACE_COMMAND_ALLOWANCES_H */
