// SPDX-License-Identifier: GPL-2.0
/* Lines of other tracers (tracefs, perf script, trace-cmd report), and malformed lines. */
#include "abi/limits.h"
#include "base/cpuset.h"
#include "import/import.h"
#include "unit.h"

#define EVENTS_MAX 64

static struct text_reader *reader;
static struct import_event events[EVENTS_MAX];
static size_t nr_events;
static struct import_facts facts;

static int hear(void *ctx, const struct import_event *event)
{
	assert_true(nr_events < EVENTS_MAX);
	events[nr_events++] = *event;
	return 0;
}

static int begin(void **state)
{
	reader = calloc(1, sizeof(*reader));
	reader->names = names__new();
	reader->fn = hear;
	facts = (struct import_facts){};
	reader->facts = &facts;
	nr_events = 0;
	return 0;
}

static int finish(void **state)
{
	names__free(reader->names);
	free(reader);
	return 0;
}

static void feed(const char *text)
{
	assert_int_equal(text_reader__feed(reader, text, strlen(text)), 0);
}

/* Returns the only event of @line. */
static const struct import_event *event_of(const char *line)
{
	nr_events = 0;
	feed(line);
	assert_int_equal(nr_events, 1);
	return &events[0];
}

static void assert_name(uint64_t id, const char *name, uint64_t offset, const char *module)
{
	struct symbol symbol = names__symbol(reader->names, id);

	assert_members(symbol, name, name, offset, offset);
	if (module)
		assert_string_equal(symbol.module, module);
	else
		assert_null(symbol.module);
}

TEST(a_queue_event_of_tracefs, begin, finish)
{
	const struct import_event *e = event_of(
		"            bash-7141    [001] ...1.   746.549978: csd_queue_cpu: cpu=0 "
		"callsite=on_each_cpu_cond_mask+0x20/0x60 func=do_sync_core csd=0000000007d6b20e\n");

	assert_members(*e, type, EVENT_QUEUE, mark.cpu, 1, mark.dst, 0, mark.time, 746549978000,
		       mark.csd, 0x7d6b20e, mark.type, MARK_UNKNOWN);
	assert_name(e->mark.func, "do_sync_core", 0, NULL);
	assert_name(e->mark.callsite, "on_each_cpu_cond_mask", 0x20, NULL);
	assert_members(e->mark.task, pid, 7141, tgid, TGID_NOT_KNOWN, comm, "bash", interrupt_known,
		       true, interrupt, false);
}

/* Seconds since 1970: perf record -k CLOCK_REALTIME, the trace clock `tai`. */
TEST(a_time_since_1970, begin, finish)
{
	const struct import_event *e = event_of(
		"            bash-7141    [001] ...1. 1796000000.549978: csd_queue_cpu: cpu=0 "
		"callsite=on_each_cpu_cond_mask+0x20/0x60 func=do_sync_core csd=0000000007d6b20e\n");

	assert_members(*e, type, EVENT_QUEUE, mark.time, 1796000000549978000);
}

TEST(a_queue_event_of_perf, begin, finish)
{
	const struct import_event *e = event_of(
		"             gcc  7290/7293  [001]   749.007846248:                      "
		"csd:csd_queue_cpu: cpu=0 callsite=kvm_make_request+0x20 [kvm] func=ack_kick [kvm] "
		"csd=0xffff888627c2f9a0\n");

	assert_members(*e, type, EVENT_QUEUE, mark.time, 749007846248, mark.csd,
		       0xffff888627c2f9a0);
	assert_name(e->mark.func, "ack_kick", 0, "kvm");
	assert_name(e->mark.callsite, "kvm_make_request", 0x20, "kvm");
	assert_members(e->mark.task, tgid, 7290, pid, 7293, interrupt_known, false);
	assert_string_equal(facts.kind, "perf script");
	e = event_of("            perf  7148 [000]   748.752120128:                  "
		     "csd:csd_function_exit: func=remote_function, csd=(nil)\n");
	assert_members(*e, type, EVENT_EXIT, mark.csd, 0, mark.task.pid, 7148, mark.task.tgid,
		       TGID_NOT_KNOWN);
}

TEST(events_of_trace_cmd, begin, finish)
{
	const struct import_event *e;

	feed("cpus=2\n");
	e = event_of("imp:   ipitrace-sysrq-16539 [001]  1705.322976241: csd_function_entry:    "
		     "func=do_sync_core, csd=0xffff888627d2e660\n");
	assert_members(*e, type, EVENT_ENTRY, mark.cpu, 1, mark.time, 1705322976241, mark.task.pid,
		       16539, mark.task.comm, "ipitrace-sysrq");
	assert_members(facts, kind, "trace-cmd report", nr_cpus, 2);
	e = event_of("          <idle>-0     [000] d.h1.  1705.323009: ipi_send_cpu:         cpu=1 "
		     "callsite=x+0x20 callback=0x0\n");
	assert_members(*e, type, EVENT_SEND, kind, KIND_RESCHEDULE);
	assert_true(e->mark.task.interrupt);
	assert_int_equal(e->mark.task.tgid, 0);
}

TEST(types_follow_from_function_and_call_site, begin, finish)
{
	assert_int_equal(
		event_of("          <idle>-0       [000] d.h..     1.000001: csd_queue_cpu: "
			 "cpu=1 callsite=ttwu_queue_wakelist+0x1/0x2 "
			 "func=sched_ttwu_pending csd=00000000aa\n")
			->mark.type,
		MARK_TTWU);
	assert_int_equal(
		event_of("          <idle>-0       [000] d.h..     1.000001: csd_queue_cpu: "
			 "cpu=1 callsite=irq_work_queue_on+0x1/0x2 "
			 "func=rto_push_irq_work_func csd=00000000aa\n")
			->mark.type,
		MARK_IRQ_WORK);
	assert_int_equal(
		event_of("          <idle>-0       [000] d.h..     1.000001: csd_function_entry: "
			 "func=sched_ttwu_pending, csd=00000000aa\n")
			->mark.type,
		MARK_TTWU);
}

/* A name and a number that nothing separates are no task. */
TEST(a_line_without_a_task_is_no_event, begin, finish)
{
	feed("          <idle>0       [000] d....     1.000001: ipi_send_cpu: cpu=1 "
	     "callsite=x+0x1/0x2 callback=nohz_full_kick_func+0x0/0x10\n");
	assert_int_equal(nr_events, 0);
	feed("          <idle>-0      [000] d....     1.000001: ipi_send_cpu: cpu=1 "
	     "callsite=x+0x1/0x2 callback=nohz_full_kick_func+0x0/0x10\n");
	assert_int_equal(nr_events, 1);
}

TEST(an_address_has_hexadecimal_digits, begin, finish)
{
	static const char format[] = "          <idle>-0       [000] d....     1.000001: "
				     "csd_function_entry: func=f, csd=%s\n";
	static const char *const good[] = { "00000000aF", "9A0b" }, *const bad[] = { "zz", "@@" };
	char line[256];

	for (size_t i = 0; i < 2; i++) {
		snprintf(line, sizeof(line), format, good[i]);
		assert_int_equal(event_of(line)->mark.csd, strtoull(good[i], NULL, 16));
		nr_events = 0;
		snprintf(line, sizeof(line), format, bad[i]);
		feed(line);
		assert_int_equal(nr_events, 0);
	}
}

TEST(sends_and_arrivals, begin, finish)
{
	const struct import_event *e = event_of(
		"          <idle>-0       [000] d....     1.000001: ipi_send_cpumask: cpumask=1-3,5 "
		"callsite=x+0x1/0x2 callback=generic_smp_call_function_single_interrupt+0x0/0x10\n");

	assert_members(*e, type, EVENT_SEND_MASK, dsts_known, true);
	for (uint32_t cpu = 0; cpu < 8; cpu++)
		assert_int_equal(cpuset__has(&e->dsts, cpu), (cpu >= 1 && cpu <= 3) || cpu == 5);
	/* perf 6.1 */
	e = event_of("          <idle>-0       [000] d....     1.000001: ipi_send_cpumask: "
		     "cpumask=00000001,80000006 callsite=x+0x1 callback=y+0x0\n");
	assert_true(e->dsts_known);
	assert_int_equal(cpuset__count(&e->dsts), 4);
	assert_true(cpuset__has(&e->dsts, 1) && cpuset__has(&e->dsts, 2));
	assert_true(cpuset__has(&e->dsts, 31) && cpuset__has(&e->dsts, 32));
	e = event_of("          <idle>-0       [000] d....     1.000001: ipi_send_cpumask: "
		     "cpumask=80000000,00000000 callsite=x+0x1 callback=y+0x0\n");
	assert_int_equal(cpuset__count(&e->dsts), 1);
	assert_true(cpuset__has(&e->dsts, 63));
	e = event_of("          <idle>-0       [000] d....     1.000001: ipi_send_cpumask: "
		     "cpumask=00000001.80000006 callsite=x+0x1 callback=y+0x0\n");
	assert_false(e->dsts_known);
	e = event_of("             gcc  7293/7293  [000]     1.000001:  ipi:ipi_send_cpumask: "
		     "cpumask= callsite=x+0x1 callback=y+0x0\n");
	assert_members(*e, type, EVENT_SEND_MASK, dsts_known, false);
	e = event_of("             gcc  7293/7293  [000]     1.000001:  irq_vectors:"
		     "call_function_single_entry: vector=251\n");
	assert_members(*e, type, EVENT_ARRIVED, kind, KIND_CALL_FUNCTION);
	e = event_of("          <idle>-0       [000] d....     1.000001: ipi_send_cpu: cpu=1 "
		     "callsite=x+0x1/0x2 callback=nohz_full_kick_func+0x0/0x10\n");
	assert_int_equal(e->kind, KIND_IRQ_WORK);
	e = event_of("          <idle>-0       [000] d....     1.000001: ipi_send_cpu: cpu=1 "
		     "callsite=x+0x1/0x2 "
		     "callback=generic_smp_call_function_single_interrupt+0x0/0x10\n");
	assert_int_equal(e->kind, KIND_CALL_FUNCTION);
}

TEST(the_thread_group_of_tracefs, begin, finish)
{
	const struct import_event *e = event_of(
		"            bash-7141    (   7000) [001] d..1.   746.548735: csd_function_exit: "
		"func=do_sync_core, csd=0000000000000000\n");

	assert_int_equal(e->mark.task.tgid, 7000);
	e = event_of("            bash-7141    (-------) [001] d..1.   746.548735: "
		     "csd_function_exit: func=do_sync_core, csd=0000000000000000\n");
	assert_members(e->mark.task, pid, 7141, tgid, TGID_NOT_KNOWN);
}

TEST(what_is_missing_is_reported, begin, finish)
{
	const struct import_event *e;

	feed("# tracer: nop\n#\n# entries-in-buffer/entries-written: 100/350   #P:8\n#\n");
	assert_members(facts, nr_cpus, 8, lost, 250, kind, "tracefs");
	e = event_of("##### CPU 3 buffer started ####\n");
	assert_members(*e, type, EVENT_LOST, mark.cpu, 3);
	e = event_of("CPU:1 [LOST 123 EVENTS]\n");
	assert_members(*e, mark.cpu, 1, lost, 123);
	e = event_of("CPU:2 [7 EVENTS DROPPED]\n");
	assert_members(*e, mark.cpu, 2, lost, 7);
	e = event_of(
		"            perf  7148/7148 [005]   748.752120128: PERF_RECORD_LOST lost 12\n");
	assert_members(*e, mark.cpu, 5, lost, 12);
	assert_members(facts, lost, 250 + 123 + 7 + 12, gaps, 4, events, 0);
}

TEST(a_head_has_the_number_of_cpus, begin, finish)
{
	feed("cpus=4096\n");
	assert_members(facts, nr_cpus, 4096, kind, "trace-cmd report");
	feed("cpus=4097\n");
	feed("cpus=9 x\n");
	feed("cpus=\n");
	assert_int_equal(facts.nr_cpus, 4096);
	feed("# entries-in-buffer/entries-written: 1/1   #P:8\n");
	assert_int_equal(facts.nr_cpus, 8);
	feed("# entries-in-buffer/entries-written: 1/1   #P:4096\n");
	assert_int_equal(facts.nr_cpus, 4096);
	feed("# entries-in-buffer/entries-written: 1/1   #P:4097\n");
	assert_int_equal(facts.nr_cpus, 4096);
	/* The rest of a number that is too large is no number of CPUs. */
	feed("# entries-in-buffer/entries-written: 999999999999999999999/1\n");
	feed("# entries-in-buffer/entries-written: 1/999999999999999999999\n");
	assert_members(facts, nr_cpus, 4096, lost, 0);
}

/* A file may be the texts of several buffers, each with its head. */
TEST(what_heads_miss_is_summed, begin, finish)
{
	feed("# entries-in-buffer/entries-written: 100/350   #P:8\n");
	feed("# entries-in-buffer/entries-written: 10/11   #P:8\n");
	feed("# entries-in-buffer/entries-written: 9/9   #P:8\n");
	/* No buffer has more events than were written. */
	feed("# entries-in-buffer/entries-written: 9/7   #P:8\n");
	assert_int_equal(facts.lost, 250 + 1);
}

TEST(a_task_s_name_is_no_event, begin, finish)
{
	static const char *const lines[] = {
		/* "a-1 [000] 9.9:" */
		"  a-1 [000] 9.9:-7141    [001] d..1.   746.548735: csd_function_exit: "
		"func=do_sync_core, csd=0000000000000000\n",
		/* The line names a second task after the event's name. */
		"            bash-7141    [001] d..1.   746.548735: sched_process_exec: filename=a-1 "
		"[003] 9.9: csd_function_exit: func=do_sync_core, csd=0000000000000000\n",
	};
	const struct import_event *e = event_of(lines[0]);

	assert_members(e->mark, cpu, 1, time, 746548735000, task.comm, "a-1 [000] 9.9:");
	nr_events = 0;
	feed(lines[1]);
	assert_int_equal(nr_events, 0);
	assert_int_equal(facts.others, 1);
}

/* Without its events a csd of such a task would be in no figure; and no name is a loss. */
TEST(a_task_s_name_may_have_a_newline, begin, finish)
{
	static const char *const comms[] = { "\n",
					     "a\nb",
					     "12345678901234\n",
					     "\nCPU:1",
					     "\nCPU:1 [LOST 9",
					     "\nCPU:1 [LOST EV",
					     "\n##### CPU 1" };

	for (size_t i = 0; i < ARRAY_SIZE(comms); i++) {
		char line[256];

		snprintf(line, sizeof(line),
			 "%16s-%-7d [%03d] d..1.   746.548735: csd_function_exit: "
			 "func=do_sync_core, csd=0000000000000000\n",
			 comms[i], 7141, 1);
		assert_members(*event_of(line), type, EVENT_EXIT, mark.cpu, 1, mark.task.pid, 7141);
	}
	assert_int_equal(facts.lost, 0);
}

TEST(bad_lines_are_left_out, begin, finish)
{
	static const char *const lines[] = {
		"\n",
		"[\n",
		"            bash-7141    [001\n",
		"            bash-7141    [001]\n",
		"            bash-7141    [99999] d..1.   746.548735: csd_function_exit: func=a, csd=0\n",
		"            bash-7141    [001] d..1.   746.: csd_function_exit: func=a, csd=0\n",
		"            bash-7141    [001] d..1.   99999999999999999999.1: csd_function_exit: "
		"func=a, csd=0\n",
		"            bash-99999999999 [001] d..1.   746.548735: csd_function_exit: func=a, "
		"csd=0\n",
		"            bash-7141    [001] d..1.   746.548735: csd_function_exit:\n",
		/* The time is a counter, such as that of trace_clock x86-tsc. */
		"            bash-7141    [001] d..1. 7465487354711: csd_function_exit: func=a, csd=0\n",
		"CPU:\n",
		"CPU:x [LOST 1 EVENTS]\n",
		"#####\n",
		"\tffffffff8111f2d6 generic_exec_single+0x36 ([kernel.kallsyms])\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		feed(lines[i]);
	assert_int_equal(nr_events, 0);
	assert_int_equal(facts.unread, 0);
	/* An event that ipitrace needs, in a line that cannot be parsed. */
	feed("            bash-7141    [001] d..1.   746.548735: csd_function_exit: func=a\n");
	feed("            bash-7141    [001] d..1.   746.548735: csd_queue_cpu: cpu=9999 "
	     "callsite=a func=b csd=01\n");
	feed("            bash-7141    [001] d..1.   746.548735: csd_queue_cpu: cpu=1 "
	     "callsite=a func=b csd=(____ptrval____)\n");
	assert_int_equal(nr_events, 0);
	assert_int_equal(facts.unread, 3);
}

TEST(lines_come_in_any_pieces, begin, finish)
{
	static const char text[] =
		"            bash-7141    [001] d..1.   746.548735: csd_function_exit: "
		"func=do_sync_core, csd=0000000000000000\n"
		"            bash-7141    [002] d..1.   746.548736: csd_function_exit: "
		"func=do_sync_core, csd=0000000000000000\n";
	static char wide[3 * TEXT_LINE];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(text_reader__feed(reader, &text[i], 1), 0);
	assert_int_equal(nr_events, 2);
	/* A very long line takes no memory, and the next line is read. */
	memset(wide, 'x', sizeof(wide));
	assert_int_equal(text_reader__feed(reader, wide, sizeof(wide)), 0);
	assert_int_equal(text_reader__feed(reader, wide, sizeof(wide)), 0);
	feed("\n");
	feed(text);
	assert_int_equal(nr_events, 4);
	/* Also if the line becomes too long only with its second piece. */
	assert_int_equal(text_reader__feed(reader, wide, TEXT_LINE - 20), 0);
	assert_int_equal(text_reader__feed(reader, wide, sizeof(wide)), 0);
	feed("\n");
	feed(text);
	assert_int_equal(nr_events, 6);
	feed("            bash-7141    [001] d..1.   746.54");
	text_reader__end(reader);
	assert_true(facts.cut);
	assert_int_equal(nr_events, 6);
}

TEST(a_line_has_room_for_its_bytes_and_no_more, begin, finish)
{
	static const char event[] = "bash-7141    [001] d..1.   746.548735: csd_function_exit: "
				    "func=do_sync_core, csd=0000000000000000\n";
	static char line[TEXT_LINE + 8];

	for (size_t len = TEXT_LINE; len <= TEXT_LINE + 1; len++) {
		size_t before = len + 1 - strlen(event);

		memset(line, ' ', before);
		strcpy(line + before, event);
		for (size_t i = 0; i < len + 1; i++)
			assert_int_equal(text_reader__feed(reader, line + i, 1), 0);
		/* The longer line is left out. */
		assert_int_equal(nr_events, 1);
	}
	/* The end of a longer line is left out, too, even if that end alone would be an event. */
	assert_int_equal(text_reader__feed(reader, line, TEXT_LINE), 0);
	assert_int_equal(text_reader__feed(reader, line, TEXT_LINE), 0);
	feed(event);
	assert_int_equal(nr_events, 1);
	feed(event);
	assert_int_equal(nr_events, 2);
	assert_int_equal(facts.bytes, 2 * TEXT_LINE + 3 + 2 * TEXT_LINE + 2 * (sizeof(event) - 1));
	text_reader__end(reader);
	assert_false(facts.cut);
	/* A longer line without an end is cut, too. */
	assert_int_equal(text_reader__feed(reader, line, TEXT_LINE), 0);
	assert_int_equal(text_reader__feed(reader, line, TEXT_LINE), 0);
	text_reader__end(reader);
	assert_true(facts.cut);
}

TEST(more_names_than_there_is_room_for_are_one, begin, finish)
{
	char name[32];
	uint64_t last = 0;

	for (int i = 0; i < NAMES_MAX + 100; i++) {
		snprintf(name, sizeof(name), "func_%d+0x%x/0x40", i, i);
		last = names__id(reader->names, name, strlen(name));
	}
	assert_int_equal(last, NAME_OTHER + 1);
	assert_int_equal(names__id(reader->names, "func_7+0x7/0x99", 15), 8);
	assert_int_equal(names__id(reader->names, "func_7+0x7", 10), 8);
	assert_int_equal(names__id(reader->names, "", 0), 0);
	assert_int_equal(names__id(reader->names, "0x0", 3), 0);
}

/* A fuzzer found that the second look-up read beyond the end of the name. */
TEST(a_name_with_a_zero_byte_is_as_long_as_it_is, begin, finish)
{
	uint64_t id = names__id(reader->names, "fu\0nc_of_many_bytes", 19);

	assert_int_equal(names__id(reader->names, "fu\0nc_of_many_bytes", 19), id);
	assert_int_not_equal(names__id(reader->names, "fu\0nc_of_many_bytez", 19), id);
}

TEST(an_address_without_a_name_stays_one, begin, finish)
{
	uint64_t id = names__id(reader->names, "0xffffffff8111f2d6", 18);
	struct symbol symbol = names__symbol(reader->names, id);

	assert_null(symbol.name);
	assert_int_equal(symbol.addr, 0xffffffff8111f2d6);
}

TEST_MAIN(NULL, NULL)
