// SPDX-License-Identifier: GPL-2.0
#include <stdatomic.h>
#include <stdlib.h>
#include "base/clock.h"
#include "host/machine.h"
#include "stall/stall_run.h"

#define SLOTS	  64
#define PERIOD_NS 1000000000ULL
#define TRIES	  3 /* at most this many stacks are taken for a stall if none can be unwound */
/*
 * A slot is free again when no watcher has asked for its stack for this time: by then the stall is
 * over, and has been reported. Watchers ask as long as the stall lasts.
 */
#define KEEP_NS	  30000000000ULL

enum state {
	FREE,
	CLAIMED, /* by a watcher that fills the slot in */
	WANTED,
	TAKEN,
	FAILED, /* the CPU's stack is not there: it is idle, or takes no NMI */
};

struct slot {
	_Atomic int state; /* enum state */
	uint32_t cpu;
	uint64_t taken; /* when the stack was taken, or when that failed */
	_Atomic uint64_t asked; /* when a watcher asked for the stack last */
	struct backtrace backtrace;
};

struct backtraces {
	backtraces_take_fn *take;
	void *ctx;
	_Atomic bool taking; /* a watcher takes stacks, so that no other watcher does */
	uint64_t taken; /* when stacks were taken last, for any stall; 0: never */
	struct slot slots[SLOTS];
};

struct backtraces *backtraces__new(backtraces_take_fn *take, void *ctx)
{
	struct backtraces *b = calloc(1, sizeof(*b));

	if (b) {
		b->take = take;
		b->ctx = ctx;
	}
	return b;
}

const struct backtrace *backtraces__find(const struct backtraces *b, const struct backtrace_of *of)
{
	const struct backtrace *best = NULL;

	for (int i = 0; i < SLOTS; i++) {
		const struct slot *slot = &b->slots[i];

		if (slot->state == TAKEN && slot->cpu == of->cpu && slot->taken >= of->start &&
		    slot->taken <= of->last && (!best || slot->backtrace.nr > best->nr))
			best = &slot->backtrace;
	}
	return best;
}

/* Whether @slot has the stack of the stall, will have it, or could not get it. */
static bool answers_stall(const struct slot *slot, const struct backtrace_of *of)
{
	int state = slot->state;

	if (state == FREE || state == CLAIMED || slot->cpu != of->cpu)
		return false;
	return state == WANTED || slot->taken >= of->start;
}

void backtraces__ask(struct backtraces *b, const struct backtrace_of *of)
{
	uint64_t now = mono_ns();
	int cut = 0;

	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &b->slots[i];
		/*
		 * The stack has only the function that the NMI found: the kernel unwinds nothing
		 * from within a retpoline (UNWIND_HINT_UNDEFINED, 6.12 arch/x86/lib/retpoline.S).
		 */
		bool is_cut = slot->state == TAKEN && slot->backtrace.nr < 2;

		if (!answers_stall(slot, of))
			continue;
		slot->asked = now;
		if (!is_cut || ++cut == TRIES)
			return;
	}
	/* Two watchers may both ask about a stall: then one dump fills both slots. */
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &b->slots[i];
		int state = FREE;

		if (!atomic_compare_exchange_strong(&slot->state, &state, CLAIMED))
			continue;
		slot->cpu = of->cpu;
		slot->asked = now;
		slot->state = WANTED;
		return;
	}
}

bool backtraces__pending(const struct backtraces *b, const struct backtrace_of *of)
{
	for (int i = 0; i < SLOTS; i++)
		if (b->slots[i].state == WANTED && b->slots[i].cpu == of->cpu)
			return true;
	return false;
}

static void slots_fill(struct backtraces *b, const char *text)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &b->slots[i];

		if (slot->state != WANTED)
			continue;
		slot->taken = mono_ns();
		slot->state = backtrace_text__parse(text, slot->cpu, &slot->backtrace) ==
					      BACKTRACE_FOUND ?
				      TAKEN :
				      FAILED;
	}
}

void backtraces__tend(struct backtraces *b)
{
	uint64_t now = mono_ns(), asked;
	bool wanted = false;

	if (atomic_exchange(&b->taking, true))
		return;
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &b->slots[i];

		wanted |= slot->state == WANTED;
		asked = slot->asked;
		if ((slot->state == TAKEN || slot->state == FAILED) && now > asked &&
		    now - asked > KEEP_NS)
			slot->state = FREE;
	}
	if (wanted && (!b->taken || now - b->taken >= PERIOD_NS)) {
		b->taken = now;
		slots_fill(b, b->take(b->ctx));
	}
	b->taking = false;
}
