/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often the stopper threads ran: each time that a running task is moved
 * to another CPU, and for stop_machine(). A plain reschedule interrupt names
 * no cause; this tells one.
 */
#ifndef IPITRACE_STOPPERS_H
#define IPITRACE_STOPPERS_H

#include <stdint.h>

struct stoppers;

/* 0 and *@st, or a negative errno: -ENOENT where no such thread is to be seen. */
int stoppers__open(struct stoppers **st);
void stoppers__close(struct stoppers *st);

/* Runs since the last call, or the opening. */
uint64_t stoppers__since(struct stoppers *st);

#endif /* IPITRACE_STOPPERS_H */
