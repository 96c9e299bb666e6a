/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says about a loaded BPF program. */
#ifndef IPITRACE_COLLECT_PROG_INFO_H
#define IPITRACE_COLLECT_PROG_INFO_H

#include <linux/bpf.h>

/* What the kernel says of a program; 0 or a negative errno. */
int prog_info(int fd, struct bpf_prog_info *info);

#endif /* IPITRACE_COLLECT_PROG_INFO_H */
