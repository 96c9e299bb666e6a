// SPDX-License-Identifier: GPL-2.0
/* Each command of bpf(2) that libbpf 1.1 and ipitrace need to open, load and attach. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "descriptors.h"

#define PAGE 4096UL

static const void *pointer(uint64_t user)
{
	return (const void *)(uintptr_t)user;
}

static uint32_t elem_size(uint32_t value_size)
{
	return (value_size + 7) & ~7U;
}

/* The bytes that user space may map. */
static size_t map_bytes(const union bpf_attr *attr)
{
	size_t bytes = (size_t)elem_size(attr->value_size) * attr->max_entries;

	if (attr->map_type == BPF_MAP_TYPE_RINGBUF)
		return 2 * PAGE + 2UL * attr->max_entries;
	return is_array(attr->map_type) ? (bytes + PAGE - 1) & ~(PAGE - 1) : PAGE;
}

static int map_create(const union bpf_attr *attr)
{
	struct object *o, *btf = attr->btf_fd ? object_of(attr->btf_fd, BTF) : NULL;
	int fd = object_new(&o, MAP, map_bytes(attr));

	snprintf(o->name, sizeof(o->name), "%.15s", *attr->map_name ? attr->map_name : "-");
	o->type = attr->map_type;
	o->value_size = attr->value_size;
	o->entries = attr->max_entries;
	o->flags = attr->map_flags;
	o->value_type = attr->btf_value_type_id;
	o->btf = btf ? btf - objects : -1;
	return fd;
}

static int map_copy(const union bpf_attr *attr, bool write)
{
	struct object *o = object_of(attr->map_fd, MAP);
	ssize_t done;
	off_t at;

	if (!o) {
		errno = EBADF;
		return -1;
	}
	if (!is_array(o->type)) {
		errno = ENOENT;
		return write ? 0 : -1;
	}
	at = (off_t) * (const uint32_t *)pointer(attr->key) * elem_size(o->value_size);
	if (write)
		done = pwrite(o->fd, pointer(attr->value), o->value_size, at);
	else
		done = pread(o->fd, (void *)(uintptr_t)attr->value, o->value_size, at);
	return done < 0 ? -1 : 0;
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
			insns[i].imm = map ? map - objects : -1;
		}
		i++; /* the second half of the constant */
	}
}

static void *copy_of(uint64_t data, size_t size)
{
	void *copy = malloc(size);

	if (!copy)
		cannot("no memory", "");
	return memcpy(copy, pointer(data), size);
}

static int prog_load(const union bpf_attr *attr)
{
	struct object *o;
	int fd;

	/* As on a kernel that takes no programs at functions. */
	if (attr->prog_type == BPF_PROG_TYPE_TRACING && getenv("CAPTURE_NO_FENTRY")) {
		errno = EPERM;
		return -1;
	}
	fd = object_new(&o, PROG, 0);
	snprintf(o->name, sizeof(o->name), "%.15s", *attr->prog_name ? attr->prog_name : "-");
	o->type = attr->prog_type;
	o->expected = attr->expected_attach_type;
	o->attach_btf = attr->attach_btf_id;
	o->nr_insns = attr->insn_cnt;
	o->insns = copy_of(attr->insns, attr->insn_cnt * sizeof(struct bpf_insn));
	maps_resolve(o->insns, o->nr_insns);
	return fd;
}

static int btf_load(const union bpf_attr *attr)
{
	struct object *o;
	int fd = object_new(&o, BTF, 0);

	o->size = attr->btf_size;
	o->blob = copy_of(attr->btf, attr->btf_size);
	return fd;
}

/* @name: the tracepoint; NULL: the program's own attach_btf says where. */
static int attach(int prog_fd, const char *name)
{
	struct object *o, *prog = object_of(prog_fd, PROG);
	int fd;

	if (!prog) {
		errno = EBADF;
		return -1;
	}
	fd = object_new(&o, LINK, 0);
	o->prog = prog - objects;
	snprintf(o->name, sizeof(o->name), "%s", name ? name : "-");
	return fd;
}

static int info(const union bpf_attr *attr)
{
	const struct object *map = object_of(attr->info.bpf_fd, MAP);
	struct bpf_map_info *to = (void *)(uintptr_t)attr->info.info;

	memset(to, 0, attr->info.info_len);
	if (map && attr->info.info_len >= offsetof(struct bpf_map_info, map_flags)) {
		to->type = map->type;
		to->key_size = map->type == BPF_MAP_TYPE_RINGBUF ? 0 : sizeof(uint32_t);
		to->value_size = map->value_size;
		to->max_entries = map->entries;
	}
	return 0;
}

static int command(int cmd, const union bpf_attr *attr)
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
		return object_new(&o, OTHER, 0);
	case BPF_MAP_FREEZE:
	case BPF_PROG_BIND_MAP:
	case BPF_PROG_TEST_RUN:
		return 0;
	case BPF_BTF_GET_NEXT_ID:
		errno = ENOENT;
		return -1;
	}
	errno = EINVAL;
	return -1;
}

int bpf_call(int cmd, const union bpf_attr *attr, size_t size)
{
	union bpf_attr whole = {};

	memcpy(&whole, attr, size < sizeof(whole) ? size : sizeof(whole));
	return command(cmd, &whole);
}
