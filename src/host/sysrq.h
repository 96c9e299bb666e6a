/* SPDX-License-Identifier: GPL-2.0 */
/* The stacks of all CPUs, by sysrq-l: the kernel sends NMIs, writes to its log and the console. */
#ifndef IPITRACE_HOST_SYSRQ_H
#define IPITRACE_HOST_SYSRQ_H

#include "model/incident.h"

struct sysrq;

/*
 * Open the log and the trigger, as root. 0 and *@sysrq; a negative errno, with
 * one line in @why (@size bytes) that says what is missing.
 */
int sysrq__open(struct sysrq **sysrq, char *why, size_t size);
void sysrq__close(struct sysrq *sysrq);

/*
 * Ask for all stacks; @sysrq is a struct sysrq. Returns what the kernel's log got since, lines
 * without their prefix, which is valid until the next call; "" after a failure. Takes no memory.
 * Waits for the CPUs: 10 s if a CPU takes not even an NMI (lib/nmi_backtrace.c).
 */
const char *sysrq__backtraces(void *sysrq);

/*
 * In that text lib/nmi_backtrace.c writes the head of each CPU's part, and the architecture's
 * show_regs() the rest. Others write to the kernel's log, too: it may contain anything.
 */
enum backtrace_found {
	BACKTRACE_ABSENT, /* there is nothing of the CPU */
	BACKTRACE_IDLE, /* "skipped: idling" */
	BACKTRACE_FOUND,
};

/* Parse the part of @cpu in @text, lines without the log's prefix. The last such part counts. */
enum backtrace_found backtrace_text__parse(const char *text, uint32_t cpu, struct backtrace *bt);

/*
 * Two processes beside ipitrace write to /proc/sysrq-trigger. Only they have that file open, and
 * they write only the letter l, at most every SYSRQ_GAP_NS. ipitrace, which has given up its
 * rights, could crash the machine with the same descriptor.
 *
 * There are two because the scheduler may put one of them on the CPU that is stuck: an idle CPU
 * whose interrupt does not return still looks idle. Each process has its half of the CPUs.
 */

#define SYSRQ_GAP_NS 500000000ULL

/* A request says only when, so that it does no harm whoever has the socket. */
struct sysrq_request {
	uint64_t id;
	uint64_t until; /* CLOCK_MONOTONIC ns: after that nobody waits for the answer */
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

/* Have l written, and wait for the stacks. Takes no memory. 0 or a negative errno. */
int sysrq_helper__ask(struct sysrq_helper *helper);

#endif /* IPITRACE_HOST_SYSRQ_H */
