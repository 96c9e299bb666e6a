// SPDX-License-Identifier: GPL-2.0
/* Synchronous calls: their sums, and the page of summary --calls. */
#include <jansson.h>
#include "abi/hist_slots.h"
#include "model/hist.h"
#include "model/host.h"
#include "model/moment.h"
#include "model/snapshot.h"
#include "printed.h"
#include "unit.h"
#include "view/json/json.h"
#include "view/view.h"
#include "view/table/table.h"
#include "view/text/views.h"

#define SECOND 1000000000ULL

static struct fn_stats fns[20];
static struct cpu_stats cpus[4];
static struct host host = { .name = { .nodename = "a-host-of-a-long-name", .release = "6.12" } };
static struct stack_sample sample = {
	.fn = 1,
	.tgid = 4194303,
	.comm = "fifteen_letters",
	.nr = 2,
	.stack = { { 91, 0x20e, "smp_call_function_many_cond", NULL },
		   { 92, 0x30, "membarrier_private_expedited", NULL } },
};

/* @calls of @targets csds each, for which their senders waited for @ns each. */
static struct fn_stats fn_of(const char *name, uint64_t calls, uint32_t targets, uint64_t ns)
{
	return (struct fn_stats){
		.func = { 16, 0, name, NULL },
		.callsite = { 17, 0x20, "on_each_cpu_cond_mask", NULL },
		.count = calls * targets,
		.calls = { calls,
			   calls * targets,
			   targets,
			   ns,
			   { .begun = 3 * SECOND, .csds = targets, .src = 1, .last = 3 } },
		.wait = { calls, calls * ns, ns },
		.handler = { .count = calls * targets, .sum = calls * targets * 250, .max = 250 },
	};
}

static struct snapshot snapshot_of(size_t nr)
{
	return (struct snapshot){
		.host = &host,
		.window = { { 1763690000, 0 }, 2 * SECOND, 4 * SECOND },
		.cpus = cpus,
		.nr_cpus = 4,
		.fns = fns,
		.nr_fns = nr,
		.samples = &sample,
		.nr_samples = nr > 1,
	};
}

TEST(the_worst_of_two_sums_is_the_longer_ones)
{
	struct call_sum a = fn_of("a", 3, 2, 500).calls, b = fn_of("b", 1, 3, 900).calls;

	b.worst.src = 2;
	call_sum__add(&a, &b);
	assert_members(a, count, 4, csds, 9, csds_max, 3, worst_ns, 900, worst.src, 2);
	assert_true(call_sum__knows_worst(&a));
	assert_true(call_sum__targets(&a) > 2.24 && call_sum__targets(&a) < 2.26);
	/* A shorter call does not replace the longest one. */
	b.worst_ns = 100;
	b.worst.src = 3;
	call_sum__add(&a, &b);
	assert_int_equal(a.worst.src, 2);
	/* If the longest call is not known, no other call is given in its place. */
	b = (struct call_sum){ .count = 1, .csds = 1, .csds_max = 1, .worst_ns = 5000 };
	call_sum__add(&a, &b);
	assert_int_equal(a.worst_ns, 5000);
	assert_false(call_sum__knows_worst(&a));
	/* If two calls are equally long, the known one is given. */
	b = fn_of("b", 1, 3, 5000).calls;
	call_sum__add(&a, &b);
	assert_true(call_sum__knows_worst(&a));
	a.worst.src = 77;
	call_sum__add(&a, &b);
	assert_int_equal(a.worst.src, 77);
}

TEST(windows_and_functions_add_up)
{
	struct snapshot snap = snapshot_of(2);
	struct snapshot_sum sum = {};
	struct call_sum calls;
	struct wait_sum wait;

	fns[0] = fn_of("a", 10, 3, 1000);
	fns[1] = fn_of("b", 2, 1, 7000);
	fns[1].callsite.addr = 99;
	for (int i = 0; i < 5; i++)
		assert_int_equal(snapshot_sum__add(&sum, &snap), 0);
	snapshot_sum__end(&sum);
	calls__total(&sum.snap, &calls, &wait);
	assert_int_equal(sum.snap.fns[0].calls.count, 50);
	assert_members(calls, count, 60, csds, 5 * (30 + 2), csds_max, 3, worst_ns, 7000);
	assert_members(wait, count, 60, sum, 5 * (10000 + 14000), max, 7000);
	snapshot__free(&sum.snap);
}

static struct view_options opts;

static void print(const void *of)
{
	view__calls(of, &opts);
}

static void check_width(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 0, 80);
}

/* A row's line and the lines below it. */
static void check_row(const char *text, const char *name, const char *figures)
{
	const char *line = strstr(text, name);

	assert_non_null(line);
	line += strlen(name);
	line += strspn(line, " ");
	if (strncmp(line, figures, strlen(figures)))
		fail_msg("%s: got %.80s\nwant %s", name, line, figures);
}

static void via(const void *caller)
{
	view__via(caller, 1, 7);
}

/*
 * Synchronous calls: their sums, and the page of summary --calls; waits longer than a
 * threshold, out of a histogram: the counts, their words, their JSON.
 */
TEST(the_samples_of_callers_add_up)
{
	struct caller caller = { .reason.name = "munmap", .call = &sample, .samples = 4 };
	char *text = printed(via, &caller);

	assert_has(text, "  via munmap, fifteen_letters[4194303]  4/7 samples\n"
			 "  via others  3/7 samples\n");
	caller.samples = 7;
	assert_lacks(printed(via, &caller), "others");
}

TEST(the_page_answers_what_a_broadcast_costs)
{
	struct snapshot snap = snapshot_of(3);
	char *text;

	setenv("TZ", "UTC", 1);
	fns[0] = fn_of("cheap", 100, 1, 2000);
	fns[1] = fn_of("broadcast", 3000, 3, 20000);
	fns[2] = (struct fn_stats){ .func = { 18, 0, "asynchronous", NULL }, .count = 9 };
	text = printed(print, &snap);
	check_width(text);
	check_row(text, "broadcast",
		  "1.50k    3.0     3   20.0us  20.0us  60.0ms    750ns\n"
		  "  at on_each_cpu_cond_mask+0x20\n"
		  "  via membarrier_private_expedited, "
		  "fifteen_letters[4194303]  1/1 sample\n"
		  "  worst at 01:53:21.000000, CPU 1 to 3 CPUs; CPU 3 ended last\n");
	check_row(text, "cheap", "50.0    1.0     1   2.00us  2.00us   200us    250ns\n");
	/* The dearest first. */
	assert_true(strstr(text, "broadcast") < strstr(text, "cheap"));
	assert_lacks(text, "asynchronous");
	assert_has(text, "calls  1.55k a second, to 2.9 CPUs on average, 3 at most\n"
			 "       a sender waits 19.4us on average, 20.0us at most\n");
	assert_lacks(text, "timed from", "by the host");
	/* 60.2 ms of 4 CPUs in 2 s; 9,100 csds of 250 ns. */
	assert_has(text, "cost   senders wait 0.8% of all CPUs' time, "
			 "handlers take 0.03%\n");
	fns[1].stolen = (struct steal_sum){ .known = true, .handler = 1000000 };
	assert_has(printed(print, &snap), "CPU 3 ended last\n"
					  "  stolen: 1.00ms of 2.25ms handler\n");
	snap.begin_unseen = 2;
	text = printed(print, &snap);
	check_width(text);
	assert_has(text, "20.0us at most\n"
			 "       2 calls timed from the first csd: the entry was not "
			 "seen\n");
	assert_lacks(text, "waits_unseen");
	snap.waits_unseen = 3;
	text = printed(print, &snap);
	check_width(text);
	assert_has(text, "\nlost   waits_unseen 3: no room for the records of waiting "
			 "tasks\n");
}

TEST(what_is_not_known_is_not_said)
{
	struct snapshot snap = snapshot_of(1);
	char *text;

	fns[0] = fn_of("broadcast", 3, 2, 0);
	fns[0].wait = (struct wait_sum){};
	fns[0].handler = (struct hist){};
	text = printed(print, &snap);
	check_row(text, "broadcast", "1.5    2.0     2        -       -       -        -\n");
	assert_lacks(text, "worst at");
	fns[0] = fn_of("broadcast", 3, 2, 10);
	fns[0].calls.worst.last = LAST_UNKNOWN;
	assert_has(printed(print, &snap), "CPU 1 to 2 CPUs\n");
	fns[0].calls.worst.last = 1;
	assert_has(printed(print, &snap), "CPU 1 to 2 CPUs; its own run ended last\n");
	/* The sender of the longest call: a process that has samples, or one that has none. */
	fns[0].calls.worst.tgid = sample.tgid;
	snap.nr_samples = 1;
	assert_has(printed(print, &snap), ", fifteen_letters[4194303] on CPU 1 to 2 CPUs;");
	fns[0].calls.worst.tgid = 7;
	assert_has(printed(print, &snap), ", process [7] on CPU 1 to 2 CPUs;");
	snap.nr_fns = 0;
	assert_has(printed(print, &snap), "no synchronous call");
}

static struct stack_sample sample_of(uint32_t fn, uint32_t tgid, const char *name)
{
	return (struct stack_sample){ .fn = fn,
				      .tgid = tgid,
				      .comm = "task",
				      .nr = 2,
				      .stack = { { 91, 0x20e, "smp_call_function_many_cond", NULL },
						 { 92 + tgid, 0x30, name, NULL } } };
}

/* Rows of one function are told apart by their call sites, of which some have no name. */
TEST(a_row_has_its_own_call_site_and_callers)
{
	struct stack_sample samples[] = { sample_of(0, 11, "first_way"),
					  sample_of(2, 13, "second_way"),
					  sample_of(2, 13, "second_way"),
					  sample_of(2, 17, "third_way"),
					  sample_of(2, 19, "fourth_way") };
	struct snapshot snap = snapshot_of(4);
	char *text;

	snap.samples = samples;
	snap.nr_samples = ARRAY_SIZE(samples);
	for (int i = 0; i < 4; i++)
		fns[i] = fn_of("f", 10 - i, 2, 3000);
	fns[1].callsite = (struct symbol){ .addr = 0x1234 };
	fns[2].callsite = (struct symbol){ .name = "a_place" };
	fns[3].callsite = (struct symbol){};
	text = printed(print, &snap);
	check_row(text, "\nf ",
		  "5.0    2.0     2   3.00us  3.00us  30.0us    500ns\n"
		  "  at on_each_cpu_cond_mask+0x20\n"
		  "  via first_way, task[11]  1/1 sample\n"
		  "  worst at 01:53:21.000000, CPU 1 to 2 CPUs; CPU 3 ended last\n"
		  "f                           4.5    2.0     2   3.00us  3.00us  27.0us    500ns\n"
		  "  at 0x1234\n"
		  "  worst at 01:53:21.000000, CPU 1 to 2 CPUs; CPU 3 ended last\n"
		  "f                           4.0    2.0     2   3.00us  3.00us  24.0us    500ns\n"
		  "  at a_place\n"
		  "  via second_way, task[13]  2/4 samples\n"
		  "  via third_way, task[17]  1/4 samples\n"
		  "  via others  1/4 samples\n"
		  "  worst at 01:53:21.000000, CPU 1 to 2 CPUs; CPU 3 ended last\n"
		  "f                           3.5    2.0     2   3.00us  3.00us  21.0us    500ns\n"
		  "  worst at 01:53:21.000000, CPU 1 to 2 CPUs; CPU 3 ended last\n"
		  "\ncalls");
	fns[1].callsite.addr = 0;
	assert_lacks(printed(print, &snap), "at 0x");
}

/* Rows with equal waits: the one with more calls is first, then the earlier one. */
TEST(equal_rows_have_an_order)
{
	struct snapshot snap = snapshot_of(4);
	const char *text;

	fns[0] = fn_of("third_row", 3, 1, 40);
	fns[1] = fn_of("fourth_row", 3, 1, 40);
	fns[2] = fn_of("first_row", 3, 1, 41);
	fns[3] = fn_of("second_row", 4, 1, 30);
	text = printed(print, &snap);
	assert_true(strstr(text, "first_row") < strstr(text, "second_row"));
	assert_true(strstr(text, "second_row") < strstr(text, "third_row"));
	assert_true(strstr(text, "third_row") < strstr(text, "fourth_row"));
}

TEST(twelve_rows_are_shown)
{
	char *text;

	for (int i = 0; i < 13; i++)
		fns[i] = fn_of("row_of_many", 3, 1, 40 + i);
	text = printed(print, &(struct snapshot[]){ snapshot_of(12) });
	assert_int_equal(count_words(text, "row_of_many"), 12);
	assert_lacks(text, "with shorter waits");
	text = printed(print, &(struct snapshot[]){ snapshot_of(13) });
	assert_int_equal(count_words(text, "row_of_many"), 12);
	assert_has(text, "\nand 1 more call site with shorter waits\n");
}

TEST(a_window_that_was_cut_says_so)
{
	struct snapshot snap = snapshot_of(1);

	fns[0] = fn_of("broadcast", 3, 2, 10);
	opts.asked = 4;
	assert_has(printed(print, &snap), "6.12; partial: 2.00 s from");
	opts.asked = 2;
	assert_has(printed(print, &snap), "6.12; 2.00 s from ");
	opts.asked = 0;
}

TEST(the_page_stays_80_columns_wide)
{
	static const uint64_t calls[] = { 1, 999, 99999, 9999999 };
	struct snapshot snap = snapshot_of(20);
	char *text;

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		for (int fn = 0; fn < 20; fn++) {
			fns[fn] = fn_of("a_function_of_a_name_that_is_longer_than_a_column",
					calls[i], 4096, 99999999 + fn);
			fns[fn].func.module = "module";
			fns[fn].callsite.name = "a_call_site_of_a_name_that_is_as_long_as_some_of_"
						"them_are_in_the_kernel_and_in_modules";
			fns[fn].calls.worst.src = fns[fn].calls.worst.last = 4095;
		}
		text = printed(print, &snap);
		check_width(text);
		assert_has(text, "and 8 more call sites");
	}
}

#define US 1000ULL

static struct hist waited;
static char said[1024];

static void wait_of(uint64_t ns, uint64_t times)
{
	waited.count += times;
	waited.sum += ns * times;
	waited.slots[hist_slot(ns)] += times;
	if (ns > waited.max)
		waited.max = ns;
}

/* The counts against @threshold, after those of an earlier window; 250 looks, one each 4 ms. */
static struct wait_counts counts_of(uint64_t threshold)
{
	struct wait_counts counts = { .threshold = threshold,
				      .at_least = 7,
				      .at_most = 9,
				      .looks = 250,
				      .look_period = 4000 * US };

	wait_counts__set(&counts, &waited);
	return counts;
}

static void shows(const struct wait_counts *counts, const char *want)
{
	size_t len = view__wait_counts(said, sizeof(said), counts);

	assert_int_equal(len, strlen(said));
	/* The words are one paragraph: where its lines break does not matter. */
	for (char *at = said; (at = strchr(at, '\n')) && at[1];)
		*at = ' ';
	assert_string_equal(said, want);
}

static int nobody_waited(void **state)
{
	waited = (struct hist){};
	return 0;
}

TEST(none_is_longer, nobody_waited)
{
	struct wait_counts counts = counts_of(20 * US);

	assert_int_equal(counts.at_least + counts.at_most + counts.waits, 0);
	shows(&counts, "nobody waited longer than 20 us: no sender waited\n");
	/*
	 * The wait is in the histogram's slot of the threshold, but shorter than the threshold:
	 * none is longer.
	 */
	wait_of(19 * US, 7);
	assert_int_equal(hist_slot(19 * US), hist_slot(20 * US));
	counts = counts_of(20 * US);
	assert_members(counts, at_least, 0, at_most, 0);
	shows(&counts, "nobody waited longer than 20 us: 7 waits, the longest 19 us\n");
}

TEST(all_are_longer, nobody_waited)
{
	struct wait_counts counts;

	wait_of(32 * US, 879);
	wait_of(61 * US, 1);
	wait_of(5 * US, 20);
	counts = counts_of(20 * US);
	assert_members(counts, at_least, 880, at_most, 880);
	shows(&counts,
	      "880 of 900 waits were longer than 20 us, the longest 61 us; none caught in 250 "
	      "looks: waits shorter than 4 ms can pass between looks; ipitrace stalls "
	      "-t 20us counts each\n");
}

TEST(one_is_longer, nobody_waited)
{
	struct wait_counts counts;

	wait_of(61 * US, 1);
	wait_of(5 * US, 20);
	counts = counts_of(20 * US);
	shows(&counts, "1 of 21 waits was longer than 20 us, the longest 61 us; none caught in 250 "
		       "looks: waits shorter than 4 ms can pass between looks; ipitrace stalls "
		       "-t 20us counts each\n");
}

TEST(a_threshold_within_a_slot_is_not_certain, nobody_waited)
{
	struct wait_counts counts;

	wait_of(18 * US, 4);
	wait_of(30 * US, 2);
	counts = counts_of(20 * US);
	assert_members(counts, at_least, 2, at_most, 6);
	shows(&counts, "2 to 6 of 6 waits were longer than 20 us, the longest 30 us; "
		       "none caught in 250 looks: waits shorter than 4 ms can pass between looks; "
		       "ipitrace stalls -t 20us counts each\n");
	/* The threshold is the lower bound of a slot, so the count is certain. */
	counts = counts_of(hist_lower(hist_slot(18 * US)));
	assert_members(counts, at_least, 6, at_most, 6);
}

TEST(the_longest_alone_is_certain, nobody_waited)
{
	struct wait_counts counts;

	wait_of(18 * US, 4);
	wait_of(20 * US, 1);
	counts = counts_of(20 * US);
	assert_members(counts, at_least, 1, at_most, 5);
}

TEST(any_threshold_brackets_the_truth, nobody_waited)
{
	for (uint64_t ns = 1; ns < 1000; ns++)
		wait_of(ns * 97, 1);
	for (uint64_t threshold = 1; threshold < 120000; threshold += 37) {
		struct wait_counts counts = counts_of(threshold);
		uint64_t truth = 0;

		for (uint64_t ns = 1; ns < 1000; ns++)
			truth += ns * 97 >= threshold;
		assert_true(counts.at_least <= truth && truth <= counts.at_most);
		assert_int_equal(!counts.at_least, !truth);
	}
}

TEST(what_was_lost_is_said, nobody_waited)
{
	struct wait_counts counts = counts_of(20 * US);

	counts.lost = 3;
	view__wait_counts(said, sizeof(said), &counts);
	assert_has(said, "\n3 csds could not be followed: waits may be missing\n");
}

TEST(json_has_the_same_figures, nobody_waited)
{
	static struct moment moment;
	static char line[4096];
	const struct naming naming = {};
	struct wait_counts counts;
	int waits, least, most, longest, looks, period, threshold, lost;
	json_t *object;

	wait_of(18 * US, 4);
	wait_of(30 * US, 2);
	counts = counts_of(20 * US);
	object = json_loadb(line, json__waits(line, sizeof(line), &moment, &counts, &naming), 0,
			    NULL);
	assert_int_equal(json_unpack(object, "{s:{s:i, s:i, s:i, s:i, s:{s:i, s:i}, s:i, s:i}}",
				     "counted", "threshold", &threshold, "looks", &looks,
				     "look_period", &period, "waits", &waits, "longer", "at_least",
				     &least, "at_most", &most, "longest", &longest, "lost", &lost),
			 0);
	assert_true(threshold == 20000 && looks == 250 && period == 4000000 && waits == 6 &&
		    least == 2 && most == 6 && longest == 30000 && lost == 0);
	json_decref(object);
	/* No program could be attached. */
	object = json_loadb(line, json__waits(line, sizeof(line), &moment, NULL, &naming), 0, NULL);
	assert_true(json_is_null(json_object_get(object, "counted")));
	json_decref(object);
}

int main(void)
{
	setenv("LC_ALL", "C", 1);
	return run_all_tests(NULL, NULL);
}
