/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's statistics of a loaded BPF program. */
#ifndef IPITRACE_COLLECT_PROG_INFO_H
#define IPITRACE_COLLECT_PROG_INFO_H

#include <linux/bpf.h>

/* Fill @info for the program @fd. Returns 0 or a negative errno; also for a negative @fd. */
int prog_info(int fd, struct bpf_prog_info *info);

struct prog_cost;

/*
 * The runs and the time of the program @fd, @name, since @before, which becomes those up
 * to now. *@since stays as it is where the kernel does not say.
 */
void prog_cost(int fd, const char *name, struct prog_cost *before, struct prog_cost *since);

#endif /* IPITRACE_COLLECT_PROG_INFO_H */
