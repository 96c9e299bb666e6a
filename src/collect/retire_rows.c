// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <string.h>
#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "collect/maps.h"
#include "collect/retire_rows.h"
#include "model/snapshot.h"

#define WINDOWS_IDLE 2

static struct fn_key *key_at(const struct maps *maps, uint32_t row)
{
	return &maps->fn_keys[TABLE_BY * FN_ROWS + row];
}

static uint64_t key_word(const struct maps *maps, uint32_t row)
{
	return __atomic_load_n(&key_at(maps, row)->func, __ATOMIC_ACQUIRE);
}

/* The rows that csds to @cpu name, and functions and calls there. */
static void cpu_names(const struct maps *maps, uint32_t cpu, bool *named)
{
	uint32_t slots = maps->geo.mailbox_slots;
	const struct slot *box = &maps->slots[(size_t)cpu * slots];
	const struct cpu_rec *rec = &maps->cpus[cpu];
	const struct call_rec *call = &maps->calls[cpu];
	uint32_t depth;

	for (uint32_t i = 0; i < slots; i++)
		if (slot_has_csd(__atomic_load_n(&box[i].csd, __ATOMIC_ACQUIRE)))
			named[from_by(box[i].from)] = true;
	depth = __atomic_load_n(&rec->depth, __ATOMIC_ACQUIRE);
	for (uint32_t i = 0; i < depth && i < FRAMES; i++)
		if (rec->frames[i].row != FN_NONE && rec->frames[i].by <= FN_OTHER)
			named[rec->frames[i].by] = true;
	if (by_key_sends(maps->by_key) && __atomic_load_n(&call->call, __ATOMIC_ACQUIRE) &&
	    call->by <= FN_OTHER)
		named[call->by] = true;
}

/* The rows that calls with a record of their own name (struct task_call). */
static void task_calls_names(const struct maps *maps, bool *named)
{
	uint32_t nr = maps->geo.task_call_slots > 1 ? maps->geo.task_call_slots : 0;

	for (uint32_t i = 0; i < nr; i++) {
		const struct task_call *call = &maps->task_calls[i];

		if (__atomic_load_n(&call->key, __ATOMIC_ACQUIRE) > TASK_CALL_CLAIMED &&
		    call->by <= FN_OTHER)
			named[call->by] = true;
	}
}

/* If any row is retired, find the rows that must not be free yet. */
static void names_find(const struct maps *maps, const struct snapshot *snap, bool *named)
{
	bool any = false;

	for (uint32_t row = 0; row < FN_ROWS && !any; row++)
		any = key_word(maps, row) & BY_RETIRED;
	for (size_t i = 0; any && i < snap->nr_cpus; i++)
		cpu_names(maps, snap->cpus[i].cpu, named);
	if (any && by_key_sends(maps->by_key))
		task_calls_names(maps, named);
}

static void row_free(struct fn_key *key)
{
	key->callsite = 0;
	memset(key->comm, 0, sizeof(key->comm));
	__atomic_store_n(&key->func, 0, __ATOMIC_RELEASE);
}

void retire_rows(struct maps *maps, const struct snapshot *snap, const bool counted[FN_ROWS])
{
	bool named[FROM_BY_MAX + 1] = {};

	names_find(maps, snap, named);
	for (uint32_t row = 0; row < FN_ROWS; row++) {
		uint64_t word = key_word(maps, row);
		bool retired = word & BY_RETIRED;

		if (word <= FN_BUSY || counted[row] || (retired && named[row])) {
			maps->by_idle[row] = 0;
			continue;
		}
		if (++maps->by_idle[row] < WINDOWS_IDLE)
			continue;
		maps->by_idle[row] = 0;
		if (retired)
			row_free(key_at(maps, row));
		else
			__atomic_store_n(&key_at(maps, row)->func, word | BY_RETIRED,
					 __ATOMIC_RELEASE);
	}
}
