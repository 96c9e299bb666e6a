// SPDX-License-Identifier: GPL-2.0
/*
 * A bpf(2) that keeps maps, programs and BTF, and gives the kernel nothing: each
 * command that libbpf 1.1 and ipitrace need to open, load and attach. A descriptor
 * is a memfd: memory that can be mapped, and an inode to recognize it by.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/btf.h>
#include "machine.h"

#define PAGE	 4096UL
#define SPARE_FD 512 /* above all that ipitrace uses */

struct object objects[OBJECTS_MAX];
int nr_objects;

static int refuse(int err)
{
	errno = err;
	return -1;
}

/* A descriptor of @size bytes of zeros; its object in @out. */
static int object_new(struct object **out, enum kind kind, const char *name, size_t size)
{
	struct object *o = &objects[nr_objects];
	struct stat st;
	int fd = memfd_create("scale", MFD_CLOEXEC);

	if (nr_objects == OBJECTS_MAX || fd < 0 || (size && ftruncate(fd, size)) || fstat(fd, &st))
		fail("no descriptor");
	nr_objects++;
	o->kind = kind;
	o->ino = st.st_ino;
	o->fd = fcntl(fd, F_DUPFD_CLOEXEC, SPARE_FD);
	snprintf(o->name, sizeof(o->name), "%s", name);
	*out = o;
	return fd;
}

struct object *object_of(int fd, enum kind kind)
{
	struct stat st;

	if (fstat(fd, &st))
		return NULL;
	for (int i = nr_objects - 1; i >= 0; i--)
		if (objects[i].ino == st.st_ino && objects[i].kind == kind)
			return &objects[i];
	return NULL;
}

static void *pointer(uint64_t user)
{
	return (void *)(uintptr_t)user;
}

static bool is_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static int map_create(const union bpf_attr *attr)
{
	struct object *o, *btf = attr->btf_fd ? object_of(attr->btf_fd, BTF) : NULL;
	uint32_t elem = (attr->value_size + 7) & ~7U;
	size_t bytes = ((size_t)elem * attr->max_entries + PAGE - 1) & ~(PAGE - 1);
	/* That user space may map. */
	size_t mapped = attr->map_type == BPF_MAP_TYPE_RINGBUF ?
				2 * PAGE + 2UL * attr->max_entries :
				(is_array(attr->map_type) ? bytes : PAGE);
	int fd = object_new(&o, MAP, attr->map_name, mapped);

	o->type = attr->map_type;
	o->value_size = attr->value_size;
	o->entries = attr->max_entries;
	o->flags = attr->map_flags;
	o->value_type = attr->btf_value_type_id;
	o->btf = btf ? btf->btf : NULL;
	o->elem = elem;
	o->bytes = bytes;
	return fd;
}

static int map_copy(const union bpf_attr *attr, bool write)
{
	struct object *o = object_of(attr->map_fd, MAP);
	void *value = pointer(attr->value);
	off_t at;

	if (!o)
		return refuse(EBADF);
	if (!is_array(o->type))
		return write ? 0 : refuse(ENOENT);
	at = (off_t) * (uint32_t *)pointer(attr->key) * o->elem;
	if (write)
		return pwrite(o->fd, value, o->value_size, at) < 0 ? -1 : 0;
	return pread(o->fd, value, o->value_size, at) < 0 ? -1 : 0;
}

/* From here on the instructions name a map by the index of its object. */
static void maps_resolve(struct bpf_insn *insns, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		struct object *map;

		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insns[i].src_reg == BPF_PSEUDO_MAP_FD ||
		    insns[i].src_reg == BPF_PSEUDO_MAP_VALUE) {
			map = object_of(insns[i].imm, MAP);
			if (!map)
				fail("a program names a map that was not created");
			insns[i].imm = map - objects;
		}
		i++; /* the second half of the constant */
	}
}

/* A planted fault: each reading of the clock calls the helper that $SCALE_CLOCK names. */
static void clock_plant(struct bpf_insn *insns, uint32_t nr)
{
	const char *helper = getenv("SCALE_CLOCK");

	for (uint32_t i = 0; helper && i < nr; i++)
		if (insns[i].code == (BPF_JMP | BPF_CALL) && !insns[i].src_reg &&
		    insns[i].imm == BPF_FUNC_ktime_get_ns)
			insns[i].imm = atoi(helper);
}

static int prog_load(const union bpf_attr *attr)
{
	size_t size = attr->insn_cnt * sizeof(struct bpf_insn);
	struct object *o;
	int fd;

	/* As on a kernel that takes no programs at functions. */
	if (attr->prog_type == BPF_PROG_TYPE_TRACING && getenv("SCALE_NO_FENTRY"))
		return refuse(EPERM);
	fd = object_new(&o, PROG, attr->prog_name, 0);
	o->type = attr->prog_type;
	o->expected = attr->expected_attach_type;
	o->attach_btf = attr->attach_btf_id;
	o->nr_insns = attr->insn_cnt;
	o->insns = malloc(size);
	if (!o->insns)
		fail("no memory");
	memcpy(o->insns, pointer(attr->insns), size);
	maps_resolve(o->insns, o->nr_insns);
	clock_plant(o->insns, o->nr_insns);
	return fd;
}

static int btf_load(const union bpf_attr *attr)
{
	struct object *o;
	int fd = object_new(&o, BTF, "", 0);

	o->btf = btf__new(pointer(attr->btf), attr->btf_size);
	return fd;
}

static int attach(int prog_fd, const char *tracepoint)
{
	struct object *o, *prog = object_of(prog_fd, PROG);

	if (!prog)
		return refuse(EBADF);
	events_attach(prog - objects, tracepoint);
	return object_new(&o, OTHER, "", 0);
}

static int info(const union bpf_attr *attr)
{
	const struct object *map = object_of(attr->info.bpf_fd, MAP);
	struct bpf_map_info *to = pointer(attr->info.info);

	memset(to, 0, attr->info.info_len);
	if (map && attr->info.info_len >= offsetof(struct bpf_map_info, map_flags)) {
		to->type = map->type;
		to->key_size = map->type == BPF_MAP_TYPE_RINGBUF ? 0 : sizeof(uint32_t);
		to->value_size = map->value_size;
		to->max_entries = map->entries;
	}
	return 0;
}

static long command(int cmd, const union bpf_attr *attr)
{
	struct object *o;

	switch (cmd) {
	case BPF_MAP_CREATE:
		return map_create(attr);
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
		return map_copy(attr, cmd == BPF_MAP_UPDATE_ELEM);
	case BPF_PROG_LOAD:
		return prog_load(attr);
	case BPF_BTF_LOAD:
		return btf_load(attr);
	case BPF_RAW_TRACEPOINT_OPEN:
		return attach(attr->raw_tracepoint.prog_fd, pointer(attr->raw_tracepoint.name));
	case BPF_LINK_CREATE:
		return attach(attr->link_create.prog_fd, NULL);
	case BPF_OBJ_GET_INFO_BY_FD:
		return info(attr);
	case BPF_ENABLE_STATS:
		return object_new(&o, OTHER, "", 0);
	case BPF_MAP_FREEZE:
	case BPF_PROG_BIND_MAP:
	case BPF_PROG_TEST_RUN:
		return 0;
	case BPF_BTF_GET_NEXT_ID:
		return refuse(ENOENT);
	}
	return refuse(EINVAL);
}

long bpf_call(int cmd, const union bpf_attr *attr, size_t size)
{
	union bpf_attr whole = {};

	memcpy(&whole, attr, size < sizeof(whole) ? size : sizeof(whole));
	return command(cmd, &whole);
}
