// SPDX-License-Identifier: GPL-2.0
#include "model/field.h"
#include "model/snapshot.h"

static uint64_t add_up(const uint64_t *by, int nr)
{
	uint64_t sum = 0;

	for (int i = 0; i < nr; i++)
		sum += by[i];
	return sum;
}

uint64_t ledger__lost(const struct ledger *ledger)
{
	return add_up(ledger->lost_by, NR_LOST);
}

uint64_t ledger__matched(const struct ledger *ledger)
{
	return ledger->function + ledger->ttwu + ledger->irq_work;
}

bool ledger__closed(const struct ledger *ledger)
{
	return ledger->queued + ledger->carried_in ==
	       ledger__matched(ledger) + ledger->in_flight + ledger__lost(ledger);
}

uint64_t call_ledger__lost(const struct call_ledger *ledger)
{
	return add_up(ledger->lost_by, NR_HOOK_LOST);
}

bool call_ledger__closed(const struct call_ledger *ledger)
{
	return ledger->begun + ledger->carried_in ==
	       ledger->returned + ledger->under_way + call_ledger__lost(ledger);
}

#define SNAP ((const struct snapshot *)root)

RULE(source_is_csds, snapshot, SNAP->how.source == SOURCE_CSD)
RULE(source_is_calls, snapshot, SNAP->how.source == SOURCE_CALLS)
RULE(waits_are_known, snapshot, SNAP->how.wait_source != WAITS_UNKNOWN)
/* A filter hides csds whose function ipitrace did not see run. */
RULE(is_unfiltered, snapshot, !SNAP->how.filtered)
RULE(is_filtered, snapshot, SNAP->how.filtered)
RULE(entry_unseen_is_known, snapshot, SNAP->known.entry_unseen)
RULE(irqs_are_known, snapshot, SNAP->known.irqs)
RULE(irq_delay_is_known, snapshot, SNAP->known.irq_delay)
/* No tracepoint fires when an irq_work runs. */
RULE(runs_are_seen, fn_stats,
     source_is_csds(root, record) && (row->delay.count || row->handler.count || !row->count))
RULE(row_is_process, by_stats, !row->other && !row->interrupt && SNAP->how.by_key != BY_CGROUP)
RULE(row_is_cgroup, by_stats, !row->other && !row->interrupt && row->cgroup)
RULE(sends_are_known, snapshot, SNAP->known.sends)
RULE(row_has_sends, snapshot, by_key_sends(SNAP->how.by_key) && SNAP->known.sends)
RULE(row_has_waits, snapshot, by_key_sends(SNAP->how.by_key))
RULE(sent_is_known, kind_stats, row->sent_known)
RULE(waker_is_task, wake_stats, !row->interrupt && !row->other)
RULE(row_is_pair, wake_stats, !row->other)

#define HIST(record, member, ...) OBJECT(record, #member, SUM, member, hist, ##__VA_ARGS__)

static const struct field window_fields[] = {
	K(window, DATE, NONE, start),
	K(window, NUMBER, NONE, mono_start),
	K(window, NUMBER, LAST, mono_end),
	K(window, NUMBER, NONE, start_within, PRESENT(window, start_within)),
	K(window, NUMBER, LAST, end_within, PRESENT(window, end_within)),
	DERIVED("duration_s"),
};
const struct form window_form = FORM(struct window, window_fields);

static const struct field matched_fields[] = {
	K(ledger, NUMBER, SUM, function),
	K(ledger, NUMBER, SUM, ttwu),
	K(ledger, NUMBER, SUM, irq_work),
};
static const struct form matched_form = FORM(struct ledger, matched_fields);

static const struct field lost_fields[] = {
	F(ledger, "queue_unseen", NUMBER, SUM, lost_by[LOST_QUEUE_UNSEEN],
	  .is_known = is_unfiltered),
	F(ledger, "mailbox_full", NUMBER, SUM, lost_by[LOST_MAILBOX_FULL]),
	F(ledger, "run_unseen", NUMBER, SUM, lost_by[LOST_RUN_UNSEEN]),
};
static const struct form lost_form = FORM(struct ledger, lost_fields);

FIGURE(csds_lost, ledger, ledger__lost(row))

static const struct field ledger_fields[] = {
	K(ledger, NUMBER, SUM, queued),
	K(ledger, NUMBER, NONE, carried_in),
	PART("matched", matched),
	K(ledger, NUMBER, LAST, in_flight),
	DERIVED_BY("lost", csds_lost),
	PART("lost_by", lost),
	K(ledger, NUMBER, SUM, orphans, .is_known = is_unfiltered),
	K(ledger, NUMBER, SUM, local),
	K(ledger, NUMBER, SUM, exit_unseen),
	K(ledger, NUMBER, SUM, filter_unseen, .is_known = is_filtered),
	DERIVED("closed"),
};
const struct form ledger_form = FORM(struct ledger, ledger_fields);

static const struct field call_lost_fields[] = {
	F(call_ledger, "entry_unseen", NUMBER, SUM, lost_by[HOOK_ENTRY_UNSEEN],
	  .is_known = entry_unseen_is_known),
	F(call_ledger, "no_room", NUMBER, SUM, lost_by[HOOK_NO_ROOM]),
	F(call_ledger, "return_unseen", NUMBER, SUM, lost_by[HOOK_RETURN_UNSEEN]),
};
static const struct form call_lost_form = FORM(struct call_ledger, call_lost_fields);

FIGURE(calls_lost, call_ledger, call_ledger__lost(row))

static const struct field call_ledger_fields[] = {
	K(call_ledger, NUMBER, SUM, begun),
	K(call_ledger, NUMBER, NONE, carried_in),
	K(call_ledger, NUMBER, SUM, returned),
	K(call_ledger, NUMBER, SUM, refused),
	K(call_ledger, NUMBER, LAST, under_way),
	DERIVED_BY("lost", calls_lost),
	PART("lost_by", call_lost),
	K(call_ledger, NUMBER, SUM, local),
	K(call_ledger, NUMBER, SUM, filter_unseen, .is_known = is_filtered),
	DERIVED("closed"),
};
const struct form call_ledger_form = FORM(struct call_ledger, call_ledger_fields);

static const struct field irq_fields[] = {
	K(irq_sum, NUMBER, SUM, count),
	K(irq_sum, NUMBER, SUM, sum),
	K(irq_sum, NUMBER, MAX, max, KNOWN(irq_sum, count)),
};
static const struct form irq_form = FORM(struct irq_sum, irq_fields);

static const struct field cpu_fields[] = {
	K(cpu_stats, CPU, KEY, cpu),
	K(cpu_stats, NUMBER, SUM, sent),
	K(cpu_stats, NUMBER, SUM, received, .is_known = source_is_csds),
	K(cpu_stats, NUMBER, SUM, local),
	K(cpu_stats, NUMBER, SUM, reschedules, KNOWN(cpu_stats, reschedules_known)),
	K(cpu_stats, NUMBER, SUM, reschedules_sent, .is_known = sends_are_known),
	K(cpu_stats, NUMBER, SUM, irq_works, .is_known = sends_are_known),
	HIST(cpu_stats, delay, .is_known = source_is_csds),
	HIST(cpu_stats, handler, .is_known = source_is_csds),
	HIST(cpu_stats, wait, .is_known = waits_are_known),
	F(cpu_stats, "wait_spun", SPUN, SUM, wait_away, .with = PLACE(cpu_stats, wait.sum),
	  .is_known = waits_are_known),
	K(cpu_stats, OBJECTS, SUM, irqs, .of = &irq_form, .nr = NR_KINDS, NAMES(kind_names),
	  .is_known = irqs_are_known, .is_present = source_is_calls),
	HIST(cpu_stats, irq_delay, .is_known = irq_delay_is_known, .is_present = source_is_calls),
	OBJECT(cpu_stats, "stolen", SUM, stolen, steal_sum, KNOWN(cpu_stats, stolen.known)),
};
const struct form cpu_form = FORM(struct cpu_stats, cpu_fields);

static const struct field fn_fields[] = {
	K(fn_stats, FUNCTION, KEY, func),
	K(fn_stats, SITE, KEY, callsite),
	F(fn_stats, NULL, BOOL, KEY, other),
	K(fn_stats, NUMBER, SUM, count),
	K(fn_stats, NUMBER, SUM, local),
	HIST(fn_stats, delay, .is_known = runs_are_seen),
	HIST(fn_stats, handler, .is_known = runs_are_seen),
	OBJECT(fn_stats, "calls", SUM, calls, call_sum, .is_known = waits_are_known),
	OBJECT(fn_stats, "wait", SUM, wait, wait_sum, .is_known = waits_are_known),
	DERIVED("samples"),
	DERIVED("callers"),
	F(fn_stats, "wait_spun", SPUN, NONE, wait.away, .with = PLACE(fn_stats, wait.sum),
	  .is_known = waits_are_known),
	K(fn_stats, BOOL, SUM, at_most, .is_present = source_is_calls),
	OBJECT(fn_stats, "stolen", SUM, stolen, steal_sum, KNOWN(fn_stats, stolen.known)),
};
const struct form fn_form = FORM(struct fn_stats, fn_fields);

RULE(is_irq_work, send_stats, row->func.addr || row->func.name)

static const struct field send_fields[] = {
	K(send_stats, NAME, KEY, kind, NAMES(kind_names), .none = KIND_RESCHEDULE),
	K(send_stats, FUNCTION, KEY, func, .is_known = is_irq_work),
	K(send_stats, SITE, KEY, callsite),
	K(send_stats, NUMBER, SUM, count),
	DERIVED("samples"),
	DERIVED("callers"),
};
const struct form send_form = FORM(struct send_stats, send_fields);

/* The counts and times of a row of --by. */
#define BY_FIGURES                                                                                 \
	K(by_stats, NUMBER, SUM, count), K(by_stats, NUMBER, SUM, local),                          \
		K(by_stats, NUMBER, SUM, reschedules, .is_known = row_has_sends),                  \
		K(by_stats, NUMBER, SUM, irq_works, .is_known = row_has_sends),                    \
		HIST(by_stats, delay, .is_known = source_is_csds),                                 \
		HIST(by_stats, handler, .is_known = source_is_csds),                               \
		OBJECT(by_stats, "wait", SUM, wait, wait_sum, .is_known = row_has_waits),          \
		F(by_stats, "wait_spun", SPUN, NONE, wait.away, .with = PLACE(by_stats, wait.sum), \
		  .is_known = row_has_waits),                                                      \
		OBJECT(by_stats, "stolen", SUM, stolen, steal_sum, KNOWN(by_stats, stolen.known))

static const struct field by_row_fields[] = {
	K(by_stats, NUMBER, KEY, tgid, .is_known = row_is_process),
	K(by_stats, TEXT, NONE, comm, .is_known = row_is_process),
	F(by_stats, "cgroup", STRING, NONE, cgroup_path),
	F(by_stats, "cgroup_id", NUMBER, KEY, cgroup, .is_known = row_is_cgroup),
	DERIVED("container"),
	K(by_stats, BOOL, KEY, interrupt),
	K(by_stats, BOOL, KEY, other),
	BY_FIGURES,
};
const struct form by_row_form = FORM(struct by_stats, by_row_fields);

static const struct field other_fields[] = {
	K(by_stats, NUMBER, KEY, uid, KNOWN(by_stats, uid_known)),
	F(by_stats, NULL, BOOL, KEY, uid_known),
	BY_FIGURES,
};
static const struct form other_form = FORM(struct by_stats, other_fields);

static const struct field kind_fields[] = {
	K(kind_stats, TEXT, KEY, kind),
	K(kind_stats, NUMBER, SUM, sent, KNOWN(kind_stats, sent_known)),
	K(kind_stats, NUMBER, SUM, received, KNOWN(kind_stats, received_known)),
	K(kind_stats, STRING, NONE, why, PRESENT(kind_stats, why)),
	K(kind_stats, NUMBER, SUM, coalesced, .is_known = sent_is_known,
	  PRESENT(kind_stats, timed)),
	K(kind_stats, NUMBER, SUM, unseen, .is_known = sent_is_known, PRESENT(kind_stats, timed)),
	HIST(kind_stats, delay, .is_known = sent_is_known, PRESENT(kind_stats, timed)),
	OBJECT(kind_stats, "interrupt", SUM, time, hist, PRESENT(kind_stats, timed)),
};
const struct form kind_form = FORM(struct kind_stats, kind_fields);

static const struct field tlb_fields[] = {
	DERIVED("reason"),
	K(tlb_stats, NUMBER, SUM, count),
	K(tlb_stats, NUMBER, SUM, pages),
	K(tlb_stats, NUMBER, SUM, all),
};
const struct form tlb_form = FORM(struct tlb_stats, tlb_fields);

static const struct field wake_fields[] = {
	F(wake_stats, "waker", TEXT, NONE, waker_comm, .is_known = waker_is_task),
	F(wake_stats, "waker_tgid", NUMBER, KEY, waker, .is_known = waker_is_task),
	F(wake_stats, "woken", TEXT, NONE, woken_comm, .is_known = row_is_pair),
	F(wake_stats, "woken_tgid", NUMBER, KEY, woken, .is_known = row_is_pair),
	K(wake_stats, BOOL, KEY, interrupt),
	K(wake_stats, BOOL, KEY, other),
	K(wake_stats, NUMBER, SUM, count),
};
static const struct form wake_form = FORM(struct wake_stats, wake_fields);

static const struct field edge_fields[] = {
	K(edge, CPU, KEY, src),
	K(edge, CPU, KEY, dst),
	K(edge, NUMBER, SUM, count),
};
static const struct form edge_form = FORM(struct edge, edge_fields);

static const struct field program_fields[] = {
	K(prog_cost, STRING, LAST, name),
	K(prog_cost, NUMBER, SUM, runs),
	K(prog_cost, NUMBER, SUM, ns),
};
static const struct form program_form = FORM(struct prog_cost, program_fields);

static const struct field frame_fields[] = { F(symbol, NULL, SITE, NONE, addr) };
static const struct form frame_form = FORM(struct symbol, frame_fields);

/* No line has a whole sample. These are the members of a sample that are names. */
static const struct field sample_fields[] = {
	F(stack_sample, NULL, STRING, NONE, cgroup_path),
	LIST(stack_sample, NULL, NONE, stack, frame, .with = PLACE(stack_sample, nr)),
	LIST(stack_sample, NULL, NONE, user, frame, .with = PLACE(stack_sample, nr_user)),
};
static const struct form sample_form = FORM(struct stack_sample, sample_fields);

/* fn_cpu_form has no fields, because no line has its rows: they are only copied and freed. */
static const struct form fn_cpu_form = { .size = sizeof(struct fn_cpu) };
static const struct form user_stack_form = { .size = sizeof(struct user_stack) };

static const char *const by_names[] = {
	[BY_SENDER] = "sender",
	[BY_CGROUP] = "cgroup",
	[BY_VICTIM] = "victim",
};

static const struct field sources_fields[] = {
	F(snapshot, "figures", NAME, NONE, how.source, NAMES(source_names)),
	F(snapshot, "wait", NAME, NONE, how.wait_source, NAMES(wait_source_names),
	  .none = WAITS_UNKNOWN),
	DERIVED("task"),
	F(snapshot, "by_pid", BOOL, SUM, how.by_pid),
	F(snapshot, "names_hidden", NAME, NONE, how.names, NAMES(names_hidden)),
	F(snapshot, "callsites_hidden", BOOL, SUM, how.callsites_hidden),
	F(snapshot, "tlb_flushes", NAME, NONE, how.flush_way, NAMES(flush_way_names)),
};
const struct form sources_form = FORM(struct snapshot, sources_fields);

static const struct field by_fields[] = {
	F(snapshot, "key", NAME, NONE, how.by_key, NAMES(by_names)),
	ROWS(snapshot, "rows", SUM, by, by_row),
	ROWS(snapshot, "others", SUM, others, other),
};
static const struct form by_form = FORM(struct snapshot, by_fields);

struct prog_cost snapshot__self_cost(const struct snapshot *snap)
{
	struct prog_cost sum = {};

	for (int i = 0; i < NR_PROGS; i++)
		form__add(&program_form, &sum, &snap->cost[i]);
	return sum;
}

FIGURE(sum_runs, snapshot, snapshot__self_cost(row).runs)
FIGURE(sum_ns, snapshot, snapshot__self_cost(row).ns)

static const struct field self_fields[] = {
	DERIVED_BY("bpf_runs", sum_runs),
	DERIVED_BY("bpf_ns", sum_ns),
	K(snapshot, NUMBER, SUM, cut_ns),
	K(snapshot, NUMBER, LAST, rss_bytes, KNOWN(snapshot, rss_bytes)),
	LIST(snapshot, "programs", SUM, cost, program),
};
static const struct form self_form = FORM(struct snapshot, self_fields);

/* The values of the other keys are sums over the functions. */
static const struct field calls_fields[] = {
	DERIVED("count"),
	DERIVED("csds"),
	DERIVED("targets_mean"),
	DERIVED("targets_max"),
	DERIVED("worst"),
	DERIVED("wait"),
	DERIVED("wait_spun"),
	K(snapshot, NUMBER, SUM, begin_unseen, KNOWN(snapshot, known.begin_unseen)),
	K(snapshot, NUMBER, SUM, waits_unseen, KNOWN(snapshot, known.waits_unseen)),
};
const struct form calls_form = FORM(struct snapshot, calls_fields);

static const struct field snapshot_fields[] = {
	DERIVED("host"),
	OBJECT(snapshot, "window", SUM, window, window),
	OBJECT(snapshot, "ledger", SUM, ledger, ledger, .is_known = source_is_csds),
	ROWS(snapshot, "kinds", SUM, all_kinds, kind, KNOWN(snapshot, known.kinds)),
	ROWS(snapshot, "cpus", SUM, cpus, cpu),
	ROWS(snapshot, "functions", SUM, fns, fn),
	ROWS(snapshot, "sends", SUM, sends, send, PRESENT(snapshot, known.sends)),
	ROWS(snapshot, "edges", NONE, edges, edge),
	K(snapshot, NUMBER, SUM, edges_other),
	K(snapshot, NUMBER, SUM, sends_unseen, .is_known = is_unfiltered),
	DERIVED("stalls"),
	PART("sources", sources),
	PART("by", by, KNOWN(snapshot, how.by_key)),
	K(snapshot, NUMBER, SUM, samples_dropped),
	PART("self", self, KNOWN(snapshot, known.self)),
	PART("calls", calls, .is_known = waits_are_known),
	DERIVED("cost"),
	DERIVED("storm"),
	OBJECT(snapshot, "call_ledger", SUM, call_ledger, call_ledger,
	       .is_present = source_is_calls),
	K(snapshot, NUMBER, SUM, polled, KNOWN(snapshot, known.polled),
	  PRESENT(snapshot, how.timed)),
	LIST(snapshot, "tlb", SUM, tlb, tlb, .label = "reason", NAMES(tlb_names),
	     KNOWN(snapshot, known.tlb), PRESENT(snapshot, how.timed)),
	F(snapshot, "host_flushes", NUMBER, SUM, events.hits[EVENT_HOST_FLUSH],
	  KNOWN(snapshot, events.known[EVENT_HOST_FLUSH]), PRESENT(snapshot, how.flush_way)),
	ROWS(snapshot, "wakes", SUM, wakes, wake, PRESENT(snapshot, how.timed)),
	K(snapshot, NUMBER, SUM, reschedule_other, PRESENT(snapshot, how.timed)),
	DERIVED("stacks"),
	F(snapshot, NULL, BORROWED, LAST, host),
	ROWS(snapshot, NULL, NONE, samples, sample),
	ROWS(snapshot, NULL, NONE, send_samples, sample),
	ROWS(snapshot, NULL, NONE, fn_cpus, fn_cpu),
	ROWS(snapshot, NULL, NONE, user_stacks, user_stack),
	ROWS(snapshot, NULL, NONE, send_user_stacks, user_stack),
};
const struct form snapshot_form = FORM(struct snapshot, snapshot_fields);
