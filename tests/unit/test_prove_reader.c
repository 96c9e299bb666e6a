// SPDX-License-Identifier: GPL-2.0
/* ftrace's side of a proof, from its text: the csds, and events that ftrace lacks without counting them. */
#include <stdio.h>
#include "prove/proof.h"
#include "unit.h"

#define SEC 1000000000ULL

static struct proof_reader reader;

static int begin(void **state)
{
	int err = proof_reader__open(&reader);

	reader.kinds.start = 10 * SEC;
	reader.kinds.end = 11 * SEC;
	return err;
}

static int finish(void **state)
{
	proof_reader__close(&reader);
	return 0;
}

/* Read @text as the whole of ftrace's text. */
static void read_text(const char *text)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0 && !fflush(file) && !fseek(file, 0, SEEK_SET));
	assert_int_equal(proof_reader__read(&reader, fileno(file)), 0);
	fclose(file);
}

#define TASK "            bash-7141    [000] d..1.   "
#define IDLE "          <idle>-0       [001] d.h1.   "
#define QUEUE(csd)                                                                                       \
	"csd_queue_cpu: cpu=1 callsite=ttwu_queue_wakelist+0x11d/0x150 func=sched_ttwu_pending csd=" csd \
	"\n"
#define RUN(what, csd) "csd_function_" what ": func=sched_ttwu_pending, csd=" csd "\n"
#define SEND                                                                     \
	"ipi_send_cpu: cpu=1 callsite=ttwu_queue_wakelist+0x11d/0x150 callback=" \
	"generic_smp_call_function_single_interrupt+0x0/0x10\n"

TEST(a_csd_with_all_events_is_whole, begin, finish)
{
	read_text(TASK "10.500000: " QUEUE("08") TASK "10.500001: " SEND IDLE
						      "10.500010: " RUN("entry", "08") IDLE
		  "10.500012: " RUN("exit", "08"));
	assert_members(reader, gaps, 0, list.nr, 1, list.csds[0].delay, 10000, list.csds[0].handler,
		       2000, kinds.rows[PROOF_CALLS_SENT].seen, 1);
}

/* The second wake-up had an IPI of its own, and was queued again: it ran, and not with the first one. */
TEST(a_wake_up_without_an_entry_is_a_gap, begin, finish)
{
	read_text(TASK "10.500000: " QUEUE("08") TASK "10.500001: " SEND TASK
						      "10.500009: " QUEUE("10") TASK
		  "10.500010: " SEND IDLE "10.500010: " RUN("entry", "08") IDLE
		  "10.500012: " RUN("exit", "08") TASK "10.500050: " QUEUE("10") IDLE
		  "10.500060: " RUN("entry", "10") IDLE "10.500062: " RUN("exit", "10"));
	assert_members(reader, gaps, 1, list.nr, 3);
}

TEST(a_run_without_a_queue_event_is_a_gap, begin, finish)
{
	read_text(IDLE "10.500010: " RUN("entry", "08") IDLE "10.500012: " RUN("exit", "08"));
	assert_members(reader, gaps, 1, list.nr, 0);
}

/* ftrace begins and ends there. */
TEST(a_missing_event_at_an_end_of_the_window_is_no_gap, begin, finish)
{
	read_text(IDLE "10.019000: " RUN("entry", "08") IDLE "10.019012: " RUN("exit", "08") IDLE
		  "10.981000: " RUN("entry", "08") IDLE "10.981012: " RUN("exit", "08"));
	assert_members(reader, gaps, 0);
}

/* It was queued before the batch was entered, and no other batch came. */
TEST(a_wake_up_at_the_end_was_in_the_last_batch, begin, finish)
{
	read_text(TASK "10.500000: " QUEUE("08") TASK "10.500001: " SEND TASK "10.500002: " QUEUE(
		"10") IDLE "10.500010: " RUN("entry", "08") IDLE "10.500012: " RUN("exit", "08"));
	assert_members(reader, gaps, 0, list.nr, 2, list.csds[1].queued, 10500002000,
		       list.csds[1].delay, 8000);
}

/* perf before 6.4 cannot print the targets of a send to many CPUs: nobody knows how many there were. */
TEST(sends_without_targets_are_not_counted, begin, finish)
{
	static const char *const masks[] = { "0-2", "(ptr)" };

	for (int unread = 0; unread < 2; unread++) {
		char text[512];

		finish(state);
		assert_int_equal(begin(state), 0);
		reader.kinds.rows[PROOF_CALLS_SENT].seen_known = true;
		snprintf(
			text, sizeof(text),
			TASK
			"10.500000: ipi_send_cpumask: cpumask=%s callsite=x+0x1/0x2 callback=0x0\n" TASK
			"10.500001: ipi_send_cpu: cpu=1 callsite=x+0x1/0x2 callback=0x0\n" TASK
			"10.500002: ipi_send_cpu: cpu=1 callsite=x+0x1/0x2 callback=irq_work\n" TASK
			"10.500003: ipi_send_cpumask: cpumask=1 callsite=x+0x1/0x2 callback=0x0\n",
			masks[unread]);
		read_text(text);
		assert_members(reader.kinds, rows[PROOF_CALLS_SENT].seen_known, !unread,
			       rows[PROOF_RESCHEDULES_SENT].seen, 1,
			       rows[PROOF_IRQ_WORKS_SENT].seen, 1);
		if (!unread)
			assert_int_equal(reader.kinds.rows[PROOF_CALLS_SENT].seen, 4);
	}
}

/* Each kind of interrupt has a row for those that were sent, and another one for those that came. */
TEST(interrupts_that_arrive_are_no_sends, begin, finish)
{
	read_text(TASK "10.500000: " SEND IDLE
		       "10.500001: call_function_single_entry: vector=251\n" IDLE
		       "10.500002: call_function_entry: vector=252\n" IDLE
		       "10.500003: reschedule_entry: vector=253\n" IDLE
		       "10.500004: irq_work_entry: vector=246\n" IDLE
		       "10.500005: irq_work_entry: vector=246\n" IDLE
		       "10.500006: irq_work_entry: vector=246\n");
	assert_members(reader.kinds, rows[PROOF_CALLS_SENT].seen, 1, rows[PROOF_CALLS_ARRIVED].seen,
		       2, rows[PROOF_RESCHEDULES_SENT].seen, 0,
		       rows[PROOF_RESCHEDULES_ARRIVED].seen, 1, rows[PROOF_IRQ_WORKS_SENT].seen, 0,
		       rows[PROOF_IRQ_WORKS_ARRIVED].seen, 3);
}

/* Some kernels run no BPF program while a thread of process 1 runs. */
TEST(the_threads_of_process_1_are_known, begin, finish)
{
	assert_true(reader.nr_hidden > 0);
	assert_int_equal(reader.hidden[0], 1);
}

TEST_MAIN(NULL, NULL)
