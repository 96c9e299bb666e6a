// SPDX-License-Identifier: GPL-2.0
#include "model/field.h"
#include "model/incident.h"
#include "model/names.h"
#include "model/totals.h"
#include "model/trigger.h"

RULE(is_csd, incident, row->phase != PHASE_INTERRUPT)
RULE(is_handler, incident, row->phase == PHASE_HANDLER)
RULE(is_wait, incident, row->phase == PHASE_WAIT)
RULE(no_end, incident, row->end_unseen)
RULE(has_stack, incident, row->nr || row->user)

static const char *const stack_names[] = {
	[STACK_INTERRUPTED] = "interrupted",
	[STACK_SLEEP] = "sleep",
	[STACK_END] = "end",
	[STACK_CALL] = "call",
	[STACK_NMI] = "nmi",
};

static const struct field waiter_fields[] = {
	F(waiter, "sender", TASK, NONE, task),
	F(waiter, "src", CPU, NONE, src),
	F(waiter, "call", NUMBER, NONE, call),
	F(waiter, "duration", SINCE, NONE, until, .with = PLACE(waiter, call)),
	F(waiter, "in", NAME, NONE, wait_in, NAMES(wait_in_names)),
	F(waiter, "behind", BOOL, NONE, behind),
};
static const struct form waiter_form = FORM(struct waiter, waiter_fields);

static const struct field doing_fields[] = {
	F(incident, "func", FUNCTION, NONE, doing),
	F(incident, "start", NUMBER, NONE, doing_since),
};
static const struct form doing_form = FORM(struct incident, doing_fields);

static const struct field incident_fields[] = {
	DERIVED("id"),
	F(incident, "src", CPU, NONE, src, .told = is_csd),
	F(incident, "dst", CPU, NONE, dst, KNOWN(incident, dst_known)),
	F(incident, "func", FUNCTION, NONE, func, .told = is_csd),
	F(incident, "phase", NAME, NONE, phase, NAMES(phase_names), .none = PHASE_HANDLER),
	F(incident, "duration", SINCE, NONE, time, .with = PLACE(incident, start)),
	F(incident, "ongoing", BOOL, NONE, ongoing),
	F(incident, "slept", BOOL, NONE, slept, .told = is_handler),
	DERIVED("stack"),
	F(incident, "irq", NAME, NONE, irq, NAMES(kind_names), KNOWN(incident, irq_known)),
	F(incident, "start", NUMBER, NONE, start),
	F(incident, "end_unseen", BOOL, NONE, end_unseen),
	F(incident, "at_most", NUMBER, NONE, at_most, KNOWN(incident, at_most), .told = no_end),
	DERIVED("cause"),
	F(incident, "folded", BOOL, NONE, covered),
	F(incident, "callsite", SITE, NONE, callsite),
	DERIVED("reason"),
	F(incident, "call", NUMBER, NONE, call, KNOWN(incident, call)),
	F(incident, "sender", TASK, NONE, sender),
	F(incident, "interrupt", BOOL, NONE, sender.interrupt),
	F(incident, "victim", TASK, NONE, victim),
	F(incident, "cgroup", STRING, NONE, cgroup_path),
	F(incident, "cgroup_id", NUMBER, NONE, cgroup, KNOWN(incident, cgroup)),
	DERIVED("container"),
	F(incident, "wait_in", NAME, NONE, wait_in, NAMES(wait_in_names)),
	F(incident, "late", NAME, NONE, late, NAMES(lateness_names)),
	DERIVED("split"),
	F(incident, "stolen", NUMBER, NONE, stolen, KNOWN(incident, stolen)),
	PART("doing", doing, KNOWN(incident, doing.addr)),
	DERIVED("straggler"),
	F(incident, "stack_of", NAME, NONE, stack_of, NAMES(stack_names), .told = has_stack),
	LIST(incident, "waiters", NONE, waiters, waiter, .with = PLACE(incident, nr_waiters)),
	F(incident, "waiters_more", NUMBER, NONE, more_waiters),
	F(incident, "queued_behind", NUMBER, NONE, queued_behind),
	F(incident, "nr_targets", NUMBER, NONE, nr_targets, KNOWN(incident, nr_targets),
	  .told = is_wait),
	DERIVED("backtrace"),
	DERIVED("targets"),
};
const struct form incident_form = FORM(struct incident, incident_fields);

RULE(csds_known, stall_totals, row->csds_known)

static const struct field stall_totals_fields[] = {
	DERIVED("sources"),
	F(stall_totals, "threshold", NUMBER, NONE, threshold),
	DERIVED("found"),
	F(stall_totals, "folded", NUMBER, NONE, folded),
	F(stall_totals, "csds", NUMBER, NONE, csds, KNOWN(stall_totals, csds_known)),
	F(stall_totals, "run_unseen", NUMBER, NONE, run_unseen, .told = csds_known),
	F(stall_totals, "lost", NUMBER, NONE, lost),
	F(stall_totals, "dropped", NUMBER, NONE, dropped),
	F(stall_totals, "doubted", NUMBER, NONE, doubted),
};
const struct form stall_totals_form = FORM(struct stall_totals, stall_totals_fields);

RULE(of_csd, trigger, trigger__has_csd(row))

static const struct field trigger_fields[] = {
	F(trigger, "kind", NAME, NONE, kind, NAMES(trigger_names), .none = TRIGGER_SIGNAL),
	F(trigger, "id", NUMBER, NONE, id, KNOWN(trigger, id)),
	F(trigger, "phase", NAME, NONE, phase, NAMES(phase_names), .none = PHASE_HANDLER,
	  .told = of_csd),
	F(trigger, "src", CPU, NONE, src, .told = of_csd),
	F(trigger, "dst", CPU, NONE, dst, .told = of_csd),
	F(trigger, "duration", NUMBER, NONE, duration, .told = of_csd),
};
const struct form trigger_form = FORM(struct trigger, trigger_fields);
