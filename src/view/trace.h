/* SPDX-License-Identifier: GPL-2.0 */
/* What `trace` writes 100,000 lines a second with: many lines in one write, and parts made once. */
#ifndef IPITRACE_VIEW_TRACE_H
#define IPITRACE_VIEW_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include "abi/record.h"
#include "view/options.h"

/*
 * Lines to a descriptor or to a function of the caller, many in one write. A reader finds whole lines only: if
 * a write fails in the middle of a line (no space left), the file is truncated
 * to the end of the line before.
 */

#define LINES_BYTES (1 << 18)

struct lines {
	int fd;
	/* Takes whole lines in the place of @fd. 0 or a negative errno. NULL: lines go to @fd. */
	int (*write)(void *ctx, const char *text, size_t len);
	void *ctx;
	int err; /* negative errno of the first write that failed */
	size_t len;
	char text[LINES_BYTES];
};

/*
 * Returns where to write a line of up to @max bytes (LINES_BYTES at most);
 * lines__end() adds the line. May write out the lines before, to make room.
 */
char *lines__begin(struct lines *lines, size_t max);
/* @end: the byte after the line's newline. */
void lines__end(struct lines *lines, const char *end);

/* A line that cannot be made: write those before it, and let all later calls return @err. */
void lines__fail(struct lines *lines, int err);

/* Write all lines out. 0, or the negative errno of this or an earlier write. */
int lines__flush(struct lines *lines);

/*
 * @n in decimal, not terminated by a 0; returns the end. For lines so frequent
 * that printf() is too slow.
 */
char *lines__u64(char *to, uint64_t n);

/*
 * A cache of the parts that recur in `trace`'s lines: functions with their call
 * sites, task names, stacks.
 *
 * `trace` may print a hundred thousand records a second. jansson takes 3.3 us
 * for one object, a third of a CPU. So jansson makes each part once, as text,
 * the cache keeps the part, and a line takes 0.07 us.
 */

/* A function and its call site. */
struct trace_func {
	uint64_t func;
	uint64_t callsite;
	char *json; /* `"func":...,"module":...,"callsite":...`; NULL without memory */
	char *text; /* "func [module]", safe for a terminal; NULL without memory */
	bool unnamed; /* a name is missing */
	uint64_t uses; /* since then */
};

struct trace_stack {
	char *json; /* `,"caller":...,"reason":...,"stack":[...]`; NULL without memory */
	char *text; /* the reason, then a line for each frame, safe for a terminal; NULL without memory */
	bool interrupt; /* the stack goes through an interrupt's entry */
};

struct trace_names;

/* NULL without memory. @naming is copied; its ctx must live as long as the cache. */
struct trace_names *trace_names__open(const struct naming *naming);
void trace_names__close(struct trace_names *names);

/* Each result is valid until the next call for another record. */
const struct trace_func *trace_names__func(struct trace_names *names, const struct record *r);
/* The task's name as a JSON string; NULL without memory. */
const char *trace_names__comm(struct trace_names *names, const struct record *r);
/* NULL if naming->stack is NULL. A record without a stack gets an empty stack. */
const struct trace_stack *trace_names__stack(struct trace_names *names, const struct record *r);

struct trace_view {
	struct trace_names *names;
	uint64_t began; /* text counts its times from here; CLOCK_MONOTONIC ns */
	bool sees_interrupts; /* records show whether an interrupt sent the csd */
	int columns; /* of text's lines, on a terminal; 0: 80, and more where names are longer */
};

/* An interrupt sent the csd. The stack may show that on kernels whose records cannot. */
static inline bool trace__from_interrupt(const struct record *r, const struct trace_stack *stack)
{
	return r->interrupt || (stack && stack->interrupt);
}

#endif /* IPITRACE_VIEW_TRACE_H */
