// SPDX-License-Identifier: GPL-2.0
/* The block of a storm as a whole; limits from which a figure, a source or a name is shown. */
#include "model/storm.h"
#include "printed.h"
#include "view/text/views.h"
#include "view/words/words.h"

#define SECOND	1000000000ULL
#define NR_CPUS 4

static const struct signature munmap = {
	.name = "tlb_munmap",
	.usual = USUAL_ROUTINE,
	.cause = "programs unmap memory",
	.advice = "unmap less often",
};
static uint64_t sent[NR_CPUS], received[NR_CPUS];
static struct storm storm;
static struct storm_evidence evidence;
static char text[STORM_TEXT];

/* 40,000 csds in two seconds, of two functions, from CPU 0 to the others. */
static int setup(void **state)
{
	setenv("TZ", "UTC", 1);
	for (int cpu = 0; cpu < NR_CPUS; cpu++) {
		sent[cpu] = cpu ? 0 : 40000;
		received[cpu] = cpu ? 13000 : 0;
	}
	evidence = (struct storm_evidence){ .nr_online = NR_CPUS };
	storm = (struct storm){
		.id = 3,
		.reason = STORM_BY_RATE,
		.sig = &munmap,
		.funcs = { { .name = "flush_tlb_func", .count = 30000 },
			   { .name = "do_flush", .module = "mod", .count = 10000 } },
		.nr_funcs = 2,
		.sources = { { .tgid = 4460,
			       .comm = "ipiload",
			       .cgroup = "/a/unit.service",
			       .reason = "munmap",
			       .chain = { "munmap", "sys_call [mod]" },
			       .nr_chain = 2,
			       .has_user = true,
			       .user_func = "purge",
			       .user_module = "libc.so.6",
			       .samples = 30,
			       .csds = 300 },
			     { .tgid = 7,
			       .comm = "other",
			       .reason = "exit",
			       .samples = 10,
			       .csds = 100 } },
		.nr_sources = 2,
		.samples = 40,
		.csds = 400,
		.onset = 5 * SECOND,
		.seen = 9 * SECOND,
		.limit = 8000,
		.cost = { .share = 0.06, .limit = 0.05 },
		.baseline = 120,
		.baseline_known = true,
		.last = { .ns = 2 * SECOND,
			  .cpu_ns = 8 * SECOND,
			  .count = 40000,
			  .all = 50000,
			  .unsampled = 2000,
			  .handler_ns = 80000000,
			  .wait_ns = 400000000,
			  .victim = 13000 },
		.own_counts = true,
		.nr_cpus = NR_CPUS,
		.src = sent,
		.dst = received,
	};
	storm.life = storm.last;
	return 0;
}

static const char *block(void)
{
	size_t len = view__storm_text(text, sizeof(text), &storm, &evidence, 0);

	assert_int_equal(len, strlen(text));
	return text;
}

TEST(a_storm_has_its_rows, setup, NULL)
{
	evidence.changes[0] = (struct change){ 4 * SECOND, "module ipigen was loaded" };
	evidence.changes[1] = (struct change){ 6 * SECOND, "CPU 3 came online" };
	evidence.nr_changes = 2;
	assert_text(
		block(),
		"CULPRIT:  ipiload[4460], munmap in purge\n"
		"STORM tlb_munmap\n"
		"          20000 a second of flush_tlb_func and do_flush [mod], 80 % of all IPIs:\n"
		"          programs unmap memory\n"
		"function  flush_tlb_func 15.0k/s, do_flush [mod] 5.00k/s\n"
		"rate      20.0k/s, 80 % of all IPIs; to the CPU that gets most about 6.50k/s,\n"
		"          previous rate 120/s; more than is usual for this cause\n"
		"limit     8.00k/s to a CPU: working programs often cause thousands a second\n"
		"          rate 0.8 times its limit; cost 6 % of CPU time, 1.2 times its limit of\n"
		"          5 %\n"
		"shape     one CPU after the other; from CPU 0 to CPU 1-3\n"
		"not known the senders of 5 %: no stack of theirs was sampled\n"
		"sources   30 of 40 samples: ipiload[4460] in cgroup /a/unit.service, by munmap <\n"
		"          sys_call [mod] < purge (libc.so.6)\n"
		"          10 of 40 samples: other[7]\n"
		"cost      handlers 40.0ms a second, 1.00 % of all CPU time; senders wait 200ms a\n"
		"          second, 5.0 %; entry and exit of the interrupts are not included\n"
		"onset     about 1970-01-01T00:00:05Z\n"
		"changed   00:00:04 module ipigen was loaded\n"
		"          00:00:06 CPU 3 came online\n"
		"advice    unmap less often\n");
}

/* A storm that lasts has the figures of its life; the rows of the interval are those of the last one. */
TEST(a_note_that_lasts, setup, NULL)
{
	storm.note = true;
	storm.news = STORM_LASTS;
	storm.sig = NULL;
	storm.before = true;
	storm.baseline_known = false;
	storm.cost = (struct storm_cost){ 0.005, 0.05, COST_OF_ONE };
	storm.reason = STORM_BY_RISE;
	storm.last.at_most = true;
	storm.life.own = 4000;
	storm.life.unsampled = 0;
	storm.nr_sources = 0;
	assert_text(
		block(),
		"NOTE unknown\n"
		"          20000 a second of flush_tlb_func and do_flush [mod], 80 % of all IPIs;\n"
		"          no signature knows this function, so the storm has no name\n"
		"function  flush_tlb_func 15.0k/s, do_flush [mod] 5.00k/s\n"
		"rate      at most 20.0k/s, 80 % of all IPIs; to the CPU that gets most about\n"
		"          6.50k/s; far more than before\n"
		"limit     8.00k/s to a CPU: no signature knows what it is for\n"
		"          rate 0.8 times its limit; cost 0.5 % of one CPU's time (an estimate:\n"
		"          1 us for each interrupt), 0.100 times its limit of 5 %\n"
		"          costs less than 1 % of CPU time: a note, which --exit-code and --on\n"
		"          ignore\n"
		"shape     one CPU after the other; from CPU 0 to CPU 1-3\n"
		"sources   not known: no stack of a sender was sampled\n"
		"ipitrace  2.00k/s of these functions are ipitrace's own, and not in the storm's\n"
		"          figures\n"
		"cost      handlers 40.0ms a second, 1.00 % of all CPU time; senders wait 200ms a\n"
		"          second, 5.0 %; entry and exit of the interrupts are not included\n"
		"onset     in the first window, or before ipitrace began\n"
		"advice    ipitrace --stacks -f 'flush_tlb_func' shows who sends it\n");
}

TEST(a_limit_is_compared_with_its_figure, setup, NULL)
{
	assert_has(block(), "rate 0.8 times its limit; cost 6 % of CPU time, 1.2 times its");
	/* Below a tenth three decimals are shown. */
	storm.limit = 64900;
	storm.cost.share = 0.0051;
	assert_has(block(), "rate 0.1 times its limit; cost 0.51 % of CPU time, 0.1 times its");
	storm.limit = 65001;
	storm.cost.share = 0.00495;
	assert_has(block(), "rate 0.100 times its limit; cost 0.5 % of CPU time, 0.099 times its");
	storm.cost.limit = 0;
	assert_lacks(block(), "times its");
	storm.cost.limit = 0.05;
	storm.limit = 0;
	assert_lacks(block(), "times its");
	storm.limit = 8000;
	storm.reason = STORM_BY_SHARE;
	assert_has(block(), "; the cost is over its limit\n");
}

TEST(a_small_average_has_more_decimals, setup, NULL)
{
	storm.last.handler_ns = storm.last.cpu_ns / 20001;
	storm.last.wait_ns = storm.last.cpu_ns / 1999;
	assert_has(block(), "handlers 200us a second, <0.01 % of all CPU time",
		   " a second, 0.1 %; entry");
	storm.last.handler_ns = storm.last.cpu_ns / 19999;
	storm.last.wait_ns = storm.last.cpu_ns / 2001;
	assert_has(block(), "handlers 200us a second, 0.01 % of all CPU time", " 0.05 %; entry");
	storm.last.wait_ns = 0;
	assert_has(block(), " 0.0 %; entry");
}

/* What the host took of the last interval, and what ipitrace sent itself. */
TEST(times_and_csds_that_are_not_the_storms, setup, NULL)
{
	storm.last.stolen =
		(struct steal_sum){ .known = true, .delay = 4000000, .handler = 6000000 };
	storm.last.own = 500;
	block();
	assert_has(
		text, "\nstolen    the host took 2.00ms a second of delays, 3.00ms a second of",
		"\nipitrace  250/s of these functions are ipitrace's own, and not in the storm's\n");
}

TEST(the_interrupts_without_a_csd_have_no_cost, setup, NULL)
{
	storm.funcs[1] = (struct storm_func){ .kind = KIND_RESCHEDULE, .count = 151 };
	assert_has(block(), "function  flush_tlb_func 15.0k/s, reschedule 75.5/s\n",
		   "no event times the other 1 % of the IPIs");
	storm.funcs[1].count = 150;
	assert_lacks(block(), "no event times");
	/* Those of several kinds add up. */
	storm.funcs[1].count = storm.funcs[2].count = 5000;
	storm.funcs[2].kind = KIND_IRQ_WORK;
	storm.nr_funcs = 3;
	assert_has(block(), "no event times the other 25 % of the IPIs");
}

/* Samples tell causes apart that share a function, and so its figures. */
TEST(figures_by_samples_are_estimates, setup, NULL)
{
	static const char words[] = "cost and rate are estimates, by sampled stacks\n";
	struct signature sig = munmap;

	storm.sig = &sig;
	assert_lacks(block(), words);
	sig.via[0] = "munmap";
	assert_has(block(), words);
	sig.via[0] = NULL;
	sig.by[0] = "munmap";
	assert_has(block(), words);
	storm.nr_sources = 0;
	assert_lacks(block(), words);
}

/* How the storm goes from CPU to CPU. */
TEST(a_storm_has_a_shape, setup, NULL)
{
	static const struct signature irq_work = { .name = "perf_work",
						   .cause = "it works",
						   .kinds = 1U << KIND_IRQ_WORK };

	assert_has(block(), "\nshape     one CPU after the other; from CPU 0 to CPU 1-3\n");
	storm.life.many = storm.life.count;
	assert_has(block(),
		   "\nshape     one call to all other CPUs at once; from CPU 0 to CPU 1-3\n");
	evidence.nr_online = 8;
	assert_has(block(),
		   "\nshape     one call to several CPUs at once; from CPU 0 to CPU 1-3\n");
	storm.life.many = 0;
	sent[3] = 4000;
	assert_has(block(),
		   "\nshape     one CPU at a time, from several; from CPU 0,3 to CPU 1-3\n");
	sent[3] = 3999;
	received[1] = received[2] = 0;
	assert_has(block(), "\nshape     one CPU gets all; from CPU 0 to CPU 3\n");
	received[3] = 0;
	assert_has(block(), "\nshape     from CPU 0 to CPU (not known)\n");
	received[3] = 1;
	storm.own_counts = false;
	storm.life.all = 2 * storm.life.count - 1;
	assert_has(block(), "\nshape     one CPU gets all; from CPU 0 to CPU 3\n");
	storm.life.all++;
	assert_has(block(),
		   "\nshape     from CPU 0 to CPU 3 (CPUs of all csds, most of which do not "
		   "belong to\n          this storm)\n");
	storm.funcs[0].name[0] = '\0';
	assert_has(block(), "to CPU 3 (CPUs of all such interrupts, most of which may\n"
			    "          not belong to this storm)\n");
	storm.sig = &irq_work;
	assert_has(block(), "\nshape     each CPU to itself: CPU 3 (CPUs of all such interrupts");
}

/* Four sources at most, and after the first those of a twentieth or more. */
TEST(small_sources_are_left_out, setup, NULL)
{
	for (int i = 0; i < 6; i++) {
		storm.sources[i] = (struct storm_source){ .tgid = 70 + i,
							  .comm = "task",
							  .reason = "munmap",
							  .samples = 10,
							  .csds = 100 };
	}
	storm.nr_sources = 6;
	assert_has(block(), "10 of 40 samples: task[73]\n");
	assert_lacks(text, "task[74]");
	storm.sources[2].csds = 20;
	assert_has(block(), "10 of 40 samples, 5 % of the IPIs: task[72]\n");
	storm.sources[2].csds = 19;
	assert_lacks(block(), "task[72]", "task[73]");
	/* A share of the IPIs is said if it differs from the share of the samples. */
	storm.sources[1].csds = 121;
	assert_has(block(), "10 of 40 samples, 30 % of the IPIs: task[71]\n");
	storm.sources[1].csds = 119;
	assert_has(block(), "10 of 40 samples: task[71]\n");
	storm.sources[0].csds = 1;
	assert_has(block(), "\nsources   10 of 40 samples, 0 % of the IPIs: task[70]\n");
}

TEST(senders_that_were_not_sampled, setup, NULL)
{
	storm.last.unsampled = 201;
	assert_has(
		block(),
		"\nnot known the senders of 1 %: no stack of theirs was sampled\nsources   30 of");
	storm.last.unsampled = 200;
	assert_lacks(block(), "not known");
	storm.nr_sources = 0;
	assert_has(block(), "\nsources   not known: no stack of a sender was sampled\n");
}

/* The program's function without a name or a file, a caller without a reason. */
TEST(a_culprit_is_named_by_what_is_known, setup, NULL)
{
	storm.sources[0].reason[0] = '\0';
	assert_memory_equal(block(), "CULPRIT:  ipiload[4460], munmap in purge\n", 41);
	storm.sources[0].nr_chain = 0;
	assert_memory_equal(block(), "CULPRIT:  ipiload[4460] in purge\n", 33);
	storm.sources[0].user_func[0] = storm.sources[0].user_module[0] = '\0';
	storm.sources[0].user_offset = 0x77;
	assert_memory_equal(block(), "CULPRIT:  ipiload[4460]\n", 24);
	assert_has(text, "30 of 40 samples: ipiload[4460] in cgroup /a/unit.service < 0x77 (no\n"
			 "          file)\n");
	storm.sources[0].has_user = false;
	assert_has(block(), "30 of 40 samples: ipiload[4460] in cgroup /a/unit.service\n");
	/* From half of the csds on there are no others. */
	storm.sources[0].csds = 200;
	assert_memory_equal(block(), "CULPRIT:  ipiload[4460]\n", 24);
	storm.sources[0].csds = 199;
	assert_memory_equal(block(), "CULPRIT:  ipiload[4460], and others\n", 36);
}

TEST(a_stopper_hides_a_culprit_of_less_than_a_tenth, setup, NULL)
{
	struct storm_source *stopper = &storm.sources[0];

	snprintf(stopper->chain[1], sizeof(stopper->chain[1]), "cpu_stopper_thread");
	stopper->samples = 36;
	stopper->csds = 360;
	storm.sources[1].samples = 4;
	storm.sources[1].csds = 40;
	assert_has(block(),
		   "CULPRIT:  other[7], exit (4 of 40 samples; most samples are of stopper "
		   "threads,\n          which work for an unknown task)\n");
	/* A stopper thread works for others, so its cgroup says nothing. */
	assert_lacks(text, "unit.service");
	storm.sources[1].csds = 39;
	assert_has(block(), "CULPRIT:  not known: stopper threads (migration/N) send, and no stack "
			    "shows who\n          queued their work\n");
}

static void print_over(const void *of)
{
	view__storm_over(of, 0);
}

TEST(a_storm_is_over_or_goes_on, setup, NULL)
{
	storm.life.count = 30000;
	assert_string_equal(printed(print_over, &storm),
			    "\ntlb_munmap went on to the end: 4.0 s, mean 15.0k/s, 60 % of all "
			    "IPIs\n");
	storm.news = STORM_ENDED;
	storm.sig = NULL;
	assert_string_equal(printed(print_over, &storm),
			    "\nended: unknown: last seen at 00:00:09, 4.0 s, mean 15.0k/s, 60 % of "
			    "all IPIs\n");
}

static void print_calm(const void *of)
{
	view__no_storm(of);
}

/* The group that came nearest, as far as it is known. */
TEST(the_nearest_has_what_is_known)
{
	struct calm calm = {
		.seconds = 2,
		.csds = 9,
		.handler_ns = 40000000,
		.wait_ns = 4000000,
		.cpu_ns = 4 * SECOND,
		.nearest = { .known = true,
			     .func = { .name = "f", .module = "m" },
			     .rate = 40,
			     .rate_limit = 50,
			     .cost = { 0.002, 0, COST_OF_WAITER },
			     .cpu = 3 },
	};

	assert_text(printed(print_calm, &calm),
		    "\n"
		    "no storm in 2.00 s\n"
		    "nearest   f [m], peak: 40.0 csds/s to one CPU, limit 50.0/s (unknown cause);\n"
		    "          cost 0.2 % of one CPU's time (a quarter of its waits)\n"
		    "average   handlers 1.00 % of CPU time, sender wait 0.10 %\n"
		    "IPIs take 1.1 % of CPU time, near a storm: see ipitrace --by sender\n");
	calm.nearest.cpu_known = true;
	calm.nearest.rate = 50;
	calm.nearest.cost.share = 0.02;
	calm.nearest.names = NAMES_RESTRICTED;
	calm.waits_unknown = true;
	calm.reschedules = 1;
	assert_text(
		printed(print_calm, &calm),
		"\n"
		"no storm in 2.00 s\n"
		"nearest   f [m], peak: 50.0 csds/s to CPU 3, limit 50.0/s (names are hidden:\n"
		"          sysctl kernel.kptr_restrict); cost 2 % of one CPU's time (a quarter of\n"
		"          its waits); over a limit once\n"
		"average   handlers 1.00 % of CPU time, sender wait not known; reschedules not\n"
		"          timed\n"
		"handlers take 1.1 % of CPU time; how long senders waited is not known\n");
	calm.nearest.known = false;
	calm.csds = 0;
	assert_text(printed(print_calm, &calm), "\n"
						"no storm in 2.00 s\n"
						"no IPI was sent: a slow host has another cause\n");
}

TEST_MAIN(NULL, NULL)
