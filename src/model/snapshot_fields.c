// SPDX-License-Identifier: GPL-2.0
#include "model/field.h"
#include "model/names.h"
#include "model/snapshot.h"

#define SNAP ((const struct snapshot *)root)

RULE(csds, snapshot, SNAP->how.source == SOURCE_CSD)
RULE(calls, snapshot, SNAP->how.source == SOURCE_CALLS)
/* A filter hides what no function ran. */
RULE(unfiltered, snapshot, !SNAP->how.filtered)
RULE(entry_unseen, snapshot, SNAP->known.entry_unseen)
RULE(irqs, snapshot, SNAP->known.irqs)
RULE(irq_delay, snapshot, SNAP->known.irq_delay)
/* No tracepoint fires when an irq_work runs. */
RULE(runs_seen, fn_stats, csds(root, of) && (row->delay.count || row->handler.count || !row->count))
RULE(by_process, by_stats, !row->other && !row->interrupt && SNAP->how.by_key != BY_CGROUP)
RULE(by_cgroup, by_stats, !row->other && !row->interrupt && row->cgroup)
RULE(by_sends, snapshot, by_key_sends(SNAP->how.by_key))
RULE(kind_sent, kind_stats, row->sent_known)
RULE(wake_by_task, wake_stats, !row->interrupt && !row->other)
RULE(wake_of_pair, wake_stats, !row->other)

#define HIST(record, name, adds, member, ...) \
	OBJECT(record, name, adds, member, hist, ##__VA_ARGS__)

static const struct field window_fields[] = {
	F(window, "start", DATE, NONE, start),
	F(window, "mono_start", NUMBER, NONE, mono_start),
	F(window, "mono_end", NUMBER, LAST, mono_end),
	DERIVED("duration_s"),
};
const struct form window_form = FORM(struct window, window_fields);

static const struct field matched_fields[] = {
	F(ledger, "function", NUMBER, SUM, function),
	F(ledger, "ttwu", NUMBER, SUM, ttwu),
	F(ledger, "irq_work", NUMBER, SUM, irq_work),
};
static const struct form matched_form = FORM(struct ledger, matched_fields);

static const struct field lost_fields[] = {
	F(ledger, "queue_unseen", NUMBER, SUM, lost_by[LOST_QUEUE_UNSEEN], .told = unfiltered),
	F(ledger, "mailbox_full", NUMBER, SUM, lost_by[LOST_MAILBOX_FULL]),
	F(ledger, "run_unseen", NUMBER, SUM, lost_by[LOST_RUN_UNSEEN]),
};
static const struct form lost_form = FORM(struct ledger, lost_fields);

static const struct field ledger_fields[] = {
	F(ledger, "queued", NUMBER, SUM, queued),
	F(ledger, "carried_in", NUMBER, NONE, carried_in),
	PART("matched", matched),
	F(ledger, "in_flight", NUMBER, LAST, in_flight),
	DERIVED("lost"),
	PART("lost_by", lost),
	F(ledger, "orphans", NUMBER, SUM, orphans, .told = unfiltered),
	F(ledger, "local", NUMBER, SUM, local),
	F(ledger, "exit_unseen", NUMBER, SUM, exit_unseen),
	DERIVED("closed"),
};
const struct form ledger_form = FORM(struct ledger, ledger_fields);

static const struct field call_lost_fields[] = {
	F(call_ledger, "entry_unseen", NUMBER, SUM, lost_by[HOOK_ENTRY_UNSEEN],
	  .told = entry_unseen),
	F(call_ledger, "no_room", NUMBER, SUM, lost_by[HOOK_NO_ROOM]),
	F(call_ledger, "return_unseen", NUMBER, SUM, lost_by[HOOK_RETURN_UNSEEN]),
};
static const struct form call_lost_form = FORM(struct call_ledger, call_lost_fields);

static const struct field call_ledger_fields[] = {
	F(call_ledger, "begun", NUMBER, SUM, begun),
	F(call_ledger, "carried_in", NUMBER, NONE, carried_in),
	F(call_ledger, "returned", NUMBER, SUM, returned),
	F(call_ledger, "refused", NUMBER, SUM, refused),
	F(call_ledger, "under_way", NUMBER, LAST, under_way),
	DERIVED("lost"),
	PART("lost_by", call_lost),
	F(call_ledger, "local", NUMBER, SUM, local),
	DERIVED("closed"),
};
const struct form call_ledger_form = FORM(struct call_ledger, call_ledger_fields);

static const struct field irq_fields[] = {
	F(irq_sum, "count", NUMBER, SUM, count),
	F(irq_sum, "sum", NUMBER, SUM, sum),
	F(irq_sum, "max", NUMBER, MAX, max, KNOWN(irq_sum, count)),
};
static const struct form irq_form = FORM(struct irq_sum, irq_fields);

static const struct field cpu_fields[] = {
	F(cpu_stats, "cpu", CPU, KEY, cpu),
	F(cpu_stats, "sent", NUMBER, SUM, sent),
	F(cpu_stats, "received", NUMBER, SUM, received, .told = csds),
	F(cpu_stats, "local", NUMBER, SUM, local),
	F(cpu_stats, "reschedules", NUMBER, SUM, reschedules, KNOWN(cpu_stats, reschedules_known)),
	HIST(cpu_stats, "delay", SUM, delay, .told = csds),
	HIST(cpu_stats, "handler", SUM, handler, .told = csds),
	HIST(cpu_stats, "wait", SUM, wait),
	F(cpu_stats, "wait_spun", SPUN, SUM, wait_away, .with = PLACE(cpu_stats, wait.sum)),
	F(cpu_stats, "irqs", OBJECTS, SUM, irqs, .of = &irq_form, .nr = NR_KINDS, NAMES(kind_names),
	  .told = irqs, .when = calls),
	HIST(cpu_stats, "irq_delay", SUM, irq_delay, .told = irq_delay, .when = calls),
};
static const struct form cpu_form = FORM(struct cpu_stats, cpu_fields);

static const struct field fn_fields[] = {
	F(fn_stats, "func", FUNCTION, KEY, func),
	F(fn_stats, "callsite", SITE, KEY, callsite),
	F(fn_stats, NULL, BOOL, KEY, other),
	F(fn_stats, "count", NUMBER, SUM, count),
	F(fn_stats, "local", NUMBER, SUM, local),
	HIST(fn_stats, "delay", SUM, delay, .told = runs_seen),
	HIST(fn_stats, "handler", SUM, handler, .told = runs_seen),
	OBJECT(fn_stats, "calls", SUM, calls, call_sum),
	OBJECT(fn_stats, "wait", SUM, wait, wait_sum),
	DERIVED("samples"),
	DERIVED("callers"),
	F(fn_stats, "wait_spun", SPUN, NONE, wait.away, .with = PLACE(fn_stats, wait.sum)),
	F(fn_stats, "at_most", BOOL, SUM, at_most, .when = calls),
};
const struct form fn_form = FORM(struct fn_stats, fn_fields);

static const struct field by_row_fields[] = {
	F(by_stats, "tgid", NUMBER, KEY, tgid, .told = by_process),
	F(by_stats, "comm", TEXT, NONE, comm, .told = by_process),
	F(by_stats, "cgroup", STRING, NONE, cgroup_path),
	F(by_stats, "cgroup_id", NUMBER, KEY, cgroup, .told = by_cgroup),
	DERIVED("container"),
	F(by_stats, "interrupt", BOOL, KEY, interrupt),
	F(by_stats, "other", BOOL, KEY, other),
	F(by_stats, "count", NUMBER, SUM, count),
	F(by_stats, "local", NUMBER, SUM, local),
	HIST(by_stats, "delay", SUM, delay, .told = csds),
	HIST(by_stats, "handler", SUM, handler, .told = csds),
	OBJECT(by_stats, "wait", SUM, wait, wait_sum, .told = by_sends),
	F(by_stats, "wait_spun", SPUN, NONE, wait.away, .with = PLACE(by_stats, wait.sum),
	  .told = by_sends),
};
const struct form by_row_form = FORM(struct by_stats, by_row_fields);

static const struct field kind_fields[] = {
	F(kind_stats, "kind", TEXT, KEY, kind),
	F(kind_stats, "sent", NUMBER, SUM, sent, KNOWN(kind_stats, sent_known)),
	F(kind_stats, "received", NUMBER, SUM, received, KNOWN(kind_stats, received_known)),
	F(kind_stats, "why", STRING, NONE, why, HERE(kind_stats, why)),
	F(kind_stats, "coalesced", NUMBER, SUM, coalesced, .told = kind_sent,
	  HERE(kind_stats, timed)),
	F(kind_stats, "unseen", NUMBER, SUM, unseen, .told = kind_sent, HERE(kind_stats, timed)),
	HIST(kind_stats, "delay", SUM, delay, .told = kind_sent, HERE(kind_stats, timed)),
	HIST(kind_stats, "interrupt", SUM, time, HERE(kind_stats, timed)),
};
static const struct form kind_form = FORM(struct kind_stats, kind_fields);

static const struct field tlb_fields[] = {
	DERIVED("reason"),
	F(tlb_stats, "count", NUMBER, SUM, count),
	F(tlb_stats, "pages", NUMBER, SUM, pages),
	F(tlb_stats, "all", NUMBER, SUM, all),
};
const struct form tlb_form = FORM(struct tlb_stats, tlb_fields);

static const struct field wake_fields[] = {
	F(wake_stats, "waker", TEXT, NONE, waker_comm, .told = wake_by_task),
	F(wake_stats, "waker_tgid", NUMBER, KEY, waker, .told = wake_by_task),
	F(wake_stats, "woken", TEXT, NONE, woken_comm, .told = wake_of_pair),
	F(wake_stats, "woken_tgid", NUMBER, KEY, woken, .told = wake_of_pair),
	F(wake_stats, "interrupt", BOOL, KEY, interrupt),
	F(wake_stats, "other", BOOL, KEY, other),
	F(wake_stats, "count", NUMBER, SUM, count),
};
static const struct form wake_form = FORM(struct wake_stats, wake_fields);

static const struct field run_fields[] = {
	F(run_stats, "func", FUNCTION, KEY, func),
	F(run_stats, "measured", NUMBER, SUM, measured),
	HIST(run_stats, "time", SUM, time),
};
static const struct form run_form = FORM(struct run_stats, run_fields);

static const struct field edge_fields[] = {
	F(edge, "src", CPU, KEY, src),
	F(edge, "dst", CPU, KEY, dst),
	F(edge, "count", NUMBER, SUM, count),
};
static const struct form edge_form = FORM(struct edge, edge_fields);

static const struct field program_fields[] = {
	F(prog_cost, "name", STRING, LAST, name),
	F(prog_cost, "runs", NUMBER, SUM, runs),
	F(prog_cost, "ns", NUMBER, SUM, ns),
};
static const struct form program_form = FORM(struct prog_cost, program_fields);

/* Without a field of its own: rows that are copied and freed. */
static const struct form fn_cpu_form = { .size = sizeof(struct fn_cpu) };
static const struct form sample_form = { .size = sizeof(struct stack_sample) };
static const struct form user_stack_form = { .size = sizeof(struct user_stack) };

static const char *const by_names[] = {
	[BY_SENDER] = "sender",
	[BY_CGROUP] = "cgroup",
	[BY_VICTIM] = "victim",
};

static const struct field sources_fields[] = {
	DERIVED("figures"),
	F(snapshot, "wait", NAME, NONE, how.wait_source, NAMES(wait_source_names)),
	DERIVED("task"),
	F(snapshot, "names_hidden", NAME, NONE, how.names, NAMES(names_hidden)),
};
const struct form sources_form = FORM(struct snapshot, sources_fields);

static const struct field by_fields[] = {
	F(snapshot, "key", NAME, NONE, how.by_key, NAMES(by_names)),
	ROWS(snapshot, "rows", SUM, by, by_row),
};
static const struct form by_form = FORM(struct snapshot, by_fields);

static const struct field self_fields[] = {
	DERIVED("bpf_runs"),
	DERIVED("bpf_ns"),
	F(snapshot, "cut_ns", NUMBER, SUM, cut_ns),
	F(snapshot, "rss_bytes", NUMBER, LAST, rss_bytes, KNOWN(snapshot, rss_bytes)),
	LIST(snapshot, "programs", SUM, cost, program),
};
const struct form self_form = FORM(struct snapshot, self_fields);

/* The other keys are sums over the functions. */
static const struct field calls_fields[] = {
	DERIVED("count"),
	DERIVED("csds"),
	DERIVED("targets_mean"),
	DERIVED("targets_max"),
	DERIVED("worst"),
	DERIVED("wait"),
	DERIVED("wait_spun"),
	F(snapshot, "begin_unseen", NUMBER, SUM, begin_unseen, KNOWN(snapshot, known.begin_unseen)),
	F(snapshot, "waits_unseen", NUMBER, SUM, waits_unseen, KNOWN(snapshot, known.waits_unseen)),
};
const struct form calls_form = FORM(struct snapshot, calls_fields);

static const struct field snapshot_fields[] = {
	DERIVED("host"),
	OBJECT(snapshot, "window", SUM, window, window),
	OBJECT(snapshot, "ledger", SUM, ledger, ledger, .told = csds),
	ROWS(snapshot, "kinds", SUM, all_kinds, kind, KNOWN(snapshot, known.kinds)),
	ROWS(snapshot, "cpus", SUM, cpus, cpu),
	ROWS(snapshot, "functions", SUM, fns, fn),
	ROWS(snapshot, "edges", NONE, edges, edge),
	F(snapshot, "edges_other", NUMBER, SUM, edges_other),
	F(snapshot, "sends_unseen", NUMBER, SUM, sends_unseen, .told = unfiltered),
	DERIVED("stalls"),
	PART("sources", sources),
	PART("by", by, KNOWN(snapshot, how.by_key)),
	F(snapshot, "samples_dropped", NUMBER, SUM, samples_dropped),
	PART("self", self, KNOWN(snapshot, known.self)),
	PART("calls", calls),
	DERIVED("cost"),
	DERIVED("storm"),
	OBJECT(snapshot, "call_ledger", SUM, call_ledger, call_ledger, .when = calls),
	ROWS(snapshot, "runs", NONE, runs, run, KNOWN(snapshot, runs), .when = calls),
	F(snapshot, "polled", NUMBER, SUM, polled, KNOWN(snapshot, known.polled),
	  HERE(snapshot, how.timed)),
	LIST(snapshot, "tlb", SUM, tlb, tlb, .label = "reason", NAMES(tlb_names),
	     KNOWN(snapshot, known.tlb), HERE(snapshot, how.timed)),
	ROWS(snapshot, "wakes", SUM, wakes, wake, HERE(snapshot, how.timed)),
	F(snapshot, "reschedule_other", NUMBER, SUM, reschedule_other, HERE(snapshot, how.timed)),
	DERIVED("stacks"),
	F(snapshot, NULL, BORROWED, LAST, host),
	ROWS(snapshot, NULL, NONE, samples, sample),
	ROWS(snapshot, NULL, NONE, fn_cpus, fn_cpu),
	ROWS(snapshot, NULL, NONE, user_stacks, user_stack),
};
const struct form snapshot_form = FORM(struct snapshot, snapshot_fields);
