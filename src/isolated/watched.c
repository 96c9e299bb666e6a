// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "abi/interruption.h"
#include "abi/record.h"
#include "isolated/causes.h"
#include "isolated/watched.h"
#include "model/isolation.h"

struct sender sender__of(const struct interruption *event)
{
	struct sender sender = {
		.task = { .known = true,
			  .interrupt = event->interrupt,
			  .pid = event->pid,
			  .tgid = event->tgid },
		.src = event->src,
		.stack = event->stack,
	};

	memcpy(sender.task.comm, event->comm, COMM_LEN);
	return sender;
}

static bool same(const struct culprit *culprit, const struct culprit *key)
{
	return culprit->kind == key->kind && culprit->id == key->id && culprit->addr == key->addr &&
	       culprit->sender.known == key->sender.known &&
	       culprit->sender.interrupt == key->sender.interrupt &&
	       culprit->sender.tgid == key->sender.tgid &&
	       !strncmp(culprit->what, key->what, COMM_LEN);
}

struct culprit *watched__culprit(struct isolated_cpu *cpu, const struct culprit *key)
{
	enum culprit_group group = causes__group(key);
	struct culprit *culprit = cpu->culprits;

	for (; culprit < cpu->culprits + cpu->nr_culprits; culprit++)
		if (culprit->other ? culprit->group == group : same(culprit, key))
			return culprit;
	*culprit = *key;
	if (cpu->nr_culprits++ >= CULPRITS_MAX)
		*culprit = (struct culprit){
			.other = true, .group = group, .stack = NO_STACK, .timed = true
		};
	return culprit;
}

void watched__charge(struct watched *w, struct culprit *culprit, uint64_t ns)
{
	culprit->stolen += ns;
	if (ns > culprit->longest)
		culprit->longest = ns;
	w->cpu->stolen += ns;
}

void watched__disturbed(struct watched *w, uint64_t from, uint64_t to)
{
	if (!w->on_cpu.foreign && from > w->quiet_since && from - w->quiet_since > w->cpu->silence)
		w->cpu->silence = from - w->quiet_since;
	if (to > w->quiet_since)
		w->quiet_since = to;
}

void watched__inner(struct watched *w, struct culprit *culprit, uint64_t start, uint64_t ns)
{
	if (w->nr_inner == INNER_MAX) {
		watched__charge(w, w->inner[0].culprit, w->inner[0].ns);
		memmove(w->inner, w->inner + 1, (INNER_MAX - 1) * sizeof(*w->inner));
		w->nr_inner--;
	}
	w->inner[w->nr_inner++] = (struct inner){ culprit, start, ns };
}

bool watched__settle(struct watched *w, uint64_t start, uint64_t self)
{
	size_t first = w->nr_inner, nr;

	while (first && w->inner[first - 1].start >= start)
		first--;
	nr = w->nr_inner - first;
	for (size_t i = first; i < w->nr_inner; i++)
		watched__charge(w, w->inner[i].culprit, w->inner[i].ns + self / nr);
	w->nr_inner = first;
	return nr;
}
