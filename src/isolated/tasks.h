/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which tasks have business on a watched CPU, what the others take of it, and who brought
 * them: PROGRAM with its descendants, told from others by each fork; who woke a stopper.
 */
#ifndef IPITRACE_ISOLATED_TASKS_H
#define IPITRACE_ISOLATED_TASKS_H

#include <stdint.h>
#include "abi/interruption.h"
#include "isolated/watched.h"

struct tasks {
	uint64_t begun; /* when collection began */
	struct sender *stoppers; /* who last woke the stopper thread, by CPU */
	uint32_t program; /* PROGRAM's tgid; 0: none */
	uint64_t *members; /* a bit for each pid: PROGRAM with its descendants; NULL: there is no PROGRAM */
};

/* @tasks is all zero. 0 or -ENOMEM. */
int tasks__open(struct tasks *tasks);
void tasks__close(struct tasks *tasks);

/* The CPUs are there for @tgid, before it forks. 0 or -ENOMEM. */
int tasks__program(struct tasks *tasks, uint32_t tgid);

/* A thread of @parent forks the process @child: each fork on the machine, in order. */
void tasks__fork(struct tasks *tasks, uint32_t parent, uint32_t child);

/* A stopper thread is woken. */
void tasks__stopper(struct tasks *tasks, const struct interruption *event);

/* Another task begins to run. */
void tasks__switch(const struct tasks *tasks, struct watched *w, const struct interruption *event);

/* A foreign task leaves the CPU at @now: charge its time to its works, or to itself. */
void tasks__leave(struct watched *w, uint64_t now, uint64_t inside);

#endif /* IPITRACE_ISOLATED_TASKS_H */
