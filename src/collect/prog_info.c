// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <bpf/bpf.h>
#include "collect/prog_info.h"
#include "model/snapshot.h"

int prog_info(int fd, struct bpf_prog_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, info, &len);
}

void prog_cost(int fd, const char *name, struct prog_cost *before, struct prog_cost *since)
{
	struct bpf_prog_info info;

	if (prog_info(fd, &info))
		return;
	since->name = name;
	since->runs = info.run_cnt - before->runs;
	since->ns = info.run_time_ns - before->ns;
	before->runs = info.run_cnt;
	before->ns = info.run_time_ns;
}
