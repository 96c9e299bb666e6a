// SPDX-License-Identifier: GPL-2.0
/*
 * Attaches the BPF programs of an object file, in the order of the file, creates
 * READY-FILE, and waits for a signal. Nothing is pinned, so the kernel detaches
 * the programs at any end.
 */
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* Two programs on the same tracepoint run in the order in which they were attached. */
static bool attach(struct bpf_object *object)
{
	struct bpf_program *program = NULL;

	while ((program = bpf_object__next_program(object, program)))
		if (!bpf_program__attach(program))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;

	if (argc != 3) {
		fprintf(stderr, "Usage: attach OBJECT READY-FILE\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object) || !attach(object)) {
		fprintf(stderr, "attach: the programs of %s do not load or attach here\n", argv[1]);
		return 3;
	}
	if (open(argv[2], O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0) {
		perror(argv[2]);
		return 4;
	}
	pause();
	return 0;
}
