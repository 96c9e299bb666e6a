/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stall as a block of text, like a good crash report. Into a buffer, and
 * without memory, locks or stdio: a report is written while a CPU is stuck.
 */
#ifndef IPITRACE_VIEW_TEXT_STALL_H
#define IPITRACE_VIEW_TEXT_STALL_H

#include <stddef.h>
#include <stdint.h>
#include "base/clock.h"
#include "model/incident.h"

#define STALL_TEXT 8192 /* bytes that hold any stall */

/* @id: the stall's number. Returns the length; text beyond @size is cut off. */
size_t view__stall(char *buf, size_t size, const struct incident *incident, uint64_t id,
		   const struct wall_clock *clock);

/* The report's last line alone: one plain sentence. */
void view__stall_sentence(char *buf, size_t size, const struct incident *incident);

#endif /* IPITRACE_VIEW_TEXT_STALL_H */
