// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "host/user/user.h"

#define IMAGES	   96
#define MAPPED	   1024
#define KNOWN	   512
#define KNOWN_NAME 96

/* An open file. */
struct image {
	uint64_t id; /* a number that no other image ever gets; 0: free */
	uint64_t used;
	struct stat identity; /* what fstat() said when the file was opened */
	struct elf_image elf;
};

/* The file that was opened for a mapping of one program. */
struct mapped_file {
	uint64_t program; /* 0: free */
	struct code_mapping mapping;
	uint64_t image; /* id of the image; 0 if the file cannot be read */
	uint64_t debug; /* id of the image with the symbols; 0: none */
	bool debug_tried;
};

/* The function that was found at an address. */
struct known_name {
	uint64_t image; /* id of the image; 0: free */
	uint64_t debug; /* id of the file with the symbols */
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
	/* Indexed by hash; a newer entry replaces an older one. */
	struct mapped_file mapped[MAPPED];
	struct known_name known[KNOWN];
};

struct images *images__new(int opener)
{
	struct images *images = calloc(1, sizeof(*images));

	if (images)
		images->opener = opener;
	return images;
}

static struct image *get_image(struct images *images, uint64_t id)
{
	for (struct image *image = images->images; id && image < images->images + IMAGES; image++)
		if (image->id == id) {
			image->used = ++images->uses;
			return image;
		}
	return NULL;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/*
 * Whether both are the same file, unchanged. While a file is open, no other file has its device and
 * inode; and a write changes the file's times.
 */
static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       is_same_time(&a->st_mtim, &b->st_mtim) && is_same_time(&a->st_ctim, &b->st_ctim);
}

static struct image *image_find(struct images *images, const struct stat *identity)
{
	for (struct image *image = images->images; image < images->images + IMAGES; image++)
		if (image->id && is_same_file(&image->identity, identity))
			return image;
	return NULL;
}

/* Keep @elf in place of the image that was unused for longest. */
static struct image *image_keep(struct images *images, const struct elf_image *elf,
				const struct stat *identity)
{
	struct image *oldest = images->images;

	for (struct image *image = images->images; image < images->images + IMAGES; image++)
		if (image->used < oldest->used)
			oldest = image;
	if (oldest->id)
		close(oldest->elf.fd);
	*oldest = (struct image){ .id = ++images->ids, .identity = *identity, .elf = *elf };
	return oldest;
}

bool images_owner__runs(const struct images_owner *owner)
{
	char byte;

	return pread(owner->maps_fd, &byte, 1, 0) == 1;
}

/*
 * Returns the image of the file that the opener opens for @owner (NULL: for ipitrace itself); NULL
 * if there is none.
 */
static struct image *image_open(struct images *images, const struct images_owner *owner,
				const struct opener_request *request)
{
	int fd = opener__ask(images->opener, request);
	struct image *image = NULL;
	struct elf_image elf;
	struct stat identity;

	if (fd < 0)
		return NULL;
	/* The process may have ended, and another process may have its number now. */
	if (!fstat(fd, &identity) && (!owner || images_owner__runs(owner))) {
		image = image_find(images, &identity);
		if (!image && !elf_image__open(&elf, fd)) {
			image = image_keep(images, &elf, &identity);
			fd = -1;
		}
	}
	if (fd >= 0)
		close(fd);
	if (image)
		image->used = ++images->uses;
	return image;
}

static bool is_same_mapping(const struct code_mapping *a, const struct code_mapping *b)
{
	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	       a->dev == b->dev && a->inode == b->inode;
}

struct mapped_file *images__get(struct images *images, const struct images_owner *owner,
				const struct code_mapping *mapping)
{
	struct mapped_file *file =
		&images->mapped[hash64(mapping->start ^ owner->program << 40) % MAPPED];
	const struct opener_request request = {
		.file = OPEN_MAPPED,
		.pid = owner->pid,
		.start = mapping->start,
		.end = mapping->end,
	};
	const struct image *image;

	if (!mapping->inode)
		return NULL;
	if (file->program == owner->program && is_same_mapping(&file->mapping, mapping) &&
	    (!file->image || get_image(images, file->image)))
		return file->image ? file : NULL;
	image = image_open(images, owner, &request);
	*file = (struct mapped_file){
		/* If the budget is spent, another request may open the file. */
		.program = image || !budget__over() ? owner->program : 0,
		.mapping = *mapping,
		.image = image ? image->id : 0,
	};
	return image ? file : NULL;
}

const struct elf_image *images__elf(struct images *images, const struct mapped_file *file)
{
	const struct image *image = get_image(images, file->image);

	return image ? &image->elf : NULL;
}

/*
 * Returns the file with the symbols of the same build, in the root directory of @owner (NULL: of
 * ipitrace); NULL: none.
 */
static struct image *debug_open(struct images *images, const struct images_owner *owner,
				const struct elf_image *elf)
{
	struct opener_request request = {
		.file = OPEN_DEBUG,
		.pid = owner ? owner->pid : 0,
		.build_id_len = elf->build_id_len,
	};
	struct image *debug;

	memcpy(request.build_id, elf->build_id, sizeof(request.build_id));
	debug = image_open(images, owner, &request);
	return debug && elf_image__same_build(elf, &debug->elf) ? debug : NULL;
}

/* Returns the file with the symbols that a stripped file lacks. NULL: none. */
static const struct elf_image *get_debug(struct images *images, struct mapped_file *file,
					 const struct images_owner *owner,
					 const struct elf_image *elf)
{
	const struct image *debug = get_image(images, file->debug);

	/* Try once; and again if another image has taken the place of the one that was found. */
	if (!debug && (!file->debug_tried || file->debug) && elf->stripped && elf->build_id_len) {
		debug = debug_open(images, owner, elf);
		if (!debug)
			debug = debug_open(images, NULL, elf);
		file->debug = debug ? debug->id : 0;
		file->debug_tried = debug || !budget__over();
	}
	return debug ? &debug->elf : NULL;
}

bool images__function(struct images *images, struct mapped_file *file,
		      const struct images_owner *owner, uint64_t vaddr, char *name, size_t size,
		      uint64_t *offset)
{
	const struct elf_image elf = *images__elf(images, file);
	const struct elf_image *debug = get_debug(images, file, owner, &elf);
	struct known_name *known =
		&images->known[hash64(vaddr ^ (file->image + file->debug) << 40) % KNOWN];

	if (known->image != file->image || known->debug != file->debug || known->vaddr != vaddr) {
		*known = (struct known_name){
			.image = file->image,
			.debug = file->debug,
			.vaddr = vaddr,
		};
		budget__part();
		known->found =
			(debug && elf_image__function(debug, vaddr, known->name,
						      sizeof(known->name), &known->offset)) ||
			elf_image__function(&elf, vaddr, known->name, sizeof(known->name),
					    &known->offset);
	}
	if (known->found) {
		snprintf(name, size, "%s", known->name);
		*offset = known->offset;
	} else if (budget__cut()) {
		/* Another request may have more of the budget. */
		known->image = 0;
		return false;
	}
	return known->found;
}
