/* SPDX-License-Identifier: GPL-2.0 */
/* Memory out of an ELF core file whose segments have virtual addresses, such as /proc/kcore. */
#ifndef IPITRACE_COLLECT_KCORE_ELF_CORE_H
#define IPITRACE_COLLECT_KCORE_ELF_CORE_H

#include "collect/kcore/memory.h"

struct elf_core;

/*
 * Open @path. 0 and *@core; -ENOEXEC: no core file of this machine's word size
 * and byte order; another negative errno of opening or reading the file.
 */
int elf_core__open(struct elf_core **core, const char *path);
void elf_core__close(struct elf_core *core);

/* Valid as long as @core is open. */
struct memory elf_core__memory(struct elf_core *core);

/* The lines of the note VMCOREINFO, @core's; NULL: it has none. */
const char *elf_core__vmcoreinfo(const struct elf_core *core);

#endif /* IPITRACE_COLLECT_KCORE_ELF_CORE_H */
