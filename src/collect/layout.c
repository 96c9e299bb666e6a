// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "collect/layout.h"

#define BTF_PATH  "/sys/kernel/btf/vmlinux"
/* Anonymous structures within each other; the kernel's deepest are three. */
#define DEPTH_MAX 8

struct layout {
	struct btf *btf;
};

static int layout_make(struct layout **out, struct btf *btf)
{
	struct layout *layout;

	if (!btf)
		return -errno;
	layout = calloc(1, sizeof(*layout));
	if (!layout) {
		btf__free(btf);
		return -ENOMEM;
	}
	layout->btf = btf;
	*out = layout;
	return 0;
}

int layout__open(struct layout **layout, const char *path)
{
	return layout_make(layout, btf__parse(path ? path : BTF_PATH, NULL));
}

int layout__open_at(struct layout **layout, const void *data, size_t size)
{
	return layout_make(layout, btf__new(data, size));
}

void layout__close(struct layout *layout)
{
	if (!layout)
		return;
	btf__free(layout->btf);
	free(layout);
}

static const struct btf_type *resolved(const struct layout *layout, uint32_t id)
{
	int type = btf__resolve_type(layout->btf, id);

	return type < 0 ? NULL : btf__type_by_id(layout->btf, type);
}

/*
 * The member of @type whose name is the @len bytes at @name. Adds its offset to
 * *@offset and returns its type's id; 0: there is none.
 */
static uint32_t member_find(const struct layout *layout, const struct btf_type *type,
			    const char *name, size_t len, uint32_t *offset, int depth)
{
	if (!type || !btf_is_composite(type) || depth > DEPTH_MAX)
		return 0;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *m = &btf_members(type)[i];
		const char *its = btf__name_by_offset(layout->btf, m->name_off);
		uint32_t at = *offset + btf_member_bit_offset(type, i) / 8, found;

		if (!its)
			continue;
		if (*its) {
			found = strlen(its) == len && !memcmp(its, name, len) ? m->type : 0;
		} else {
			found = member_find(layout, resolved(layout, m->type), name, len, &at,
					    depth + 1);
		}
		if (found) {
			*offset = at;
			return found;
		}
	}
	return 0;
}

static const struct btf_type *type_named(const struct layout *layout, const char *name)
{
	static const uint32_t kinds[] = { BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_TYPEDEF };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		int id = btf__find_by_name_kind(layout->btf, name, kinds[i]);

		if (id > 0)
			return resolved(layout, id);
	}
	return NULL;
}

struct field layout__field(const struct layout *layout, const char *name, const char *path)
{
	const struct btf_type *type = type_named(layout, name);
	struct field field = {};
	uint32_t id = 0;
	int64_t size;

	for (const char *at = path; *at;) {
		size_t len = strcspn(at, ".");

		id = member_find(layout, type, at, len, &field.offset, 0);
		if (!id)
			return (struct field){};
		type = resolved(layout, id);
		at += len + (at[len] == '.');
	}
	size = id ? btf__resolve_size(layout->btf, id) : 0;
	field.size = size > 0 && size <= UINT32_MAX ? size : 0;
	return field;
}
