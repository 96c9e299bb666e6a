// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/btf.h>
#include "collect/layout.h"

/*
 * Map the memory in which the kernel itself keeps the BTF: it does not count as this process's
 * memory (since 6.16: a539e2a6d51d). Returns MAP_FAILED on older kernels.
 */
static void *btf_map(size_t *size)
{
	int fd = open(BTF_PATH, O_RDONLY | O_CLOEXEC);
	void *data = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return data;
	if (!fstat(fd, &st) && st.st_size > 0) {
		*size = st.st_size;
		data = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	return data;
}

bool kernel_btf__names(const char *name)
{
	size_t size;
	void *data = btf_map(&size);
	const struct btf_header *header = data;
	const char *at, *end, *found = NULL;

	if (data == MAP_FAILED)
		return false;
	/* The names come last, after the types, which are larger: search only the names. */
	at = (const char *)data + header->hdr_len + header->str_off;
	end = at + header->str_len;
	if (end > (const char *)data + size || at > end)
		at = end = data;
	/* Each name follows a 0 and ends with a 0. */
	while (!found && at < end) {
		at = memmem(at, end - at, name, strlen(name) + 1);
		if (!at)
			break;
		if (!at[-1])
			found = at;
		at++;
	}
	munmap(data, size);
	return found;
}

struct btf *kernel_btf__load(void)
{
	struct btf *btf = NULL;
	size_t size;
	void *data = btf_map(&size);

	if (data != MAP_FAILED) {
		btf = btf__new(data, size);
		munmap(data, size);
	}
	return btf ? btf : btf__parse(BTF_PATH, NULL);
}

/*
 * Replaces libbpf's function, by the linker's --wrap (Makefile). Before 1.6 libbpf reads the types
 * into memory by pages of 4 KiB and then copies them: the 5.5 MB of types would be a third of
 * ipitrace's peak memory, and take 5 ms.
 */
struct btf *__wrap_btf__load_vmlinux_btf(void);

/* The types for the next time that libbpf loads them; NULL if there are none. */
static struct btf *kept;

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	struct btf *btf = kept ? kept : kernel_btf__load();

	kept = NULL;
	return btf;
}

void kernel_btf__keep(struct btf *btf)
{
	btf__free(kept);
	kept = btf;
}

const struct btf *kernel_btf__kept(void)
{
	if (!kept)
		kept = kernel_btf__load();
	return kept;
}

/* Maximum depth of nested anonymous structures; the kernel has at most three levels. */
#define DEPTH_MAX 8

static const struct btf_type *type_resolve(const struct btf *btf, uint32_t id)
{
	int type = btf__resolve_type(btf, id);

	return type < 0 ? NULL : btf__type_by_id(btf, type);
}

/*
 * Find the member of @type with the name of @len bytes at @name. Adds its offset, bytes, to
 * *@offset and returns the id of its type; 0 if there is none.
 */
static uint32_t member_find(const struct btf *btf, const struct btf_type *type, const char *name,
			    size_t len, uint32_t *offset, int depth)
{
	if (!type || !btf_is_composite(type) || depth > DEPTH_MAX)
		return 0;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *m = &btf_members(type)[i];
		const char *member = btf__name_by_offset(btf, m->name_off);
		uint32_t at = *offset + btf_member_bit_offset(type, i) / 8, found;

		if (!member)
			continue;
		if (*member) {
			found = strlen(member) == len && !memcmp(member, name, len) ? m->type : 0;
		} else {
			found = member_find(btf, type_resolve(btf, m->type), name, len, &at,
					    depth + 1);
		}
		if (found) {
			*offset = at;
			return found;
		}
	}
	return 0;
}

struct field layout__field(const struct btf *btf, const char *name, const char *path)
{
	static const uint32_t kinds[] = { BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_TYPEDEF };
	const struct btf_type *type = NULL;
	struct field field = {};
	uint32_t id = 0;
	int64_t size;

	for (size_t i = 0; !type && i < sizeof(kinds) / sizeof(*kinds); i++) {
		int found = btf__find_by_name_kind(btf, name, kinds[i]);

		type = found > 0 ? type_resolve(btf, found) : NULL;
	}
	for (const char *at = path; *at;) {
		size_t len = strcspn(at, ".");

		id = member_find(btf, type, at, len, &field.offset, 0);
		if (!id)
			return (struct field){};
		type = type_resolve(btf, id);
		at += len + (at[len] == '.');
	}
	size = id ? btf__resolve_size(btf, id) : 0;
	field.size = size > 0 && size <= UINT32_MAX ? size : 0;
	return field;
}
