/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program `evidence`, which user space runs before it tells a stall that lasts: what the
 * kernel's own memory says now of a csd that was not seen to run, or to end.
 */
#ifndef IPITRACE_ABI_EVIDENCE_H
#define IPITRACE_ABI_EVIDENCE_H

#include "abi/limits.h"

/* The program's answers. */
enum evidence {
	EVIDENCE_NONE, /* nothing says that it still is outstanding */
	EVIDENCE_SEEN, /* it is: locked, or its task is still being woken, or its CPU is in an interrupt */
	EVIDENCE_LOST, /* it has run unseen: counted, and its slot given back */
	EVIDENCE_UNKNOWN, /* this kernel does not tell, or the CPU's idle task may run the function */
};

enum evidence_of {
	EVIDENCE_OF_SLOT, /* a csd that is queued */
	EVIDENCE_OF_FRAME, /* a function that runs */
};

/* The program's context: its arguments, all of a word. */
struct evidence_question {
	__u64 of; /* enum evidence_of */
	__u64 csd;
	__u64 func;
	__u64 dst;
	__u64 at; /* the slot */
	__u64 queued; /* the slot's time */
	__u64 give_back; /* the slot, even if the csd may be about to be entered */
	__u64 sync; /* of the frame: a sender waits for the csd */
};

#endif /* IPITRACE_ABI_EVIDENCE_H */
