// SPDX-License-Identifier: GPL-2.0
/* The storm detector: when it reports a storm, when it must not, and under which name. */
#include "model/storm.h"
#include "storm/detector.h"
#include "storm/groups.h"
#include "ordinary.h"
#include "storm_feed.h"

static const struct flow membarrier = F("ipi_mb", 30000, .callsite = "on_each_cpu_cond_mask");
static const struct flow tlb = F("flush_tlb_func", 30000, .callsite = "on_each_cpu_cond_mask");
static const struct flow tsc = F("tsc_khz_changed", 2600, .module = "kvm");

TEST(nothing_in_idle)
{
	struct feed feed = feed_new(4, 0.4);

	feed_windows(&feed, 30, CALM);
	feed_has(&feed, 0, 30, FLOWS(F("sched_ttwu_pending", 30), F("ipi_mb", 3), F(NULL, 100)));
	assert_int_equal(storm_detector__end(feed.detector), 0);
	assert_int_equal(feed_count(&feed), 0);
}

/* Loads that are steady from the start, begin after idle, and come and go. */
TEST(nothing_in_steady_legal_load)
{
	static const struct flow loads[] = {
		F("ipi_mb", 1000),
		F("flush_tlb_func", 1000),
		F("ipigen_single_wait", 1000, .module = "ipigen"),
		F("sched_ttwu_pending", 2500),
		F(NULL, 4000),
		F("__rdmsr_safe_on_cpu", 100),
		F("do_sync_core", 15),
	};

	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		struct feed feed = feed_new(2, 1);

		for (int turn = 0; turn < 5; turn++) {
			feed_windows(&feed, 7, (const struct flow[]){ loads[i], { .rate = 0 } });
			feed_windows(&feed, 5, CALM);
		}
		if (feed_count(&feed))
			print_error("%s\n", loads[i].func);
		assert_int_equal(feed_count(&feed), 0);
	}
}

/* A build sends many wake-ups and reschedules for one second. */
TEST(a_burst_is_no_storm)
{
	struct feed feed = feed_new(2, 1);
	struct flow burst[] = { F("do_sync_core", 200), F(NULL, 6400), { .rate = 0 } };

	feed_windows(&feed, 2, FLOWS(F(NULL, 1000)));
	for (int i = 0; i < 10; i++) {
		feed_window(&feed, 1, burst);
		assert_int_equal(feed_count(&feed), 0);
		feed_has(&feed, 0, 3, FLOWS(F(NULL, 1000)));
	}
}

/* The second window that has the storm names it, wherever in the first it began. */
TEST(an_onset_is_named_within_two_windows)
{
	const struct flow *const storms[] = { &membarrier, &tlb, &tsc };

	for (size_t i = 0; i < ARRAY_SIZE(storms); i++) {
		for (double part = 0.01; part <= 1; part += 0.11) {
			struct feed feed = feed_new(4, 0.4);
			struct flow first = *storms[i];
			const struct storm *storm;
			int64_t off;

			feed_windows(&feed, 6, FLOWS(F("flush_tlb_func", 40)));
			first.rate *= part;
			feed_window(&feed, 1, FLOWS(F("flush_tlb_func", 40), first));
			feed_window(&feed, 1, FLOWS(F("flush_tlb_func", 40), *storms[i]));
			assert_int_equal(feed_count(&feed), 1);
			storm = feed_first(&feed);
			assert_members(*storm, news, STORM_BEGAN, funcs[0].name, storms[i]->func,
				       before, false, baseline_known, true);
			/* The count of the first window gives the onset. */
			off = storm->onset - (feed.now - SECOND - (uint64_t)(part * SECOND));
			assert_in_range(off + SECOND / 50, 0, SECOND / 25);
		}
	}
}

/* A rate below the limit is a storm only after a rise. */
TEST(a_rise_counts_for_more)
{
	const struct flow *load = FLOWS(F("nohz_csd_func", 1700));
	struct feed feed = feed_new(2, 1);

	feed_has(&feed, 0, 20, load);

	feed = feed_new(2, 1);
	feed_windows(&feed, 8, FLOWS(F("nohz_csd_func", 100)));
	feed_has(&feed, 1, 2, load);
	assert_int_equal(feed_first(&feed)->reason, STORM_BY_RISE);

	/* On a machine that often sends this many, the rate is no storm. */
	feed = feed_new(2, 1);
	feed_windows(&feed, 8, FLOWS(F("nohz_csd_func", 400)));
	feed_has(&feed, 0, 8, load);
}

TEST(found_in_the_middle_of_it)
{
	struct feed feed = feed_new(4, 0.4);

	feed_window(&feed, 1, FLOWS(tsc));
	assert_int_equal(feed_count(&feed), 0);
	feed_window(&feed, 1, FLOWS(tsc));
	assert_int_equal(feed_count(&feed), 1);
	assert_members(*feed_first(&feed), before, true, baseline_known, false, onset,
		       feed.now - 2 * SECOND);
}

/* A run of a single window, however short. */
TEST(a_single_window_will_do)
{
	static const double seconds[] = { 5, 0.3, 0.05 };

	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
		struct feed feed = feed_new(4, 0.4);

		feed_window(&feed, seconds[i], FLOWS(membarrier));
		assert_int_equal(feed_count(&feed), 0);
		assert_int_equal(storm_detector__end(feed.detector), 0);
		assert_int_equal(feed_count(&feed), 1);
		assert_int_equal(feed_first(&feed)->news, STORM_BEGAN);
	}
}

/* A window of a millisecond is too short for a rate. */
TEST(short_windows_are_put_together)
{
	struct feed feed = feed_new(2, 1);

	for (int i = 0; i < 3000; i++)
		feed_window(&feed, 0.001, i % 10 ? CALM : FLOWS(F("do_sync_core", 1000 * 0.2)));
	assert_int_equal(feed_count(&feed), 0);
	for (int i = 0; i < 500; i++)
		feed_window(&feed, 0.001, FLOWS(membarrier));
	assert_int_equal(feed_count(&feed), 1);
}

TEST(a_storm_ends)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm *storm;

	feed_windows(&feed, 5, CALM);
	feed_windows(&feed, 10, FLOWS(membarrier));
	storm = feed_first(&feed);
	assert_int_equal(storm->news, STORM_LASTS);
	feed_window(&feed, 1, FLOWS(F("ipi_mb", 100)));
	storm = feed_first(&feed);
	assert_members(*storm, news, STORM_ENDED, id, 1, seen, feed.now - SECOND);
	/* The figures do not include the interval in which the storm ended. */
	assert_in_range(sums__rate(&storm->life), 29900, 30100);
	feed_window(&feed, 1, CALM);
	assert_int_equal(feed_count(&feed), 0);
	/* The next storm gets a new id. */
	feed_windows(&feed, 3, FLOWS(membarrier));
	assert_int_equal(feed_first(&feed)->id, 2);
}

/* A storm lasts until it is below half of the limit that it exceeded. */
TEST(a_storm_lasts_down_to_half_of_its_limit)
{
	static const struct {
		struct flow begins, lasts, ends;
		enum storm_reason reason;
	} storms[] = {
		/* 2,000 a second on one CPU */
		{ F("nohz_csd_func", 2100), F("nohz_csd_func", 1050), F("nohz_csd_func", 950),
		  STORM_BY_RATE },
		/* 5 % of a CPU's time: the load takes 6 %, 2.7 % and 2.3 %. */
		{ F("mon_event_count", 60, .handler = 1000000),
		  F("mon_event_count", 27, .handler = 1000000),
		  F("mon_event_count", 23, .handler = 1000000), STORM_BY_SHARE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(storms); i++) {
		struct feed feed = feed_new(2, 1);
		const struct storm *storm;

		feed_has(&feed, 1, 3, FLOWS(storms[i].begins));
		assert_int_equal(feed_first(&feed)->reason, storms[i].reason);
		feed_windows(&feed, 5, FLOWS(storms[i].lasts));
		storm = feed_first(&feed);
		assert_non_null(storm);
		assert_members(*storm, news, STORM_LASTS, id, 1);
		feed_window(&feed, 1, FLOWS(storms[i].ends));
		assert_int_equal(feed_first(&feed)->news, STORM_ENDED);
	}
}

/* The limit of the rate depends on how usual the cause is. */
TEST(each_cause_has_its_own_limit)
{
	static const struct {
		const char *func;
		double limit;
	} causes[] = {
		{ "do_sync_core", 50 }, /* rare */
		{ "__rdmsr_on_cpu", 200 }, /* occasional */
		{ "nohz_csd_func", 2000 }, /* common */
		{ "ipigen_x", 2000 }, /* unknown */
		{ "ipi_mb", 8000 }, /* routine */
		{ "sched_ttwu_pending", 20000 }, /* traffic */
		{ "rps_trigger_softirq", 20000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		struct feed feed = feed_new(2, 1);

		feed_has(&feed, 0, 12, FLOWS(F(causes[i].func, 0.97 * causes[i].limit)));
		feed_has(&feed, 1, 3, FLOWS(F(causes[i].func, 1.05 * causes[i].limit)));
	}
}

TEST(a_mix_names_both_with_their_shares)
{
	struct feed feed = feed_new(4, 0.4);
	struct flow some = tlb;
	const struct storm *a, *b;

	some.rate = 25000;
	feed_has(&feed, 2, 4, FLOWS(membarrier, some, F("sched_ttwu_pending", 10)));
	a = feed_find(&feed, "membarrier");
	b = feed_find(&feed, "tlb_flush");
	assert_in_range(1000 * sums__share(&a->last), 544, 547);
	assert_in_range(1000 * sums__share(&b->last), 453, 456);
	assert_true(storm__has_cpus(a));
	assert_false(storm__has_cpus(b));
}

/* Two functions of one signature are one storm. */
TEST(functions_of_one_cause_are_one_storm)
{
	struct feed feed = feed_new(4, 0.4);

	feed_has(&feed, 1, 3, FLOWS(F("ipi_rseq", 3000), membarrier));
	assert_members(*feed_first(&feed), nr_funcs, 2, funcs[0].name, "ipi_mb", funcs[1].name,
		       "ipi_rseq", last.count, 33000);
}

TEST(an_unknown_function_stays_unknown)
{
	static const struct flow strangers[] = {
		F("ipigen_single_wait", 30000, .module = "ipigen"),
		F("tsc_khz_changed", 30000, .module = "someone"),
		F("do_nothing", 30000, .module = "ipigen"),
		F("tsc_khz_changed_too", 30000),
		F("ipi_m", 30000),
	};

	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
		struct feed feed = feed_new(4, 0.4);

		feed_has(&feed, 1, 3, (const struct flow[]){ strangers[i], { .rate = 0 } });
		assert_null(feed_first(&feed)->sig);
		assert_string_equal(feed_first(&feed)->funcs[0].name, strangers[i].func);
	}
}

/* Few csds that cost much: long handlers, or long waits of the senders because delivery is slow. */
TEST(cpu_time_makes_a_storm_too)
{
	struct feed feed = feed_new(4, 0.9);
	const struct storm_sums *last;

	feed_has(&feed, 1, 4, FLOWS(F("mon_event_count", 80, .handler = 2000000)));
	assert_members(*feed_first(&feed), reason, STORM_BY_SHARE, last.stolen.known, false);

	feed = feed_new(4, 0.4);
	feed_has(&feed, 1, 4,
		 FLOWS(F("ipi_mb", 400, .wait = 2000000, .callsite = "on_each_cpu_cond_mask")));
	assert_in_range(feed_first(&feed)->last.wait_ns, SECOND * 79 / 100, SECOND * 81 / 100);

	/* A part of the cost was stolen by the host. */
	feed = feed_new(4, 0.9);
	feed_has(&feed, 1, 4, FLOWS(F("mon_event_count", 80, .handler = 2000000, .stolen = 0.25)));
	last = &feed_first(&feed)->last;
	assert_true(last->stolen.known);
	assert_members(last->stolen, handler, last->handler_ns / 4, delay, last->handler_ns / 2);

	/* A few long handlers are stalls, not a storm. */
	feed = feed_new(4, 0.9);
	feed_has(&feed, 0, 4, FLOWS(F("mon_event_count", 10, .handler = 20000000)));
}

/* The limit applies to the CPU that receives most, not to the average. */
TEST(one_victim_among_many_cpus)
{
	struct feed feed = feed_new(256, 1);

	feed_has(&feed, 1, 3, FLOWS(F("ipigen_x", 5000, .module = "ipigen")));
	assert_int_equal(storm__shape(feed_first(&feed), 256), SHAPE_ONE_TARGET);

	feed = feed_new(256, 1.0 / 255);
	feed_has(&feed, 0, 3, FLOWS(F("ipigen_x", 5000, .module = "ipigen")));
}

TEST(shapes)
{
	struct feed feed = feed_new(4, 1.0 / 3);
	const struct storm *storm;

	feed_windows(&feed, 3, FLOWS(membarrier));
	storm = feed_first(&feed);
	assert_int_equal(storm__shape(storm, 4), SHAPE_BROADCAST);
	assert_int_equal(storm__shape(storm, 8), SHAPE_MASK);
	assert_true(storm__has_cpu(storm, storm->src, 0));
	assert_false(storm__has_cpu(storm, storm->src, 1));
	assert_false(storm__has_cpu(storm, storm->dst, 0));
	assert_true(storm__has_cpu(storm, storm->dst, 3));
	assert_false(storm__has_cpu(storm, storm->dst, 4));

	feed = feed_new(4, 1.0 / 3);
	feed_windows(&feed, 3, FLOWS(tsc));
	assert_int_equal(storm__shape(feed_first(&feed), 4), SHAPE_IN_TURN);
}

/* A machine of 64 CPUs: half of all wake-ups go to one CPU, the others to all CPUs evenly. */
#define HALF_TO_ONE                                            \
	F("sched_ttwu_pending", 7000, .to = 1 + 9, .addr = 8), \
		F("sched_ttwu_pending", 7000, .to = EVENLY, .addr = 9)

/* The rate of a function at a CPU is counted, not estimated from what the busiest CPU receives. */
TEST(even_traffic_beside_a_busy_cpu_is_no_storm)
{
	static const struct flow even[] = {
		/* 1.7 and 6.6 a second and CPU. */
		F("rcu_exp_handler", 109, .to = EVENLY),
		F("__rdmsr_safe_on_cpu", 420, .to = EVENLY),
		F("mon_event_count", 3000, .to = EVENLY),
		F("flush_tlb_func", 64 * 2000, .to = EVENLY),
	};

	for (size_t i = 0; i < ARRAY_SIZE(even); i++) {
		struct feed feed = feed_new(64, 0.5);

		feed_windows(&feed, 10, FLOWS(HALF_TO_ONE, even[i]));
		if (feed_count(&feed))
			print_error("%s\n", even[i].func);
		assert_int_equal(feed_count(&feed), 0);
	}
}

/* Rates of a busy machine, on each of its 64 CPUs. */
TEST(ordinary_rates_are_no_storm)
{
	static const struct flow ordinary[] = {
		F("rps_trigger_softirq", 64 * 2000, .to = EVENLY),
		F("__blk_mq_complete_request_remote", 64 * 1900, .to = EVENLY),
		F(NULL, 64 * 4000),
		F("sched_ttwu_pending", 64 * 4000, .to = EVENLY, .handler = 1500),
		F("flush_tlb_func", 64 * 2000, .to = EVENLY),
	};

	for (size_t i = 0; i < ARRAY_SIZE(ordinary); i++) {
		struct feed feed = feed_new(64, 1.0 / 63);

		/* Steady, and after a time without. */
		feed_has(&feed, 0, 10, FLOWS(ordinary[i]));
		feed_windows(&feed, 10, CALM);
		feed_windows(&feed, 10, FLOWS(ordinary[i]));
		if (feed_count(&feed))
			print_error("%s\n", ordinary[i].func ? ordinary[i].func : "reschedule");
		assert_int_equal(feed_count(&feed), 0);
	}
}

/* Recorded loads, each again and again. */
TEST(ordinary_loads_are_quiet)
{
	for (size_t i = 0; i < ARRAY_SIZE(ordinary); i++) {
		struct feed feed = feed_new(2, 1);

		for (int turn = 0; turn < 3 * ORDINARY_WINDOWS; turn++) {
			feed_window(&feed, 1, ordinary[i].windows[turn % ORDINARY_WINDOWS].flows);
			if (feed_count(&feed))
				print_error("%s: %s\n", ordinary[i].load,
					    feed_name(feed_first(&feed)));
			assert_int_equal(feed_count(&feed), 0);
		}
	}
}

/* A storm of one function among even traffic has the CPUs and rates of that function. */
TEST(a_storm_has_cpus_of_its_own)
{
	struct feed feed = feed_new(64, 0.5);
	const struct storm *storm;
	double sum = 0;

	feed_has(&feed, 1, 5,
		 FLOWS(HALF_TO_ONE, F("flush_tlb_func", 64 * 1000, .to = EVENLY),
		       F("ipigen_x", 5000, .module = "ipigen", .to = 1 + 37, .unplaced = 0.2)));
	storm = feed_find(&feed, "unknown");
	assert_true(storm->own_counts && storm__has_cpus(storm));
	for (uint32_t cpu = 0; cpu < 64; cpu++) {
		assert_int_equal(storm__has_cpu(storm, storm->dst, cpu), cpu == 37);
		assert_int_equal(storm__has_cpu(storm, storm->src, cpu), cpu == 0);
		sum += storm__cpu_rate(storm, storm->dst, storm->life.received_elsewhere, cpu);
	}
	assert_int_equal(storm__shape(storm, 64), SHAPE_ONE_TARGET);
	assert_in_range(sum, 3990, 4010);
	assert_in_range(storm->life.received_elsewhere * 1e9 / storm->life.ns, 990, 1010);
	assert_int_equal(sums__rate(&storm->life), 5000);
	/* Counts whose CPU is not known may belong to any CPU: each gets an equal part. */
	assert_in_range(storm->last.victim, 4010, 4020);
}

/* The waits of one CPU make a storm, however many other CPUs there are. */
TEST(a_cpu_that_waits_is_a_storm_on_any_machine)
{
	struct feed feed = feed_new(64, 0.5);

	feed_has(&feed, 0, 4, FLOWS(F("flush_tlb_func", 2000, .to = EVENLY, .wait = 90000)));
	feed_has(&feed, 1, 4, FLOWS(F("flush_tlb_func", 2000, .to = EVENLY, .wait = 110000)));
	assert_int_equal(feed_first(&feed)->reason, STORM_BY_SHARE);
}

TEST(sources_are_the_sampled_senders)
{
	struct feed feed = feed_new(4, 0.4);
	struct flow a = membarrier, b = membarrier;

	a.frame = "membarrier_private_expedited";
	b.frame = "membarrier_global_expedited";
	b.callsite = "smp_call_function_many_cond";
	feed_windows(&feed, 2, FLOWS(a));
	feed_windows(&feed, 2, FLOWS(a, b));
	assert_members(*feed_first(&feed), samples, 6, nr_sources, 2, sources[0].chain[0], a.frame,
		       sources[0].samples, 4, sources[0].tgid, 42, sources[1].chain[0], b.frame);
}

/* A source is the frame that wakes, not the frames that all wake-ups have. */
TEST(sources_of_wakeups_are_the_wakers)
{
	struct feed feed = feed_new(2, 1);

	feed_windows(&feed, 3,
		     FLOWS(F("sched_ttwu_pending", 15000, .frame = "try_to_wake_up",
			     .behind = "futex_wake"),
			   F("sched_ttwu_pending", 15000, .frame = "try_to_wake_up",
			     .behind = "rcu_core", .callsite = "ttwu_queue_wakelist")));
	assert_members(*feed_find(&feed, "wakeups"), nr_sources, 2, sources[0].chain[0],
		       "futex_wake", sources[1].chain[0], "rcu_core");
}

/* One function with two causes: the samples divide its csds, and each cause has its own sources. */
TEST(samples_tell_the_causes_of_one_function_apart)
{
	struct flow munmap = F("flush_tlb_func", 16000, .frame = "__vm_munmap", .callsite = "a");
	struct flow again = F("flush_tlb_func", 16000, .frame = "do_vmi_munmap", .callsite = "b");
	struct flow ksm = F("flush_tlb_func", 16000, .frame = "ksm_scan_thread", .callsite = "c");
	struct feed feed = feed_new(4, 0.4);
	const struct storm *a, *b;

	feed_has(&feed, 2, 3, FLOWS(munmap, again, ksm));
	a = feed_find(&feed, "tlb_munmap");
	b = feed_find(&feed, "tlb_ksm");
	assert_in_range(sums__rate(&a->last), 31900, 32100);
	assert_in_range(sums__rate(&b->last), 15900, 16100);
	assert_string_equal(a->sources[0].reason, "__vm_munmap");
	assert_string_equal(b->sources[0].reason, "ksm_scan_thread");
	assert_int_equal(a->samples, 6);
	assert_int_equal(b->samples, 3);
}

/* The csds of a cause with few samples are in no storm. */
TEST(rare_samples_are_no_cause)
{
	static char sites[9][2];
	struct flow flows[ARRAY_SIZE(sites) + 1] = {};
	struct feed feed = feed_new(4, 0.4);

	for (size_t i = 0; i < ARRAY_SIZE(sites); i++) {
		sites[i][0] = 'a' + i;
		flows[i] = (struct flow)F("flush_tlb_func", 3000, .callsite = sites[i],
					  .frame = i ? "do_vmi_munmap" : "dup_mmap");
	}
	feed_has(&feed, 1, 3, flows);
	/* Eight ninths of each row, rounded. */
	assert_int_equal(feed_find(&feed, "tlb_munmap")->last.count, 9 * 2667);
}

/* Of sources with one sample the newest are kept, until a source comes again. */
TEST(a_full_list_makes_room_for_a_new_source)
{
	static char names[2 * STORM_SOURCES][16];
	struct storm storm = {};

	for (int i = 0; i < 2 * STORM_SOURCES; i++) {
		struct stack_sample sample = { .tgid = 42, .nr = 1 };

		snprintf(names[i], sizeof(names[i]), "caller_%d", i);
		sample.stack[0].name = names[i];
		/* The first few come twice, and stay. */
		for (int times = i < 3 ? 2 : 1; times > 0; times--)
			sources__add(&storm, &sample);
		assert_int_equal(storm.nr_sources, i < STORM_SOURCES ? i + 1 : STORM_SOURCES);
	}
	assert_int_equal(storm.samples, 2 * STORM_SOURCES + 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(storm.sources[i].chain[0], names[i]);
	assert_string_equal(storm.sources[STORM_SOURCES - 1].chain[0],
			    names[2 * STORM_SOURCES - 1]);
}

/* All kworkers that run works of one process are one source. */
TEST(kworkers_are_one_source)
{
	struct storm storm = {};

	for (uint32_t i = 0; i < 9; i++) {
		struct stack_sample sample = { .tgid = 50 + i, .nr = 1, .kworker = i < 7 };

		sample.stack[0].name = "netstamp_clear";
		if (i < 4)
			sample.queued_by = (struct task_id){ true, false, 7, 7, "chronyd" };
		sources__add(&storm, &sample);
	}
	assert_int_equal(storm.nr_sources, 4);
	assert_true(storm.sources[0].kworker);
	assert_int_equal(storm.sources[0].samples, 4);
	assert_string_equal(storm.sources[0].queued_by.comm, "chronyd");
	/* The kworkers that run works of unknown processes. */
	assert_true(storm.sources[1].kworker);
	assert_int_equal(storm.sources[1].samples, 3);
	assert_false(storm.sources[1].queued_by.known);
	for (int i = 2; i < 4; i++) {
		assert_false(storm.sources[i].kworker);
		assert_int_equal(storm.sources[i].samples, 1);
	}
}

/* What an interrupt sends is not of the task that it interrupted, nor of that task's cgroup. */
TEST(a_source_has_the_cgroup_of_its_task)
{
	struct stack_sample sample = { .tgid = 50, .nr = 2, .cgroup_path = "/web" };
	struct storm storm = {};

	sample.stack[0].name = "try_to_wake_up";
	sample.stack[1].name = "eventfd_write";
	sources__add(&storm, &sample);
	sample.stack[1].name = "asm_sysvec_apic_timer_interrupt";
	sources__add(&storm, &sample);
	assert_int_equal(storm.nr_sources, 2);
	for (int i = 0; i < 2; i++)
		assert_string_equal(storm.sources[i].cgroup,
				    storm.sources[i].interrupt ? "" : "/web");
	assert_int_equal(storm.sources[0].interrupt + storm.sources[1].interrupt, 1);
}

/* New functions come without end, all in a storm: at most STORM_GROUPS are kept. */
TEST(its_memory_is_bounded)
{
	static char names[FEED_MAX][16];
	struct feed feed = feed_new(2, 1);
	struct flow flows[300 + 1] = {};

	for (uint64_t turn = 0; turn < 50; turn++) {
		for (uint64_t i = 0; i < 300; i++) {
			snprintf(names[i], sizeof(names[i]), "f%u", (unsigned int)(turn * 300 + i));
			flows[i] = (struct flow)F(names[i], 9000, .addr = 1 + turn * 300 + i);
		}
		feed_windows(&feed, 2, flows);
		assert_in_range(feed_count(&feed), 1, STORM_GROUPS);
	}
	feed_has(&feed, 0, 2, CALM);
	/* A later storm is still found. */
	feed_windows(&feed, 2, FLOWS(membarrier));
	feed_find(&feed, "membarrier");
}

TEST_MAIN(NULL, NULL)
