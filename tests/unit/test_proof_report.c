// SPDX-License-Identifier: GPL-2.0
/* prove/page and prove/json: each number of a proof, and what is said where there is none. */
#include "prove/parts.h"
#include "printed.h"

#define PAGE                                                                                   \
	"VERDICT: not equal: a csd is wrong\n"                                                 \
	"\n"                                                                                   \
	"csds in 1.235 s        ipitrace 51, ftrace 52\n"                                      \
	"matched one by one    53, by sender, target, function and time\n"                     \
	"at the window's ends  54, by one tracer only: not judged\n"                           \
	"hidden from BPF       57, in the time of threads of pid 1\n"                          \
	"with a missing event  44, by ftrace, which counts none as lost\n"                     \
	"by one tracer only    ipitrace 55, ftrace 56\n"                                       \
	"ledger                41 queued, of them 42 lost and 45 in flight\n"                  \
	"\n"                                                                                   \
	"FUNCTION                               IPITRACE       FTRACE\n"                       \
	"  wrong                                      30           31  NOT EQUAL\n"            \
	"  a_long_name_of_a_function_that_i           40           41\n"                       \
	"  many                                       20           21\n"                       \
	"  few                                        10           11\n"                       \
	"  of a module                                 5            6\n"                       \
	"\n"                                                                                   \
	"FROM CPU -> TO CPU                     IPITRACE       FTRACE\n"                       \
	"  8 -> 1                                    108          109\n"                       \
	"  7 -> 2                                    107          108\n"                       \
	"  6 -> 3                                    106          107\n"                       \
	"  5 -> 4                                    105          106\n"                       \
	"  4 -> 5                                    104          105\n"                       \
	"  3 -> 6                                    103          104\n"                       \
	"  2 -> 7                                    102          103\n"                       \
	"  1 -> 8                                    101          102\n"                       \
	"  and 1 more: -j\n"                                                                   \
	"  not compared row by row: 2 csds that ipitrace sums up\n"                            \
	"\n"                                                                                   \
	"INTERRUPTS, AND LOCAL CALLS            IPITRACE       FTRACE\n"                       \
	"  call_function sent                         31           31\n"                       \
	"  call_function arrived                      32           32\n"                       \
	"  reschedule sent                             -           33\n"                       \
	"  reschedule arrived                         34            -\n"                       \
	"  irq_work sent to self                      35           90  NOT EQUAL\n"            \
	"  irq_work arrived                           36           36\n"                       \
	"  ran on the sender                          37           37\n"                       \
	"  may differ by the interrupts within 50 ms of the beginning or the end;\n"           \
	"  arrived: ipitrace takes this figure from /proc/interrupts\n"                        \
	"\n"                                                                                   \
	"stalls from 61.500 ms on  62 reported: 64 also by ftrace, 67 false, 65 not judged\n"  \
	"                       68 were not reported, 69 were part of a reported stall\n"      \
	"                       66 by one tracer only: their clock readings are far apart\n"   \
	"  FALSE: delay of 71 ns at 0.001500 s, 2 -> 3, few, by ftrace 73\n"                   \
	"  NOT REPORTED: handler of 72 ns at 0.002500 s, 4 -> 5, many\n"                       \
	"\n"                                                                                   \
	"waits of senders       81 calls: 82 as long as ftrace's csds, 86 false\n"             \
	"                       83 longer, as ipitrace times the whole call, 85 not judged\n"  \
	"                       84 not compared: a csd's clock readings are far apart\n"       \
	"  FALSE: 87 ns at 0.004000 s, CPU 4, many; its csds - ns, by ftrace 88\n"             \
	"\n"                                                                                   \
	"delay    101 compared: +105 ns in the mean, 103 beyond 102 ns\n"                      \
	"handler  104 compared: +0 ns in the mean, 106 beyond 105 ns\n"                        \
	"apart    58 times: over 10 us between both clock readings, not compared\n"            \
	"wrong    59 impossible times: before ftrace's time, or after the CPU's next event\n"  \
	"queue    ipitrace reads the clock 111 ns after ftrace (-2 at least),\n"               \
	"         5th percentile 112 (114 at most)\n"                                          \
	"entry    too few csds to say how far both readings are apart\n"                       \
	"exit     ipitrace reads the clock 114 ns after ftrace (115 at least),\n"              \
	"         5th percentile 116 (117 at most)\n"                                          \
	"\n"                                                                                   \
	"cost by the kernel's statistics, which themselves add to the cost:\n"                 \
	"  queue                                     122 ns a run\n"                           \
	"  exit                                       26 ns a run\n"                           \
	"  round trip of a membarrier                1.3 us, with ftrace 2.4, with both 3.5\n" \
	"\n"                                                                                   \
	"the first csd that only one tracer has (s, CPUs, ns):\n"                              \
	"    ipitrace    0.006000  6 -> 7  delay 206  handler 306  many\n"                     \
	"\n"                                                                                   \
	"the first csd that only one tracer has (s, CPUs, ns):\n"                              \
	"    ftrace      0.007000  7 -> 8  delay -  handler 307  many\n"                       \
	"\n"                                                                                   \
	"the first impossible time (s, CPUs, ns):\n"                                           \
	"    ipitrace    0.008000  8 -> 9  delay 208  handler 308  many\n"                     \
	"    ftrace      0.009000  9 -> 10  delay -  handler 309  many\n"                      \
	"\n"                                                                                   \
	"the largest differences (s, CPUs, ns):\n"                                             \
	"  delay 92\n"                                                                         \
	"    ipitrace    0.010000  10 -> 11  delay 210  handler 310  many\n"                   \
	"    ftrace      0.011000  11 -> 12  delay -  handler 311  many\n"                     \
	"  handler 93\n"                                                                       \
	"    ipitrace    0.012000  12 -> 13  delay 212  handler 312  many\n"                   \
	"    ftrace      0.013000  13 -> 14  delay -  handler 313  many\n"

#define JSON                                                                                            \
	"{\"verdict\":\"not_equal\",\"why\":\"a csd is wrong\",\"machine\":{\"kernel\":\"6.18\","       \
	"\"arch\":\"x86_64\",\"cpu_model\":\"A CPU\",\"hypervisor\":true,\"cpus\":2,\"cores\":4,"       \
	"\"packages\":3,\"nodes\":5},\"window\":{\"mono_start\":5000000000,"                            \
	"\"mono_end\":6234567890},\"csds\":{\"ipitrace\":51,\"ftrace\":52,\"queued\":41,"               \
	"\"matched\":53,\"at_ends\":54,\"hidden\":57,\"lost\":42,\"in_flight\":45,\"unrecorded\":87,"   \
	"\"ipitrace_alone\":55,\"ftrace_alone\":56,\"ftrace_gaps\":44},"                                \
	"\"functions\":[{\"func\":\"few\",\"ipitrace\":10,\"ftrace\":11,\"matched\":10},"               \
	"{\"func\":\"many\",\"ipitrace\":20,\"ftrace\":21,\"matched\":20},{\"func\":\"wrong\","         \
	"\"ipitrace\":30,\"ftrace\":31,\"matched\":32},"                                                \
	"{\"func\":\"a_long_name_of_a_function_that_is_cut\",\"ipitrace\":40,\"ftrace\":41,"            \
	"\"matched\":40},{\"func\":\"of a module\",\"ipitrace\":5,\"ftrace\":6,\"matched\":5}],"        \
	"\"edges\":[{\"src\":0,\"dst\":9,\"ipitrace\":100,\"ftrace\":101,\"matched\":100},{\"src\":1,"  \
	"\"dst\":8,\"ipitrace\":101,\"ftrace\":102,\"matched\":101},{\"src\":2,\"dst\":7,"              \
	"\"ipitrace\":102,\"ftrace\":103,\"matched\":102},{\"src\":3,\"dst\":6,\"ipitrace\":103,"       \
	"\"ftrace\":104,\"matched\":103},{\"src\":4,\"dst\":5,\"ipitrace\":104,\"ftrace\":105,"         \
	"\"matched\":104},{\"src\":5,\"dst\":4,\"ipitrace\":105,\"ftrace\":106,\"matched\":105},"       \
	"{\"src\":6,\"dst\":3,\"ipitrace\":106,\"ftrace\":107,\"matched\":106},{\"src\":7,\"dst\":2,"   \
	"\"ipitrace\":107,\"ftrace\":108,\"matched\":107},{\"src\":8,\"dst\":1,\"ipitrace\":108,"       \
	"\"ftrace\":109,\"matched\":108}],\"interrupts\":[{\"kind\":\"call_function_sent\","            \
	"\"ipitrace\":31,\"ftrace\":31,\"at_ends\":0,\"hidden\":0},"                                    \
	"{\"kind\":\"call_function_received\",\"ipitrace\":32,\"ftrace\":32,\"at_ends\":0,"             \
	"\"hidden\":1},{\"kind\":\"reschedule_sent\",\"ipitrace\":null,\"ftrace\":33,\"at_ends\":0,"    \
	"\"hidden\":2},{\"kind\":\"reschedule_received\",\"ipitrace\":34,\"ftrace\":null,"              \
	"\"at_ends\":0,\"hidden\":3},{\"kind\":\"irq_work_sent\",\"ipitrace\":35,\"ftrace\":90,"        \
	"\"at_ends\":50,\"hidden\":4},{\"kind\":\"irq_work_received\",\"ipitrace\":36,\"ftrace\":36,"   \
	"\"at_ends\":0,\"hidden\":5},{\"kind\":\"local\",\"ipitrace\":37,\"ftrace\":37,\"at_ends\":0,"  \
	"\"hidden\":6}],\"stalls\":{\"threshold\":61500000,\"told\":62,\"confirmed\":64,\"false\":67,"  \
	"\"missing\":68,\"apart\":66,\"covered\":69,\"not_judged\":65,\"dropped\":63},"                 \
	"\"waits\":{\"exact\":true,\"calls\":81,\"confirmed\":82,\"longer\":83,\"apart\":84,"           \
	"\"not_judged\":85,\"false\":86,\"first_false\":{\"time\":5004000000,\"src\":4,"                \
	"\"func\":\"many\",\"wait\":87,\"ipitrace\":null,\"ftrace\":88}},\"delay\":{\"count\":101,"     \
	"\"bound\":102,\"beyond\":103,\"mean\":105.3},\"handler\":{\"count\":104,\"bound\":105,"        \
	"\"beyond\":106,\"mean\":null},\"apart\":58,\"impossible\":59,"                                 \
	"\"first_impossible\":{\"of\":\"handler\",\"difference\":91,"                                   \
	"\"ipitrace\":{\"time\":5008000000,\"src\":8,\"dst\":9,\"func\":\"many\",\"delay\":208,"        \
	"\"handler\":308},\"ftrace\":{\"time\":5009000000,\"src\":9,\"dst\":10,\"func\":\"many\","      \
	"\"delay\":null,\"handler\":309}},\"readings\":{\"queue\":{\"mean\":111.3,\"least\":-2.3,"      \
	"\"low\":112.5,\"most\":113.7},\"entry\":null,\"exit\":{\"mean\":114.0,\"least\":115.0,"        \
	"\"low\":116.0,\"most\":117.0}},\"cost\":{\"programs\":[{\"name\":\"queue\",\"runs\":4,"        \
	"\"ns\":490},{\"name\":\"exit\",\"runs\":2,\"ns\":51}],\"membarrier\":{\"bare\":1260,"          \
	"\"ftrace\":2370,\"both\":3480}},\"largest\":[{\"of\":\"delay\",\"difference\":92,"             \
	"\"ipitrace\":{\"time\":5010000000,\"src\":10,\"dst\":11,\"func\":\"many\",\"delay\":210,"      \
	"\"handler\":310},\"ftrace\":{\"time\":5011000000,\"src\":11,\"dst\":12,\"func\":\"many\","     \
	"\"delay\":null,\"handler\":311}},{\"of\":\"handler\",\"difference\":93,"                       \
	"\"ipitrace\":{\"time\":5012000000,\"src\":12,\"dst\":13,\"func\":\"many\",\"delay\":212,"      \
	"\"handler\":312},\"ftrace\":{\"time\":5013000000,\"src\":13,\"dst\":14,\"func\":\"many\","     \
	"\"delay\":null,\"handler\":313}}],\"alone\":[{\"ipitrace\":{\"time\":5006000000,\"src\":6,"    \
	"\"dst\":7,\"func\":\"many\",\"delay\":206,\"handler\":306}},{\"ftrace\":{\"time\":5007000000," \
	"\"src\":7,\"dst\":8,\"func\":\"many\",\"delay\":null,\"handler\":307}}]}"

#define PAGE_OF_NOTHING                                                                      \
	"VERDICT: equal\n"                                                                   \
	"\n"                                                                                 \
	"csds in 1.235 s        ipitrace 0, ftrace 0\n"                                      \
	"matched one by one    0, by sender, target, function and time\n"                    \
	"at the window's ends  0, by one tracer only: not judged\n"                          \
	"hidden from BPF       0, in the time of threads of pid 1\n"                         \
	"with a missing event  44, by ftrace, which counts none as lost\n"                   \
	"by one tracer only    ipitrace 0, ftrace 0\n"                                       \
	"ledger                41 queued, of them 42 lost and 45 in flight\n"                \
	"\n"                                                                                 \
	"FUNCTION                               IPITRACE       FTRACE\n"                     \
	"  kvm_flush                                   5            5\n"                     \
	"  not compared row by row: 6 csds that ipitrace sums up\n"                          \
	"\n"                                                                                 \
	"FROM CPU -> TO CPU                     IPITRACE       FTRACE\n"                     \
	"\n"                                                                                 \
	"INTERRUPTS, AND LOCAL CALLS            IPITRACE       FTRACE\n"                     \
	"  call_function sent                          -            -\n"                     \
	"  call_function arrived                       -            -\n"                     \
	"  reschedule sent                             -            -\n"                     \
	"  reschedule arrived                          -            -\n"                     \
	"  irq_work sent to self                       -            -\n"                     \
	"  irq_work arrived                            -            -\n"                     \
	"  ran on the sender                           -            -\n"                     \
	"  may differ by the interrupts within 50 ms of the beginning or the end;\n"         \
	"  arrived: ipitrace takes this figure from /proc/interrupts\n"                      \
	"\n"                                                                                 \
	"stalls from 0.000 ms on  0 reported: 0 also by ftrace, 0 false, 0 not judged\n"     \
	"                       0 were not reported, 0 were part of a reported stall\n"      \
	"                       0 by one tracer only: their clock readings are far apart\n"  \
	"\n"                                                                                 \
	"waits of senders       0 calls: 0 as long as ftrace's csds, 0 false\n"              \
	"                       0 longer, as ipitrace times the whole call, 0 not judged\n"  \
	"                       0 not compared: a csd's clock readings are far apart\n"      \
	"\n"                                                                                 \
	"delay    0 compared: +0 ns in the mean, 0 beyond 0 ns\n"                            \
	"handler  0 compared: +0 ns in the mean, 0 beyond 0 ns\n"                            \
	"apart    0 times: over 10 us between both clock readings, not compared\n"           \
	"wrong    0 impossible times: before ftrace's time, or after the CPU's next event\n" \
	"queue    too few csds to say how far both readings are apart\n"                     \
	"entry    too few csds to say how far both readings are apart\n"                     \
	"exit     too few csds to say how far both readings are apart\n"                     \
	"\n"                                                                                 \
	"cost by the kernel's statistics, which themselves add to the cost:\n"               \
	"  round trip of a membarrier       not known: no other CPU was free\n"

#define JSON_OF_NOTHING                                                                                      \
	"{\"verdict\":\"equal\",\"why\":null,\"machine\":{\"kernel\":\"\",\"arch\":\"\",\"cpu_model\":null," \
	"\"hypervisor\":false,\"cpus\":null,\"cores\":null,\"packages\":null,\"nodes\":null},"               \
	"\"window\":{\"mono_start\":5000000000,\"mono_end\":6234567890},\"csds\":{\"ipitrace\":0,"           \
	"\"ftrace\":0,\"queued\":41,\"matched\":0,\"at_ends\":0,\"hidden\":0,\"lost\":42,"                   \
	"\"in_flight\":45,\"unrecorded\":87,\"ipitrace_alone\":0,\"ftrace_alone\":0,"                        \
	"\"ftrace_gaps\":44},\"functions\":[{\"func\":\"kvm_flush\",\"ipitrace\":5,\"ftrace\":5,"            \
	"\"matched\":5}],\"edges\":[],\"interrupts\":[{\"kind\":\"call_function_sent\","                     \
	"\"ipitrace\":null,\"ftrace\":null,\"at_ends\":0,\"hidden\":0},"                                     \
	"{\"kind\":\"call_function_received\",\"ipitrace\":null,\"ftrace\":null,\"at_ends\":0,"              \
	"\"hidden\":0},{\"kind\":\"reschedule_sent\",\"ipitrace\":null,\"ftrace\":null,\"at_ends\":0,"       \
	"\"hidden\":0},{\"kind\":\"reschedule_received\",\"ipitrace\":null,\"ftrace\":null,"                 \
	"\"at_ends\":0,\"hidden\":0},{\"kind\":\"irq_work_sent\",\"ipitrace\":null,\"ftrace\":null,"         \
	"\"at_ends\":0,\"hidden\":0},{\"kind\":\"irq_work_received\",\"ipitrace\":null,"                     \
	"\"ftrace\":null,\"at_ends\":0,\"hidden\":0},{\"kind\":\"local\",\"ipitrace\":null,"                 \
	"\"ftrace\":null,\"at_ends\":0,\"hidden\":0}],\"stalls\":{\"threshold\":0,\"told\":0,"               \
	"\"confirmed\":0,\"false\":0,\"missing\":0,\"apart\":0,\"covered\":0,\"not_judged\":0,"              \
	"\"dropped\":0},\"waits\":{\"exact\":false,\"calls\":0,\"confirmed\":0,\"longer\":0,"                \
	"\"apart\":0,\"not_judged\":0,\"false\":0,\"first_false\":null},\"delay\":{\"count\":0,"             \
	"\"bound\":0,\"beyond\":0,\"mean\":null},\"handler\":{\"count\":0,\"bound\":0,\"beyond\":0,"         \
	"\"mean\":null},\"apart\":0,\"impossible\":0,\"first_impossible\":null,"                             \
	"\"readings\":{\"queue\":null,\"entry\":null,\"exit\":null},\"cost\":{\"programs\":[],"              \
	"\"membarrier\":{\"bare\":1,\"ftrace\":2,\"both\":null}},\"largest\":[],\"alone\":[]}"

#define START 5000000000ULL

static struct names *names;
static struct proof_table functions, edges;
static struct proof_kinds kinds;
static struct proof_stalls stalls;
static struct proof_waits waits;
static struct proof_input in;
static struct proof proof;
static struct proof_report report;

static uint64_t name(const char *text)
{
	return names__id(names, text, strlen(text));
}

/* Add a row whose figures are @first and the numbers that follow it. */
static void add_row(struct proof_table *table, uint64_t key, uint64_t first, bool holds)
{
	struct proof_row *row;

	proof_table__report(table, key, first);
	row = &table->rows[table->map.nr - 1];
	row->within = first + 1;
	row->matched = holds ? first : first + 2;
}

static void make_tables(void)
{
	static const char *const funcs[] = { "few", "many", "wrong",
					     "a_long_name_of_a_function_that_is_cut" };

	assert_int_equal(proof_table__open(&functions) ?: proof_table__open(&edges), 0);
	for (size_t i = 0; i < ARRAY_SIZE(funcs); i++)
		add_row(&functions, name(funcs[i]), 10 + 10 * i, i != 2);
	add_row(&functions, name("kvm_flush [kvm]"), 5, true);
	edges.other = 2;
	for (uint32_t i = 0; i < 9; i++)
		add_row(&edges, proof_edge(i, 9 - i), 100 + i, true);
}

static struct proof_csd csd(uint64_t n)
{
	return (struct proof_csd){ .queued = START + n * 1000000,
				   .delay = n % 2 ? PROOF_UNKNOWN : 200 + n,
				   .handler = 300 + n,
				   .func = name("many"),
				   .src = n,
				   .dst = n + 1 };
}

/* A comparison in which everything has gone wrong once. */
static int setup(void **state)
{
	static struct proof_stall untrue = { PROOF_DELAY, START + 1500000, 71, 0, 2, 3, false };
	static struct proof_stall missing = { PROOF_HANDLER, START + 2500000, 72, 0, 4, 5, false };

	names = names__new();
	assert_non_null(names);
	make_tables();
	untrue.func = name("few");
	missing.func = name("many");
	for (int i = 0; i < NR_PROOF_KINDS; i++)
		kinds.rows[i] =
			(struct proof_kind){ i != 2, i != 3, 31 + i, i == 4 ? 90 : 31 + i, 0, i };
	kinds.rows[4].ends = 50;
	stalls = (struct proof_stalls){ 61500000, NULL, 62, 63,	    64,	     65, 66,
					67,	  68,	69, untrue, missing, 73 };
	waits = (struct proof_waits){ true, 81, 82, 83,
				      84,   85, 86, { csd(4), 87, PROOF_UNKNOWN, 88 } };
	in = (struct proof_input){ .start = START,
				   .end = START + 1234567890,
				   .ledger = { 41, 42, 45 },
				   .functions = &functions,
				   .edges = &edges,
				   .kinds = &kinds,
				   .stalls = &stalls,
				   .waits = &waits,
				   .gaps = 44 };
	proof = (struct proof){ .verdict = PROOF_NOT_EQUAL,
				.why = "a csd is wrong",
				.csds = { 51, 52 },
				.matched = 53,
				.at_ends = 54,
				.alone = { 55, 56 },
				.hidden = 57,
				.stray = { csd(6), csd(7) },
				.apart = 58,
				.impossible = 59,
				.first_impossible = { PROOF_HANDLER, { csd(8), csd(9) }, 91 },
				.worst = { { PROOF_DELAY, { csd(10), csd(11) }, 92 },
					   { PROOF_HANDLER, { csd(12), csd(13) }, 93 } },
				.nr_worst = 2 };
	proof.differences[PROOF_DELAY] = (struct proof_differences){
		.count = 101, .bound = 102, .beyond = 103, .near = 4, .sum = 421
	};
	proof.differences[PROOF_HANDLER] =
		(struct proof_differences){ .count = 104, .bound = 105, .beyond = 106 };
	proof.means[PROOF_QUEUE] = (struct proof_mean){ true, 111.26, -2.34, 112.5, 113.7 };
	proof.means[PROOF_EXIT] = (struct proof_mean){ true, 114, 115, 116, 117 };
	report = (struct proof_report){ .proof = &proof, .in = &in, .names = names };
	report.machine = (struct machine_facts){
		{ .release = "6.18", .machine = "x86_64" }, "A CPU", true, 2, 3, 4, 5
	};
	report.cost = (struct proof_cost){
		{ { "queue", 4, 490 }, { "exit", 2, 51 } }, 2, 1260, 2370, 3480
	};
	return 0;
}

static int teardown(void **state)
{
	printed_restore(state);
	proof_table__close(&functions);
	proof_table__close(&edges);
	memset(&functions, 0, sizeof(functions));
	memset(&edges, 0, sizeof(edges));
	names__free(names);
	return 0;
}

/* Nothing was seen: most has no value. */
static int setup_nothing(void **state)
{
	setup(state);
	proof_table__close(&functions);
	proof_table__close(&edges);
	memset(&functions, 0, sizeof(functions));
	memset(&edges, 0, sizeof(edges));
	assert_int_equal(proof_table__open(&functions) ?: proof_table__open(&edges), 0);
	proof_table__report(&functions, name("kvm_flush [kvm]"), 5);
	functions.rows[0].matched = functions.rows[0].within = 5;
	functions.rowless = 6;
	memset(&kinds, 0, sizeof(kinds));
	memset(&stalls, 0, sizeof(stalls));
	memset(&waits, 0, sizeof(waits));
	memset(&proof, 0, sizeof(proof));
	memset(&report.machine, 0, sizeof(report.machine));
	report.cost = (struct proof_cost){ .bare = 1, .ftrace = 2 };
	report.details = true;
	return 0;
}

static void print_page(const void *of)
{
	proof__page(&report);
}

static void print_json(const void *of)
{
	json_t *json = proof__json(&report);
	char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));

	assert_non_null(text);
	printf("%s", text);
	free(text);
	json_decref(json);
}

TEST_F(the_page)
{
	assert_string_equal(printed(print_page, NULL), PAGE);
}

TEST_F(the_json)
{
	assert_string_equal(printed(print_json, NULL), JSON);
}

#define TEST_NOTHING(name) TEST(name, setup_nothing, teardown)

TEST_NOTHING(the_page_of_nothing)
{
	assert_string_equal(printed(print_page, NULL), PAGE_OF_NOTHING);
}

TEST_NOTHING(the_json_of_nothing)
{
	assert_string_equal(printed(print_json, NULL), JSON_OF_NOTHING);
}

/* One of the three figures is not known. */
TEST_F(a_round_trip_has_all_its_figures)
{
	uint64_t *const figures[] = { &report.cost.bare, &report.cost.ftrace, &report.cost.both };

	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		uint64_t figure = *figures[i];

		*figures[i] = 0;
		assert_has(printed(print_page, NULL),
			   "membarrier       not known: no other CPU was free\n");
		*figures[i] = figure;
	}
}

TEST_F(a_function_without_names_has_none)
{
	assert_string_equal(proof__func(&report, 0), "?");
	report.names = NULL;
	assert_string_equal(proof__func(&report, name("many")), "?");
}

TEST_F(there_may_be_no_verdict)
{
	static const char *const whys[] = { "no tracefs", "" };
	static const char *const want[] = { "{\"verdict\":\"no_verdict\",\"why\":\"no tracefs\"}",
					    "{\"verdict\":\"no_verdict\",\"why\":null}" };

	for (size_t i = 0; i < ARRAY_SIZE(whys); i++) {
		json_t *json = proof__json_none(whys[i]);
		char *text = json_dumps(json, JSON_COMPACT);

		assert_string_equal(text, want[i]);
		free(text);
		json_decref(json);
	}
}

static long nr_taken, nr_granted; /* blocks that are not freed; allocations until one fails */

static void *take(size_t size)
{
	if (!nr_granted--)
		return NULL;
	nr_taken++;
	return malloc(size);
}

static void give_back(void *block)
{
	nr_taken -= !!block;
	free(block);
}

/* Each allocation fails once: the JSON is then whole, or not there. */
TEST_F(without_memory_there_is_no_json)
{
	json_malloc_t malloc_fn;
	json_free_t free_fn;
	json_t *json = NULL, *whole = proof__json(&report);
	long nr;

	json_get_alloc_funcs(&malloc_fn, &free_fn);
	json_set_alloc_funcs(take, give_back);
	for (nr = 0; nr < 10000 && !json; nr++) {
		nr_granted = nr;
		json = proof__json(&report);
		if (json)
			assert_true(json_equal(json, whole));
		if (nr_granted >= 0)
			break;
		json_decref(json);
		json = NULL;
		assert_int_equal(nr_taken, 0);
	}
	assert_in_range(nr, 100, 9999);
	json_decref(json);
	assert_int_equal(nr_taken, 0);
	json_set_alloc_funcs(malloc_fn, free_fn);
	json_decref(whole);
}

TEST_MAIN(NULL, NULL)
