/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel's memory, by virtual address: a live kernel's, a dump's, or made up
 * by a test. Nothing in it can be trusted: it changes while it is read. And the lines that
 * a kernel leaves for readers of its memory.
 */
#ifndef IPITRACE_COLLECT_KCORE_MEMORY_H
#define IPITRACE_COLLECT_KCORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory {
	/* Read @size bytes at @addr into @buf. 0; -EFAULT: not all are there; another negative errno. */
	int (*read)(void *ctx, uint64_t addr, void *buf, size_t size);
	void *ctx;
};

static inline int memory__read(const struct memory *memory, uint64_t addr, void *buf, size_t size)
{
	return memory->read(memory->ctx, addr, buf, size);
}

/*
 * VMCOREINFO: the lines "KEY=VALUE" in a note of /proc/kcore and of each dump
 * (kernel/vmcore_info.c). The kernel has a page for them.
 */
#define VMCOREINFO_BYTES 65536

/* Copy the value of @key. False: @text (NULL: none) has no such line. */
bool vmcoreinfo__value(const char *text, const char *key, char *buf, size_t size);

/* The value of "SYMBOL(name)", an address; 0: none. */
uint64_t vmcoreinfo__symbol(const char *text, const char *name);

/* Memory out of an ELF core file whose segments have virtual addresses, such as /proc/kcore. */
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

#endif /* IPITRACE_COLLECT_KCORE_MEMORY_H */
