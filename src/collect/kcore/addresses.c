// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "collect/kcore/addresses.h"

void address_search__see(struct address_search *search, uint64_t at, const char *name)
{
	if (search->last && at > search->last->at) {
		search->last->end = at;
		search->last = NULL;
	}
	for (size_t i = 0; i < search->nr; i++) {
		struct address *address = &search->list[i];

		/* There are some 200,000 symbols: look at the first letter first. */
		if (address->at || address->name[0] != name[0] || strcmp(address->name, name))
			continue;
		address->at = at;
		search->last = address;
	}
}
