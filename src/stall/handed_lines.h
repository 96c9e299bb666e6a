/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines of the main thread's on their way to a thread that must neither allocate nor free:
 * the main thread frees each line once it was taken.
 */
#ifndef IPITRACE_STALL_HANDED_LINES_H
#define IPITRACE_STALL_HANDED_LINES_H

#include <stdint.h>

/* Lines on their way at one time, a power of two: windows of some seconds at least. */
#define HANDED_MAX 256

/* All zero: empty. */
struct handed_lines {
	char *lines[HANDED_MAX];
	_Atomic uint64_t put;
	_Atomic uint64_t taken;
	uint64_t freed;
	_Atomic uint64_t refused; /* lines that found no room */
};

/* By the main thread: @line, as malloc() gave it, is the callee's. */
void handed_lines__put(struct handed_lines *handed, char *line);

/* By one thread at a time: the next line, valid until handed_lines__took(); NULL: none. */
const char *handed_lines__next(const struct handed_lines *handed);
void handed_lines__took(struct handed_lines *handed);

/* By the main thread, when nobody takes any more. */
void handed_lines__close(struct handed_lines *handed);

#endif /* IPITRACE_STALL_HANDED_LINES_H */
