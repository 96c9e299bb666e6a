// SPDX-License-Identifier: GPL-2.0
/* stall/stall_run: what a run of stalls opens, starts, tends and ends, with a log of the calls. */
#include "collect/collector.h"
#include "collect/read_moment.h"
#include "stall/stall_run.h"
#include "unit.h"

/* What was called, a word each. */
static char calls[256];
static bool no_names, no_watchers, sees_deliveries;
static const char *flush_name; /* the name that this kernel's function has */
static struct reporter_config given;
static int result; /* of maintain and finish */

/* Addresses that only are compared. */
static int names, watchers, reporter, code;

static void note(const char *call)
{
	snprintf(calls + strlen(calls), sizeof(calls) - strlen(calls), "%s ", call);
}

int __wrap_name_cache__open(struct name_cache **cache)
{
	*cache = (void *)&names;
	return no_names ? -ENOMEM : 0;
}

uint64_t __wrap_name_cache__address(const struct name_cache *cache, const char *func)
{
	assert_ptr_equal(cache, &names);
	if (!strcmp(func, "generic_exec_single"))
		return 77;
	return !strcmp(func, flush_name) ? 66 : 0;
}

void __wrap_name_cache__close(struct name_cache *cache)
{
	note(cache ? "names_close" : "no_names_close");
}

int __wrap_watcher_threads__open(struct watcher_threads **threads)
{
	note("watchers_open");
	*threads = no_watchers ? NULL : (void *)&watchers;
	return no_watchers ? -EAGAIN : 0;
}

int __wrap_watcher_threads__start(struct watcher_threads *threads, watcher_scan_fn *scan, void *ctx)
{
	assert_ptr_equal(threads, &watchers);
	assert_ptr_equal(ctx, &reporter);
	scan(ctx, 3);
	note("watchers_start");
	return -EPERM;
}

void __wrap_watcher_threads__place(struct watcher_threads *threads)
{
	assert_ptr_equal(threads, &watchers);
	note("place");
}

void __wrap_watcher_threads__stop(struct watcher_threads *threads)
{
	note(threads ? "watchers_stop" : "none_stop");
}

void __wrap_watcher_threads__close(struct watcher_threads *threads)
{
	note(threads ? "watchers_close" : "none_close");
}

int __wrap_reporter__open(struct reporter **out, const struct reporter_config *config)
{
	given = *config;
	*out = (void *)&reporter;
	note("reporter_open");
	return 0;
}

void __wrap_reporter__scan(void *ctx, unsigned int which)
{
	assert_ptr_equal(ctx, &reporter);
	note(which == 3 ? "scan_3" : which ? "scan" : "scan_0");
}

int __wrap_reporter__maintain(struct reporter *of)
{
	assert_ptr_equal(of, &reporter);
	note("maintain");
	return result;
}

int __wrap_reporter__finish(struct reporter *of, struct stall_totals *sum)
{
	assert_ptr_equal(of, &reporter);
	note(sum ? "finish" : "");
	return result;
}

void __wrap_reporter__close(struct reporter *of)
{
	note(of ? "reporter_close" : "no_reporter_close");
}

int __wrap_collector__look(struct collector *collector)
{
	note("look");
	return 0;
}

bool __wrap_moment_reader__knows(const struct moment_reader *reader, enum stall_phase phase)
{
	assert_int_equal(phase, PHASE_DELIVERY);
	return sees_deliveries;
}

struct code_bpf *__wrap_kernel_code__open(void)
{
	note("code_open");
	return (void *)&code;
}

void __wrap_kernel_code__close(struct code_bpf *of)
{
	note(of ? "code_close" : "no_code_close");
}

static struct stall_run run;
static struct collector collector;

#define assert_calls(expected)                        \
	do {                                          \
		assert_string_equal(calls, expected); \
		calls[0] = '\0';                      \
	} while (0)

static int setup(void **state)
{
	run = (struct stall_run){ .threshold = 5000 };
	collector = (struct collector){ .moment_reader = (void *)&collector };
	no_names = no_watchers = sees_deliveries = false;
	flush_name = "__flush_smp_call_function_queue";
	result = 0;
	calls[0] = '\0';
	return cpuset__parse(&collector.possible, "0-6");
}

#define RUN_TEST(name) TEST(name, setup, NULL)

static int open_run(void)
{
	const struct reporter_config how = { .fd = 9, .json = true, .phases = 2 };
	struct collect_config config = {};

	stall_run__configure(&run, &config);
	return stall_run__open(&run, &collector, &how);
}

RUN_TEST(the_programs_get_the_threshold_and_two_functions)
{
	static const char *const flush[] = { "__flush_smp_call_function_queue",
					     "flush_smp_call_function_queue" };
	struct collect_config config = {};

	for (int i = 0; i < 2; i++) {
		flush_name = flush[i];
		config = (struct collect_config){};
		stall_run__configure(&run, &config);
		assert_members(config, watch_threshold, 5000, flush_func, 66, single_func, 77);
	}
	/* Before 5.19 and with its name hidden there is neither. */
	flush_name = "another";
	stall_run__configure(&run, &config);
	assert_members(config, flush_func, 0, single_func, 77);
}

RUN_TEST(a_run_has_watchers_a_reporter_and_names)
{
	assert_int_equal(open_run(), 0);
	assert_calls("watchers_open reporter_open ");
	assert_ptr_equal(given.names, &names);
	assert_ptr_equal(given.moments, &collector);
	assert_members(given, threshold, 5000, nr_cpus, 7, fd, 9, json, true, phases, 2);
	assert_null(given.read_code);
	assert_non_null(given.take);
	/* What starts the watchers may fail, and says so. */
	assert_int_equal(stall_run__begin(&run), -EPERM);
	assert_calls("scan_3 watchers_start ");
	result = -EPIPE;
	assert_int_equal(stall_run__tend(&run), -EPIPE);
	assert_calls("look place maintain ");
	result = -EFBIG;
	assert_int_equal(stall_run__end(&run, (void *)&run), -EFBIG);
	assert_calls("watchers_stop finish ");
	stall_run__close(&run);
	assert_calls("watchers_close reporter_close names_close no_code_close ");
}

/* `serve` and others scan when they tend the run, since watchers would cost 1 % of a CPU. */
RUN_TEST(a_run_without_watchers_scans_as_it_is_tended)
{
	run.unwatched = true;
	assert_int_equal(open_run(), 0);
	assert_calls("reporter_open ");
	assert_int_equal(stall_run__begin(&run), 0);
	assert_int_equal(stall_run__tend(&run), 0);
	assert_calls("look scan_0 maintain ");
	assert_int_equal(stall_run__end(&run, (void *)&run), 0);
	assert_calls("none_stop finish ");
}

RUN_TEST(the_kernel_s_code_is_read_if_deliveries_are_seen)
{
	sees_deliveries = true;
	assert_int_equal(open_run(), 0);
#ifdef __x86_64__
	assert_calls("watchers_open code_open reporter_open ");
	assert_ptr_equal(given.read_code, kernel_code__read);
	assert_ptr_equal(given.read_code_ctx, &code);
#else
	assert_calls("watchers_open reporter_open ");
	assert_null(given.read_code);
#endif
}

RUN_TEST(a_run_that_does_not_open_is_closed)
{
	no_names = true;
	assert_int_equal(open_run(), -ENOMEM);
	assert_calls("watchers_open ");
	stall_run__close(&run);
	assert_calls("watchers_close no_reporter_close no_names_close no_code_close ");
	setup(NULL);
	no_watchers = true;
	assert_int_equal(open_run(), -EAGAIN);
	assert_calls("watchers_open ");
	stall_run__close(&run);
	assert_calls("none_close no_reporter_close names_close no_code_close ");
}

TEST_MAIN(NULL, NULL)
