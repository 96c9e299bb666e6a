/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that processes have mapped, kept open, and the names that were found in them.
 *
 * A process's mappings are known by the files that were opened for that process alone: /proc/PID/maps
 * says what was mapped when it was read, and a debug file is what the process's own mount
 * namespace has there. Processes share a file where fstat() says that the same one was opened.
 */
#ifndef IPITRACE_HOST_USER_IMAGES_H
#define IPITRACE_HOST_USER_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/user/elf_image.h"
#include "host/user/proc_maps.h"

struct images;
struct mapped_file;

/* The process that has the mappings. */
struct images_owner {
	uint32_t pid;
	uint64_t program; /* a number of that process and what it executes, never used again */
	int maps_fd; /* its /proc/PID/maps, which reads as empty when another has taken the pid */
};

/* @opener: the socket to it. Lasts as long as its process. NULL without memory. */
struct images *images__new(int opener);

/* The file that @owner has at @mapping, valid until the next call; NULL: it cannot be read. */
struct mapped_file *images__get(struct images *images, const struct images_owner *owner,
				const struct code_mapping *mapping);

/* Valid until the next call of a function of these. */
const struct elf_image *images__elf(struct images *images, const struct mapped_file *file);

/*
 * The function at @vaddr: of the file, or, where the file is stripped, of the file with its
 * symbols that has the same build-id. False: none.
 */
bool images__function(struct images *images, struct mapped_file *file,
		      const struct images_owner *owner, uint64_t vaddr, char *name, size_t size,
		      uint64_t *offset);

#endif /* IPITRACE_HOST_USER_IMAGES_H */
