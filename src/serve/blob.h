/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes that do not change and that several threads and answers share: counted references. */
#ifndef IPITRACE_SERVE_BLOB_H
#define IPITRACE_SERVE_BLOB_H

#include <stddef.h>

struct blob {
	_Atomic unsigned int refs;
	size_t len;
	char *bytes;
};

/*
 * A blob with one reference. Takes @bytes, from malloc(), over in any case. NULL without
 * memory, or if @bytes is NULL.
 */
struct blob *blob__new(char *bytes, size_t len);

/* One more reference; returns @blob. */
struct blob *blob__get(struct blob *blob);

/* One reference less; the last one frees all. @blob may be NULL. */
void blob__put(struct blob *blob);

#endif /* IPITRACE_SERVE_BLOB_H */
