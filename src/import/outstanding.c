// SPDX-License-Identifier: GPL-2.0
#include "import/parts.h"

static uint32_t hash_csd(uint64_t csd)
{
	return hash64(csd) & (PAIRING_SLOTS - 1);
}

struct outstanding_set *outstanding__new(void)
{
	struct outstanding_set *set = malloc(sizeof(*set));

	if (!set)
		return NULL;
	memset(set, 0xff, sizeof(*set));
	set->nr = 0;
	set->free = 0;
	set->slots = malloc(PAIRING_SLOTS * sizeof(*set->slots));
	set->hashed = malloc(PAIRING_SLOTS * sizeof(*set->hashed));
	if (!set->slots || !set->hashed) {
		outstanding__free(set);
		return NULL;
	}
	memset(set->hashed, 0xff, PAIRING_SLOTS * sizeof(*set->hashed));
	for (uint32_t i = 0; i < PAIRING_SLOTS; i++)
		set->slots[i].chain = i + 1 < PAIRING_SLOTS ? i + 1 : NO_SLOT;
	return set;
}

void outstanding__free(struct outstanding_set *set)
{
	if (!set)
		return;
	free(set->slots);
	free(set->hashed);
	free(set);
}

bool outstanding__add(struct outstanding_set *set, const struct pair *pair)
{
	enum outstanding_list list = outstanding__list(pair->type);
	uint32_t at = set->free, *bucket = &set->hashed[hash_csd(pair->csd)];
	uint32_t *last = &set->last[pair->dst][list];
	struct outstanding *slot;

	if (at == NO_SLOT)
		return false;
	slot = &set->slots[at];
	set->free = slot->chain;
	set->nr++;
	slot->pair = *pair;
	slot->doubt_entered = slot->doubt_ended = PAIR_UNKNOWN;
	slot->chain = *bucket;
	*bucket = at;
	slot->next = NO_SLOT;
	slot->prev = *last;
	if (*last == NO_SLOT)
		set->first[pair->dst][list] = at;
	else
		set->slots[*last].next = at;
	*last = at;
	return true;
}

struct pair outstanding__take(struct outstanding_set *set, uint32_t at)
{
	struct outstanding *slot = &set->slots[at];
	enum outstanding_list list = outstanding__list(slot->pair.type);
	uint32_t *link = &set->hashed[hash_csd(slot->pair.csd)];

	while (*link != at)
		link = &set->slots[*link].chain;
	*link = slot->chain;
	if (slot->prev == NO_SLOT)
		set->first[slot->pair.dst][list] = slot->next;
	else
		set->slots[slot->prev].next = slot->next;
	if (slot->next == NO_SLOT)
		set->last[slot->pair.dst][list] = slot->prev;
	else
		set->slots[slot->next].prev = slot->prev;
	slot->chain = set->free;
	set->free = at;
	set->nr--;
	return slot->pair;
}

struct instances outstanding__find(const struct outstanding_set *set, uint64_t csd, uint32_t dst,
				   enum outstanding_list list)
{
	struct instances found = { NO_SLOT, NO_SLOT };

	/* The newest instance comes first in its chain. */
	for (uint32_t at = set->hashed[hash_csd(csd)]; at != NO_SLOT; at = set->slots[at].chain) {
		const struct pair *pair = &set->slots[at].pair;

		if (pair->csd != csd || outstanding__list(pair->type) != list ||
		    (list == LIST_CSDS && pair->dst != dst))
			continue;
		if (found.newest == NO_SLOT)
			found.newest = at;
		found.oldest = at;
	}
	return found;
}
