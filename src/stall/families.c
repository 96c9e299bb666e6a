// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include "base/hash.h"
#include "stall/incident.h"

/* A stall is reported if it is this many times as long as the longest reported of its family. */
#define NEW_WORST 2

struct family {
	_Atomic uint64_t key; /* 0: free */
	_Atomic bool named;
	struct stall_family names; /* only the names, written by the watcher that took the entry */
	_Atomic uint64_t stalls;
	_Atomic uint64_t reported;
	_Atomic uint64_t reported_alone;
	_Atomic uint64_t longest;
	_Atomic uint64_t longest_reported;
};

/*
 * Entries after these are for the sums of senders that found no room, by phase and function: a
 * user's tasks may have any number of names, and stalls of other functions are reported all the
 * same.
 */
#define FAMILIES_OF_SENDERS (FAMILIES_MAX * 3 / 4)

struct families {
	struct family entries[FAMILIES_MAX + 1]; /* the last: all families that found no room */
	_Atomic uint64_t stalls[NR_PHASES];
	_Atomic uint64_t reported[NR_PHASES];
	_Atomic uint64_t longest_unreported; /* since the last families__take_unreported() */
	/* the number of unreported stalls when families__take_unreported() was called last */
	uint64_t taken[NR_PHASES];
};

struct families *families__new(void)
{
	return calloc(1, sizeof(struct families));
}

/* @several: the key of the sum of senders that found no room. */
static uint64_t make_key(const struct incident *incident, bool several)
{
	const struct task_id *sender = &incident->sender;
	uint64_t key = HASH_BEGIN;

	key = hash_bytes(key, &incident->phase, sizeof(incident->phase));
	key = hash_bytes(key, &incident->func.addr, sizeof(incident->func.addr));
	if (incident->phase == PHASE_INTERRUPT)
		key = hash_bytes(key, &incident->irq, sizeof(incident->irq));
	if (!several) {
		key = hash_bytes(key, &sender->interrupt, sizeof(sender->interrupt));
		key = hash_bytes(key, sender->comm, strnlen(sender->comm, sizeof(sender->comm)));
	}
	return key ? key : 1;
}

static void set_names(struct family *family, const struct incident *incident, bool several)
{
	const struct symbol *func = &incident->func;
	struct stall_family *names = &family->names;

	names->phase = incident->phase;
	names->several = several;
	if (!several) {
		names->interrupt = incident->sender.interrupt;
		memcpy(names->sender, incident->sender.comm, sizeof(names->sender));
	}
	if (incident->phase == PHASE_INTERRUPT)
		snprintf(names->func, sizeof(names->func), "%s", kind_names[incident->irq]);
	else if (func->name && func->module)
		snprintf(names->func, sizeof(names->func), "%.70s [%.20s]", func->name,
			 func->module);
	else if (func->name)
		snprintf(names->func, sizeof(names->func), "%.90s", func->name);
	else
		snprintf(names->func, sizeof(names->func), "0x%" PRIx64, func->addr);
	family->named = true;
}

/*
 * Returns the entry of @incident's family, or of the sum of @several senders; the last entry if
 * none is free. Adds a new family if @add is set; else returns NULL for a new family.
 */
static struct family *search_family(struct families *families, const struct incident *incident,
				    bool several, bool add)
{
	size_t first = several ? FAMILIES_OF_SENDERS : 0;
	size_t nr = several ? FAMILIES_MAX - FAMILIES_OF_SENDERS : FAMILIES_OF_SENDERS;
	uint64_t key = make_key(incident, several);

	for (size_t i = 0; i < nr; i++) {
		struct family *family = &families->entries[first + (key + i) % nr];
		uint64_t found = family->key;

		if (!found && !add)
			return NULL;
		if (!found && atomic_compare_exchange_strong(&family->key, &found, key)) {
			set_names(family, incident, several);
			return family;
		}
		if (found == key)
			return family;
	}
	return &families->entries[FAMILIES_MAX];
}

/* The same, of the sum of several senders if @incident's sender finds no room. */
static struct family *find_family(struct families *families, const struct incident *incident,
				  bool add)
{
	struct family *family = search_family(families, incident, false, add);

	if (family != &families->entries[FAMILIES_MAX])
		return family;
	return search_family(families, incident, true, add);
}

/* Set *@maximum to @value if @value is larger. */
static void raise_maximum(_Atomic uint64_t *maximum, uint64_t value)
{
	uint64_t before = *maximum;

	while (before < value && !atomic_compare_exchange_strong(maximum, &before, value))
		;
}

bool families__reports(struct families *families, const struct incident *incident)
{
	uint64_t duration = incident__duration(incident);
	const struct family *family;

	/* A stall that lasts, or whose function slept, is no ordinary IPI: report each of them. */
	if (incident->backtrace || incident->slept ||
	    (duration >= BLAME_MIN_NS && (incident->ongoing || incident->end_unseen)))
		return true;
	family = find_family(families, incident, false);
	return !family || family->reported_alone < FAMILY_REPORTED ||
	       duration >= NEW_WORST * family->longest_reported;
}

void families__count(struct families *families, const struct incident *incident, bool first,
		     enum reported how)
{
	struct family *family = find_family(families, incident, true);
	bool reported = how == REPORTED_WITH_CAUSE || how == REPORTED_ALONE;
	uint64_t duration = incident__duration(incident);

	family->stalls += first;
	families->stalls[incident->phase] += first;
	family->reported += reported;
	families->reported[incident->phase] += reported;
	family->reported_alone += how == REPORTED_ALONE;
	raise_maximum(&family->longest, duration);
	if (how == NOT_REPORTED)
		raise_maximum(&families->longest_unreported, duration);
	else if (how != REPORTED_WITH_CAUSE)
		raise_maximum(&family->longest_reported, duration);
}

struct stalls_unreported families__take_unreported(struct families *families)
{
	struct stalls_unreported unreported = {
		.longest = atomic_exchange(&families->longest_unreported, 0),
	};

	for (int i = 0; i < NR_PHASES; i++) {
		uint64_t reported = families->reported[i], now = families->stalls[i] - reported;

		/* The number may fall: a stall that was only counted may be reported at its end. */
		if (now > families->taken[i])
			unreported.stalls[i] = now - families->taken[i];
		families->taken[i] = now;
	}
	return unreported;
}

static int longest_first(const void *a, const void *b)
{
	const struct stall_family *one = a, *other = b;

	return one->other - other->other ?: cmp_u64(other->longest, one->longest);
}

size_t families__list(const struct families *families, struct stall_family *list)
{
	size_t nr = 0;

	for (size_t i = 0; i <= FAMILIES_MAX; i++) {
		const struct family *family = &families->entries[i];
		struct stall_family *row = &list[nr];

		if (!family->stalls)
			continue;
		*row = family->names;
		row->other = i == FAMILIES_MAX || !family->named;
		row->stalls = family->stalls;
		row->reported = family->reported;
		row->longest = family->longest;
		nr++;
	}
	qsort(list, nr, sizeof(*list), longest_first);
	return nr;
}
