// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/code_window.h"
#include "collect/collector.h"
/* The skeleton uses the types of abi/. */
#include "code.skel.h"

struct code_bpf *kernel_code__open(void)
{
	return code_bpf__open_and_load();
}

void kernel_code__close(struct code_bpf *code)
{
	code_bpf__destroy(code);
}

const uint8_t *kernel_code__read(void *ctx, uint64_t addr, size_t size)
{
	const struct code_bpf *code = ctx;
	struct code_window *window = &code->bss->window;
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	window->addr = addr;
	window->size = size;
	if (bpf_prog_test_run_opts(bpf_program__fd(code->progs.code_copy), &opts) || opts.retval)
		return NULL;
	return window->code;
}
