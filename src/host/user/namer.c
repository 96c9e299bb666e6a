// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/user/images.h"
#include "host/user/join_frames.h"
#include "host/user/namer.h"
#include "host/user/opener.h"
#include "host/user/perf_map.h"
#include "host/user/proc_maps.h"
#include "host/user/unwind.h"

#define PROCESSES  32
/* Names from a perf map, while the file does not grow. */
#define MADE_NAMES 64

struct made_name {
	uint64_t addr; /* 0: free */
	uint64_t offset;
	bool found;
	char name[USER_NAME];
};

struct process {
	uint32_t tgid; /* 0: free */
	int maps_fd; /* of one program: after its end, and after another exec, it reads as empty */
	int perf_fd; /* negative: none */
	bool perf_tried;
	off_t perf_size; /* when `made` was found */
	uint64_t used;
	struct proc_maps maps;
	struct made_name made[MADE_NAMES];
};

struct namer {
	int opener;
	uint64_t uses;
	struct images *images;
	struct process processes[PROCESSES];
};

struct namer *namer__new(int opener)
{
	struct namer *namer = calloc(1, sizeof(*namer));

	if (!namer)
		return NULL;
	namer->opener = opener;
	namer->images = images__new(opener);
	if (!namer->images) {
		free(namer);
		return NULL;
	}
	for (int i = 0; i < PROCESSES; i++)
		namer->processes[i].maps_fd = namer->processes[i].perf_fd = -1;
	return namer;
}

static void process_close(struct process *process)
{
	if (process->maps_fd >= 0)
		close(process->maps_fd);
	if (process->perf_fd >= 0)
		close(process->perf_fd);
	proc_maps__free(&process->maps);
	*process = (struct process){ .maps_fd = -1, .perf_fd = -1 };
}

static bool runs(const struct process *process)
{
	char byte;

	return pread(process->maps_fd, &byte, 1, 0) == 1;
}

/* The place for @tgid: its own, or the one that was unused for longest. */
static struct process *place_of(struct namer *namer, uint32_t tgid)
{
	struct process *oldest = namer->processes;

	for (int i = 0; i < PROCESSES; i++) {
		struct process *process = &namer->processes[i];

		if (process->tgid == tgid)
			return process;
		if (process->used < oldest->used)
			oldest = process;
	}
	return oldest;
}

/*
 * The process @tgid; NULL and *@why: its mappings cannot be read. What is known of a process
 * that is gone serves for the samples that it left.
 */
static struct process *process_of(struct namer *namer, uint32_t tgid, uint32_t *why)
{
	const struct opener_request request = { .file = OPEN_MAPS, .pid = tgid };
	struct process *process = place_of(namer, tgid), fresh = { .tgid = tgid, .perf_fd = -1 };
	int err;

	process->used = ++namer->uses;
	if (process->tgid == tgid && runs(process))
		return process;
	fresh.used = process->used;
	fresh.maps_fd = opener__ask(namer->opener, &request);
	err = fresh.maps_fd < 0 ? fresh.maps_fd : proc_maps__read(&fresh.maps, fresh.maps_fd);
	if (!err) {
		process_close(process);
		*process = fresh;
		return process;
	}
	process_close(&fresh);
	if (process->tgid == tgid)
		return process;
	*why = err == -EACCES || err == -EPERM ? USER_END_DENIED : USER_END_GONE;
	return NULL;
}

static const struct code_mapping *mapping_of(const void *ctx, uint64_t addr)
{
	return proc_maps__find(&((const struct process *)ctx)->maps, addr);
}

/* Code that was mapped after the mappings were read: read them again. */
static void process_refresh(struct process *process, const struct user_stack *stack)
{
	bool all = mapping_of(process, stack->ip);

	for (uint32_t i = 1; i < stack->nr && i < 4; i++)
		all &= mapping_of(process, stack->frames[i]) != NULL;
	/* The descriptor of a process that is gone reads as empty: keep what there is. */
	if (!all && runs(process))
		proc_maps__read(&process->maps, process->maps_fd);
}

/* A function that the process made itself. */
static bool made_find(struct namer *namer, struct process *process, uint64_t addr,
		      struct named_frame *frame)
{
	struct made_name *made = &process->made[(addr >> 4) % MADE_NAMES];
	const struct opener_request request = { .file = OPEN_PERF_MAP, .pid = process->tgid };
	struct stat st;

	if (process->perf_fd < 0 && (!process->perf_tried || !(namer->uses % 64)))
		process->perf_fd = opener__ask(namer->opener, &request);
	process->perf_tried = true;
	if (process->perf_fd < 0 || fstat(process->perf_fd, &st))
		return false;
	if (st.st_size != process->perf_size)
		memset(process->made, 0, sizeof(process->made));
	process->perf_size = st.st_size;
	if (made->addr != addr) {
		made->addr = addr;
		made->found = perf_map__find(process->perf_fd, addr, made->name, sizeof(made->name),
					     &made->offset);
	}
	if (!made->found)
		return false;
	snprintf(frame->name, sizeof(frame->name), "%s", made->name);
	frame->offset = made->offset;
	return true;
}

/* Name @frame. @called: a call returns to its address, and may be its function's last instruction. */
static void frame_name(struct namer *namer, struct process *process, bool called,
		       struct named_frame *frame)
{
	const struct code_mapping *mapping = mapping_of(process, frame->addr - called);
	struct image *image;
	uint64_t vaddr;

	frame->offset = frame->addr;
	if (!mapping)
		return;
	snprintf(frame->module, sizeof(frame->module), "%s", mapping->name);
	image = images__get(namer->images, process->tgid, mapping);
	if (image &&
	    elf_image__vaddr(image__elf(image),
			     frame->addr - called - mapping->start + mapping->offset, &vaddr)) {
		frame->offset = vaddr + called;
		if (images__function(namer->images, image, vaddr, frame->name, sizeof(frame->name),
				     &frame->offset))
			frame->offset += called;
	} else if (!image && made_find(namer, process, frame->addr - called, frame)) {
		frame->offset += called;
		snprintf(frame->module, sizeof(frame->module), "jit");
	}
}

/* The context of unwinding. */
struct walk {
	struct namer *namer;
	struct process *process;
	const struct user_stack *stack;
};

/* The file that has the code before or at @addr, and the address in that file; NULL: none. */
static const struct elf_image *file_at(const struct walk *walk, uint64_t addr, bool called,
				       uint64_t *vaddr)
{
	const struct code_mapping *mapping = mapping_of(walk->process, addr - called);
	struct image *image =
		mapping ? images__get(walk->namer->images, walk->process->tgid, mapping) : NULL;

	if (!image ||
	    !elf_image__vaddr(image__elf(image), addr - mapping->start + mapping->offset, vaddr))
		return NULL;
	return image__elf(image);
}

static enum unwind_step step(void *ctx, bool called, struct unwind_regs *regs)
{
	const struct walk *walk = ctx;
	uint64_t vaddr;
	const struct elf_image *elf = file_at(walk, regs->ip, called, &vaddr);

	return elf ? unwind__step(elf, vaddr, called, walk->stack, regs) : UNWIND_UNKNOWN;
}

static bool behind_call(void *ctx, uint64_t addr)
{
	static const uint8_t x86[] = { 0x0f, 0x05 }, arm[] = { 0x01, 0x00, 0x00, 0xd4 };
	uint8_t code[sizeof(arm)];
	uint64_t vaddr;
	const struct elf_image *elf = file_at(ctx, addr, true, &vaddr);
	bool is_arm = elf && elf->machine == EM_AARCH64;
	size_t size = is_arm ? sizeof(arm) : sizeof(x86);

	return elf && elf_image__read(elf, vaddr - size, code, size) &&
	       !memcmp(code, is_arm ? arm : x86, size);
}

static bool is_code(void *ctx, uint64_t addr)
{
	return mapping_of(((struct walk *)ctx)->process, addr);
}

/* Whether a thread begins in the function: glibc, musl, Go. */
static bool is_base(const char *name)
{
	static const char *const bases[] = {
		"_start", "__libc_start_main", "__libc_start_call_main", "clone",	  "__clone",
		"clone3", "__clone3",	       "start_thread",		 "runtime.goexit"
	};

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++)
		if (!strncmp(name, bases[i], strlen(bases[i])))
			return true;
	return false;
}

void namer__name(struct namer *namer, uint32_t tgid, const struct user_stack *stack,
		 struct named_stack *named)
{
	static const struct frame_ops ops = { step, is_code, behind_call };
	struct walk walk = { .namer = namer, .stack = stack };
	struct joined_frames frames;

	memset(named, 0, sizeof(*named));
	walk.process = process_of(namer, tgid, &named->end);
	if (!walk.process)
		return;
	process_refresh(walk.process, stack);
	join_frames(stack, &ops, &walk, &frames);
	named->end = frames.end;
	named->nr = frames.nr;
	for (uint32_t i = 0; i < frames.nr; i++) {
		named->frames[i].addr = frames.addrs[i];
		frame_name(namer, walk.process, i > 0, &named->frames[i]);
	}
	if (named->end != USER_END_BASE && is_base(named->frames[named->nr - 1].name))
		named->end = USER_END_BASE;
}
