/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text of sysrq-l, "Show backtrace of all active CPUs": lib/nmi_backtrace.c
 * heads the part of each CPU, the architecture's show_regs() writes the rest.
 * The text comes from the kernel's log, where others write too: anything may
 * stand in it.
 */
#ifndef IPITRACE_HOST_BACKTRACE_TEXT_H
#define IPITRACE_HOST_BACKTRACE_TEXT_H

#include "model/incident.h"

enum backtrace_found {
	BACKTRACE_ABSENT, /* there is nothing of the CPU */
	BACKTRACE_IDLE, /* "skipped: idling" */
	BACKTRACE_FOUND,
};

/* The part of @cpu in @text: lines without the log's prefix. The last such part counts. */
enum backtrace_found backtrace_text__parse(const char *text, uint32_t cpu, struct backtrace *bt);

#endif /* IPITRACE_HOST_BACKTRACE_TEXT_H */
