/* SPDX-License-Identifier: GPL-2.0 */
/* A kernel's BTF out of a file that is open: BTF as it is, or an ELF file with its section, such as a vmlinux. */
#ifndef IPITRACE_COLLECT_KCORE_BTF_FILE_H
#define IPITRACE_COLLECT_KCORE_BTF_FILE_H

#include <stddef.h>

/* A kernel's BTF has some 6 MB. */
#define BTF_MAX (1U << 28)

/*
 * *@btf, of *@size bytes (malloc). 0; -ENOEXEC: neither BTF nor an ELF file of this machine;
 * -ENODATA: the ELF file has no such section; another negative errno.
 */
int btf_file__read(int fd, void **btf, size_t *size);

#endif /* IPITRACE_COLLECT_KCORE_BTF_FILE_H */
