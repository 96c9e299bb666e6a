// SPDX-License-Identifier: GPL-2.0
#include "model/moment.h"

void moment__begin(struct moment *m, uint64_t now)
{
	m->now = now;
	m->nr_pending = m->nr_running = m->nr_waiting = m->nr_interrupting = 0;
	m->dropped = 0;
}

bool moment__empty(const struct moment *m)
{
	return !m->nr_pending && !m->nr_running && !m->nr_waiting && !m->nr_interrupting;
}

const struct running *moment__running_on(const struct moment *m, uint32_t cpu)
{
	const struct running *first = NULL;

	for (size_t i = 0; i < m->nr_running; i++)
		if (m->running[i].dst == cpu && (!first || m->running[i].start < first->start))
			first = &m->running[i];
	return first;
}

const struct interrupting *moment__interrupting(const struct moment *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->nr_interrupting; i++)
		if (m->interrupting[i].cpu == cpu && m->interrupting[i].kind == KIND_CALL_FUNCTION)
			return &m->interrupting[i];
	return NULL;
}

const struct waiting *moment__waiting(const struct moment *m, uint32_t src, uint64_t call)
{
	for (size_t i = 0; i < m->nr_waiting; i++)
		if (m->waiting[i].src == src && m->waiting[i].call == call)
			return &m->waiting[i];
	return NULL;
}

const struct cpu_state *moment__cpu(const struct moment *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->nr_cpus; i++)
		if (m->cpus[i].cpu == cpu)
			return &m->cpus[i];
	return NULL;
}

bool moment__waits_longer(const struct moment *m, uint64_t threshold)
{
	for (size_t i = 0; i < m->nr_waiting; i++)
		if (m->waiting[i].call + threshold <= m->now)
			return true;
	return false;
}
