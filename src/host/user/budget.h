/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The budget of a request: how many bytes it reads of files that are anybody's, and how much CPU
 * time it spends on them. Once either is spent, files read as if they ended there.
 */
#ifndef IPITRACE_HOST_USER_BUDGET_H
#define IPITRACE_HOST_USER_BUDGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A request begins. Before the first one there is no bound. By one thread. */
void budget__begin(uint64_t bytes, uint64_t cpu_ns);

/* pread(); 0 when the budget is spent. A short read costs as much as BUDGET_READ_MIN bytes. */
#define BUDGET_READ_MIN 512
ssize_t budget__pread(int fd, void *to, size_t size, off_t offset);

/* Whether a read was refused since the request began. */
bool budget__over(void);

/* A part of the request begins. */
void budget__part(void);

/* Whether reads were refused, and another request may have more for such a part: earlier parts spent half. */
bool budget__cut(void);

#endif /* IPITRACE_HOST_USER_BUDGET_H */
