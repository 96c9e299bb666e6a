/* SPDX-License-Identifier: GPL-2.0 */
/* The bytes of a kernel's types without a type: the name "types" tells them from others. */
#ifndef IPITRACE_TESTS_FEW_TYPES_H
#define IPITRACE_TESTS_FEW_TYPES_H

#include <bpf/btf.h>

static const struct {
	struct btf_header head;
	char names[8];
} types = { { .magic = BTF_MAGIC,
	      .version = BTF_VERSION,
	      .hdr_len = sizeof(struct btf_header),
	      .str_len = 8 },
	    "\0types" };

#endif /* IPITRACE_TESTS_FEW_TYPES_H */
