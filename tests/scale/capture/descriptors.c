// SPDX-License-Identifier: GPL-2.0
/* Each descriptor is a memfd: memory that can be mapped, and an inode to recognize it by. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/exit_status.h"
#include "descriptors.h"

#define OBJECTS_MAX 1024
#define SPARE_FD    512 /* above all that ipitrace uses */

struct object objects[OBJECTS_MAX];
int nr_objects;

_Noreturn void cannot(const char *what, const char *which)
{
	fprintf(stderr, "capture: %s%s\n", what, which);
	_exit(EXIT_CANNOT);
}

int object_new(struct object **out, enum kind kind, size_t size)
{
	struct object *o = &objects[nr_objects];
	struct stat st;
	int fd = memfd_create("capture", MFD_CLOEXEC);

	if (nr_objects == OBJECTS_MAX || fd < 0 || (size && ftruncate(fd, size)) || fstat(fd, &st))
		cannot("no descriptor", "");
	nr_objects++;
	o->kind = kind;
	o->ino = st.st_ino;
	o->fd = fcntl(fd, F_DUPFD_CLOEXEC, SPARE_FD);
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
