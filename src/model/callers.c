// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/callers.h"
#include "model/snapshot.h"
#include "model/symbol.h"

/* Prefixes of the tracing's own frames, above the tracepoint. */
static const char *const tracing[] = { "bpf_", "__bpf_", "__traceiter_", "trace_", "perf_", NULL };

/* The functions of kernel/smp.c that queue csds, 6.5 to 7.3. */
static const char *const smp[] = {
	"__smp_call_single_queue",
	"__smp_call_function_single",
	"generic_exec_single",
	"smp_call_function",
	"smp_call_function_any",
	"smp_call_function_many",
	"smp_call_function_many_cond",
	"smp_call_function_single",
	"smp_call_function_single_async",
	"on_each_cpu_cond_mask",
	"kick_all_cpus_sync",
	NULL,
};

/* Prefixes of interrupt entries: x86, arm64. */
static const char *const irq_entries[] = {
	"asm_sysvec_", "asm_common_interrupt", "asm_exc_nmi", "el1h_64_irq", "el0t_64_irq", NULL,
};

/* Prefixes of the functions that an interrupt runs on its way out. */
static const char *const irq_exits[] = {
	"handle_softirqs", "__do_softirq", "irq_exit_rcu", "__irq_exit_rcu", NULL,
};

static bool begins_with(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strncmp(name, *list, strlen(*list)))
			return true;
	return false;
}

/* NAME, or a part of NAME that the compiler split off: NAME.constprop.0, NAME.isra.0. */
static bool is_one_of(const char *name, const char *const *list)
{
	size_t len = strcspn(name, ".");

	for (; *list; list++)
		if (strlen(*list) == len && !strncmp(name, *list, len))
			return true;
	return false;
}

static bool is_program(const struct symbol *frame)
{
	return frame->module && !strcmp(frame->module, "bpf");
}

static bool is_tracing(const struct symbol *frame)
{
	if (is_program(frame))
		return true;
	return frame->name && begins_with(frame->name, tracing);
}

/*
 * ipitrace's own program is above the tracing's frames. Its frame has no name
 * where the kernel keeps BPF programs out of kallsyms (net.core.bpf_jit_harden),
 * so frames without a name do not end the search.
 */
uint32_t callers__untraced(const struct symbol *stack, uint32_t nr)
{
	uint32_t first = 0;

	for (uint32_t f = 0; f < nr; f++) {
		if (is_tracing(&stack[f]))
			first = f + 1;
		else if (stack[f].name)
			break;
	}
	return first;
}

uint32_t callers__first(const struct stack_sample *call)
{
	return callers__untraced(call->stack, call->nr);
}

/* arm64's entry has two frames: el1h_64_irq_handler, el1h_64_irq. */
uint32_t callers__interrupted(const struct symbol *stack, uint32_t nr)
{
	uint32_t behind = 0;

	for (uint32_t f = 0; f < nr; f++) {
		if (stack[f].name && begins_with(stack[f].name, irq_entries))
			behind = f + 1;
		else if (behind)
			break;
	}
	return behind;
}

/* The index of the first frame outside kernel/smp.c and the tracing itself; @nr: none. */
static uint32_t caller_at(const struct symbol *stack, uint32_t nr)
{
	uint32_t f = callers__untraced(stack, nr);

	/* A function that has a BPF program attached is called through a trampoline. */
	while (f < nr && (!stack[f].name || is_program(&stack[f]) || is_one_of(stack[f].name, smp)))
		f++;
	return f;
}

const struct symbol *callers__frame(const struct stack_sample *call)
{
	uint32_t f = caller_at(call->stack, call->nr);

	return f < call->nr ? &call->stack[f] : NULL;
}

/* A system call's own name, without what the kernel's macros put in front; others as they are. */
static const char *without_sys(const char *func)
{
	/* __SYSCALL_DEFINEx() and COMPAT_SYSCALL_DEFINEx(): x86, arm64 and generic. */
	static const char *const prefixes[] = {
		"__x64_sys_",	     "__ia32_sys_",	    "__arm64_sys_",
		"__se_sys_",	     "__do_sys_",	    "__ia32_compat_sys_",
		"__x32_compat_sys_", "__arm64_compat_sys_", "__se_compat_sys_",
		"__do_compat_sys_",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(func, prefixes[i], strlen(prefixes[i])))
			return func + strlen(prefixes[i]);
	return func;
}

struct reason callers__reason(const struct symbol *stack, uint32_t nr)
{
	uint32_t first = caller_at(stack, nr);
	struct reason reason = { .frame = first };
	const char *name;

	for (uint32_t f = first; f < nr; f++) {
		if (!stack[f].name || is_program(&stack[f]))
			continue;
		/* Behind an interrupt's entry are the interrupted task's frames. */
		if (begins_with(stack[f].name, irq_entries))
			break;
		if (plumbing__is_entry(stack[f].name))
			continue;
		reason.frame = f;
		if (!plumbing__has(&stack[f]))
			break;
	}
	if (reason.frame == nr)
		return reason;
	name = without_sys(stack[reason.frame].name);
	snprintf(reason.name, sizeof(reason.name), "%.*s", (int)strcspn(name, "."), name);
	return reason;
}

bool callers__interrupt(const struct stack_sample *call)
{
	for (uint32_t f = 0; f < call->nr; f++)
		if (call->stack[f].name && (begins_with(call->stack[f].name, irq_entries) ||
					    begins_with(call->stack[f].name, irq_exits)))
			return true;
	return call->interrupt;
}

/* The C library's files: glibc's, musl's, bionic's. */
static const char *const c_libraries[] = {
	"libc.so", "libc-2.", "libc.musl", "ld-linux", "ld-musl", "ld-2.", "libpthread", NULL,
};

/*
 * In a program that has its C library within itself the wrapper is known by its name: that of
 * the system call, perhaps behind underscores.
 */
static bool is_wrapper(const struct symbol *frame, const struct stack_sample *call)
{
	const char *name = frame->name, *sys;

	if (frame->module && begins_with(frame->module, c_libraries))
		return true;
	if (!name)
		return false;
	name += strspn(name, "_");
	if (!strncmp(name, "GI_", 3))
		name += 3 + strspn(name + 3, "_");
	if (!strcmp(name, "syscall"))
		return true;
	for (uint32_t f = 0; f < call->nr; f++) {
		sys = call->stack[f].name ? without_sys(call->stack[f].name) : NULL;
		if (sys && sys != call->stack[f].name && !strcmp(sys, name))
			return true;
	}
	return false;
}

const struct symbol *callers__user(const struct stack_sample *call)
{
	for (uint32_t f = 0; f < call->nr_user; f++)
		if ((call->user[f].name || call->user[f].module) &&
		    !is_wrapper(&call->user[f], call))
			return &call->user[f];
	return call->nr_user ? &call->user[call->nr_user - 1] : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Frames without a name are one in each file: their addresses differ by call. */
static bool same_user(const struct symbol *a, const struct symbol *b)
{
	return a && b ? same_text(a->name, b->name) && same_text(a->module, b->module) : a == b;
}

static bool same_name(const struct symbol *a, const struct symbol *b)
{
	return a && b ? !strcmp(a->name, b->name) : a == b;
}

static int by_samples(const void *a, const void *b)
{
	const struct caller *ca = a, *cb = b;

	return ca->samples < cb->samples ? 1 : ca->samples > cb->samples ? -1 : 0;
}

static void add(struct caller *callers, size_t *nr, const struct stack_sample *call)
{
	struct caller one = {
		.frame = callers__frame(call),
		.reason = callers__reason(call->stack, call->nr),
		.user = callers__user(call),
		.call = call,
		.interrupt = callers__interrupt(call),
		.samples = 1,
	};

	for (size_t i = 0; i < *nr; i++) {
		if (!same_name(callers[i].frame, one.frame) ||
		    strcmp(callers[i].reason.name, one.reason.name) ||
		    callers[i].interrupt != one.interrupt ||
		    !same_user(callers[i].user, one.user) ||
		    (!one.interrupt && callers[i].call->tgid != call->tgid))
			continue;
		callers[i].samples++;
		/* The latest sample has the name that the process has now. */
		callers[i].call = call;
		callers[i].user = one.user;
		return;
	}
	callers[(*nr)++] = one;
}

static bool is_of(const struct snapshot *snap, const struct stack_sample *call, size_t fn,
		  bool all_rows)
{
	const struct fn_stats *a = &snap->fns[call->fn], *b = &snap->fns[fn];

	return a == b || (all_rows && fn_stats__same_func(a, b));
}

size_t callers__of(const struct snapshot *snap, size_t fn, bool all_rows, struct caller *callers,
		   size_t max, size_t *samples)
{
	/* There are no more callers than samples. */
	struct caller *all = calloc(snap->nr_samples ? snap->nr_samples : 1, sizeof(*all));
	size_t nr = 0;

	*samples = 0;
	if (!all)
		return 0;
	for (size_t i = 0; i < snap->nr_samples; i++) {
		if (!is_of(snap, &snap->samples[i], fn, all_rows))
			continue;
		add(all, &nr, &snap->samples[i]);
		++*samples;
	}
	qsort(all, nr, sizeof(*all), by_samples);
	nr = nr < max ? nr : max;
	memcpy(callers, all, nr * sizeof(*all));
	free(all);
	return nr;
}
