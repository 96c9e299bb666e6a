// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <bpf/libbpf.h>
#include "collect/skeleton.h"

const struct bpf_prog_skeleton *skeleton__prog(const struct bpf_object_skeleton *skeleton,
					       const char *name)
{
	for (int i = 0; i < skeleton->prog_cnt; i++)
		if (!strcmp(skeleton->progs[i].name, name))
			return &skeleton->progs[i];
	return NULL;
}
