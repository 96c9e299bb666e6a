// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>
#include "abi/hook.h"
#include "base/clock.h"
#include "collect/hooks/maps.h"
#include "collect/hooks/read_under_way.h"
#include "host/task_files.h"
#include "model/moment.h"

/* Copy the call at @source, if one is there that does not end meanwhile. */
static bool call_copy(struct hook_call *call, const struct hook_call *source)
{
	uint64_t key = __atomic_load_n(&source->key, __ATOMIC_ACQUIRE);

	/* 1: a call that begins now. */
	if (key <= 1)
		return false;
	*call = *source;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&source->key, __ATOMIC_ACQUIRE) == key &&
	       __atomic_load_n(&source->begun, __ATOMIC_ACQUIRE) == call->begun;
}

/*
 * Whether the sender has left the call, whose return was not seen: the kernel skips a
 * program inside itself. A sender waits with preemption off (before 7.3), so it has had
 * its CPU ever since the call began. Not known: it waits.
 */
static bool has_left(const struct under_way *of, const struct hook_call *call)
{
	uint64_t slices;

	return call->slices && thread_file__slices(of->root, call->tgid, call->pid, &slices) &&
	       slices != call->slices;
}

static void call_note(const struct under_way *of, const struct hook_call *call,
		      struct moment *moment)
{
	struct waiting *waiting = &moment->waiting[moment->nr_waiting];

	if (moment->nr_waiting == MOMENT_WAITING) {
		moment->dropped++;
		return;
	}
	if (has_left(of, call))
		return;
	*waiting = (struct waiting){
		.call = call->begun,
		.func = call->func,
		.src = call->src,
		.wait_in = call->wait_in,
		.nr_targets = call->at_most ? 0 : call->targets,
		.dst = call->dst,
		.sender = { .known = true, .pid = call->pid, .tgid = call->tgid },
	};
	thread_file__comm(waiting->sender.comm, call->tgid, call->pid);
	moment->nr_waiting++;
}

static void interrupt_read(const struct hook_cpu *source, uint32_t cpu, uint64_t threshold,
			   struct moment *moment)
{
	uint64_t start = __atomic_load_n(&source->irq_begun, __ATOMIC_ACQUIRE);
	uint64_t kind = __atomic_load_n(&source->irq_kind, __ATOMIC_ACQUIRE);

	if (!start || moment->now < start + threshold ||
	    __atomic_load_n(&source->irq_begun, __ATOMIC_ACQUIRE) != start)
		return;
	if (moment->nr_interrupting == MOMENT_IRQS) {
		moment->dropped++;
		return;
	}
	moment->interrupting[moment->nr_interrupting++] =
		(struct interrupting){ .cpu = cpu, .kind = kind, .start = start };
}

void read_under_way(const void *ctx, uint64_t threshold, struct moment *moment)
{
	const struct under_way *of = ctx;

	moment__begin(moment, mono_ns());
	for (uint32_t i = 0; i < of->maps->slots; i++) {
		struct hook_call call;

		if (call_copy(&call, &of->maps->calls[i]) && call.wait_in &&
		    moment->now >= call.begun + threshold)
			call_note(of, &call, moment);
	}
	for (uint32_t cpu = 0; of->interrupts && cpu < of->maps->maps->geo.nr_cpus; cpu++)
		interrupt_read(&of->maps->cpus[cpu], cpu, threshold, moment);
}
