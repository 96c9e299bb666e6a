// SPDX-License-Identifier: GPL-2.0
/* The grammar of the lines of other tracers: all that a line says, and the longest of each part. */
#include "abi/limits.h"
#include "import/import.h"
#include "unit.h"

static struct text_reader *reader;
static struct import_facts facts;
static char told[2048];
static int answer;

/* Append what the line says: the type, the csd, the task and the targets. */
static int tell(void *ctx, const struct import_event *e)
{
	static const char *const types[] = { "queue", "entry",	 "exit", "send",
					     "mask",  "arrived", "lost", "lost all" };
	const struct mark_task *task = &e->mark.task;
	char cpus[CPUSET_TEXT] = "?";

	text_append(told, sizeof(told), "%s cpu %u time %llu", types[e->type], e->mark.cpu,
		    (unsigned long long)e->mark.time);
	switch (e->type) {
	case EVENT_QUEUE:
	case EVENT_ENTRY:
	case EVENT_EXIT:
		text_append(told, sizeof(told), " csd %llx type %d func %s",
			    (unsigned long long)e->mark.csd, e->mark.type,
			    names__symbol(reader->names, e->mark.func).name ?: "-");
		if (e->type == EVENT_QUEUE)
			text_append(told, sizeof(told), " to %u from %s", e->mark.dst,
				    names__symbol(reader->names, e->mark.callsite).name ?: "-");
		break;
	case EVENT_SEND:
		text_append(told, sizeof(told), " to %u of %s", e->mark.dst, kind_names[e->kind]);
		break;
	case EVENT_SEND_MASK:
		if (e->dsts_known)
			cpuset__format(&e->dsts, cpus, sizeof(cpus));
		text_append(told, sizeof(told), " to %s of %s", cpus, kind_names[e->kind]);
		break;
	case EVENT_ARRIVED:
		text_append(told, sizeof(told), " of %s", kind_names[e->kind]);
		break;
	default:
		text_append(told, sizeof(told), " %llu", (unsigned long long)e->lost);
	}
	text_append(told, sizeof(told), " by %u/%d %s%s\n", task->pid, (int)task->tgid, task->comm,
		    !task->interrupt_known ? "" :
		    task->interrupt	   ? " (interrupt)" :
					     " (task)");
	return answer;
}

static int setup(void **state)
{
	reader = calloc(1, sizeof(*reader));
	reader->names = names__new();
	reader->fn = tell;
	facts = (struct import_facts){};
	reader->facts = &facts;
	answer = 0;
	return 0;
}

static int teardown(void **state)
{
	names__free(reader->names);
	free(reader);
	return 0;
}

static int feed(const char *line)
{
	*told = '\0';
	return text_reader__feed(reader, line, strlen(line));
}

static const char *says(const char *line)
{
	assert_int_equal(feed(line), 0);
	return told;
}

/* What the event @event, at cpu 1, is with these words before it. */
static const char *says_of(const char *before, const char *event)
{
	char line[1024];

	snprintf(line, sizeof(line), "%s%s\n", before, event);
	return says(line);
}

#define TASK	"            bash-7141    [001] d..1.     2.500000: "
#define BY_BASH " by 7141/-1 bash (task)\n"

TEST_F(each_event_says_all_that_it_has)
{
	static const struct {
		const char *event, *says;
	} lines[] = {
		{ "csd_queue_cpu: cpu=4095 callsite=a+0x1/0x2 func=f+0x0/0x8 csd=0xab",
		  "queue cpu 1 time 2500000000 csd ab type 64 func f to 4095 from a" BY_BASH },
		{ "csd_queue_cpu: cpu=2 callsite=a func=sched_ttwu_pending+0x0/0x9 csd=0xab",
		  "queue cpu 1 time 2500000000 csd ab type 48 func sched_ttwu_pending to 2 from a" BY_BASH },
		{ "csd_queue_cpu: cpu=2 callsite=irq_work_queue_on+0x1/0x2 func=f csd=0xab",
		  "queue cpu 1 time 2500000000 csd ab type 32 func f to 2 from irq_work_queue_on" BY_BASH },
		{ "csd_function_entry: func=f, csd=ffffffffffffffff",
		  "entry cpu 1 time 2500000000 csd ffffffffffffffff type 64 func f" BY_BASH },
		{ "csd_function_exit: func=sched_ttwu_pending, csd=0xFfffffffffffffff ",
		  "exit cpu 1 time 2500000000 csd ffffffffffffffff type 48 func sched_ttwu_pending" BY_BASH },
		{ "csd_function_exit: func=f, csd=(null)",
		  "exit cpu 1 time 2500000000 csd 0 type 64 func f" BY_BASH },
		{ "ipi_send_cpu: cpu=5 callsite=a callback=0x0",
		  "send cpu 1 time 2500000000 to 5 of reschedule" BY_BASH },
		{ "ipi_send_cpu: cpu=5 callsite=a callback=(nil)",
		  "send cpu 1 time 2500000000 to 5 of reschedule" BY_BASH },
		{ "ipi_send_cpu: cpu=5 callsite=a callback=(null)",
		  "send cpu 1 time 2500000000 to 5 of reschedule" BY_BASH },
		{ "ipi_send_cpu: cpu=5 callsite=a callback=",
		  "send cpu 1 time 2500000000 to 5 of reschedule" BY_BASH },
		{ "ipi_send_cpu: cpu=5 callsite=a callback=f+0x0/0x1",
		  "send cpu 1 time 2500000000 to 5 of irq_work" BY_BASH },
		{ "call_function_entry: vector=252",
		  "arrived cpu 1 time 2500000000 of call_function" BY_BASH },
		{ "call_function_single_entry: vector=251",
		  "arrived cpu 1 time 2500000000 of call_function" BY_BASH },
		{ "reschedule_entry: vector=253",
		  "arrived cpu 1 time 2500000000 of reschedule" BY_BASH },
		{ "irq_work_entry: vector=246",
		  "arrived cpu 1 time 2500000000 of irq_work" BY_BASH },
		{ "PERF_RECORD_LOST lost 12", "lost cpu 1 time 2500000000 12" BY_BASH },
		{ "PERF_RECORD_LOST lost", "lost cpu 1 time 2500000000 0" BY_BASH },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_text(says_of(TASK, lines[i].event), lines[i].says);
	assert_members(facts, events, 15, others, 0, unread, 0, lost, 12, gaps, 2);
	assert_null(facts.kind);
}

/* The file's figures lack them, and a reader is told. */
TEST_F(an_event_that_lacks_a_part_is_not_read)
{
	static const char *const events[] = {
		"csd_queue_cpu: cpu=4096 callsite=a func=f csd=0xab",
		"csd_queue_cpu: cpu= callsite=a func=f csd=0xab",
		"csd_queue_cpu: callsite=a func=f csd=0xab",
		"csd_queue_cpu: cpu=2 func=f csd=0xab",
		"csd_queue_cpu: cpu=2 callsite=a csd=0xab",
		"csd_queue_cpu: cpu=2 callsite=a func=f",
		"csd_queue_cpu: cpu=2 callsite=a func=f csd=0x0",
		"csd_queue_cpu: cpu=2 callsite=a func=f csd=(nil)",
		"csd_queue_cpu: cpu=2 callsite=a func=f csd=0x1ffffffffffffffff",
		"csd_function_entry: csd=0xab",
		"csd_function_entry: func=f, csd=",
		"csd_function_entry: func=f csd=0xab",
		"ipi_send_cpu: cpu=4096 callsite=a callback=0x0",
		"ipi_send_cpu: callsite=a callback=0x0",
		"ipi_send_cpu: cpu=1 callback=0x0",
		"ipi_send_cpu: cpu=1 callsite=a",
		"ipi_send_cpumask: callsite=a callback=0x0",
		"ipi_send_cpumask: cpumask=1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		assert_text(says_of(TASK, events[i]), "");
		assert_members(facts, unread, i + 1, others, 0, events, 0);
	}
	assert_text(says_of(TASK, "csd_queue: cpu=2 callsite=a func=f csd=0xab"), "");
	assert_text(says_of(TASK, "ipi_send_cpu2: cpu=1 callsite=a callback=0x0"), "");
	assert_members(facts, unread, ARRAY_SIZE(events), others, 2, events, 0);
}

TEST_F(a_mask_is_words_or_a_list)
{
	static const struct {
		const char *mask, *cpus;
	} masks[] = {
		{ "00000000", "" },
		{ "80000001", "0,31" },
		{ "0000f00e,00000027", "0-2,5,33-35,44-47" },
		{ "00000001,00000000,abcdef00", "8-11,13-16,18-19,22-25,27,29,31,64" },
		{ "7", "7" },
		{ "0-2,5", "0-2,5" },
		/* As long as a word, and its first digits are those of a word. */
		{ "10-20,30", "10-20,30" },
		{ "3-1", "" },
		{ "4094-4095", "4094-4095" },
		{ "12345678", "3-6,9-10,12,14,18,20-21,25,28" },
		/* A word has 8 digits, in lower case, and no more words than there are CPUs. */
		{ "0000000g", "?" },
		{ "0000000A", "?" },
		{ "0000000", "0" },
		{ "00000001,0000001", "1" },
		{ "00000001 00000001", "?" },
		{ "00000001,", "?" },
		{ "", "?" },
		{ "1-", "?" },
		{ "1,", "?" },
		{ "1-4096", "?" },
		{ "4096", "?" },
		{ "1x", "?" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		char event[128], want[128];

		snprintf(event, sizeof(event), "ipi_send_cpumask: cpumask=%s callsite=a callback=b",
			 masks[i].mask);
		snprintf(want, sizeof(want),
			 "mask cpu 1 time 2500000000 to %s of call_function" BY_BASH,
			 masks[i].cpus);
		assert_text(says_of(TASK, event), want);
	}
}

/* Each word is 32 CPUs, the last of them first. */
TEST_F(a_mask_has_a_bit_for_each_cpu)
{
	static char event[2048], mask[9 * 130];

	for (int words = 128; words <= 129; words++) {
		*mask = '\0';
		for (int i = 0; i < words; i++)
			text_append(mask, sizeof(mask), "%s%s", i ? "," : "",
				    i ? "00000000" : "80000000");
		snprintf(event, sizeof(event),
			 TASK "ipi_send_cpumask: cpumask=%s callsite=a callback=b\n", mask);
		assert_text(says(event),
			    words == 128 ?
				    "mask cpu 1 time 2500000000 to 4095 of call_function" BY_BASH :
				    "mask cpu 1 time 2500000000 to ? of call_function" BY_BASH);
	}
}

#define EVENT "reschedule_entry: vector=253"

/* A sum of four times fits into 64 bits. */
TEST_F(a_time_has_seconds_and_up_to_nine_digits)
{
	static const struct {
		const char *time;
		uint64_t ns; /* 0: none */
	} times[] = {
		{ "1.5:", 1500000000 },
		{ "0.000000001:", 1 },
		{ "1.123456789:", 1123456789 },
		{ "0.25:", 250000000 },
		{ "2305843009.999999999:", 2305843009999999999 },
		{ "2305843010.0:", 0 },
		{ "1.1234567890:", 0 },
		{ "0.000000000:", 0 },
		{ "1:", 0 },
		{ "1.:", 0 },
		{ ".5:", 0 },
		{ "1.5", 0 },
		{ "1.5 :", 0 },
	};
	char line[256], want[256];

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		snprintf(line, sizeof(line), "       bash-7141  [001] d..1. %s " EVENT "\n",
			 times[i].time);
		snprintf(want, sizeof(want), "arrived cpu 1 time %llu of reschedule" BY_BASH,
			 (unsigned long long)times[i].ns);
		assert_text(says(line), times[i].ns ? want : "");
	}
}

/* perf writes none; the third of ftrace's is of an interrupt. */
TEST_F(the_flags_say_whether_an_interrupt_sent)
{
	static const struct {
		const char *flags, *by;
	} cases[] = {
		{ "", "" },
		{ "d.h", "" },
		{ "d.h1 ", " (interrupt)" },
		{ "dNH1. ", " (interrupt)" },
		{ "..s. ", " (interrupt)" },
		{ "..z1 ", " (interrupt)" },
		{ "..Z1 ", " (interrupt)" },
		{ "hhxh ", " (task)" },
		{ "....  ", " (task)" },
	};
	char line[256], want[256];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(line, sizeof(line), "       bash-7141  [001] %s%s1.5: " EVENT "\n",
			 cases[i].flags, *cases[i].flags ? " " : "");
		snprintf(want, sizeof(want),
			 "arrived cpu 1 time 1500000000 of reschedule by 7141/-1 bash%s\n",
			 cases[i].by);
		assert_text(says(line), want);
	}
}

TEST_F(a_task_has_a_name_a_thread_and_sometimes_a_process)
{
	static const struct {
		const char *task, *by; /* NULL: it is none */
	} tasks[] = {
		{ "            bash-7141 ", "7141/-1 bash" },
		{ "  a name of words-7141    ", "7141/-1 a name of words" },
		{ " 123456789012345-7 ", "7/-1 123456789012345" },
		/* The columns that follow another tracer's name are the task's. */
		{ "trace.dat: 123456789012345-7 ", "7/-1 123456789012345" },
		{ "1234567890123456-7 ", "7/-1 " },
		{ "            -name-7141 ", "7141/-1 -name" },
		{ "          <idle>-0    ", "0/0 <idle>" },
		{ "          <idle>-0     (-------) ", "0/0 <idle>" },
		{ "           <...>-12 ", "12/-1 " },
		{ "            bash-7141    (   7000) ", "7141/7000 bash" },
		{ "            bash-7141    (2147483647) ", "7141/2147483647 bash" },
		{ "            bash-7141    (2147483648) ", "7141/-1 bash" },
		{ "            bash-7141    (  x7000) ", "7141/-1 bash" },
		{ "            bash-7141    7000) ", NULL },
		{ "            bash-2147483647 ", "2147483647/-1 bash" },
		{ "            bash-2147483648 ", NULL },
		{ "            bash  7293 ", "7293/-1 bash" },
		{ "            bash  7290/7293 ", "7293/7290 bash" },
		{ "            bash  7290/0 ", "0/0 bash" },
		{ "            bash  7290/2147483647 ", "2147483647/7290 bash" },
		{ "            bash  7290/2147483648 ", NULL },
		{ "            bash  7290/ ", NULL },
		{ "            bash  /7290 ", NULL },
		{ "            bash  7290/1/2 ", NULL },
		{ "            bash7141 ", NULL },
		{ "        7141 ", "7141/-1 " },
		{ "                       ", NULL },
	};
	char line[256], want[256];

	for (size_t i = 0; i < ARRAY_SIZE(tasks); i++) {
		snprintf(line, sizeof(line), "%s[001] 1.5: " EVENT "\n", tasks[i].task);
		snprintf(want, sizeof(want), "arrived cpu 1 time 1500000000 of reschedule by %s\n",
			 tasks[i].by ?: "");
		assert_text(says(line), tasks[i].by ? want : "");
	}
}

TEST_F(a_cpu_has_brackets_and_spaces_around)
{
	assert_text(says("            bash-7141 [4095] 1.5: " EVENT "\n"),
		    "arrived cpu 4095 time 1500000000 of reschedule by 7141/-1 bash\n");
	assert_text(says("            bash-7141 [4096] 1.5: " EVENT "\n"), "");
	assert_text(says("            bash-7141 [1]1.5: " EVENT "\n"), "");
	assert_text(says("            bash-7141[1] 1.5: " EVENT "\n"), "");
	assert_text(says("            bash-7141 [] 1.5: " EVENT "\n"), "");
	/* A name may look like the column. */
	assert_text(says("        a-1 [3] -7141 [002] 1.5: " EVENT "\n"),
		    "arrived cpu 2 time 1500000000 of reschedule by 7141/-1 a-1 [3]\n");
	assert_text(says("a-1 [3] 2.5: " EVENT "\n"),
		    "arrived cpu 3 time 2500000000 of reschedule by 1/-1 a\n");
}

TEST_F(an_event_s_name_ends_with_a_colon)
{
	assert_text(says(TASK "reschedule_entry vector=253\n"), "");
	assert_text(says(TASK ": vector=253\n"), "");
	assert_text(says(TASK "reschedule_entry:\n"), "");
	assert_members(facts, events, 0, others, 1, unread, 0);
	assert_null(facts.kind);
	assert_text(says(TASK "irq_vectors:reschedule_entry: vector=253\n"),
		    "arrived cpu 1 time 2500000000 of reschedule" BY_BASH);
	assert_members(facts, events, 1, kind, "perf script");
}

/* The tracer writes how many. */
TEST_F(a_line_of_lost_events_has_their_number)
{
	static const struct {
		const char *line, *says;
		uint64_t lost, gaps;
	} lines[] = {
		{ "CPU:4095 [LOST 12 EVENTS]\n", "lost cpu 4095 time 0 12 by 0/0 \n", 12, 1 },
		{ "CPU:4096 [LOST 12 EVENTS]\n", "", 12, 1 },
		{ "CPU:1 [7 EVENTS DROPPED]\n", "lost cpu 1 time 0 7 by 0/0 \n", 19, 2 },
		{ "CPU:1 [EVENTS DROPPED]\n", "lost cpu 1 time 0 0 by 0/0 \n", 19, 3 },
		{ "CPU:1 [LOST EVENTS]\n", "lost cpu 1 time 0 0 by 0/0 \n", 19, 4 },
		{ "CPU:1 [LOST 4611686018427387889 EVENTS]\n",
		  "lost cpu 1 time 0 4611686018427387889 by 0/0 \n", 4611686018427387908, 5 },
		{ "CPU:1 [LOST 4611686018427387890 EVENTS]\n", "", 4611686018427387908, 5 },
		{ "CPU:1 LOST 1 EVENTS\n", "", 4611686018427387908, 5 },
		{ "##### CPU 4095 buffer started ####\n", "lost cpu 4095 time 0 0 by 0/0 \n",
		  4611686018427387908, 6 },
		{ "##### CPU 4096 buffer started ####\n", "", 4611686018427387908, 6 },
		{ "##### CPU 1 buffer\n", "", 4611686018427387908, 6 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_text(says(lines[i].line), lines[i].says);
		assert_members(facts, lost, lines[i].lost, gaps, lines[i].gaps);
	}
}

/* A line of the file may begin as a note, and be an event. */
TEST_F(the_start_of_a_task_s_name_may_be_that_of_a_note)
{
	assert_text(says("#             x-1 [002] 1.5: " EVENT "\n"),
		    "arrived cpu 2 time 1500000000 of reschedule by 1/-1 #             x\n");
	assert_text(says("CPU:1           -1 [002] 1.5: " EVENT "\n"),
		    "arrived cpu 2 time 1500000000 of reschedule by 1/-1 CPU:1\n");
	assert_text(says("CPU:1 [         -1 [002] 1.5: " EVENT "\n"),
		    "arrived cpu 2 time 1500000000 of reschedule by 1/-1 CPU:1 [\n");
	assert_text(says("cpus=2          -1 [002] 1.5: " EVENT "\n"),
		    "arrived cpu 2 time 1500000000 of reschedule by 1/-1 cpus=2\n");
	assert_null(facts.kind);
	assert_int_equal(facts.nr_cpus, 0);
}

/* Whatever the line was: an event, events that are missing, a line in two pieces. */
TEST_F(the_receiver_may_end_the_reading)
{
	static const char *const lines[] = {
		TASK EVENT "\n" TASK EVENT "\n",
		"CPU:1 [LOST 12 EVENTS]\n" TASK EVENT "\n",
		"##### CPU 1 buffer started ####\n" TASK EVENT "\n",
		TASK "PERF_RECORD_LOST lost 12\n" TASK EVENT "\n",
		TASK EVENT "\n" TASK,
	};

	answer = -7;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(feed(lines[i]), -7);
		assert_int_equal(count_words(told, "\n"), 1);
	}
	text_reader__end(reader);
	assert_false(facts.cut);
	assert_int_equal(feed(TASK), 0);
	assert_int_equal(feed(EVENT "\n" TASK EVENT "\n"), -7);
	assert_int_equal(count_words(told, "\n"), 1);
}

static uint64_t id(const char *text)
{
	return names__id(reader->names, text, strlen(text));
}

TEST_F(names_are_the_same_but_for_the_function_s_length)
{
	struct symbol symbol;

	assert_int_equal(id("f+0x1/0x9 [mod]"), 1);
	assert_int_equal(id("f+0x1/0x88 [mod]"), 1);
	assert_int_equal(id("f+0x1/0x88"), 2);
	assert_int_equal(id("f+0x1  "), 2);
	assert_int_equal(id("f+0x2"), 3);
	assert_int_equal(id("f"), 4);
	assert_int_equal(id(""), 0);
	assert_int_equal(id("0x0"), 0);
	assert_int_equal(id("(nil)"), 0);
	assert_int_equal(id("(nix)"), 5);
	symbol = names__symbol(reader->names, 1);
	assert_members(symbol, name, "f", offset, 1, module, "mod", addr, 1);
	symbol = names__symbol(reader->names, 5);
	assert_members(symbol, name, "(nix)", offset, 0, addr, 5);
	symbol = names__symbol(reader->names, 6);
	assert_int_equal(symbol.addr, 6);
	assert_null(symbol.name);
	symbol = names__symbol(reader->names, 0);
	assert_int_equal(symbol.addr, 0);
	assert_null(symbol.name);
}

TEST_F(a_longer_name_is_cut)
{
	static char name[NAME_BYTES + 2];

	memset(name, 'n', NAME_BYTES + 1);
	assert_int_equal(id(name), 1);
	name[NAME_BYTES - 1] = '\0';
	assert_int_equal(id(name), 1);
	assert_string_equal(names__symbol(reader->names, 1).name, name);
	name[NAME_BYTES - 2] = '\0';
	assert_int_equal(id(name), 2);
}

TEST_MAIN(NULL, NULL)
