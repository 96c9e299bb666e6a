/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stall as a block of text, like a good crash report. Into a buffer, and
 * without memory, locks or stdio: it is written while a CPU is stuck.
 */
#ifndef IPITRACE_VIEW_TEXT_STALL_H
#define IPITRACE_VIEW_TEXT_STALL_H

#include "model/incident.h"
#include "model/moment.h"
#include "model/symbol.h"

#define STALL_TEXT 8192

/* CLOCK_MONOTONIC to the wall clock; had beforehand, for localtime() locks. */
struct wall_clock {
	int64_t offset; /* wall less monotonic, local time, ns */
};

void wall_clock__read(struct wall_clock *clock);

/* @id: its number. Returns the length. */
size_t view__stall(char *buf, size_t size, const struct incident *in, uint64_t id,
		   const struct wall_clock *clock);

/* The last line of it alone: one plain sentence. */
void view__stall_sentence(char *buf, size_t size, const struct incident *in);

/* "48 ms": a duration in a sentence. */
struct duration {
	char s[24];
};
struct duration view__duration(uint64_t ns);

/* "name [module]", or the address; into @buf. */
void view__symbol(char *buf, size_t size, const struct symbol *symbol);

/* "comm (pid)", "an interrupt", "a task"; into @buf. */
void view__task(char *buf, size_t size, const struct task_id *task);

#endif /* IPITRACE_VIEW_TEXT_STALL_H */
