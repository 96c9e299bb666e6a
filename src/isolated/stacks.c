// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "abi/record.h"
#include "base/hash.h"
#include "isolated/stacks.h"
#include "model/callers.h"

struct first {
	uint64_t hash; /* of the frames that count */
	int32_t stack; /* its index, plus 1; 0: the place is free */
};

struct stacks {
	int32_t same[STACKS]; /* by index: the first stack that is the same, plus 1; 0: unknown */
	struct first first[STACKS]; /* a hash table, with linear probing */
};

struct stacks *stacks__new(void)
{
	return calloc(1, sizeof(struct stacks));
}

void stacks__free(struct stacks *stacks)
{
	free(stacks);
}

bool stacks__lack(const struct stacks *stacks, int32_t id)
{
	return id >= 0 && id < STACKS && !stacks->same[id];
}

void stacks__add(struct stacks *stacks, int32_t id, const struct stack_sample *stack)
{
	uint32_t end = callers__interrupted(stack->stack, stack->nr);
	uint64_t hash = HASH_BEGIN;
	struct first *first;
	size_t at;

	stacks->same[id] = id + 1;
	/* No frame shows where the interrupt began, so all frames count. */
	if (!end)
		return;
	for (uint32_t f = 0; f < end; f++)
		hash = hash_bytes(hash, &stack->stack[f].addr, sizeof(stack->stack[f].addr));
	at = hash % STACKS;
	/* Each index is added once, so a place is free. */
	while (stacks->first[at].stack && stacks->first[at].hash != hash)
		at = (at + 1) % STACKS;
	first = &stacks->first[at];
	if (!first->stack)
		*first = (struct first){ hash, id + 1 };
	stacks->same[id] = first->stack;
}

int32_t stacks__same(const struct stacks *stacks, int32_t id)
{
	return id < 0 || id >= STACKS || !stacks->same[id] ? id : stacks->same[id] - 1;
}
