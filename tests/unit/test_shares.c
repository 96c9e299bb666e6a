// SPDX-License-Identifier: GPL-2.0
/* Interrupts of a kind, or csds of a function, shared out by samples; and what a storm says of them. */
#include "storm/groups.h"
#include "storm_feed.h"
#include "view/words/words.h"

/* "a<b<c": b called a. */
static struct stack_sample sample_of(const char *frames, uint32_t tgid)
{
	static char texts[64][256];
	static size_t nr;
	struct stack_sample sample = { .tgid = tgid, .comm = "sender" };
	char *at = texts[nr++ % ARRAY_SIZE(texts)], *name;

	snprintf(at, sizeof(texts[0]), "%s", frames);
	while ((name = strsep(&at, "<")))
		sample.stack[sample.nr++].name = name;
	return sample;
}

static void add(struct shares *shares, const char *frames, uint32_t tgid, int times)
{
	struct stack_sample sample = sample_of(frames, tgid);

	while (times-- > 0)
		shares__sample(shares, &sample);
}

static const struct share *part_of(const struct shares *shares, const char *name)
{
	for (size_t i = 0; i < shares->nr; i++)
		if (shares->causes[i].sig && !strcmp(shares->causes[i].sig->name, name))
			return &shares->causes[i];
	fail_msg("no share of %s", name);
	return NULL;
}

static double whole(const struct shares *shares)
{
	double sum = shares->own_part;

	for (size_t i = 0; i < shares->nr; i++)
		sum += shares->causes[i].part;
	return sum;
}

/* Reschedules get their causes from the samples. */
TEST(reschedules_are_shared_by_their_stacks)
{
	struct stack_sample sample = sample_of("kick_process<task_work_add<io_poll_wake", 1);
	const struct signature *sig;
	struct shares shares;

	shares__begin(&shares, &(struct sending){ .kind = KIND_RESCHEDULE });
	add(&shares, "kick_process<task_work_add<io_poll_wake", 1, 5);
	add(&shares, "resched_curr<wakeup_preempt<try_to_wake_up<futex_wake", 2, 3);
	add(&shares, "kick_process<__send_signal_locked<do_tkill", 3, 2);
	shares__settle(&shares);
	assert_int_equal(shares.nr, 3);
	assert_int_equal(100 * part_of(&shares, "io_uring")->part + 0.5, 50);
	assert_int_equal(100 * part_of(&shares, "wakeups")->part + 0.5, 30);
	assert_int_equal(100 * part_of(&shares, "signal")->part + 0.5, 20);
	assert_int_equal(1000 * whole(&shares) + 0.5, 1000);
	assert_true(shares__cause(&shares, &sample, &sig));
	assert_string_equal(sig->name, "io_uring");
}

/* Samples count by the csds that they represent: three of a CPU that sends little are few csds. */
TEST(a_sample_counts_as_the_csds_that_it_represents)
{
	struct stack_sample rare = sample_of("kick_process<task_work_add<io_poll_wake", 1);
	struct stack_sample most = sample_of("kick_process<__send_signal_locked<do_tkill", 3);
	struct shares shares;

	rare.csds = 100;
	most.csds = 300;
	shares__begin(&shares, &(struct sending){ .kind = KIND_RESCHEDULE });
	for (int i = 0; i < 3; i++) {
		shares__sample(&shares, &rare);
		shares__sample(&shares, &most);
	}
	shares__settle(&shares);
	assert_int_equal(100 * part_of(&shares, "io_uring")->part + 0.5, 25);
	assert_int_equal(100 * part_of(&shares, "signal")->part + 0.5, 75);
}

/* A cause that few samples show is no cause's, and neither are ipitrace's few own. */
TEST(rare_causes_count_for_no_cause)
{
	struct stack_sample rare = sample_of("kick_process<__send_signal_locked<do_tkill", 3);
	struct stack_sample own = sample_of("kick_process<task_work_add<io_poll_wake", 4711);
	const struct signature *sig;
	struct shares shares;

	own.own = true;
	shares__begin(&shares, &(struct sending){ .kind = KIND_RESCHEDULE });
	add(&shares, "kick_process<task_work_add<io_poll_wake", 1, 8);
	shares__sample(&shares, &rare);
	shares__sample(&shares, &own);
	shares__settle(&shares);
	assert_members(shares, nr, 1, causes[0].sig->name, "io_uring");
	assert_int_equal(100 * shares.causes[0].part + 0.5, 80);
	assert_int_equal(1000 * shares.own_part, 0);
	assert_false(shares__cause(&shares, &rare, &sig));
}

/* A late csd's sample represents many csds: alone it shows no cause, unless there are few samples. */
TEST(one_sample_of_many_is_no_share)
{
	struct stack_sample rare = sample_of("kick_process<__send_signal_locked<do_tkill", 3);
	struct shares shares;

	rare.csds = 2;
	for (int others = 4; others <= 5; others++) {
		shares__begin(&shares, &(struct sending){ .kind = KIND_RESCHEDULE });
		add(&shares, "kick_process<task_work_add<io_poll_wake", 1, others);
		shares__sample(&shares, &rare);
		shares__settle(&shares);
		assert_int_equal(shares.nr, others < 5 ? 2 : 1);
	}
	/* The storm of a cause goes on. */
	shares__begin(&shares, &(struct sending){ .kind = KIND_RESCHEDULE });
	add(&shares, "kick_process<task_work_add<io_poll_wake", 1, 5);
	shares__sample(&shares, &rare);
	shares.causes[1].lasts = true;
	shares__settle(&shares);
	assert_int_equal(shares.nr, 2);
}

/* Without a sample the cause is not known. */
TEST(what_no_sample_shows_is_not_known)
{
	struct shares shares;

	shares__begin(&shares, &(struct sending){ .kind = KIND_RESCHEDULE });
	shares__settle(&shares);
	assert_members(shares, nr, 1, samples, 0, causes[0].sig->name, "reschedule");
	assert_true(shares.causes[0].sig->open);
	shares__begin(&shares, &(struct sending){ .kind = KIND_IRQ_WORK });
	shares__settle(&shares);
	assert_string_equal(shares.causes[0].sig->name, "irq_work");
	shares__begin(&shares,
		      &(struct sending){ .kind = KIND_IRQ_WORK, .func = "sugov_irq_work" });
	shares__settle(&shares);
	assert_string_equal(shares.causes[0].sig->name, "schedutil");
}

/* All samples are ipitrace's own, so no cause has a share. */
TEST(the_own_share_is_nobodys)
{
	struct stack_sample own = sample_of("try_to_wake_up<a", 4711);
	const struct signature *sig;
	struct shares shares;

	own.own = true;
	shares__begin(&shares, &(struct sending){ .func = "sched_ttwu_pending" });
	for (int i = 0; i < 4; i++)
		shares__sample(&shares, &own);
	shares__settle(&shares);
	assert_int_equal(shares.nr, 0);
	assert_int_equal(1000 * whole(&shares) + 0.5, 1000);
	assert_false(shares__cause(&shares, &own, &sig));
}

static void explain(const struct feed *feed, const char *name, char *why, char *advice, size_t size)
{
	static const struct storm_evidence none;
	const struct storm *storm = feed_find(feed, name);

	assert_non_null(storm);
	storm_words__why(storm, &none, why, size);
	storm_words__advice(storm, &none, advice, size);
}

/* A storm names each cause that its samples show, with the cause's share and its advice. */
TEST(a_storm_says_why)
{
	struct feed feed = feed_new(2, 1);
	char why[1024], advice[1024];

	feed_windows(&feed, 3,
		     FLOWS(F("do_sync_core", 3000, .frame = "sysctl_schedstats",
			     .behind = "proc_sys_call_handler", .callsite = "a"),
			   F("do_sync_core", 3000, .frame = "sysctl_schedstats",
			     .behind = "proc_sys_call_handler", .callsite = "b", .tgid = 43),
			   F("do_sync_core", 3000, .frame = "netstamp_clear",
			     .behind = "process_one_work", .callsite = "c")));
	explain(&feed, "text_patching", why, advice, sizeof(why));
	assert_has(
		why, "a sysctl is written that switches a static key (67 % of the sampled IPIs)",
		"SO_TIMESTAMP, packet sockets); a work switches the key for the task that did that "
		"(33 %");
	assert_has(advice, "for 67 % of the sampled IPIs: ", "write this file once");
	assert_lacks(advice, "tracing", "bpftool");
}

/* The storm @cause of flows of @func with the frame @frame, of which ten samples have two reasons. */
static struct storm storm_of_two(const char *cause, const char *func, double rate,
				 const char *frame, struct storm_why one, struct storm_why other)
{
	static struct feed feed; /* the storm may point to names in it */
	struct storm storm;

	feed = feed_new(2, 1);
	feed_windows(&feed, 3, FLOWS(F(func, rate, .frame = frame)));
	storm = *feed_find(&feed, cause);
	storm.samples = storm.csds = 10;
	storm.nr_whys = 2;
	storm.whys[0] = one;
	storm.whys[1] = other;
	return storm;
}

/* XDP's advice is a part of that of tracers, which is of no use to who attaches XDP programs. */
TEST(an_advice_stays_with_its_reason)
{
	struct storm storm = storm_of_two("text_patching", "do_sync_core", 3000, "text_poke_bp",
					  (struct storm_why){ .why = "xdp", .csds = 8 },
					  (struct storm_why){ .why = "tracing", .csds = 2 });
	char advice[1024];

	storm_words__advice(&storm, &(struct storm_evidence){}, advice, sizeof(advice));
	assert_has(advice, "for 80 % of the sampled IPIs: attach once, not in a loop; for 20 % of",
		   "the sampled IPIs: turn tracing off: ");
}

/* An advice for a fifth of the samples is none for the storm. */
TEST(an_advice_says_for_how_many)
{
	struct storm storm = storm_of_two("wakeups", "sched_ttwu_pending", 90000, "try_to_wake_up",
					  (struct storm_why){ .reason = "do_exit", .csds = 8 },
					  (struct storm_why){ .why = "block", .csds = 2 });
	char advice[1024];

	storm_words__advice(&storm, &(struct storm_evidence){}, advice, sizeof(advice));
	assert_has(advice, "for 20 % of the sampled IPIs: make fewer, larger requests");
	storm.whys[1].csds = 1;
	storm.csds = 11;
	storm_words__advice(&storm, &(struct storm_evidence){}, advice, sizeof(advice));
	assert_lacks(advice, "fewer, larger requests", "of the sampled IPIs");
}

/* Where the host stole half of a storm's cost or more, the first advice is for the host. */
TEST(an_advice_is_for_the_host)
{
	struct feed feed = feed_new(2, 1);
	struct storm storm;
	char advice[1024];

	feed_windows(&feed, 3, FLOWS(F("ipi_mb", 90000, .frame = "membarrier_private_expedited")));
	storm = *feed_find(&feed, "membarrier");
	storm.reason = STORM_BY_SHARE;
	storm.last.handler_ns = 100;
	storm.last.wait_ns = 900;
	storm.last.stolen = (struct steal_sum){ .known = true, .delay = 480, .handler = 20 };
	storm_words__advice(&storm, &(struct storm_evidence){}, advice, sizeof(advice));
	assert_ptr_equal(strstr(advice, "the host stole up to 50 % of what"), advice);
	assert_has(advice, "let the sender call membarrier(2) less often");
	/* A delay may be stolen while nobody waits. */
	storm.last.stolen.delay = 5000;
	storm_words__advice(&storm, &(struct storm_evidence){}, advice, sizeof(advice));
	assert_has(advice, "the host stole up to 100 % of what these IPIs cost");
	storm.last.stolen.delay = 479;
	storm_words__advice(&storm, &(struct storm_evidence){}, advice, sizeof(advice));
	assert_lacks(advice, "the host");
	storm.last.stolen.delay = 480;
	storm.reason = STORM_BY_RATE;
	storm_words__advice(&storm, &(struct storm_evidence){}, advice, sizeof(advice));
	assert_lacks(advice, "the host");
}

/*
 * Each CPU's first csds are sampled: 4 CPUs of a process that sends little have more samples than the one CPU of
 * the process that sends nearly everything.
 */
TEST(a_sample_counts_for_what_it_represents)
{
#define UNMAPS(site, pid, all, outer)                                                             \
	F("flush_tlb_func", all, .frame = "do_vmi_munmap", .behind = (outer), .callsite = (site), \
	  .tgid = (pid), .csds = (all))
	struct feed feed = feed_new(2, 1);
	char why[1024], advice[1024];
	const struct storm *storm;

	feed_windows(
		&feed, 3,
		FLOWS(UNMAPS("a", 50, 10, "__x64_sys_brk"), UNMAPS("b", 50, 10, "__x64_sys_brk"),
		      UNMAPS("c", 50, 10, "__x64_sys_brk"), UNMAPS("d", 50, 10, "__x64_sys_brk"),
		      UNMAPS("e", 51, 90000, "__x64_sys_munmap")));
	storm = feed_find(&feed, "tlb_munmap");
	assert_members(storm->sources[0], tgid, 51, why, "munmap");
	assert_true(storm_source__share(storm, &storm->sources[0]) > 0.99);
	explain(&feed, "tlb_munmap", why, advice, sizeof(why));
	assert_has(why, ": a program unmaps memory with munmap(2)");
	assert_lacks(why, "brk", "sampled IPIs");
	assert_lacks(advice, "TOP_PAD");
}

/* Processes that live for one sample each are more than the list of sources has room for. */
TEST(the_reasons_of_short_lived_processes_add_up)
{
#define ENDS(pid, outer, site)                                                            \
	F("sched_ttwu_pending", 9000, .frame = "__send_signal_locked", .behind = (outer), \
	  .callsite = (site), .tgid = (pid))
	struct feed feed = feed_new(2, 1);
	char why[1024], advice[1024];

	feed_windows(&feed, 3,
		     FLOWS(ENDS(51, "do_notify_parent", "a"), ENDS(52, "zap_process", "b"),
			   ENDS(53, "do_notify_parent", "c"), ENDS(54, "zap_process", "d"),
			   ENDS(55, "do_notify_parent", "e"), ENDS(56, "zap_process", "f"),
			   ENDS(57, "do_notify_parent", "g"), ENDS(58, "zap_process", "h"),
			   ENDS(59, "do_notify_parent", "i"), ENDS(60, "zap_process", "j"),
			   ENDS(61, "do_notify_parent", "k"), ENDS(62, "zap_process", "l")));
	explain(&feed, "signal", why, advice, sizeof(why));
	assert_has(why, "task that polls its pidfd (50 % of the sampled IPIs)",
		   "ends its other threads (50 % of the sampled IPIs)");
}

/* 8 % of the samples show a reason, which must not be given for all of them. */
TEST(the_cause_is_that_of_most_samples)
{
	struct feed feed = feed_new(2, 1);
	char why[1024], advice[1024];

	feed_windows(&feed, 3,
		     FLOWS(F("sched_ttwu_pending", 90000, .frame = "__send_signal_locked",
			     .behind = "do_send_specific", .callsite = "a"),
			   F("sched_ttwu_pending", 90000, .frame = "__send_signal_locked",
			     .behind = "do_send_specific", .callsite = "b"),
			   F("sched_ttwu_pending", 90000, .frame = "__send_signal_locked",
			     .behind = "do_notify_parent", .callsite = "c")));
	explain(&feed, "signal", why, advice, sizeof(why));
	assert_has(
		why,
		": signals are sent to tasks that run, or wake them (67 % of the sampled IPIs); "
		"a task that stops, goes on or ends tells its parent, its tracer, or a task that "
		"polls its pidfd (33 %");
	assert_has(advice, "let the sender send fewer signals", "stop tasks less often");
}

/*
 * If no row fits a stack, the text names the frame, and does not say that no stack shows the cause.
 */
TEST(a_frame_without_a_row_is_said)
{
	struct feed feed = feed_new(2, 1);
	char why[1024], advice[1024];

	feed_windows(&feed, 3,
		     FLOWS(F("flush_tlb_func", 30000, .frame = "flush_tlb_mm_range",
			     .behind = "do_something_new")));
	explain(&feed, "tlb_flush", why, advice, sizeof(why));
	assert_has(why, ", by do_something_new");
	assert_lacks(why, "others");
	assert_string_equal(advice, NO_ADVICE);

	/* Half of the csds have another caller, which the text must not claim for the first. */
	feed = feed_new(2, 1);
	feed_windows(&feed, 3,
		     FLOWS(F("flush_tlb_func", 30000, .frame = "flush_tlb_mm_range",
			     .behind = "do_something_new", .callsite = "a"),
			   F("flush_tlb_func", 30000, .frame = "flush_tlb_mm_range",
			     .behind = "do_something_else", .callsite = "b")));
	explain(&feed, "tlb_flush", why, advice, sizeof(why));
	assert_has(why, ", by do_something_new and others");

	feed = feed_new(2, 1);
	feed_windows(&feed, 3, FLOWS(F("flush_tlb_func", 30000)));
	explain(&feed, "tlb_flush", why, advice, sizeof(why));
	assert_has(why, "the caller is not known, because no stack of a sender was sampled");
}

TEST_MAIN(NULL, NULL)
