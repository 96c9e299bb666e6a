// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include "machine.h"

/* The type behind a variable, typedefs and qualifiers; @id becomes its. */
static const struct btf_type *strip(const struct btf *btf, uint32_t *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_var(t))) {
		*id = t->type;
		t = btf__type_by_id(btf, *id);
	}
	return t;
}

static const struct btf_type *value_of(const struct object *map, uint32_t *id)
{
	*id = map->value_type;
	return map->btf && *id ? strip(map->btf, id) : NULL;
}

static uint32_t byte_offset(const struct btf_type *t, int member)
{
	return btf_member_bit_offset(t, member) / 8;
}

static void append(char path[MEMBER_LEN], const char *format, const char *what)
{
	size_t used = strlen(path);

	snprintf(path + used, MEMBER_LEN - used, format, what);
}

/* A place in a value, on the way down to the member. */
struct place {
	const struct btf *btf;
	uint32_t id, offset;
	char *path;
};

/* Each step goes into a part of @t, and returns false if there is none: here, a member or a variable. */
static bool into_member(struct place *p, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);
	const struct btf_var_secinfo *v = btf_is_datasec(t) ? btf_var_secinfos(t) : NULL;

	for (int i = 0; i < btf_vlen(t); i++) {
		uint32_t id = v ? v[i].type : m[i].type;
		uint32_t begin = v ? v[i].offset : byte_offset(t, i);
		uint32_t named = v ? btf__type_by_id(p->btf, id)->name_off : m[i].name_off;
		const char *name = btf__name_by_offset(p->btf, named);

		if (p->offset < begin || p->offset >= begin + btf__resolve_size(p->btf, id))
			continue;
		append(p->path, v ? " %s" : *name ? ".%s" : "%s", name);
		p->offset -= begin;
		p->id = id;
		return true;
	}
	append(p->path, "%s", ".(padding)");
	return false;
}

static bool into(struct place *p, const struct btf_type *t)
{
	if (btf_is_composite(t) || btf_is_datasec(t))
		return into_member(p, t);
	if (!btf_is_array(t))
		return false;
	append(p->path, "%s", "[]");
	p->id = btf_array(t)->type;
	p->offset %= btf__resolve_size(p->btf, p->id);
	return true;
}

void member_at(const struct object *map, uint32_t offset, char path[MEMBER_LEN])
{
	struct place p = { .btf = map->btf, .offset = offset, .path = path };
	const struct btf_type *t = value_of(map, &p.id);
	char end[32];

	snprintf(path, MEMBER_LEN, map->entries > 1 ? "%s[]" : "%s", map->name);
	while (t && into(&p, t))
		t = strip(p.btf, &p.id);
	snprintf(end, sizeof(end), "+%u", p.offset);
	append(path, "%s", end);
}

/* A search for the integers called @name. */
struct sum {
	const struct btf *btf;
	const char *name;
	uint64_t sum;
	bool any;
};

/* Add all below the member @name of type @id at @at. */
static void value_sum(struct sum *s, uint32_t id, const char *name, const uint8_t *at)
{
	const struct btf_type *t = strip(s->btf, &id);
	uint64_t value = 0;

	if (!t)
		return;
	if (btf_is_array(t)) {
		const struct btf_array *a = btf_array(t);

		for (uint32_t i = 0; i < a->nelems; i++)
			value_sum(s, a->type, name, at + i * btf__resolve_size(s->btf, a->type));
	} else if (btf_is_composite(t)) {
		const struct btf_member *m = btf_members(t);

		for (int i = 0; i < btf_vlen(t); i++)
			value_sum(s, m[i].type, btf__name_by_offset(s->btf, m[i].name_off),
				  at + byte_offset(t, i));
	} else if (btf_is_int(t) && t->size <= sizeof(value) && !strcmp(name, s->name)) {
		memcpy(&value, at, t->size);
		s->sum += value;
		s->any = true;
	}
}

static uint64_t map_sum(const struct object *map, const char *name, bool *any)
{
	struct sum s = { .btf = map->btf, .name = name };

	/* The first value tells whether the others have such a member. */
	value_sum(&s, map->value_type, "", map->memory);
	s.sum = 0;
	for (size_t copy = 0; s.any && copy < map_copies(map); copy++)
		for (uint32_t i = 0; i < map->entries; i++)
			value_sum(&s, map->value_type, "",
				  map->memory + copy * map->bytes + (size_t)i * map->elem);
	*any |= s.any;
	return s.sum;
}

uint64_t members_sum(const char *name)
{
	uint64_t sum = 0;
	bool any = false;

	for (int m = 0; m < nr_objects; m++)
		if (objects[m].memory && objects[m].btf && objects[m].value_type)
			sum += map_sum(&objects[m], name, &any);
	if (!any)
		fail("no map counts '%s'", name);
	return sum;
}

int64_t member_offset(const struct object *map, const char *name)
{
	uint32_t id;
	const struct btf_type *t = value_of(map, &id);

	for (int i = 0; t && btf_is_composite(t) && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];

		if (!strcmp(btf__name_by_offset(map->btf, m->name_off), name) &&
		    btf__resolve_size(map->btf, m->type) == sizeof(uint64_t))
			return byte_offset(t, i);
	}
	return -1;
}
