// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/field.h"
#include "model/incident.h"
#include "model/totals.h"

/*
 * Beginnings of the names of functions that only spend time for their callers: delays, clocks, locks,
 * and accesses to the registers of a serial port (drivers/tty/serial/8250/) on which a console waits.
 */
static const char *const helpers[] = {
	"__const_udelay",     "__delay",      "__pv_queued_spin_lock",
	"__raw_spin_lock",    "__udelay",     "_raw_",
	"arch_counter_get",   "delay_",	      "do_raw_spin_lock",
	"ktime_get",	      "kvm_clock",    "native_queued_spin_lock",
	"native_sched_clock", "pvclock_",     "queued_",
	"read_hpet",	      "read_tsc",     "rep_nop",
	"sched_clock",	      "io_serial_",   "mem_serial_",
	"mem32_serial_",      "wait_for_lsr", "wait_for_xmitr",
};

static bool is_helper(const struct backtrace_frame *frame)
{
	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++)
		if (!*frame->module && !strncmp(frame->name, helpers[i], strlen(helpers[i])))
			return true;
	return false;
}

const struct backtrace_frame *backtrace__culprit(const struct backtrace *bt)
{
	for (uint32_t i = 0; i < bt->nr; i++)
		if (!is_helper(&bt->frames[i]))
			return &bt->frames[i];
	return bt->nr ? &bt->frames[0] : NULL;
}

struct symbol backtrace_frame__symbol(const struct backtrace_frame *frame)
{
	if (!frame)
		return (struct symbol){};
	/* The kernel's log has names, but no addresses. */
	return (struct symbol){
		.offset = frame->offset,
		.name = frame->name,
		.module = *frame->module ? frame->module : NULL,
	};
}

const char *const lateness_names[NR_LATENESS] = {
	[LATE_SENDER] = "sender", [LATE_INTERRUPTS_OFF] = "interrupts_off",
	[LATE_BEHIND] = "behind", [LATE_IDLE] = "idle",
	[LATE_STOLEN] = "stolen",
};

static const char *const why_names[NR_WHYS] = {
	[WHY_INTERRUPTS_OFF] = "interrupts_off",
	[WHY_BEHIND] = "behind",
	[WHY_STOLEN] = "stolen",
	[WHY_BUSY] = "busy",
	[WHY_NEVER_ARRIVED] = "never_arrived",
};

static const char *const apic_names[NR_APIC_MODES] = {
	[APIC_XAPIC] = "xapic",
	[APIC_X2APIC] = "x2apic",
};

const char *const phase_names[NR_PHASES] = {
	[PHASE_DELIVERY] = "delivery",
	[PHASE_HANDLER] = "handler",
	[PHASE_WAIT] = "wait",
	[PHASE_INTERRUPT] = "interrupt",
};

static const char *const wait_in_names[NR_WAIT_IN] = {
	[WAIT_SINGLE] = "smp_call_function_single",
	[WAIT_MANY] = "smp_call_function_many_cond",
};

const char *wait_in__name(enum wait_in in)
{
	return in < NR_WAIT_IN ? wait_in_names[in] : NULL;
}

struct task_id incident__stuck_task(const struct incident *incident)
{
	struct task_id task = incident->backtrace->task;

	if (incident->victim.known && incident->victim.pid == task.pid)
		task.tgid = incident->victim.tgid;
	return task;
}

struct reason incident__reason(const struct incident *incident)
{
	if (incident->stack_of != STACK_CALL)
		return (struct reason){ .frame = incident->nr };
	return callers__reason(incident->stack, incident->nr);
}

RULE(is_csd, incident, row->phase != PHASE_INTERRUPT)
RULE(is_handler, incident, row->phase == PHASE_HANDLER)
RULE(is_wait, incident, row->phase == PHASE_WAIT)
RULE(end_is_unseen, incident, row->end_unseen)
RULE(has_frames, incident, row->nr || row->user)

static const char *const stack_names[] = {
	[STACK_INTERRUPTED] = "interrupted",
	[STACK_SLEEP] = "sleep",
	[STACK_END] = "end",
	[STACK_CALL] = "call",
	[STACK_NMI] = "nmi",
};

static const struct field waiter_fields[] = {
	F(waiter, "sender", TASK, NONE, task),
	K(waiter, CPU, NONE, src),
	K(waiter, NUMBER, NONE, call),
	F(waiter, "duration", SINCE, NONE, until, .with = PLACE(waiter, call)),
	F(waiter, "in", NAME, NONE, wait_in, NAMES(wait_in_names)),
	K(waiter, BOOL, NONE, behind),
};
static const struct form waiter_form = FORM(struct waiter, waiter_fields);

static const struct field doing_fields[] = {
	F(incident, "func", FUNCTION, NONE, doing),
	F(incident, "start", NUMBER, NONE, doing_since),
};
static const struct form doing_form = FORM(struct incident, doing_fields);

static const struct field incident_fields[] = {
	DERIVED("id"),
	K(incident, CPU, NONE, src, .is_known = is_csd),
	K(incident, CPU, NONE, dst, KNOWN(incident, dst_known)),
	K(incident, FUNCTION, NONE, func, .is_known = is_csd),
	K(incident, NAME, NONE, phase, NAMES(phase_names), .none = PHASE_HANDLER),
	F(incident, "duration", SINCE, NONE, time, .with = PLACE(incident, start)),
	K(incident, BOOL, NONE, ongoing),
	K(incident, BOOL, NONE, slept, .is_known = is_handler),
	DERIVED("stack"),
	K(incident, NAME, NONE, irq, NAMES(kind_names), KNOWN(incident, irq_known)),
	K(incident, NUMBER, NONE, start),
	K(incident, BOOL, NONE, end_unseen),
	K(incident, NUMBER, NONE, at_most, KNOWN(incident, at_most), .is_known = end_is_unseen),
	DERIVED("cause"),
	F(incident, "folded", BOOL, NONE, covered),
	K(incident, SITE, NONE, callsite),
	DERIVED("reason"),
	K(incident, NUMBER, NONE, call, KNOWN(incident, call)),
	K(incident, TASK, NONE, sender),
	F(incident, "interrupt", BOOL, NONE, sender.interrupt),
	K(incident, TASK, NONE, victim),
	F(incident, "cgroup", STRING, NONE, cgroup_path),
	F(incident, "cgroup_id", NUMBER, NONE, cgroup, KNOWN(incident, cgroup)),
	DERIVED("container"),
	K(incident, NAME, NONE, wait_in, NAMES(wait_in_names)),
	K(incident, NAME, NONE, late, NAMES(lateness_names)),
	K(incident, NAME, NONE, why, NAMES(why_names)),
	K(incident, NUMBER, NONE, vector, KNOWN(incident, vector)),
	K(incident, NAME, NONE, apic, NAMES(apic_names)),
	F(incident, "timer_interrupts", NUMBER, NONE, timers, KNOWN(incident, timers_known)),
	DERIVED("split"),
	K(incident, NUMBER, NONE, stolen, KNOWN(incident, stolen_known)),
	K(incident, NUMBER, NONE, src_stolen, KNOWN(incident, src_stolen_known)),
	PART("doing", doing, KNOWN(incident, doing.addr)),
	DERIVED("straggler"),
	K(incident, NAME, NONE, stack_of, NAMES(stack_names), .is_known = has_frames),
	LIST(incident, "waiters", NONE, waiters, waiter, .with = PLACE(incident, nr_waiters)),
	F(incident, "waiters_more", NUMBER, NONE, more_waiters),
	K(incident, NUMBER, NONE, queued_behind),
	K(incident, NUMBER, NONE, nr_targets, KNOWN(incident, nr_targets), .is_known = is_wait),
	DERIVED("backtrace"),
	DERIVED("targets"),
};
const struct form incident_form = FORM(struct incident, incident_fields);

RULE(csds_are_known, stall_totals, row->csds_known)

static const struct field stall_totals_fields[] = {
	DERIVED("sources"),
	K(stall_totals, NUMBER, NONE, threshold),
	DERIVED("found"),
	K(stall_totals, NUMBER, NONE, folded),
	K(stall_totals, NUMBER, NONE, csds, KNOWN(stall_totals, csds_known)),
	K(stall_totals, NUMBER, NONE, run_unseen, .is_known = csds_are_known),
	K(stall_totals, NUMBER, NONE, lost),
	K(stall_totals, NUMBER, NONE, dropped),
	K(stall_totals, NUMBER, NONE, doubted),
};
const struct form stall_totals_form = FORM(struct stall_totals, stall_totals_fields);

RULE(has_csd, trigger, trigger__has_csd(row))

static const struct field trigger_fields[] = {
	K(trigger, NAME, NONE, kind, NAMES(trigger_names), .none = TRIGGER_SIGNAL),
	K(trigger, NUMBER, NONE, id, KNOWN(trigger, id)),
	K(trigger, NAME, NONE, phase, NAMES(phase_names), .none = PHASE_HANDLER,
	  .is_known = has_csd),
	K(trigger, CPU, NONE, src, .is_known = has_csd),
	K(trigger, CPU, NONE, dst, .is_known = has_csd),
	K(trigger, NUMBER, NONE, duration, .is_known = has_csd),
};
const struct form trigger_form = FORM(struct trigger, trigger_fields);

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
