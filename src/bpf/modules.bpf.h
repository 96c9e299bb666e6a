/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Modules that come and go while functions are filtered by address. The filter has the functions of
 * the modules that were there when ipitrace began. When it ends it looks for functions of the same
 * name that came later, but those of a module that is gone by then have no names any more, nor have
 * the init functions of a module that stays: such modules, and csds of init functions, are counted.
 */
#ifndef IPITRACE_BPF_MODULES_BPF_H
#define IPITRACE_BPF_MODULES_BPF_H

#include "bpf/config.bpf.h"

/* Modules that came and went since ipitrace began, and modules for which there was no room. */
__u32 modules_gone = 0;

/* The modules that came and are still there, by the address of struct module. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u8);
} new_modules SEC(".maps");

/* Keep where the init functions of @module are. */
static __always_inline void init_text_note(__u64 module)
{
	const struct module___6_3 *before = (void *)module;
	const struct module *now = (void *)module;
	__u64 from = 0, size = 0, *text;

	if (bpf_core_field_exists(struct module, mem)) {
		from = (__u64)BPF_CORE_READ(now, mem[4].base);
		size = BPF_CORE_READ(now, mem[4].size);
	} else if (bpf_core_field_exists(struct module___6_3, init_layout)) {
		from = (__u64)BPF_CORE_READ(before, init_layout.base);
		size = BPF_CORE_READ(before, init_layout.size);
	}
	text = init_texts[__sync_fetch_and_add(&nr_init_texts, 1) & (INIT_TEXTS - 1)];
	text[0] = from;
	text[1] = from + size;
}

/* The tracepoint fires before the module's init function runs. Arguments: module. */
SEC("?raw_tp/module_load")
int module_came(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 module = ctx->args[0];
	const __u8 yes = 1;

	init_text_note(module);
	if (bpf_map_update_elem(&new_modules, &module, &yes, BPF_ANY))
		__sync_fetch_and_add(&modules_gone, 1);
	return 0;
}

/* It fires, too, if the init function has failed. Arguments: module. */
SEC("?raw_tp/module_free")
int module_went(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 module = ctx->args[0];

	if (!bpf_map_delete_elem(&new_modules, &module))
		__sync_fetch_and_add(&modules_gone, 1);
	return 0;
}

#endif /* IPITRACE_BPF_MODULES_BPF_H */
