// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/btf.h>
#include "collect/kernel_btf.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"

/*
 * The kernel's own memory with the types, which counts as nobody's (6.16: a539e2a6d51d).
 * MAP_FAILED: a kernel before that.
 */
static void *mapped(size_t *size)
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
	void *data = mapped(&size);
	const struct btf_header *header = data;
	const char *at, *end, *found = NULL;

	if (data == MAP_FAILED)
		return false;
	/* The names come last, behind more than as much that would be read in vain. */
	at = (const char *)data + header->hdr_len + header->str_off;
	end = at + header->str_len;
	if (end > (const char *)data + size || at > end)
		at = end = data;
	/* Names end with a 0, and follow one. */
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
	void *data = mapped(&size);

	if (data != MAP_FAILED) {
		btf = btf__new(data, size);
		munmap(data, size);
	}
	return btf ? btf : btf__parse(BTF_PATH, NULL);
}

/*
 * In the place of libbpf's, by the linker's --wrap (Makefile). libbpf before 1.6 reads the
 * types into memory by pages of 4 KiB and then copies them: with 5.5 MB of types that was a
 * third of the most memory that ipitrace ever had, and took 5 ms.
 */
struct btf *__wrap_btf__load_vmlinux_btf(void);

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return kernel_btf__load();
}
