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

/* Some kernels run no BPF program while a thread of process 1 runs. */
TEST(the_threads_of_process_1_are_known, begin, finish)
{
	assert_true(reader.nr_hidden > 0);
	assert_int_equal(reader.hidden[0], 1);
}

TEST_MAIN(NULL, NULL)
