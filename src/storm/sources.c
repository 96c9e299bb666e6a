// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "model/callers.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/symbol.h"
#include "storm/sources.h"

/*
 * Frames between a cause and its effect that explain nothing, by a part of
 * their name: notifier chains, the system call's entry.
 */
static const char *const glue_frames[] = {
	"notifier_call_chain", "entry_SYSCALL",	 "do_syscall_64", "x64_sys_call", "el0_svc",
	"el0t_64_sync",	       "invoke_syscall", "asm_exc_",	  "asm_sysvec_",  "ret_from_fork",
	"entry_INT80",	       "ia32_sys_call",
};

static bool is_glue(const struct symbol *frame)
{
	const char *name = frame->name;

	/* A BPF trampoline, before the function that its program is attached to. */
	if (!name || (frame->module && !strcmp(frame->module, "bpf")))
		return true;
	for (size_t i = 0; i < sizeof(glue_frames) / sizeof(*glue_frames); i++)
		if (strstr(name, glue_frames[i]))
			return true;
	return false;
}

/* Frames that every wake-up passes. First in the chain, they would merge all wakers. */
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
	/* The compiler splits one function into parts of the same name. */
	if (source->nr_chain && !strcmp(to, source->chain[source->nr_chain - 1]))
		return;
	source->nr_chain++;
}

static struct storm_source source_of(const struct stack_sample *sample)
{
	const struct symbol *caller = callers__frame(sample);
	struct storm_source source = { .interrupt = callers__interrupt(sample), .samples = 1 };

	if (!source.interrupt) {
		source.tgid = sample->tgid;
		snprintf(source.comm, sizeof(source.comm), "%s", sample->comm);
		if (sample->cgroup_path)
			snprintf(source.cgroup, sizeof(source.cgroup), "%s", sample->cgroup_path);
	}
	for (uint32_t f = caller ? caller - sample->stack : sample->nr; f < sample->nr; f++)
		if (!is_glue(&sample->stack[f]) &&
		    (source.nr_chain || !is_waking(&sample->stack[f])))
			chain_add(&source, &sample->stack[f]);
	return source;
}

static bool is_same(const struct storm_source *a, const struct storm_source *b)
{
	return a->interrupt == b->interrupt && a->tgid == b->tgid && !a->nr_chain == !b->nr_chain &&
	       !strcmp(a->chain[0], b->chain[0]);
}

void sources__add(struct storm *storm, const struct stack_sample *sample)
{
	struct storm_source source = source_of(sample), *at;
	int i = 0;

	storm->samples++;
	while (i < storm->nr_sources && !is_same(&storm->sources[i], &source))
		i++;
	/* A full list drops a last source of one sample; else rare sources would fill it for good. */
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
