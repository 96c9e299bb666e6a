// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "abi/record.h"
#include "model/field.h"
#include "model/incident.h"
#include "model/snapshot.h"
#include "model/totals.h"

/*
 * Beginnings of the names of functions that only spend time for their callers: delays, clocks,
 * locks, and accesses to the registers of a serial port (drivers/tty/serial/8250/) for which a
 * console waits.
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

RULE(is_csd, stall_line, row->in.phase != PHASE_INTERRUPT)
RULE(is_handler, stall_line, row->in.phase == PHASE_HANDLER)
RULE(is_wait, stall_line, row->in.phase == PHASE_WAIT)
RULE(end_is_unseen, stall_line, row->in.end_unseen)
RULE(has_frames, stall_line, row->in.nr || row->in.user)
/* A thread may belong to a process that is not known. Thread 0 is the idle task of a CPU. */
RULE(process_is_known, backtrace, row->task.known && (row->task.tgid || !row->task.pid))
RULE(thread_is_known, backtrace, row->task.known)
FIGURE(process, backtrace, row->task.tgid)

static const char *const stack_names[] = {
	[STACK_INTERRUPTED] = "interrupted",
	[STACK_SLEEP] = "sleep",
	[STACK_END] = "end",
	[STACK_CALL] = "call",
	[STACK_NMI] = "nmi",
};

static const char *const straggler_names[NR_STRAGGLER_WHYS] = {
	[STRAGGLER_LATE] = "late",
	[STRAGGLER_LONG] = "long",
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

static const struct field split_fields[] = {
	K(delay_split, NUMBER, NONE, send, KNOWN(delay_split, send_known)),
	K(delay_split, NUMBER, NONE, interrupt, KNOWN(delay_split, interrupt_known)),
	K(delay_split, NUMBER, NONE, function, KNOWN(delay_split, function_known)),
};
static const struct form split_form = FORM(struct delay_split, split_fields);

static const struct field straggler_fields[] = {
	K(straggler_line, CPU, NONE, dst),
	K(straggler_line, NUMBER, NONE, later),
	K(straggler_line, NAME, NONE, why, NAMES(straggler_names)),
};
static const struct form straggler_form = FORM(struct straggler_line, straggler_fields);

static const struct field backtrace_fields[] = {
	F(backtrace, "func", TEXT, NONE, frames[0].name, KNOWN(backtrace, frames[0].name)),
	F(backtrace, "module", TEXT, NONE, frames[0].module, KNOWN(backtrace, frames[0].module)),
	K(backtrace, BOOL, NONE, interrupts_off, KNOWN(backtrace, interrupts_known)),
	DERIVED_BY("pid", process, .is_known = process_is_known),
	F(backtrace, "tgid", NUMBER, NONE, task.tgid, .is_known = process_is_known),
	F(backtrace, "tid", NUMBER, NONE, task.pid, KNOWN(backtrace, task.known)),
	F(backtrace, "comm", TEXT, NONE, task.comm, .is_known = thread_is_known),
};
static const struct form backtrace_form = FORM(struct backtrace, backtrace_fields);

static const struct field target_fields[] = {
	K(target_line, CPU, NONE, dst),
	K(target_line, NUMBER, NONE, entry, KNOWN(target_line, entry_known)),
	K(target_line, NUMBER, NONE, end, KNOWN(target_line, end_known)),
};
static const struct form target_form = FORM(struct target_line, target_fields);

/* A field of the stall itself. */
#define IN(key, how, member, ...) F(stall_line, key, how, NONE, in.member, ##__VA_ARGS__)
/* A field of the stall itself, whose value is unknown if @known is 0. */
#define IN_KNOWN(key, how, member, known, ...) \
	IN(key, how, member, KNOWN(stall_line, in.known), ##__VA_ARGS__)

static const struct field stall_line_fields[] = {
	K(stall_line, NUMBER, NONE, id, FOUND(stall_line, id_known)),
	IN("src", CPU, src, KNOWN(stall_line, src_known)),
	IN_KNOWN("dst", CPU, dst, dst_known),
	IN("func", FUNCTION, func, .is_known = is_csd),
	IN("phase", NAME, phase, NAMES(phase_names), .none = PHASE_HANDLER),
	IN("duration", SINCE, time, .with = PLACE(stall_line, in.start)),
	IN("ongoing", BOOL, ongoing),
	IN("slept", BOOL, slept, .is_known = is_handler),
	IN("stack", MODULE_SITES, stack, .with = PLACE(stall_line, in.nr),
	   KNOWN(stall_line, stack_known)),
	IN_KNOWN("irq", NAME, irq, irq_known, NAMES(kind_names)),
	IN("start", NUMBER, start),
	IN("end_unseen", BOOL, end_unseen),
	IN_KNOWN("at_most", NUMBER, at_most, at_most, .is_known = end_is_unseen),
	K(stall_line, NUMBER, NONE, cause, KNOWN(stall_line, cause)),
	IN("folded", BOOL, covered, FOUND(stall_line, folded_known)),
	IN("callsite", SITE, callsite),
	K(stall_line, TEXT, NONE, reason, KNOWN(stall_line, reason)),
	IN_KNOWN("call", NUMBER, call, call),
	IN("sender", TASK, sender),
	IN("interrupt", BOOL, sender.interrupt),
	IN("victim", TASK, victim),
	IN("cgroup", STRING, cgroup_path),
	IN_KNOWN("cgroup_id", NUMBER, cgroup, cgroup),
	K(stall_line, TEXT, NONE, container, KNOWN(stall_line, container)),
	IN("wait_in", NAME, wait_in, NAMES(wait_in_names)),
	IN("late", NAME, late, NAMES(lateness_names)),
	IN("why", NAME, why, NAMES(why_names)),
	IN_KNOWN("vector", NUMBER, vector, vector),
	IN("apic", NAME, apic, NAMES(apic_names)),
	IN_KNOWN("timer_interrupts", NUMBER, timers, timers_known),
	OBJECT(stall_line, "split", NONE, split, split, KNOWN(stall_line, split.known)),
	IN_KNOWN("stolen", NUMBER, stolen, stolen_known),
	IN_KNOWN("src_stolen", NUMBER, src_stolen, src_stolen_known),
	OBJECT(stall_line, "doing", NONE, in, doing, KNOWN(stall_line, in.doing.addr)),
	OBJECT(stall_line, "straggler", NONE, straggler, straggler,
	       KNOWN(stall_line, straggler.known)),
	IN("stack_of", NAME, stack_of, NAMES(stack_names), .is_known = has_frames),
	LIST(stall_line, "waiters", NONE, in.waiters, waiter,
	     .with = PLACE(stall_line, in.nr_waiters)),
	IN("waiters_more", NUMBER, more_waiters),
	IN("queued_behind", NUMBER, queued_behind),
	IN_KNOWN("nr_targets", NUMBER, nr_targets, nr_targets, .is_known = is_wait),
	OBJECT(stall_line, "backtrace", NONE, backtrace, backtrace,
	       KNOWN(stall_line, backtrace_known)),
	LIST(stall_line, "targets", NONE, targets, target, .with = PLACE(stall_line, nr_targets),
	     KNOWN(stall_line, targets_known)),
};
const struct form stall_line_form = FORM(struct stall_line, stall_line_fields);

static void make_split(struct delay_split *split, const struct incident *in)
{
	bool sent = in->sent >= in->start && in->sent;
	bool arrived = in->arrived >= in->start && in->arrived;

	/* An earlier interrupt ran the csd, before its own IPI was sent. */
	if (sent && arrived && in->sent > in->arrived)
		sent = false;
	*split = (struct delay_split){
		.known = in->phase == PHASE_DELIVERY && !in->ongoing && !in->end_unseen,
		.send_known = sent,
		.interrupt_known = sent && arrived,
		.function_known = arrived,
		.send = in->sent - in->start,
		.interrupt = in->arrived - in->sent,
		.function = in->time - in->arrived,
	};
}

static void make_straggler(struct straggler_line *line, const struct incident *in)
{
	const struct straggler *straggler = &in->straggler;

	line->known = !in->ongoing && in->nr_targets >= 2 && in->dst_known &&
		      (in->phase == PHASE_WAIT || straggler->known);
	line->dst = in->dst;
	line->later = straggler->later;
	if (straggler->known)
		line->why = straggler->late ? STRAGGLER_LATE : STRAGGLER_LONG;
}

static void make_targets(struct stall_line *line, const struct incident *in)
{
	line->targets_known = in->phase == PHASE_WAIT && !in->ongoing && in->nr_listed;
	line->nr_targets = in->nr_listed;
	for (size_t i = 0; line->targets_known && i < in->nr_listed; i++) {
		const struct target_time *time = &in->targets[i];

		line->targets[i] = (struct target_line){
			.dst = time->dst,
			.entry_known = time->entry >= in->start,
			.end_known = time->end >= in->start,
			.entry = time->entry - in->start,
			.end = time->end - in->start,
		};
	}
}

void stall_line__make(struct stall_line *line, const struct incident *in, uint64_t id,
		      uint64_t cause)
{
	struct reason reason = incident__reason(in);

	memset(line, 0, sizeof(*line));
	line->in = *in;
	line->id = id;
	line->cause = cause;
	line->src_known = in->phase != PHASE_INTERRUPT;
	line->stack_known = in->stack_of != STACK_NONE && (in->nr || in->user);
	memcpy(line->reason, reason.name, sizeof(line->reason));
	container__label(in->cgroup_path, line->container, sizeof(line->container));
	make_split(&line->split, in);
	make_straggler(&line->straggler, in);
	make_targets(line, in);
	line->backtrace_known = in->backtrace;
	if (in->backtrace) {
		const struct backtrace_frame *culprit = backtrace__culprit(in->backtrace);

		line->backtrace.interrupts_known = in->backtrace->interrupts_known;
		line->backtrace.interrupts_off = in->backtrace->interrupts_off;
		line->backtrace.task = incident__stuck_task(in);
		if (culprit)
			line->backtrace.frames[0] = *culprit;
	}
}

/* Set the times of the IPI and of the interrupt. */
static void restore_split(const struct delay_split *split, struct incident *in)
{
	if (split->send_known)
		in->sent = in->start + split->send;
	if (split->function_known && split->function <= in->time)
		in->arrived = in->time - split->function;
	else if (split->send_known && split->interrupt_known)
		in->arrived = in->sent + split->interrupt;
}

static void restore_straggler(const struct straggler_line *line, struct incident *in)
{
	if (!line->known)
		return;
	in->straggler.known = line->why != STRAGGLER_UNKNOWN;
	in->straggler.late = line->why == STRAGGLER_LATE;
	in->straggler.later = line->later;
	/*
	 * The line of the straggler's own stall has no number of targets. A call with a straggler
	 * has several targets, so take 2.
	 */
	if (!in->nr_targets)
		in->nr_targets = 2;
}

/*
 * While the stall lasts, its stack is the stack of the backtrace. Once the stall is over, the line
 * has only the frame to blame.
 */
static void restore_backtrace(struct backtrace *bt, struct incident *in)
{
	in->backtrace = bt;
	if (in->stack_of != STACK_NMI) {
		bt->nr = *bt->frames[0].name ? 1 : 0;
		return;
	}
	for (; bt->nr < in->nr; bt->nr++) {
		const struct symbol *from = &in->stack[bt->nr];
		struct backtrace_frame *to = &bt->frames[bt->nr];

		to->offset = from->offset;
		snprintf(to->name, sizeof(to->name), "%s", from->name ? from->name : "");
		snprintf(to->module, sizeof(to->module), "%s", from->module ? from->module : "");
	}
}

void stall_line__restore(struct stall_line *line)
{
	struct incident *in = &line->in;

	in->time += in->start;
	in->sender.known |= in->sender.interrupt;
	in->user = line->stack_known && in->stack_of == STACK_INTERRUPTED && !in->nr;
	/* In a capture without the key "folded", a stall with a cause is folded. */
	if (!line->folded_known)
		in->covered = line->cause;
	restore_split(&line->split, in);
	restore_straggler(&line->straggler, in);
	if (line->backtrace_known)
		restore_backtrace(&line->backtrace, in);
	for (size_t i = 0; i < line->nr_targets; i++) {
		const struct target_line *target = &line->targets[i];

		line->times[i] = (struct target_time){
			.dst = target->dst,
			.entry = target->entry_known ? in->start + target->entry : 0,
			.end = target->end_known ? in->start + target->end : 0,
		};
	}
	in->targets = line->times;
	in->nr_listed = line->nr_targets;
}

RULE(csds_are_known, stall_totals, row->csds_known)

RULE(knows_deliveries, stall_totals, stall_scope__knows(&row->scope, PHASE_DELIVERY))
RULE(knows_handlers, stall_totals, stall_scope__knows(&row->scope, PHASE_HANDLER))
RULE(knows_waits, stall_totals, stall_scope__knows(&row->scope, PHASE_WAIT))
RULE(knows_interrupts, stall_totals, stall_scope__knows(&row->scope, PHASE_INTERRUPT))
RULE(has_interrupts, stall_totals, stall_scope__has(&row->scope, PHASE_INTERRUPT))

static const struct field stall_sources_fields[] = {
	F(stall_totals, "figures", NAME, NONE, scope.calls, NAMES(source_names)),
};
static const struct form stall_sources_form = FORM(struct stall_totals, stall_sources_fields);

#define PHASE(key, phase, knows, ...)                                       \
	F(stall_totals, key, NUMBER, NONE, found[phase], .is_known = knows, \
	  FOUND(stall_totals, found_known[phase]), ##__VA_ARGS__)
static const struct field found_fields[] = {
	PHASE("delivery", PHASE_DELIVERY, knows_deliveries),
	PHASE("handler", PHASE_HANDLER, knows_handlers),
	PHASE("wait", PHASE_WAIT, knows_waits),
	PHASE("interrupt", PHASE_INTERRUPT, knows_interrupts, .is_present = has_interrupts),
};
static const struct form found_form = FORM(struct stall_totals, found_fields);

static const struct field stall_totals_fields[] = {
	PART("sources", stall_sources),
	K(stall_totals, NUMBER, NONE, threshold),
	PART("found", found),
	K(stall_totals, NUMBER, NONE, folded),
	K(stall_totals, NUMBER, NONE, lasting, PRESENT(stall_totals, lasting_known),
	  FOUND(stall_totals, lasting_known)),
	K(stall_totals, NUMBER, NONE, csds, KNOWN(stall_totals, csds_known)),
	K(stall_totals, NUMBER, NONE, run_unseen, .is_known = csds_are_known),
	K(stall_totals, NUMBER, NONE, lost),
	K(stall_totals, NUMBER, NONE, dropped),
	K(stall_totals, NUMBER, NONE, doubted),
};
const struct form stall_totals_form = FORM(struct stall_totals, stall_totals_fields);

/*
 * A line has null for phases that the run did not ask for. If only calls are followed, null has
 * another meaning: take all phases as asked for.
 */
void stall_totals__restore(struct stall_totals *totals)
{
	struct stall_scope *scope = &totals->scope;

	for (int i = 0; i < NR_PHASES; i++)
		if (scope->calls || totals->found_known[i])
			scope->asked |= 1U << i;
	scope->interrupts_known = totals->found_known[PHASE_INTERRUPT];
}

void trace_totals__add(struct trace_totals *totals, const struct snapshot *snap)
{
	const struct ledger *ledger = &snap->ledger;

	totals->queued += ledger->queued;
	totals->in_flight = ledger->in_flight;
	totals->filtered = snap->how.filtered;
	totals->orphans = totals->filtered ? NOT_KNOWN : totals->orphans + ledger->orphans;
	for (int i = 0; i < NR_LOST; i++)
		totals->lost_by[i] += ledger->lost_by[i];
}

RULE(wants_csds, trace_totals, row->csds_wanted)
/* A filter hides csds whose function ipitrace did not see run. */
RULE(sees_queues, trace_totals, row->csds_wanted && !row->filtered)
RULE(knows_orphans, trace_totals, row->csds_wanted && row->orphans != NOT_KNOWN)
FIGURE(records_lost, trace_totals, trace_totals__lost(row))

static const struct field records_lost_fields[] = {
	F(trace_totals, "queue_unseen", NUMBER, NONE, lost_by[LOST_QUEUE_UNSEEN],
	  .is_known = sees_queues),
	F(trace_totals, "mailbox_full", NUMBER, NONE, lost_by[LOST_MAILBOX_FULL],
	  .is_known = wants_csds),
	F(trace_totals, "run_unseen", NUMBER, NONE, lost_by[LOST_RUN_UNSEEN],
	  .is_known = wants_csds),
	F(trace_totals, "buffer_full", NUMBER, NONE, dropped),
};
static const struct form records_lost_form = FORM(struct trace_totals, records_lost_fields);

static const struct field trace_totals_fields[] = {
	K(trace_totals, NUMBER, NONE, records),
	DERIVED_BY("lost", records_lost),
	PART("lost_by", records_lost),
	K(trace_totals, NUMBER, NONE, queued, KNOWN(trace_totals, csds_wanted)),
	K(trace_totals, NUMBER, NONE, csds, .is_known = wants_csds),
	K(trace_totals, NUMBER, NONE, in_flight, .is_known = wants_csds),
	K(trace_totals, NUMBER, NONE, orphans, .is_known = knows_orphans),
	K(trace_totals, NUMBER, NONE, brief, .is_known = wants_csds),
	K(trace_totals, NUMBER, NONE, late),
};
const struct form trace_totals_form = FORM(struct trace_totals, trace_totals_fields);

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
