/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Durations, CPUs, functions and tasks as words of a sentence. Neither memory, locks
 * nor stdio: the sentences are written while a CPU is stuck.
 */
#ifndef IPITRACE_VIEW_TEXT_WORDS_H
#define IPITRACE_VIEW_TEXT_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include "base/cpuset.h"
#include "model/moment.h"
#include "model/symbol.h"

/* "48 ms", "1.5 s". Tables use units.h, without the blank. */
struct duration {
	char s[24];
};
struct duration view__duration(uint64_t ns);

/* "0,2-5"; "0,2,...": there are more. */
struct cpus_text {
	char s[64];
};
struct cpus_text view__cpus(const struct cpuset *cpus);

/* Each into @buf, cut to @size. */

/* "name [module]"; the address without a name; "a function" for address 0. */
void view__symbol(char *buf, size_t size, const struct symbol *symbol);

/* "name+0x1c [module]", or the address. */
void view__frame(char *buf, size_t size, const struct symbol *symbol);

/*
 * " < name (file)", the frame of a program behind a reason; "0x1c (file)", the address in the
 * file, where the file names no function there. Empty for NULL.
 */
void view__user(char *buf, size_t size, const struct symbol *user);

/* Why a program's frames end there; NULL: they are whole, or none are due. */
const char *words__user_end(enum user_end end);

/*
 * "comm[tgid]", with " thread N" behind it for any but the process' first thread; "comm
 * thread N" where the process is not known; "idle"; "an interrupt"; "a task" if nothing
 * is known.
 */
void view__task(char *buf, size_t size, const struct task_id *task);

#endif /* IPITRACE_VIEW_TEXT_WORDS_H */
