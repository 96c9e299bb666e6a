/* SPDX-License-Identifier: GPL-2.0 */
/* The descriptors that the false bpf(2) hands out, and the object behind each. */
#ifndef SCALE_CAPTURE_DESCRIPTORS_H
#define SCALE_CAPTURE_DESCRIPTORS_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum kind { OTHER, MAP, PROG, BTF, LINK };

/* An object is named by its index: in instructions, and in the files of a capture. */
struct object {
	enum kind kind;
	ino_t ino; /* of the memfd, by which a descriptor is recognized */
	int fd; /* a second descriptor, so that the memory stays */
	char name[64]; /* of a link: the tracepoint, or "-" */
	uint32_t type; /* of a map or program */
	/* A map's: */
	uint32_t value_size, entries, flags;
	uint32_t value_type;
	int btf; /* index; -1: none */
	/* A program's: */
	uint32_t expected, attach_btf;
	struct bpf_insn *insns;
	uint32_t nr_insns;
	/* A BTF's: */
	void *blob;
	uint32_t size;
	/* A link's: the index of the program. */
	int prog;
};

extern struct object objects[];
extern int nr_objects;

_Noreturn void cannot(const char *what, const char *which);

/* A descriptor of @size bytes of zeros, which can be mapped; its object in @out. */
int object_new(struct object **out, enum kind kind, size_t size);
/* NULL: @fd is no descriptor of such an object. */
struct object *object_of(int fd, enum kind kind);

#endif /* SCALE_CAPTURE_DESCRIPTORS_H */
