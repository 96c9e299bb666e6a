/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Modules that come and go while functions are filtered by address. The filter has the functions of
 * the modules that were there when ipitrace began. When it ends it looks for functions of the same
 * name that came later, but those of a module that is gone by then have no names any more: such
 * modules are counted here.
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

/* The tracepoint fires before the module's init function runs. Arguments: module. */
SEC("?raw_tp/module_load")
int module_came(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 module = ctx->args[0];
	const __u8 yes = 1;

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
