// SPDX-License-Identifier: GPL-2.0
/*
 * The few types of the kernel that programs name. For each structure whose members a program reads,
 * libbpf compares the names of all types of the kernel: 1 ms a structure. Here the kernel's types
 * are searched once, and those with the programs' names are copied to a file in memory, where
 * libbpf searches. Only the members of a type matter there, so a pointer's target is not copied.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/btf.h>
#include "base/hash.h"
#include "base/write_all.h"
#include "collect/layout.h"

/* Maximum depth of structures inside structures; the kernel has fewer than ten levels. */
#define DEPTH_MAX 32

struct type_copy {
	const struct btf *from; /* the kernel's */
	struct btf *to;
	uint32_t *ids; /* indexed by id of @from: the id of @to; 0: not copied, or void */
};

/* The names of an object's types, as offsets of its strings, by hash; 0: a free place. */
struct name_set {
	const struct btf *btf;
	uint32_t *places;
	size_t mask; /* number of places - 1 */
};

/* Returns the length of @name without the suffix of a flavor: "rq___old" is the kernel's "rq". */
static size_t name_length(const char *name)
{
	const char *flavor = strstr(name, "___");

	return flavor ? (size_t)(flavor - name) : strlen(name);
}

/* Returns the place of @name, @len bytes long, in @set: a free place if the name is not there. */
static uint32_t *find_name(const struct name_set *set, const char *name, size_t len)
{
	for (size_t at = hash_bytes(HASH_BEGIN, name, len);; at++) {
		uint32_t *place = &set->places[at & set->mask];
		const char *other = btf__name_by_offset(set->btf, *place);

		if (!*place || (name_length(other) == len && !memcmp(other, name, len)))
			return place;
	}
}

/* Whether members can be found by the name of @type; a typedef may name a structure without one. */
static bool has_members(const struct btf_type *type)
{
	return (btf_is_composite(type) || btf_is_typedef(type)) && type->name_off;
}

/* Returns 0 or a negative errno. The caller frees @set->places. */
static int name_set_make(struct name_set *set, const struct btf *programs)
{
	size_t size = 64;

	while (size < 2 * btf__type_cnt(programs))
		size *= 2;
	*set = (struct name_set){ programs, calloc(size, sizeof(*set->places)), size - 1 };
	if (!set->places)
		return -ENOMEM;
	for (uint32_t id = 1; id < btf__type_cnt(programs); id++) {
		const struct btf_type *type = btf__type_by_id(programs, id);
		const char *name = btf__name_by_offset(programs, type->name_off);

		if (has_members(type))
			*find_name(set, name, name_length(name)) = type->name_off;
	}
	return 0;
}

static int copy_type(struct type_copy *copy, uint32_t id, int depth);

static int copy_record(struct type_copy *copy, const struct btf_type *type, const char *name,
		       int depth)
{
	const struct btf_member *members = btf_members(type);
	int new;

	/* A record's members must follow it at once, so their types come before. */
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		new = copy_type(copy, members[i].type, depth + 1);
		if (new < 0)
			return new;
	}
	new = btf_is_struct(type) ? btf__add_struct(copy->to, name, type->size) :
				    btf__add_union(copy->to, name, type->size);
	for (uint32_t i = 0; new >= 0 && i < btf_vlen(type); i++) {
		int err = btf__add_field(copy->to,
					 btf__name_by_offset(copy->from, members[i].name_off),
					 copy->ids[members[i].type], btf_member_bit_offset(type, i),
					 btf_member_bitfield_size(type, i));

		if (err)
			return err;
	}
	return new;
}

static int copy_array(struct type_copy *copy, const struct btf_array *array, int depth)
{
	int item = copy_type(copy, array->type, depth + 1), index;

	if (item < 0)
		return item;
	index = copy_type(copy, array->index_type, depth + 1);
	return index < 0 ? index : btf__add_array(copy->to, index, item, array->nelems);
}

/*
 * Copy the type @id, and the types of its members. Returns the new id, which is 0 for a type whose
 * size nothing needs (a function, a structure that is only declared), or a negative errno.
 * Qualifiers are left out: libbpf looks through them.
 */
static int copy_type(struct type_copy *copy, uint32_t id, int depth)
{
	const struct btf_type *type;
	const char *name;
	int new;

	if (!id || copy->ids[id])
		return copy->ids[id];
	type = btf__type_by_id(copy->from, id);
	if (!type || depth > DEPTH_MAX)
		return -EINVAL;
	name = btf__name_by_offset(copy->from, type->name_off);
	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		new = copy_record(copy, type, name, depth);
		break;
	case BTF_KIND_ARRAY:
		new = copy_array(copy, btf_array(type), depth);
		break;
	case BTF_KIND_INT:
		new = btf__add_int(copy->to, name, type->size, btf_int_encoding(type));
		break;
	case BTF_KIND_FLOAT:
		new = btf__add_float(copy->to, name, type->size);
		break;
	case BTF_KIND_ENUM:
		new = btf__add_enum(copy->to, name, type->size);
		break;
	case BTF_KIND_ENUM64:
		new = btf__add_enum64(copy->to, name, type->size, btf_kflag(type));
		break;
	case BTF_KIND_PTR:
		new = btf__add_ptr(copy->to, 0);
		break;
	case BTF_KIND_TYPEDEF:
		new = copy_type(copy, type->type, depth + 1);
		if (new >= 0)
			new = btf__add_typedef(copy->to, name, new);
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		new = copy_type(copy, type->type, depth + 1);
		break;
	default:
		new = 0;
	}
	if (new > 0)
		copy->ids[id] = new;
	return new;
}

/* Copy each type of the kernel that is named as one of @names is. Returns 0 or a negative errno. */
static int copy_named(struct type_copy *copy, const struct name_set *names)
{
	for (uint32_t id = 1; id < btf__type_cnt(copy->from); id++) {
		const struct btf_type *type = btf__type_by_id(copy->from, id);
		const char *name = btf__name_by_offset(copy->from, type->name_off);
		int err;

		if (!has_members(type) || !*find_name(names, name, strlen(name)))
			continue;
		err = copy_type(copy, id, 0);
		if (err < 0)
			return err;
	}
	return 0;
}

int core_types__create(char *path, size_t size)
{
	int fd = memfd_create("kernel-types", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(path, size, "/proc/self/fd/%d", fd);
	if (!access(path, R_OK))
		return fd;
	close(fd);
	return -EACCES;
}

int core_types__write(int fd, const struct btf *kernel, const struct btf *programs)
{
	struct type_copy copy = { .from = kernel,
				  .to = btf__new_empty(),
				  .ids = calloc(btf__type_cnt(kernel), sizeof(*copy.ids)) };
	struct name_set names = {};
	const void *data = NULL;
	uint32_t size;
	int err = -ENOMEM;

	if (copy.to && copy.ids)
		err = name_set_make(&names, programs);
	if (!err)
		err = copy_named(&copy, &names);
	if (!err) {
		data = btf__raw_data(copy.to, &size);
		err = data ? write_all(fd, data, size, NULL) : -ENOMEM;
	}
	free(names.places);
	free(copy.ids);
	btf__free(copy.to);
	return err;
}
