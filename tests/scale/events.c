// SPDX-License-Identifier: GPL-2.0
/* An event: its programs run one after the other, in the order in which they were attached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include "machine.h"

#define PROGS_MAX 16 /* at one event */

static struct {
	const char *name;
	int progs[PROGS_MAX], nr;
} events[NR_EVENTS] = {
	[EV_QUEUE] = { "csd_queue_cpu" },
	[EV_SEND_CPU] = { "ipi_send_cpu" },
	[EV_SEND_MASK] = { "ipi_send_cpumask" },
	[EV_ENTRY] = { "csd_function_entry" },
	[EV_EXIT] = { "csd_function_exit" },
	[EV_IRQ_SINGLE_BEGIN] = { "call_function_single_entry" },
	[EV_IRQ_SINGLE_END] = { "call_function_single_exit" },
	[EV_IRQ_MANY_BEGIN] = { "call_function_entry" },
	[EV_IRQ_MANY_END] = { "call_function_exit" },
	[EV_WAKING] = { "sched_waking" },
	[EV_WAKEUP] = { "sched_wakeup" },
	[EV_SINGLE_BEGIN] = { "fentry/smp_call_function_single" },
	[EV_SINGLE_END] = { "fexit/smp_call_function_single" },
	[EV_MANY_BEGIN] = { "fentry/smp_call_function_many_cond" },
	[EV_MANY_END] = { "fexit/smp_call_function_many_cond" },
};

char events_not_run[1024];
struct machine sim;

const char *kernel_function(uint32_t btf_id)
{
	static struct btf *kernel;
	const struct btf_type *t;

	if (!kernel)
		kernel = btf__load_vmlinux_btf();
	t = kernel ? btf__type_by_id(kernel, btf_id) : NULL;
	return t ? btf__name_by_offset(kernel, t->name_off) : "?";
}

static void not_run_add(const char *name)
{
	size_t used = strlen(events_not_run);

	if (!strstr(events_not_run, name))
		snprintf(events_not_run + used, sizeof(events_not_run) - used, " %s", name);
}

void events_attach(int prog, const char *tracepoint)
{
	const struct object *o = &objects[prog];
	/* A planted fault: this event has no program. */
	const char *left_out = getenv("SCALE_WITHOUT");
	char name[128];
	int ev = 0;

	if (tracepoint)
		snprintf(name, sizeof(name), "%s", tracepoint);
	else
		snprintf(name, sizeof(name), "%s/%.100s",
			 o->expected == BPF_TRACE_FENTRY ? "fentry" :
			 o->expected == BPF_TRACE_FEXIT	 ? "fexit" :
							   "?",
			 kernel_function(o->attach_btf));
	if (left_out && !strcmp(left_out, name))
		return;
	while (ev < NR_EVENTS && strcmp(events[ev].name, name))
		ev++;
	if (ev == NR_EVENTS) {
		not_run_add(name);
		return;
	}
	if (events[ev].nr == PROGS_MAX)
		fail("more than %d programs at %s", PROGS_MAX, name);
	events[ev].progs[events[ev].nr++] = prog;
}

void events_check(void)
{
	for (int ev = EV_QUEUE; ev <= EV_EXIT; ev++)
		if (!events[ev].nr)
			fail("no program is attached to %s", events[ev].name);
}

/* A planted fault, $SCALE_SKIP=PROGRAM:N: each N-th run of the program is left out. */
static bool skip(const struct object *prog)
{
	static const char *skipped;
	static uint64_t runs;
	const char *colon;

	if (!skipped)
		skipped = getenv("SCALE_SKIP") ?: "";
	colon = strchr(skipped, ':');
	return colon && !strncmp(prog->name, skipped, colon - skipped) &&
	       !prog->name[colon - skipped] && ++runs % strtoull(colon + 1, NULL, 10) == 0;
}

void fire(enum event event, uint32_t cpu, const uint64_t args[6])
{
	uint64_t *ctx = (uint64_t *)KMEM_ARGUMENTS;
	const uint64_t r[5] = { (uint64_t)ctx };

	memcpy(ctx, args, 6 * sizeof(*args));
	sim.args = ctx;
	sim.cpu = cpu;
	for (int i = 0; i < events[event].nr; i++) {
		sim.prog = events[event].progs[i];
		sim.clock_read = false;
		if (!skip(&objects[sim.prog]))
			interp(&objects[sim.prog], 0, r, 0);
		if (event == EV_QUEUE && sim.clock_read && sim.behind_clock < sim.since_clock)
			sim.behind_clock = sim.since_clock;
	}
}
