/* SPDX-License-Identifier: GPL-2.0 */
/* The offsets and sizes of the members of the kernel's structures, from its BTF. */
#ifndef IPITRACE_COLLECT_LAYOUT_H
#define IPITRACE_COLLECT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BTF_PATH "/sys/kernel/btf/vmlinux"

struct field {
	uint32_t offset; /* bytes from the beginning of the outermost structure */
	uint32_t size; /* bytes; 0 if this kernel has no such member */
};

struct btf;

/*
 * Find the member @path ("node.u_flags") of the structure, union or typedef @type in a kernel's
 * BTF. Members of an anonymous structure count as members of the structure around it.
 */
struct field layout__field(const struct btf *btf, const char *type, const char *path);

/*
 * Returns the kernel's BTF, read with as little memory as possible. The caller frees it with
 * btf__free(). NULL, with errno, if the kernel has none.
 */
struct btf *kernel_btf__load(void);

/*
 * Let libbpf take @btf, the kernel's types, at its next load of programs. Takes over @btf. NULL:
 * free the types that were kept, if libbpf did not need them.
 */
void kernel_btf__keep(struct btf *btf);

/*
 * Returns the types that are kept for libbpf, read if none are. kernel_btf__keep(), or the next
 * load of programs, frees them. NULL if the kernel has no types.
 */
const struct btf *kernel_btf__kept(void);

/*
 * Create an empty file in memory, whose path (btf_custom_path of libbpf) is written to @path, @size
 * bytes. Returns its descriptor, which stays open until the programs are loaded; or a negative
 * errno, if a file cannot be opened by such a path (a process that was given capabilities by its
 * file may not).
 */
int core_types__create(char *path, size_t size);

/*
 * Write to @fd, as a BTF, the types of the @kernel that have the name of a structure, union or
 * typedef of @programs, an object's own types. Returns 0 or a negative errno.
 */
int core_types__write(int fd, const struct btf *kernel, const struct btf *programs);

/*
 * Whether the kernel's BTF has a type, a member or a function called @name. Reads the BTF in place,
 * without a copy, and so returns false on kernels before 6.16, whose BTF cannot be mapped.
 */
bool kernel_btf__names(const char *name);

#endif /* IPITRACE_COLLECT_LAYOUT_H */
