// SPDX-License-Identifier: GPL-2.0
/* The files are written past libc's open() and fopen(), which preload.c replaces. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bpf.h"
#include "cli/exit_status.h"
#include "descriptors.h"
#include "dump.h"

#define PAGE 4096

static int create(const char *path)
{
	int fd = openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		cannot("cannot write ", path);
	return fd;
}

/* Pages of zeros are left out of the file. */
static void blob_write(const char *dir, const char *kind, int i, const char *data, size_t size)
{
	static const char empty[PAGE];
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.%d", dir, kind, i);
	fd = create(path);
	if (ftruncate(fd, size))
		cannot("cannot write ", path);
	for (size_t at = 0; at < size; at += PAGE) {
		size_t n = size - at < PAGE ? size - at : PAGE;

		if (memcmp(data + at, empty, n) && pwrite(fd, data + at, n, at) != (ssize_t)n)
			cannot("cannot write ", path);
	}
	close(fd);
}

static void map_write(const char *dir, int i, const struct object *o)
{
	struct stat st;
	void *memory;

	if (!is_array(o->type) || fstat(o->fd, &st) || !st.st_blocks)
		return;
	memory = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, o->fd, 0);
	if (memory == MAP_FAILED)
		cannot("no memory", "");
	blob_write(dir, "map", i, memory, st.st_size);
}

static void object_write(FILE *index, const char *dir, int i)
{
	const struct object *o = &objects[i];

	switch (o->kind) {
	case MAP:
		fprintf(index, "map %d %s %u %u %u %u %u %d\n", i, o->name, o->type, o->value_size,
			o->entries, o->flags, o->value_type, o->btf);
		map_write(dir, i, o);
		break;
	case PROG:
		fprintf(index, "prog %d %s %u %u %u\n", i, o->name, o->type, o->expected,
			o->attach_btf);
		blob_write(dir, "prog", i, (char *)o->insns, o->nr_insns * sizeof(*o->insns));
		break;
	case BTF:
		fprintf(index, "btf %d\n", i);
		blob_write(dir, "btf", i, o->blob, o->size);
		break;
	case LINK:
		fprintf(index, "attach %d %s\n", o->prog, o->name);
		break;
	case OTHER:
		break;
	}
}

_Noreturn void dump_and_end(const char *dir)
{
	char path[512];
	FILE *index;

	snprintf(path, sizeof(path), "%s/index", dir);
	index = fdopen(create(path), "w");
	for (int i = 0; index && i < nr_objects; i++)
		object_write(index, dir, i);
	if (!index || fclose(index))
		cannot("cannot write ", path);
	_exit(EXIT_DONE);
}
