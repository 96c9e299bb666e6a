// SPDX-License-Identifier: GPL-2.0
#include <stdatomic.h>
#include <stdlib.h>
#include "serve/blob.h"

struct blob *blob__new(char *bytes, size_t len)
{
	struct blob *blob = bytes ? malloc(sizeof(*blob)) : NULL;

	if (!blob) {
		free(bytes);
		return NULL;
	}
	atomic_init(&blob->refs, 1);
	blob->len = len;
	blob->bytes = bytes;
	return blob;
}

struct blob *blob__get(struct blob *blob)
{
	atomic_fetch_add(&blob->refs, 1);
	return blob;
}

void blob__put(struct blob *blob)
{
	if (!blob || atomic_fetch_sub(&blob->refs, 1) > 1)
		return;
	free(blob->bytes);
	free(blob);
}
