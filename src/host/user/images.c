// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/user/images.h"
#include "host/user/opener.h"

#define IMAGES	   48
#define KNOWN	   512
#define KNOWN_NAME 96

struct image {
	uint64_t dev; /* with inode: which file; both 0: free */
	uint64_t inode;
	uint64_t id; /* a number of its own, never used again */
	uint64_t used;
	uint32_t pid; /* the process by which it was opened */
	int fd; /* negative: cannot be read */
	int debug_fd; /* of the file with the symbols; negative: none */
	bool debug_tried;
	struct elf_image elf;
	struct elf_image debug;
};

/* The function that was found at an address. */
struct known_name {
	uint64_t image; /* id; 0: free */
	uint64_t vaddr;
	uint64_t offset;
	bool found;
	char name[KNOWN_NAME];
};

struct images {
	int opener;
	uint64_t uses;
	uint64_t ids;
	struct image images[IMAGES];
	struct known_name known[KNOWN]; /* by hash; a newer one replaces an older one */
};

struct images *images__new(int opener)
{
	struct images *images = calloc(1, sizeof(*images));

	if (!images)
		return NULL;
	images->opener = opener;
	for (int i = 0; i < IMAGES; i++)
		images->images[i].fd = images->images[i].debug_fd = -1;
	return images;
}

static void image_close(struct image *image)
{
	if (image->fd >= 0)
		close(image->fd);
	if (image->debug_fd >= 0)
		close(image->debug_fd);
	*image = (struct image){ .fd = -1, .debug_fd = -1 };
}

static void image_open(struct images *images, struct image *image, uint32_t pid,
		       const struct code_mapping *mapping)
{
	const struct opener_request request = {
		.file = OPEN_MAPPED,
		.pid = pid,
		.start = mapping->start,
		.end = mapping->end,
	};

	image->dev = mapping->dev;
	image->inode = mapping->inode;
	image->id = ++images->ids;
	image->pid = pid;
	image->fd = opener__ask(images->opener, &request);
	if (image->fd >= 0 && elf_image__open(&image->elf, image->fd)) {
		close(image->fd);
		image->fd = -1;
	}
}

struct image *images__get(struct images *images, uint32_t pid, const struct code_mapping *mapping)
{
	struct image *oldest = images->images, *image;

	if (!mapping->inode)
		return NULL;
	for (image = images->images; image < images->images + IMAGES; image++) {
		if (image->dev == mapping->dev && image->inode == mapping->inode)
			break;
		if (image->used < oldest->used)
			oldest = image;
	}
	if (image == images->images + IMAGES) {
		image = oldest;
		image_close(image);
		image_open(images, image, pid, mapping);
	} else if (image->fd < 0 && image->pid != pid) {
		/* Another process may still have it. */
		image_close(image);
		image_open(images, image, pid, mapping);
	}
	image->used = ++images->uses;
	return image->fd >= 0 ? image : NULL;
}

const struct elf_image *image__elf(const struct image *image)
{
	return &image->elf;
}

/* The file with the symbols that a stripped file lacks. */
static const struct elf_image *debug_of(struct images *images, struct image *image)
{
	struct opener_request request = {
		.file = OPEN_DEBUG,
		.pid = image->pid,
		.build_id_len = image->elf.build_id_len,
	};

	if (!image->debug_tried && image->elf.stripped && image->elf.build_id_len) {
		memcpy(request.build_id, image->elf.build_id, sizeof(request.build_id));
		image->debug_fd = opener__ask(images->opener, &request);
		if (image->debug_fd >= 0 && elf_image__open(&image->debug, image->debug_fd)) {
			close(image->debug_fd);
			image->debug_fd = -1;
		}
	}
	image->debug_tried = true;
	return image->debug_fd >= 0 ? &image->debug : NULL;
}

static bool function_find(struct images *images, struct image *image, struct known_name *known)
{
	const struct elf_image *debug = debug_of(images, image);

	if (debug && elf_image__function(debug, known->vaddr, known->name, sizeof(known->name),
					 &known->offset))
		return true;
	return elf_image__function(&image->elf, known->vaddr, known->name, sizeof(known->name),
				   &known->offset);
}

bool images__function(struct images *images, struct image *image, uint64_t vaddr, char *name,
		      size_t size, uint64_t *offset)
{
	uint64_t hash = (vaddr ^ image->id << 40) * 0x9e3779b97f4a7c15ULL >> 32;
	struct known_name *known = &images->known[hash % KNOWN];

	if (known->image != image->id || known->vaddr != vaddr) {
		*known = (struct known_name){ .image = image->id, .vaddr = vaddr };
		known->found = function_find(images, image, known);
	}
	if (known->found) {
		snprintf(name, size, "%s", known->name);
		*offset = known->offset;
	}
	return known->found;
}
