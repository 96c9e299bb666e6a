// SPDX-License-Identifier: GPL-2.0
/* What the line of a stall computes, what a reader restores of it, and what a moment has of a CPU. */
#include "abi/record.h"
#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/totals.h"
#include "unit.h"
#include "view/json/json.h"

static struct stall_line line;

/* A delivery from 1000 to 5000 ns. */
static struct incident delivery(void)
{
	return (struct incident){ .phase = PHASE_DELIVERY,
				  .start = 1000,
				  .time = 5000,
				  .sent = 1200,
				  .arrived = 1700,
				  .src = 3,
				  .dst = 4,
				  .dst_known = true };
}

static const char *split_of(struct incident in)
{
	static char text[128];
	const struct delay_split *split = &line.split;

	stall_line__make(&line, &in, 0, 0);
	*text = '\0';
	if (!split->known)
		return "unknown";
	if (split->send_known)
		text_append(text, sizeof(text), "send %d ", (int)split->send);
	if (split->interrupt_known)
		text_append(text, sizeof(text), "interrupt %d ", (int)split->interrupt);
	if (split->function_known)
		text_append(text, sizeof(text), "function %d ", (int)split->function);
	return text;
}

/* A time before the csd was queued is of another IPI, or of none. */
TEST(a_delivery_has_three_parts)
{
	static const struct {
		uint64_t sent, arrived;
		const char *split;
	} cases[] = {
		{ 1200, 1700, "send 200 interrupt 500 function 3300 " },
		{ 1000, 1000, "send 0 interrupt 0 function 4000 " },
		{ 1700, 1700, "send 700 interrupt 0 function 3300 " },
		{ 1701, 1700, "function 3300 " },
		{ 999, 1700, "function 3300 " },
		{ 0, 1700, "function 3300 " },
		{ 1200, 999, "send 200 " },
		{ 1200, 0, "send 200 " },
		{ 0, 0, "" },
	};
	struct incident in = delivery();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		in.sent = cases[i].sent;
		in.arrived = cases[i].arrived;
		assert_text(split_of(in), cases[i].split);
	}
	/* Without a start even 0 is no time. */
	in.start = 0;
	assert_text(split_of(in), "");
	in = delivery();
	in.phase = PHASE_HANDLER;
	assert_text(split_of(in), "unknown");
	in = delivery();
	in.ongoing = true;
	assert_text(split_of(in), "unknown");
	in.ongoing = false;
	in.end_unseen = true;
	assert_text(split_of(in), "unknown");
}

TEST(the_times_of_a_delivery_are_restored_from_its_parts)
{
	static const struct {
		struct delay_split split;
		uint64_t sent, arrived;
	} cases[] = {
		{ { true, true, true, true, 200, 500, 3300 }, 1200, 1700 },
		{ { true, false, false, true, 200, 500, 3300 }, 0, 1700 },
		{ { true, true, false, false, 200, 500, 3300 }, 1200, 0 },
		/* The function cannot have begun before the machine did. */
		{ { true, true, true, true, 200, 500, 5000 }, 1200, 0 },
		{ { true, true, true, true, 200, 500, 5001 }, 1200, 1700 },
		{ { true, false, true, true, 200, 500, 5001 }, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		line = (struct stall_line){ .in = { .start = 1000, .time = 4000 },
					    .split = cases[i].split };
		stall_line__restore(&line);
		assert_members(line.in, time, 5000, sent, cases[i].sent, arrived, cases[i].arrived);
	}
}

TEST(a_line_has_its_numbers_and_what_its_phase_has)
{
	struct incident in = delivery();

	stall_line__make(&line, &in, 7, 5);
	assert_members(line, id, 7, cause, 5, src_known, true, stack_known, false, reason, "",
		       container, "", backtrace_known, false, targets_known, false, nr_targets, 0,
		       straggler.known, false);
	assert_members(line.in, start, 1000, time, 5000, src, 3, dst, 4);
	in.phase = PHASE_INTERRUPT;
	in.stack_of = STACK_INTERRUPTED;
	in.nr = 1;
	in.stack[0].name = "not_a_caller";
	stall_line__make(&line, &in, 7, 5);
	assert_members(line, src_known, false, stack_known, true, reason, "");
	in.nr = 0;
	stall_line__make(&line, &in, 7, 5);
	assert_false(line.stack_known);
	in.user = true;
	stall_line__make(&line, &in, 7, 5);
	assert_true(line.stack_known);
	in.stack_of = STACK_NONE;
	stall_line__make(&line, &in, 7, 5);
	assert_false(line.stack_known);
	/* Only the stack of the call shows why the sender sent. */
	in.stack_of = STACK_CALL;
	in.user = false;
	in.nr = 1;
	in.stack[0].name = "zap_it";
	stall_line__make(&line, &in, 7, 5);
	assert_members(line, stack_known, true, reason, "zap_it");
}

TEST(a_call_of_several_targets_has_a_straggler)
{
	static const struct {
		enum stall_phase phase;
		bool ongoing, dst_known;
		size_t nr_targets;
		struct straggler straggler;
		bool known;
		enum straggler_why why;
	} cases[] = {
		{ PHASE_WAIT, false, true, 2, { true, true, 9 }, true, STRAGGLER_LATE },
		{ PHASE_WAIT, false, true, 2, { true, false, 9 }, true, STRAGGLER_LONG },
		{ PHASE_WAIT, false, true, 2, { false, true, 9 }, true, STRAGGLER_UNKNOWN },
		{ PHASE_WAIT, false, true, 1, { true, true, 9 }, false, STRAGGLER_LATE },
		{ PHASE_WAIT, false, false, 2, { true, true, 9 }, false, STRAGGLER_LATE },
		{ PHASE_WAIT, true, true, 2, { true, true, 9 }, false, STRAGGLER_LATE },
		{ PHASE_HANDLER, false, true, 2, { true, true, 9 }, true, STRAGGLER_LATE },
		{ PHASE_HANDLER, false, true, 2, { false, true, 9 }, false, STRAGGLER_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct incident in = delivery();

		in.phase = cases[i].phase;
		in.ongoing = cases[i].ongoing;
		in.dst_known = cases[i].dst_known;
		in.nr_targets = cases[i].nr_targets;
		in.straggler = cases[i].straggler;
		stall_line__make(&line, &in, 1, 0);
		assert_members(line.straggler, known, cases[i].known, dst, 4, later, 9, why,
			       cases[i].why);
	}
}

TEST(the_straggler_of_a_line_is_that_of_the_stall)
{
	static const struct {
		struct straggler_line line;
		size_t nr_targets, restored;
		struct straggler straggler;
	} cases[] = {
		{ { true, 4, 9, STRAGGLER_LATE }, 0, 2, { true, true, 9 } },
		{ { true, 4, 9, STRAGGLER_LONG }, 5, 5, { true, false, 9 } },
		{ { true, 4, 9, STRAGGLER_UNKNOWN }, 0, 2, { false, false, 9 } },
		{ { false, 4, 9, STRAGGLER_LATE }, 0, 0, { false, false, 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		line = (struct stall_line){ .in.nr_targets = cases[i].nr_targets,
					    .straggler = cases[i].line };
		stall_line__restore(&line);
		assert_members(line.in, nr_targets, cases[i].restored, straggler.known,
			       cases[i].straggler.known, straggler.late, cases[i].straggler.late,
			       straggler.later, cases[i].straggler.later);
	}
}

/* A target that has not entered or left the function has a time before the call. */
TEST(a_wait_lists_its_targets)
{
	const struct target_time times[] = {
		{ .dst = 1, .entry = 1000, .end = 1500 },
		{ .dst = 2, .entry = 1300, .end = 999 },
		{ .dst = 3, .entry = 0, .end = 0 },
	};
	struct incident in = delivery();

	in.phase = PHASE_WAIT;
	in.targets = times;
	in.nr_listed = 3;
	stall_line__make(&line, &in, 1, 0);
	assert_members(line, targets_known, true, nr_targets, 3);
	assert_members(line.targets[0], dst, 1, entry_known, true, entry, 0, end_known, true, end,
		       500);
	assert_members(line.targets[1], dst, 2, entry_known, true, entry, 300, end_known, false);
	assert_members(line.targets[2], dst, 3, entry_known, false, end_known, false);
	line.in.time = 4000;
	line.in.targets = NULL;
	line.in.nr_listed = 0;
	stall_line__restore(&line);
	assert_members(line.in, nr_listed, 3, targets[0].dst, 1, targets[0].entry, 1000,
		       targets[0].end, 1500, targets[1].entry, 1300, targets[1].end, 0,
		       targets[2].dst, 3, targets[2].entry, 0);
	in.ongoing = true;
	stall_line__make(&line, &in, 1, 0);
	assert_false(line.targets_known);
	in.ongoing = false;
	in.phase = PHASE_HANDLER;
	stall_line__make(&line, &in, 1, 0);
	assert_false(line.targets_known);
	in.phase = PHASE_WAIT;
	in.nr_listed = 0;
	stall_line__make(&line, &in, 1, 0);
	assert_members(line, targets_known, false, nr_targets, 0);
}

/* The kernel's log names a thread; the interrupted task has the process, if it is this thread. */
TEST(a_backtrace_blames_a_frame_and_a_task)
{
	const struct backtrace bt = {
		.interrupts_known = true,
		.interrupts_off = true,
		.task = { .known = true, .pid = 12, .comm = "stuck" },
		.nr = 3,
		.frames = { { .name = "native_queued_spin_lock_slowpath" },
			    { .name = "_raw_spin_lock", .module = "mod", .offset = 4 },
			    { .name = "other" } },
	};
	struct incident in = delivery();

	in.backtrace = &bt;
	in.victim = (struct task_id){ .known = true, .pid = 12, .tgid = 10 };
	stall_line__make(&line, &in, 1, 0);
	assert_members(line, backtrace_known, true, backtrace.interrupts_known, true,
		       backtrace.interrupts_off, true, backtrace.task.pid, 12, backtrace.task.tgid,
		       10, backtrace.task.comm, "stuck", backtrace.frames[0].name, "_raw_spin_lock",
		       backtrace.frames[0].module, "mod", backtrace.frames[0].offset, 4);
	in.victim.pid = 13;
	stall_line__make(&line, &in, 1, 0);
	assert_int_equal(line.backtrace.task.tgid, 0);
	in.victim = (struct task_id){ .pid = 12, .tgid = 10 };
	stall_line__make(&line, &in, 1, 0);
	assert_int_equal(line.backtrace.task.tgid, 0);
}

TEST(a_frame_that_only_spends_time_is_not_to_blame)
{
	struct backtrace bt = { .nr = 0 };
	struct symbol symbol;

	assert_null(backtrace__culprit(&bt));
	strcpy(bt.frames[0].name, "__const_udelay");
	strcpy(bt.frames[1].name, "wait_for_xmitr.isra.0");
	strcpy(bt.frames[2].name, "culprit");
	strcpy(bt.frames[2].module, "mod");
	bt.frames[2].offset = 6;
	for (bt.nr = 1; bt.nr < 3; bt.nr++)
		assert_ptr_equal(backtrace__culprit(&bt), &bt.frames[0]);
	assert_ptr_equal(backtrace__culprit(&bt), &bt.frames[2]);
	symbol = backtrace_frame__symbol(&bt.frames[2]);
	assert_members(symbol, name, "culprit", module, "mod", offset, 6, addr, 0);
	symbol = backtrace_frame__symbol(&bt.frames[0]);
	assert_null(symbol.module);
	symbol = backtrace_frame__symbol(NULL);
	assert_true(!symbol.name && !symbol.module);
}

/* While the stall lasts its stack is the backtrace's; later only the frame to blame is known. */
TEST(a_backtrace_is_restored_from_the_stack_or_the_frame)
{
	line = (struct stall_line){
		.in = { .stack_of = STACK_NMI,
			.nr = 2,
			.stack = { { .name = "one%%", .offset = 3 }, { .module = "mod%%" } } },
		.backtrace_known = true,
	};
	stall_line__restore(&line);
	assert_ptr_equal(line.in.backtrace, &line.backtrace);
	assert_members(line.backtrace, nr, 2, frames[0].name, "one%%", frames[0].offset, 3,
		       frames[0].module, "", frames[1].name, "", frames[1].module, "mod%%");
	for (int named = 0; named < 2; named++) {
		line = (struct stall_line){ .in = { .stack_of = STACK_END, .nr = 2 },
					    .backtrace_known = true };
		strcpy(line.backtrace.frames[0].name, named ? "culprit" : "");
		stall_line__restore(&line);
		assert_int_equal(line.backtrace.nr, named);
	}
	line = (struct stall_line){ .in.nr = 1 };
	stall_line__restore(&line);
	assert_null(line.in.backtrace);
}

TEST(a_reader_restores_what_a_line_leaves_out)
{
	/* Older captures: a stall with a cause was folded. */
	for (int cause = 0; cause < 2; cause++) {
		line = (struct stall_line){ .cause = cause };
		stall_line__restore(&line);
		assert_int_equal(line.in.covered, cause);
		line = (struct stall_line){ .cause = cause, .folded_known = true };
		stall_line__restore(&line);
		assert_false(line.in.covered);
	}
	line = (struct stall_line){ .in.sender.interrupt = true,
				    .stack_known = true,
				    .in.stack_of = STACK_INTERRUPTED };
	stall_line__restore(&line);
	assert_members(line.in, sender.known, true, user, true);
	line = (struct stall_line){ .stack_known = true,
				    .in = { .stack_of = STACK_INTERRUPTED, .nr = 1 } };
	stall_line__restore(&line);
	assert_members(line.in, sender.known, false, user, false);
	line = (struct stall_line){ .in.stack_of = STACK_INTERRUPTED };
	stall_line__restore(&line);
	assert_false(line.in.user);
	line = (struct stall_line){ .stack_known = true, .in.stack_of = STACK_END };
	stall_line__restore(&line);
	assert_false(line.in.user);
}

/* Without a phase that was asked for, null is of a phase that nobody can know. */
TEST(the_scope_of_a_run_is_that_of_its_line)
{
	struct stall_totals totals = { .found_known = { [PHASE_WAIT] = true } };

	stall_totals__restore(&totals);
	assert_members(totals.scope, asked, 1U << PHASE_WAIT, interrupts_known, false);
	totals = (struct stall_totals){ .scope.calls = true,
					.found_known = { [PHASE_INTERRUPT] = true } };
	stall_totals__restore(&totals);
	assert_members(totals.scope, asked, (1U << NR_PHASES) - 1, interrupts_known, true);
}

TEST(a_run_has_the_sum_of_its_windows)
{
	struct snapshot snap = { .ledger = { .queued = 10, .in_flight = 3, .orphans = 2 } };
	struct trace_totals totals = { .dropped = 100 };

	for (int i = 0; i < NR_LOST; i++)
		snap.ledger.lost_by[i] = i + 1;
	trace_totals__add(&totals, &snap);
	snap.ledger.in_flight = 1;
	trace_totals__add(&totals, &snap);
	assert_members(totals, queued, 20, in_flight, 1, orphans, 4, filtered, false, lost_by[0], 2,
		       lost_by[NR_LOST - 1], 2 * NR_LOST, dropped, 100);
	assert_int_equal(trace_totals__lost(&totals), 100 + NR_LOST * (NR_LOST + 1));
	snap.how.filtered = true;
	trace_totals__add(&totals, &snap);
	assert_members(totals, orphans, NOT_KNOWN, filtered, true, queued, 30);
}

#define LOST_LINE(unseen, full, run)                                                             \
	"\"lost_by\":{\"queue_unseen\":" unseen ",\"mailbox_full\":" full ",\"run_unseen\":" run \
	",\"buffer_full\":4},"

/* What was not counted is null: the csds of a run of interrupts, what a filter hides. */
TEST(the_end_of_a_trace_says_what_is_known)
{
	struct trace_totals totals = { .records = 7,
				       .csds = 8,
				       .queued = 9,
				       .in_flight = 10,
				       .orphans = 11,
				       .brief = 12,
				       .late = 13,
				       .lost_by = { 1, 2, 3 },
				       .dropped = 4,
				       .csds_wanted = true };
	char *text = json__trace_end_line(&totals);

	assert_has(text, "\"records\":7,\"lost\":10," LOST_LINE(
				 "1", "2",
				 "3") "\"queued\":9,\"csds\":8,"
				      "\"in_flight\":10,\"orphans\":11,\"brief\":12,\"late\":13}");
	free(text);
	totals.filtered = true;
	totals.orphans = NOT_KNOWN;
	text = json__trace_end_line(&totals);
	assert_has(text, LOST_LINE("null", "2", "3"), "\"in_flight\":10,\"orphans\":null,");
	free(text);
	totals.filtered = totals.csds_wanted = false;
	totals.orphans = 11;
	text = json__trace_end_line(&totals);
	assert_has(
		text,
		LOST_LINE("null", "null",
			  "null") "\"queued\":null,\"csds\":null,"
				  "\"in_flight\":null,\"orphans\":null,\"brief\":null,\"late\":13}");
	free(text);
}

static struct moment moment;

TEST(a_moment_has_the_work_of_each_cpu)
{
	moment__begin(&moment, 50);
	assert_members(moment, now, 50, dropped, 0);
	assert_true(moment__empty(&moment));
	moment.nr_running = 3;
	assert_false(moment__empty(&moment));
	moment.running[0] = (struct running){ .dst = 1, .start = 30 };
	moment.running[1] = (struct running){ .dst = 2, .start = 10 };
	moment.running[2] = (struct running){ .dst = 1, .start = 20 };
	assert_ptr_equal(moment__running_on(&moment, 1), &moment.running[2]);
	moment.running[0].start = 20;
	assert_ptr_equal(moment__running_on(&moment, 1), &moment.running[0]);
	assert_null(moment__running_on(&moment, 3));
	moment.nr_interrupting = 3;
	moment.interrupting[0] = (struct interrupting){ .cpu = 1, .kind = KIND_RESCHEDULE };
	moment.interrupting[1] = (struct interrupting){ .cpu = 2, .kind = KIND_CALL_FUNCTION };
	moment.interrupting[2] = (struct interrupting){ .cpu = 1, .kind = KIND_CALL_FUNCTION };
	assert_ptr_equal(moment__interrupting(&moment, 1), &moment.interrupting[2]);
	assert_null(moment__interrupting(&moment, 3));
	moment.nr_waiting = 2;
	moment.waiting[0] = (struct waiting){ .src = 1, .call = 40 };
	moment.waiting[1] = (struct waiting){ .src = 2, .call = 45 };
	assert_ptr_equal(moment__waiting(&moment, 2, 45), &moment.waiting[1]);
	assert_null(moment__waiting(&moment, 1, 45));
	assert_null(moment__waiting(&moment, 2, 40));
	assert_true(moment__waits_longer(&moment, 10));
	assert_false(moment__waits_longer(&moment, 11));
	moment.nr_cpus = 2;
	moment.cpus[0].cpu = 5;
	moment.cpus[1].cpu = 6;
	moment.cpus[2].cpu = 7;
	assert_ptr_equal(moment__cpu(&moment, 5), &moment.cpus[0]);
	assert_ptr_equal(moment__cpu(&moment, 6), &moment.cpus[1]);
	assert_null(moment__cpu(&moment, 7));
	moment.dropped = 4;
	moment__begin(&moment, 60);
	assert_members(moment, nr_running, 0, nr_waiting, 0, nr_interrupting, 0, nr_pending, 0,
		       dropped, 0, now, 60);
	assert_false(moment__waits_longer(&moment, 0));
}

TEST(each_kind_of_work_is_some)
{
	moment__begin(&moment, 1);
	moment.nr_pending = 1;
	assert_false(moment__empty(&moment));
	moment__begin(&moment, 1);
	moment.nr_waiting = 1;
	assert_false(moment__empty(&moment));
	moment__begin(&moment, 1);
	moment.nr_interrupting = 1;
	assert_false(moment__empty(&moment));
}

TEST_MAIN(NULL, NULL)
