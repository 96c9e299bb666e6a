/* SPDX-License-Identifier: GPL-2.0 */
/* The files that processes have mapped, kept open, and the names that were found in them. */
#ifndef IPITRACE_HOST_USER_IMAGES_H
#define IPITRACE_HOST_USER_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/user/elf_image.h"
#include "host/user/proc_maps.h"

struct images;
struct image;

/* @opener: the socket to it. Lasts as long as its process. NULL without memory. */
struct images *images__new(int opener);

/* The file that process @pid has at @mapping, valid until the next call; NULL: it cannot be read. */
struct image *images__get(struct images *images, uint32_t pid, const struct code_mapping *mapping);

const struct elf_image *image__elf(const struct image *image);

/*
 * The function at @vaddr: of the file, or, where the file is stripped, of the file with its
 * symbols that has the same build-id. False: none.
 */
bool images__function(struct images *images, struct image *image, uint64_t vaddr, char *name,
		      size_t size, uint64_t *offset);

#endif /* IPITRACE_HOST_USER_IMAGES_H */
