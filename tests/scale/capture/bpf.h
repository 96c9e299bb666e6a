/* SPDX-License-Identifier: GPL-2.0 */
/* A bpf(2) that keeps maps, programs and links, and gives the kernel nothing. */
#ifndef SCALE_CAPTURE_BPF_H
#define SCALE_CAPTURE_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool is_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* Arguments and result are those of bpf(2). */
int bpf_call(int cmd, const union bpf_attr *attr, size_t size);

#endif /* SCALE_CAPTURE_BPF_H */
