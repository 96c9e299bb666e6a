/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From sampled stacks to the callers of a function: pure functions on a
 * snapshot whose stacks have names.
 */
#ifndef IPITRACE_MODEL_CALLERS_H
#define IPITRACE_MODEL_CALLERS_H

#include "model/snapshot.h"

/* Longer names of functions are cut. */
#define REASON_LEN 96

/* Why a csd was sent: the first frame after the kernel's plumbing. */
struct reason {
	uint32_t frame; /* its index; the number of frames: none has a name */
	char name[REASON_LEN]; /* "munmap" for __x64_sys_munmap; "": no frame has a name */
};

/* Samples of one function that have the frame, the reason, the process and its frame in common. */
struct caller {
	const struct symbol
		*frame; /* the first outside kernel/smp.c; NULL: no such frame has a name */
	struct reason reason;
	const struct stack_sample *call; /* the latest sample */
	const struct symbol *user; /* callers__user() of the latest sample */
	bool interrupt; /* sent from an interrupt: the task is only the interrupted one */
	size_t samples;
};

/*
 * The callers of snap->fns[@fn] by frame, reason, process and its frame, most samples first,
 * at most @max of them in @callers. @all_rows: join all rows of the function,
 * whatever their call sites. Returns the number of callers stored, and in
 * *@samples the number of samples that they were made from. Out of memory: 0.
 */
size_t callers__of(const struct snapshot *snap, size_t fn, bool all_rows, struct caller *callers,
		   size_t max, size_t *samples);

/* The callers of snap->sends[@send], likewise. */
size_t callers__of_send(const struct snapshot *snap, size_t send, struct caller *callers,
			size_t max, size_t *samples);

/* A sender's part of all interrupts of a kind. */
struct send_share {
	struct caller caller;
	double share;
};

/* The sender of most interrupts of @kind without a csd, by their samples. False: no sample has one. */
bool callers__most(const struct snapshot *snap, enum ipi_kind kind, struct send_share *most);

/* The first frame outside kernel/smp.c and the tracing itself; NULL: none. */
const struct symbol *callers__frame(const struct stack_sample *call);

/*
 * The program's frame that led to the system call: the first outside the C library, whose
 * wrappers and allocator explain nothing; else the outermost. NULL: no frame is known.
 */
const struct symbol *callers__user(const struct stack_sample *call);

/*
 * The reason that a sender's stack shows. Where all frames are plumbing, up to a
 * system call's, an interrupt's or a thread's entry: the outermost frame.
 */
struct reason callers__reason(const struct symbol *stack, uint32_t nr);

/* The index of the first frame that is not the tracing's own; nr: none. */
uint32_t callers__first(const struct stack_sample *call);

/* callers__first() of a bare stack. */
uint32_t callers__untraced(const struct symbol *stack, uint32_t nr);

/*
 * The index of the first frame that the innermost interrupt interrupted; @nr
 * if it interrupted user space; 0 if there is no interrupt.
 */
uint32_t callers__interrupted(const struct symbol *stack, uint32_t nr);

/* Whether an interrupt sent the csd: the stack goes through its entry. */
bool callers__interrupt(const struct stack_sample *call);

/*
 * Plumbing: functions of the kernel between a csd and its reason, which every wake-up, TLB flush or
 * work passes, and which so explain none of them. Whether the function of @frame, which has a name,
 * with or without a suffix of the compiler's (.isra.0), only passes on what its caller asked for.
 */
bool plumbing__has(const struct symbol *frame);

/* Whether @func is a way into the kernel: of system calls, interrupts, threads, works. */
bool plumbing__is_entry(const char *func);

/* csds by the sender's stack, as flame graphs want them: folded.c. A stack is cut to FOLDED_BYTES. */
#define FOLDED_BYTES 8192
struct folded;

/* NULL: there is no memory. */
struct folded *folded__new(void);
void folded__free(struct folded *folded);

/*
 * Add a window: the csds of each row, shared evenly among the stacks sampled of it, so that
 * the sum is that of the rows. A row without samples is under "(not sampled)". 0 or -ENOMEM.
 */
int folded__add(struct folded *folded, const struct snapshot *snap);

/*
 * Each stack once, in alphabetical order: "task;outermost;...;innermost;function". Names
 * may have any bytes but ';' and newlines.
 */
void folded__each(const struct folded *folded, void (*fn)(const char *stack, uint64_t count));

#endif /* IPITRACE_MODEL_CALLERS_H */
