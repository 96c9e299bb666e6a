// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "stall/report_once.h"

/* Buckets are looked through whole, so that one can be emptied at any place. */
#define BUCKETS	    512
#define BUCKET_SIZE 32

/* In a state: it was reported; else it is the time of the claim, 0: none. */
#define REPORTED (1ULL << 63)

struct entry {
	_Atomic uint64_t key; /* 0: free */
	_Atomic uint64_t id;
	_Atomic uint64_t state[NR_CLAIMS];
};

struct report_once {
	_Atomic uint64_t last_id;
	struct entry entries[BUCKETS][BUCKET_SIZE];
};

struct report_once *report_once__new(void)
{
	return calloc(1, sizeof(struct report_once));
}

void report_once__free(struct report_once *c)
{
	free(c);
}

static struct entry *find(const struct report_once *c, uint64_t key)
{
	const struct entry *bucket = c->entries[key % BUCKETS];

	for (int i = 0; i < BUCKET_SIZE; i++)
		if (bucket[i].key == key)
			return (struct entry *)&bucket[i];
	return NULL;
}

static struct entry *find_or_add(struct report_once *c, uint64_t key)
{
	struct entry *bucket = c->entries[key % BUCKETS], *entry = find(c, key);

	/* All add at the first free place, so two that add the same meet there. */
	for (int i = 0; i < BUCKET_SIZE && !entry; i++) {
		uint64_t none = 0;

		if (__atomic_compare_exchange_n(&bucket[i].key, &none, key, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST) ||
		    none == key)
			entry = &bucket[i];
	}
	return entry;
}

uint64_t report_once__number(struct report_once *c, uint64_t key)
{
	struct entry *entry = find_or_add(c, key);
	uint64_t none = 0, next;

	if (!entry || entry->id)
		return entry ? entry->id : 0;
	next = ++c->last_id;
	if (!__atomic_compare_exchange_n(&entry->id, &none, next, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return none;
	return next;
}

static enum claim look(const struct entry *entry, enum claim_of what, uint64_t now, uint64_t *state)
{
	/* What is over is not reported as ongoing any more. */
	if (what == CLAIM_ONGOING && entry->state[CLAIM_OVER])
		return CLAIM_DONE;
	*state = entry->state[what];
	if (*state & REPORTED)
		return CLAIM_DONE;
	return *state && now < *state + CLAIM_STALE_NS ? CLAIM_BUSY : CLAIM_WON;
}

enum claim report_once__peek(struct report_once *c, uint64_t key, enum claim_of what, uint64_t now)
{
	const struct entry *entry = find(c, key);
	uint64_t state;

	return entry ? look(entry, what, now, &state) : CLAIM_WON;
}

enum claim report_once__take(struct report_once *c, uint64_t key, enum claim_of what, uint64_t now,
			     bool *first)
{
	struct entry *entry = find_or_add(c, key);
	uint64_t state;
	enum claim claim;

	if (!entry)
		return CLAIM_FULL;
	claim = look(entry, what, now, &state);
	if (claim != CLAIM_WON)
		return claim;
	if (!__atomic_compare_exchange_n(&entry->state[what], &state, now, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return state & REPORTED ? CLAIM_DONE : CLAIM_BUSY;
	*first = !state && !entry->state[!what];
	return CLAIM_WON;
}

void report_once__done(struct report_once *c, uint64_t key, enum claim_of what)
{
	struct entry *entry = find(c, key);

	if (entry)
		entry->state[what] |= REPORTED;
}

uint64_t report_once__known_number(const struct report_once *c, uint64_t key)
{
	const struct entry *entry = key ? find(c, key) : NULL;

	return entry ? entry->id : 0;
}

void report_once__forget(struct report_once *c, uint64_t then)
{
	for (int b = 0; b < BUCKETS; b++) {
		for (int i = 0; i < BUCKET_SIZE; i++) {
			struct entry *entry = &c->entries[b][i];
			uint64_t over = entry->state[CLAIM_OVER];

			if (!entry->key || !(over & REPORTED) || (over & ~REPORTED) >= then)
				continue;
			entry->id = 0;
			entry->state[CLAIM_ONGOING] = 0;
			entry->state[CLAIM_OVER] = 0;
			entry->key = 0;
		}
	}
}
