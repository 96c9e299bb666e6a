// SPDX-License-Identifier: GPL-2.0
/*
 * Attaches the empty programs, creates the file that its argument names, and
 * waits for a signal. Nothing is pinned, so the kernel detaches the programs
 * at any end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "floor.skel.h"

int main(int argc, char **argv)
{
	struct floor_bpf *floor;

	if (argc != 2) {
		fprintf(stderr, "Usage: floor READY-FILE\n");
		return 2;
	}
	floor = floor_bpf__open_and_load();
	if (!floor || floor_bpf__attach(floor)) {
		fprintf(stderr, "floor: its programs do not load or attach here\n");
		return 3;
	}
	if (open(argv[1], O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0) {
		perror(argv[1]);
		return 4;
	}
	pause();
	return 0;
}
