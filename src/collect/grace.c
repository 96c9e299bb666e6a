// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "collect/grace.h"

static int membarrier(int cmd)
{
	return syscall(SYS_membarrier, cmd, 0, 0);
}

/*
 * MEMBARRIER_CMD_GLOBAL is synchronize_rcu() (kernel/sched/membarrier.c). A
 * kernel with nohz_full CPUs does not offer this command (since 4.15). There, an
 * update of a map of maps waits for running programs (since 4.18:
 * 1ae80cf31938, maybe_wait_bpf_programs()).
 */
int grace__open(struct grace *grace, bool try_membarrier)
{
	int cmds = membarrier(MEMBARRIER_CMD_QUERY), err;

	*grace = (struct grace){ .outer_fd = -1, .inner_fd = -1 };
	if (try_membarrier && cmds > 0 && cmds & MEMBARRIER_CMD_GLOBAL) {
		grace->membarrier = true;
		return 0;
	}
	grace->inner_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "grace_inner", 4, 4, 1, NULL);
	if (grace->inner_fd >= 0) {
		LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = grace->inner_fd);

		grace->outer_fd =
			bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "grace", 4, 4, 1, &opts);
	}
	if (grace->outer_fd >= 0)
		return 0;
	err = -errno;
	grace__close(grace);
	return err;
}

int grace__wait(struct grace *grace)
{
	int key = 0, err;

	if (grace->membarrier)
		err = membarrier(MEMBARRIER_CMD_GLOBAL);
	else
		err = bpf_map_update_elem(grace->outer_fd, &key, &grace->inner_fd, BPF_ANY);
	return err < 0 ? -errno : 0;
}

void grace__close(struct grace *grace)
{
	if (grace->outer_fd >= 0)
		close(grace->outer_fd);
	if (grace->inner_fd >= 0)
		close(grace->inner_fd);
	grace->outer_fd = grace->inner_fd = -1;
}

const char *grace__how(const struct grace *grace)
{
	return grace->membarrier ? "membarrier(MEMBARRIER_CMD_GLOBAL)" : "update of a map of maps";
}
