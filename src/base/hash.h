/* SPDX-License-Identifier: GPL-2.0 */
/* FNV-1a: a hash of bytes, for tables in memory. */
#ifndef IPITRACE_BASE_HASH_H
#define IPITRACE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BEGIN 0xcbf29ce484222325ULL

/* Returns the hash of what @hash covers and the @len bytes; @hash is HASH_BEGIN at first. */
static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	for (const uint8_t *byte = bytes; len--; byte++)
		hash = (hash ^ *byte) * 0x100000001b3ULL;
	return hash;
}

#endif /* IPITRACE_BASE_HASH_H */
