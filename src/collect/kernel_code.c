// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/code_window.h"
#include "collect/kernel_code.h"
/* The skeleton uses the types of abi/. */
#include "code.skel.h"

struct kernel_code {
	struct code_bpf *skel;
};

struct kernel_code *kernel_code__open(void)
{
	struct kernel_code *code = calloc(1, sizeof(*code));

	if (!code)
		return NULL;
	code->skel = code_bpf__open_and_load();
	if (code->skel)
		return code;
	free(code);
	return NULL;
}

void kernel_code__close(struct kernel_code *code)
{
	if (!code)
		return;
	code_bpf__destroy(code->skel);
	free(code);
}

const uint8_t *kernel_code__read(void *ctx, uint64_t addr, size_t size)
{
	const struct kernel_code *code = ctx;
	struct code_window *window = &code->skel->bss->window;
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	window->addr = addr;
	window->size = size;
	if (bpf_prog_test_run_opts(bpf_program__fd(code->skel->progs.code_copy), &opts) ||
	    opts.retval)
		return NULL;
	return window->code;
}
