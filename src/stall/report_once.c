// SPDX-License-Identifier: GPL-2.0
#include <stdatomic.h>
#include "stall/incident.h"

/* A search reads the whole bucket, so forgotten entries may leave holes anywhere. */
#define BUCKETS	    512
#define BUCKET_SIZE 32

/* Flag of a state: the report is written. */
#define REPORTED (1ULL << 63)

struct entry {
	_Atomic uint64_t key; /* 0: free */
	_Atomic uint64_t id; /* the stall's number; 0: it has none yet */
	_Atomic bool named;
	_Atomic bool folded;
	_Atomic uint64_t state[NR_CLAIMS]; /* time of the claim, and REPORTED; 0: no claim */
};

struct report_once {
	_Atomic uint64_t last_id;
	_Atomic uint64_t nr; /* entries in use */
	struct entry entries[BUCKETS][BUCKET_SIZE];
};

struct report_once *report_once__new(void)
{
	return calloc(1, sizeof(struct report_once));
}

static struct entry *find_entry(const struct report_once *claims, uint64_t key)
{
	const struct entry *bucket = claims->entries[key % BUCKETS];

	for (int i = 0; i < BUCKET_SIZE; i++)
		if (bucket[i].key == key)
			return (struct entry *)&bucket[i];
	return NULL;
}

static struct entry *find_or_add_entry(struct report_once *claims, uint64_t key)
{
	struct entry *bucket = claims->entries[key % BUCKETS], *entry = find_entry(claims, key);

	/* Threads add at the first free place: two threads that add the same key meet there. */
	for (int i = 0; i < BUCKET_SIZE && !entry; i++) {
		uint64_t none = 0;

		if (atomic_compare_exchange_strong(&bucket[i].key, &none, key))
			claims->nr++;
		else if (none != key)
			continue;
		entry = &bucket[i];
	}
	return entry;
}

uint64_t report_once__assign_number(struct report_once *claims, uint64_t key)
{
	struct entry *entry = find_or_add_entry(claims, key);
	uint64_t none = 0, next;

	if (!entry || entry->id)
		return entry ? entry->id : 0;
	next = ++claims->last_id;
	if (!atomic_compare_exchange_strong(&entry->id, &none, next))
		return none;
	return next;
}

static enum claim_result judge_claim(const struct entry *entry, enum claim_kind kind, uint64_t now,
				     uint64_t *state)
{
	uint64_t stale = kind == CLAIM_OVER ? CLAIM_OVER_STALE_NS : CLAIM_STALE_NS;

	/* A stall whose end was claimed must not be reported as ongoing any more. */
	if (kind != CLAIM_OVER && entry->state[CLAIM_OVER])
		return CLAIM_DONE;
	*state = entry->state[kind];
	if (*state & REPORTED)
		return CLAIM_DONE;
	return *state && now < *state + stale ? CLAIM_BUSY : CLAIM_WON;
}

enum claim_result report_once__peek(struct report_once *claims, uint64_t key, enum claim_kind kind,
				    uint64_t now)
{
	const struct entry *entry = find_entry(claims, key);
	uint64_t state;

	return entry ? judge_claim(entry, kind, now, &state) : CLAIM_WON;
}

enum claim_result report_once__take(struct report_once *claims, uint64_t key, enum claim_kind kind,
				    uint64_t now, bool *first)
{
	struct entry *entry = find_or_add_entry(claims, key);
	uint64_t state;
	enum claim_result result;

	if (!entry)
		return CLAIM_FULL;
	result = judge_claim(entry, kind, now, &state);
	if (result != CLAIM_WON)
		return result;
	if (!atomic_compare_exchange_strong(&entry->state[kind], &state, now))
		return state & REPORTED ? CLAIM_DONE : CLAIM_BUSY;
	*first = !state;
	for (int other = 0; other < NR_CLAIMS; other++)
		*first &= other == (int)kind || !entry->state[other];
	return CLAIM_WON;
}

void report_once__done(struct report_once *claims, uint64_t key, enum claim_kind kind)
{
	struct entry *entry = find_entry(claims, key);

	if (entry)
		entry->state[kind] |= REPORTED;
}

uint64_t report_once__find_number(const struct report_once *claims, uint64_t key)
{
	const struct entry *entry = key ? find_entry(claims, key) : NULL;

	return entry ? entry->id : 0;
}

bool report_once__is_known(const struct report_once *claims, uint64_t key)
{
	return find_entry(claims, key);
}

static bool is_lasting(const struct entry *entry)
{
	bool reported = false;

	for (int kind = 0; kind < NR_CLAIMS; kind++)
		reported |= kind != CLAIM_OVER && entry->state[kind] & REPORTED;
	return reported && !(entry->state[CLAIM_OVER] & REPORTED);
}

uint64_t report_once__count_lasting(const struct report_once *claims)
{
	uint64_t nr = 0;

	for (int b = 0; b < BUCKETS && claims->nr; b++)
		for (int i = 0; i < BUCKET_SIZE; i++)
			nr += claims->entries[b][i].key && is_lasting(&claims->entries[b][i]);
	return nr;
}

bool report_once__is_named(const struct report_once *claims, uint64_t key)
{
	const struct entry *entry = find_entry(claims, key);

	return entry && entry->named;
}

bool report_once__set_named(struct report_once *claims, uint64_t key)
{
	struct entry *entry = find_entry(claims, key);

	return entry && !atomic_exchange(&entry->named, true);
}

int report_once__fold(struct report_once *claims, uint64_t key, bool folded)
{
	struct entry *entry = find_entry(claims, key);

	return entry ? folded - atomic_exchange(&entry->folded, folded) : 0;
}

void report_once__forget(struct report_once *claims, uint64_t before)
{
	for (int b = 0; b < BUCKETS && claims->nr; b++) {
		for (int i = 0; i < BUCKET_SIZE; i++) {
			struct entry *entry = &claims->entries[b][i];
			uint64_t over = entry->state[CLAIM_OVER];

			if (!entry->key || !(over & REPORTED) || (over & ~REPORTED) >= before)
				continue;
			entry->id = 0;
			entry->named = entry->folded = false;
			for (int kind = 0; kind < NR_CLAIMS; kind++)
				entry->state[kind] = 0;
			entry->key = 0;
			claims->nr--;
		}
	}
}
