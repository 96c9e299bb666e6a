/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses of the kernel's variables and functions, by name. */
#ifndef IPITRACE_COLLECT_KCORE_ADDRESSES_H
#define IPITRACE_COLLECT_KCORE_ADDRESSES_H

#include <stddef.h>
#include <stdint.h>

struct address {
	const char *name;
	uint64_t at; /* 0: not found */
	uint64_t end; /* where the next symbol begins; 0: unknown */
};

/* A search for all names of a list in one pass over the kernel's symbols. */
struct address_search {
	struct address *list;
	size_t nr;
	struct address *last; /* that has no end yet */
};

/*
 * The next symbol, in the order of /proc/kallsyms, where those of the kernel
 * proper come by address. A hidden address is 0, and finds nothing.
 */
void address_search__see(struct address_search *search, uint64_t at, const char *name);

#endif /* IPITRACE_COLLECT_KCORE_ADDRESSES_H */
