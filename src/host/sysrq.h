/* SPDX-License-Identifier: GPL-2.0 */
/* Gets the stacks of all CPUs, by sysrq-l: the kernel sends NMIs, and writes to its log. */
#ifndef IPITRACE_HOST_SYSRQ_H
#define IPITRACE_HOST_SYSRQ_H

#include "model/incident.h"

struct sysrq;

/*
 * Open the log and the trigger, as root. Returns 0 and *@sysrq; or a negative errno,
 * with one line in @why (@size bytes) that says what is missing.
 */
int sysrq__open(struct sysrq **sysrq, char *why, size_t size);
void sysrq__close(struct sysrq *sysrq);

/*
 * Ask for all stacks; @sysrq is a struct sysrq. Returns the lines that the kernel's log got since
 * the request, without their prefix; valid until the next call; "" after a failure. Takes no
 * memory. Waits for the CPUs: 10 s if a CPU does not even respond to an NMI (lib/nmi_backtrace.c).
 */
const char *sysrq__backtraces(void *sysrq);

/*
 * In that text each CPU has a part: lib/nmi_backtrace.c writes its head, and the architecture's
 * show_regs() the rest. Others write to the kernel's log, too, so the text may contain anything.
 */
enum backtrace_found {
	BACKTRACE_ABSENT, /* the CPU has no part */
	BACKTRACE_IDLE, /* "skipped: idling" */
	BACKTRACE_FOUND,
};

/* Parse the part of @cpu in @text, lines without the log's prefix. The last such part counts. */
enum backtrace_found backtrace_text__parse(const char *text, uint32_t cpu, struct backtrace *bt);

/*
 * Two helper processes write to /proc/sysrq-trigger. Only they have that file open, and they write
 * only the letter l, at most once in SYSRQ_GAP_NS. ipitrace itself, which has given up its rights,
 * does not have the file open, because with it a fault in ipitrace could crash the machine.
 *
 * There are two because the scheduler may put one of them on the CPU that is stuck: an idle CPU
 * whose interrupt does not return still looks idle. Each process has its half of the CPUs.
 */

#define SYSRQ_GAP_NS 500000000ULL

/* A request has only a number and a time, so that nobody who has the socket can do harm. */
struct sysrq_request {
	uint64_t id;
	uint64_t until; /* CLOCK_MONOTONIC ns; nobody waits for the answer after this time */
};

enum sysrq_state {
	SYSRQ_BEGUN,
	SYSRQ_DONE,
	SYSRQ_TOO_SOON,
};

struct sysrq_answer {
	uint64_t id; /* id of the request; 0: the answer that the helper sends at its start */
	int state; /* enum sysrq_state, or a negative errno */
};

struct sysrq_helper {
	int socket;
	pid_t pid;
	uint64_t id; /* id of the last request */
};

/*
 * Start both processes. Call this as root, before there is a thread. @path: /proc/sysrq-trigger,
 * except in tests. Returns 0 or a negative errno, also of opening @path.
 */
int sysrq_helper__start(struct sysrq_helper *helper, const char *path);
void sysrq_helper__stop(struct sysrq_helper *helper);

/* Let a helper write l, and wait for the stacks. Takes no memory. Returns 0 or a negative errno. */
int sysrq_helper__ask(struct sysrq_helper *helper);

#endif /* IPITRACE_HOST_SYSRQ_H */
