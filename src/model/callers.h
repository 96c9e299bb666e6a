/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find the callers of a function from sampled stacks. All functions here depend only on a snapshot,
 * whose stacks must have names already.
 */
#ifndef IPITRACE_MODEL_CALLERS_H
#define IPITRACE_MODEL_CALLERS_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/helper_process.h"
#include "model/snapshot.h"

/* Bytes with the NUL. Longer names of functions are cut. */
#define REASON_LEN 96

/* Why a csd was sent: the first frame of the sender's stack that is not the kernel's plumbing. */
struct reason {
	uint32_t frame; /* index of that frame; the number of frames if no frame has a name */
	char name[REASON_LEN]; /* "munmap" for __x64_sys_munmap; "" if no frame has a name */
};

/* Samples of one function that have frame, reason, sender and the process's frame in common. */
struct caller {
	const struct symbol
		*frame; /* the first frame outside kernel/smp.c; NULL if this frame has no name */
	struct reason reason;
	const struct stack_sample *call; /* the latest sample */
	const struct symbol *user; /* callers__user() of the latest sample */
	bool interrupt; /* an interrupt sent the csd: the process was only interrupted */
	uint64_t sender; /* callers__sender() of each sample */
	size_t samples;
	double csds; /* how many csds the samples represent, an estimate */
};

/* A caller as a line of JSON has it. Names are those of the caller. */
struct caller_line {
	const char *caller; /* the name of struct caller.frame; NULL if unknown */
	char reason[REASON_LEN]; /* "" if unknown */
	uint64_t samples;
	uint64_t csds;
	struct stack_sample call; /* its interrupt and kworker are the caller's */
};

/* A sampled stack as a line of JSON has it. */
struct stack_line {
	const char *func; /* its name or @address */
	char address[ADDRESS_TEXT];
	struct stack_sample call; /* without the frames of the tracing */
};

extern const struct form caller_line_form, stack_line_form;

void caller_line__make(struct caller_line *line, const struct caller *caller);

/* Make the line of @snap->samples[@i]. */
void stack_line__make(struct stack_line *line, const struct snapshot *snap, size_t i);

/* Returns the csds of a caller as a count, at least 1. */
static inline uint64_t caller__csds(const struct caller *caller)
{
	return caller->csds > 1 ? caller->csds + 0.5 : 1;
}

/*
 * Find the callers of snap->fns[@fn], by frame, reason, sender and the process's frame. Stores at
 * most @max callers in @callers, those with the most csds first. @all_rows: join all rows of the
 * function, whatever their call sites. Returns the number of callers stored, and in *@samples the
 * number of samples of all callers. Returns 0 if there is no memory.
 */
#define ALL_ROWS true
size_t callers__of(const struct snapshot *snap, size_t fn, bool all_rows, struct caller *callers,
		   size_t max, size_t *samples);

/* Do what callers__of() does, for the callers of snap->sends[@send]. */
size_t callers__of_send(const struct snapshot *snap, size_t send, struct caller *callers,
			size_t max, size_t *samples);

/* The interrupts of one kind that one sender sent, as a part of all interrupts of the kind. */
struct send_share {
	struct caller caller;
	double share;
};

/*
 * Find the sender of the most interrupts of @kind that carry no csd, by their samples. Returns
 * false if there is no sample.
 */
bool callers__most(const struct snapshot *snap, enum ipi_kind kind, struct send_share *most);

/* Returns the first frame outside kernel/smp.c and the tracing; NULL if there is no such frame. */
const struct symbol *callers__frame(const struct stack_sample *call);

/*
 * Returns the program's frame that led to the system call: the first frame outside the C library,
 * because wrappers and allocators explain nothing. If all frames are in the C library, returns the
 * outermost. NULL if no frame is known.
 */
const struct symbol *callers__user(const struct stack_sample *call);

/*
 * Returns the reason that a sender's stack shows: the first frame that is not plumbing, up to the
 * entry of a system call, an interrupt or a thread. If all frames are plumbing, the outermost frame
 * is the reason.
 */
struct reason callers__reason(const struct symbol *stack, uint32_t nr);

/* Returns the index of the first frame that is not of the tracing; @nr if all frames are. */
uint32_t callers__untraced(const struct symbol *stack, uint32_t nr);

/*
 * Returns the index of the first frame that the innermost interrupt interrupted: @nr if the
 * interrupt came in user space, 0 if the stack has no interrupt.
 */
uint32_t callers__interrupted(const struct symbol *stack, uint32_t nr);

/*
 * Whether an interrupt sent the csd: the stack has a frame of an interrupt's entry or exit, and
 * callers__sent_in_own_softirq() is false.
 */
bool callers__sent_by_interrupt(const struct stack_sample *call);

/*
 * Whether the stack shows that the running task sent the csd itself, although it did so in a soft
 * interrupt: the task sent packets to this host, and ran them through the receiver. False if
 * @call->interrupt is set.
 */
bool callers__sent_in_own_softirq(const struct stack_sample *call);

/*
 * To be called for each sample of a time in which RPS (receive packet steering) handed packets to
 * CPUs. RPS puts these packets into the queue of process_backlog(), as lo does with a task's own,
 * so a task that sends to any device may run the packets of others. Sets @call->interrupt if
 * callers__sent_in_own_softirq() is true of @call only because of that queue: the task is then not
 * taken for the sender.
 */
void callers__doubt_backlog(struct stack_sample *call);

/*
 * Whether a stopper thread (migration/N: kernel/stop_machine.c) sent the csd, for another task,
 * which the stack does not show.
 */
bool callers__sent_by_stopper(const struct stack_sample *call);

/*
 * Returns a number that is the same for all csds of one sender: of interrupts, of one process, or
 * of kworkers that run works of one process. Kworkers that run works of unknown processes are one
 * sender.
 */
uint64_t callers__sender(const struct stack_sample *call);

/*
 * Returns the name of the thread @comm, which runs works for others: of a kworker without its
 * number.
 */
const char *callers__worker(const char *comm);

/*
 * Find for whom the kworker @tgid sent. Returns a sample of the process for which most of the
 * sampled IPIs are, and the number of *@others; NULL if no sample shows that @tgid is a kworker.
 */
const struct stack_sample *callers__of_kworker(const struct snapshot *snap, uint32_t tgid,
					       int *others);

/*
 * Whether the function of @frame is plumbing: a function of the kernel that many senders pass
 * between the reason and the csd, such as every wake-up, TLB flush or work, and that only does what
 * its caller asked for. @frame has a name, which may end in a suffix of the compiler's (.isra.0).
 */
bool plumbing__has(const struct symbol *frame);

/*
 * Whether @list, which ends with NULL, has @name; "x*" in the list is every name that begins with
 * x. The compiler may have made a NAME.constprop.0 or NAME.isra.0 of NAME: both count as NAME.
 */
bool name_list__has(const char *const *list, const char *name);

/* Whether @func is an entry into the kernel: of a system call, an interrupt, a thread or a work. */
bool plumbing__is_entry(const char *func);

/* The lists of both: plumbing.c. Each ends with NULL. */
extern const char *const plumbing[], *const kernel_entries[];

/* Returns how many csds @sample represents; where that is unknown, each sample represents one. */
double sample__csds(const struct stack_sample *sample);

/*
 * Counts of csds by the sender's stack, folded as flame graphs read them (folded.c). A stack is cut
 * to FOLDED_BYTES.
 */
#define FOLDED_BYTES 8192
struct folded;

/* Returns NULL if there is no memory. */
struct folded *folded__new(void);
void folded__free(struct folded *folded);

/*
 * Add a window. The csds of a row are shared among the row's sampled stacks, by sample__csds(), so
 * that the sum of all stacks is the sum of all rows. A row without samples counts as the stack
 * "(not sampled)". Returns 0 or -ENOMEM.
 */
int folded__add(struct folded *folded, const struct snapshot *snap);

/*
 * Call @fn for each stack, in alphabetical order. @stack is
 * "task;outermost;...;innermost;function"; a name may have any bytes but ';' and newlines.
 */
void folded__each(const struct folded *folded, void (*fn)(const char *stack, uint64_t count));

/*
 * The csds and interrupts that ipitrace itself sends: to attach programs it patches the kernel's
 * text, and it wakes its helpers. No storm and no headline names these csds and interrupts; the
 * first screen has a line for them. No I/O.
 */

/*
 * Set the member own of all samples. @self: the tgid of this ipitrace; UINT32_MAX: unknown, because
 * ipitrace is in a PID namespace other than the first; @helpers: its helpers.
 * Another ipitrace and its helpers are known by name and user. Call this when the stacks have
 * names, which show the csds that interrupts sent: these csds belong to no process.
 */
void own_work__mark(struct snapshot *snap, uint32_t self, const struct helpers *helpers);

/*
 * Returns which part ipitrace itself sent of the csds and of the interrupts without a csd, by the
 * samples; 0 without samples.
 */
double own_work__share(const struct snapshot *snap);

#endif /* IPITRACE_MODEL_CALLERS_H */
