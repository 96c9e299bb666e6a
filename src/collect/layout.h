/* SPDX-License-Identifier: GPL-2.0 */
/* Where the members of the kernel's structures are, by its BTF. */
#ifndef IPITRACE_COLLECT_LAYOUT_H
#define IPITRACE_COLLECT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct field {
	uint32_t offset; /* from the beginning of the outermost structure */
	uint32_t size; /* 0: this kernel has no such member */
};

struct btf;

/*
 * The member @path ("node.u_flags") of the structure, union or typedef @type of a kernel's types.
 * Members of an anonymous structure count as members of the structure around it.
 */
struct field layout__field(const struct btf *btf, const char *type, const char *path);

/*
 * The kernel's types, read with as little memory as possible. The caller frees them by btf__free().
 * NULL, and errno: the kernel does not give them.
 */
struct btf *kernel_btf__load(void);

/* Let libbpf take @btf, the kernel's types, when it loads programs next. The caller gives up @btf. */
void kernel_btf__keep(struct btf *btf);

/*
 * Whether the kernel's types have a type, a member or a function called @name. Reads the types
 * where they lie, which takes no memory. False: no, or a kernel before 6.16.
 */
bool kernel_btf__names(const char *name);

#endif /* IPITRACE_COLLECT_LAYOUT_H */
