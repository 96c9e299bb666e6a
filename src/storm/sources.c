// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "model/callers.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/symbol.h"
#include "storm/sources.h"

/*
 * Frames between a cause and its effect that say nothing: notifier chains,
 * the system call's entry. By a part of their name.
 */
static const char *const dull[] = {
	"notifier_call_chain", "entry_SYSCALL",	 "do_syscall_64", "x64_sys_call", "el0_svc",
	"el0t_64_sync",	       "invoke_syscall", "asm_exc_",	  "asm_sysvec_",  "ret_from_fork",
	"entry_INT80",	       "ia32_sys_call",
};

static bool is_dull(const struct symbol *frame)
{
	const char *name = frame->name;

	/* A program's trampoline before the function that it is attached to. */
	if (!name || (frame->module && !strcmp(frame->module, "bpf")))
		return true;
	for (size_t i = 0; i < sizeof(dull) / sizeof(*dull); i++)
		if (strstr(name, dull[i]))
			return true;
	return false;
}

/* From who wakes a task to the csd: of all wake-ups alike, they would make all of them one. */
static bool is_waking(const struct symbol *frame)
{
	static const char *const names[] = {
		"ttwu_queue_wakelist", "try_to_wake_up",  "default_wake_function",
		"wake_up_process",     "wake_up_state",	  "autoremove_wake_function",
		"__wake_up_common",    "__wake_up",	  "__wake_up_common_lock",
		"__wake_up_sync_key",  "wake_up_q",	  "swake_up_one",
		"swake_up_one_online", "swake_up_locked", "complete",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(frame->name, names[i]))
			return true;
	return false;
}

static void chain_add(struct storm_source *source, const struct symbol *frame)
{
	char *to = source->chain[source->nr_chain];

	if (source->nr_chain == STORM_CHAIN)
		return;
	if (frame->module)
		snprintf(to, STORM_CHAIN_LEN, "%s [%s]", frame->name, frame->module);
	else
		snprintf(to, STORM_CHAIN_LEN, "%s", frame->name);
	/* A name and the parts that the compiler made of it are one. */
	if (source->nr_chain && !strcmp(to, source->chain[source->nr_chain - 1]))
		return;
	source->nr_chain++;
}

static struct storm_source source_of(const struct stack_sample *call)
{
	const struct symbol *caller = callers__frame(call);
	struct storm_source source = { .interrupt = callers__interrupt(call), .samples = 1 };

	if (!source.interrupt) {
		source.tgid = call->tgid;
		snprintf(source.comm, sizeof(source.comm), "%s", call->comm);
		if (call->cgroup_path)
			snprintf(source.cgroup, sizeof(source.cgroup), "%s", call->cgroup_path);
	}
	for (uint32_t f = caller ? caller - call->stack : call->nr; f < call->nr; f++)
		if (!is_dull(&call->stack[f]) && (source.nr_chain || !is_waking(&call->stack[f])))
			chain_add(&source, &call->stack[f]);
	return source;
}

static bool is_same(const struct storm_source *a, const struct storm_source *b)
{
	return a->interrupt == b->interrupt && a->tgid == b->tgid && !a->nr_chain == !b->nr_chain &&
	       !strcmp(a->chain[0], b->chain[0]);
}

void sources__add(struct storm *storm, const struct stack_sample *call)
{
	struct storm_source source = source_of(call), *at;
	int i = 0;

	storm->samples++;
	while (i < storm->nr_sources && !is_same(&storm->sources[i], &source))
		i++;
	/* The least gives way, or many that come once would keep one out for good. */
	if (i == STORM_SOURCES) {
		if (storm->sources[--i].samples > 1)
			return;
	} else if (i == storm->nr_sources) {
		storm->nr_sources++;
	} else {
		source.samples += storm->sources[i].samples;
	}
	at = storm->sources;
	for (; i > 0 && at[i - 1].samples < source.samples; i--)
		at[i] = at[i - 1];
	at[i] = source;
}
