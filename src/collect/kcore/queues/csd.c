// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "collect/kcore/queues/csd.h"

static uint64_t part_of(const struct image *image, const char *bytes, enum fact_field field)
{
	const struct field *f = &image->facts->field[field];
	uint64_t value = 0;

	/* The offset is of a dump's BTF, and any number. */
	if (f->size <= sizeof(value) && (uint64_t)f->offset + f->size <= CSD_BYTES)
		memcpy(&value, bytes + f->offset, f->size);
	return value;
}

bool csd__read(const struct image *image, uint64_t at, struct csd *csd)
{
	char bytes[CSD_BYTES];

	*csd = (struct csd){ .at = at };
	if (!image__read(image, at, bytes, sizeof(bytes)))
		return false;
	csd->next = part_of(image, bytes, FIELD_LLIST);
	csd->func = part_of(image, bytes, FIELD_FUNC);
	csd->flags = part_of(image, bytes, FIELD_FLAGS);
	return true;
}

bool csd__is_waited_for(const struct image *image, const struct csd *csd)
{
	return (csd->flags & (CSD_TYPE | CSD_LOCK)) == (CSD_SYNC | CSD_LOCK) &&
	       image__may_be_func(image, csd->func);
}
