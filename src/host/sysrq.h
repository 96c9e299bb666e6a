/* SPDX-License-Identifier: GPL-2.0 */
/* The stacks of all CPUs, by sysrq-l: the kernel sends NMIs and writes to its log, and to the console. */
#ifndef IPITRACE_HOST_SYSRQ_H
#define IPITRACE_HOST_SYSRQ_H

#include <stddef.h>

struct sysrq;

/*
 * As root. 0 and *@sysrq; a negative errno, with one line in @why (@size bytes)
 * that says what is missing.
 */
int sysrq__open(struct sysrq **sysrq, char *why, size_t size);
void sysrq__close(struct sysrq *sysrq);

/*
 * Ask for all stacks; returns what the kernel's log got since, lines without
 * their prefix, until the next call; "" after a failure. Takes no memory. Waits for the CPUs: 10 s
 * if one takes no NMI either (lib/nmi_backtrace.c).
 */
const char *sysrq__backtraces(struct sysrq *sysrq);

#endif /* IPITRACE_HOST_SYSRQ_H */
