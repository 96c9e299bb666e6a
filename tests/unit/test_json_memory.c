// SPDX-License-Identifier: GPL-2.0
/* Without memory a JSON line is whole or not there: each allocation of each line fails once. */
#include <sys/mman.h>
#include <jansson.h>
#include "abi/ipi.h"
#include "model/host.h"
#include "model/moment.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/totals.h"
#include "forms.h"
#include "view/json/json.h"
#include "view/view.h"

static unsigned long allocations, nth; /* nth: 0: no allocation fails */

static void *take(size_t size)
{
	return ++allocations == nth ? NULL : malloc(size);
}

static const struct storm_nearest nearest = {
	.known = true,
	.judged = true,
	.func = { .name = "flush", .count = 4 },
	.second = { .name = "do_nothing", .module = "kvm", .count = 2 },
	.cause = "tlb_shootdown",
	.usual = "a_class",
	.rate = 3.5,
	.rate_limit = 1000,
	.cost = { .share = 0.25, .limit = 0.5 },
	.cpu_known = true,
	.cpu = 1,
};
static struct snapshot snap;

static size_t snapshot(char *line, size_t size)
{
	const struct view_options opts = { .stacks = true, .nearest = &nearest };
	int own = dup(STDOUT_FILENO), fd = memfd_create("stdout", 0), err;
	ssize_t len;

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	err = json__put(json__snapshot_line(&snap, &opts));
	fflush(stdout);
	dup2(own, STDOUT_FILENO);
	close(own);
	len = pread(fd, line, size, 0);
	close(fd);
	assert_true(err ? err == -ENOMEM && !len : len > 0);
	return len;
}

static void symbol(void *ctx, struct symbol *symbol, bool func)
{
	symbol->name = "flush";
}

static size_t waits(char *line, size_t size)
{
	static struct moment moment = {
		.now = 100, .nr_waiting = 1, .nr_running = 1, .nr_pending = 1
	};
	const struct naming naming = { .symbol = symbol };

	moment.waiting[0] = (struct waiting){ .func = 16, .call = 50 };
	moment.running[0] = (struct running){ .dst = 1, .func = 16, .call = 50, .start = 60 };
	moment.pending[0] = (struct pending){ .dst = 2, .func = 16, .call = 50, .queued = 60 };
	return json__waits(line, size, &moment, NULL, &naming);
}

/* A line as malloc() gives it; NULL: there was no memory. */
static size_t owned(char *json, char *line, size_t size)
{
	if (!json)
		return 0;
	snprintf(line, size, "%s", json);
	free(json);
	return strlen(line);
}

/* The line of a storm that has all the optional keys. */
static size_t storm(char *line, size_t size)
{
	static uint64_t src[2] = { 90, 1 }, dst[2] = { 1, 90 };
	static const struct storm_evidence evidence = { .ns = 1000000000,
							.stops_known = true,
							.stops_ns = 1000000000,
							.nr_changes = 1,
							.changes[0] = { 5, "kvm came" },
							.nr_online = 2 };
	struct storm storm = {
		.sig = signature__named("tsc_khz_changed"), /* with the most evidence */
		.id = 1,
		.reason = STORM_BY_RISE,
		.own_counts = true,
		.nr_cpus = 2,
		.src = src,
		.dst = dst,
		.nr_funcs = 1,
		.funcs[0] = { "func", "kvm", 0, 90 },
		.nr_sources = 1,
		.samples = 8,
		.sources[0] = { .comm = "sender", .samples = 6, .nr_chain = 1, .chain = { "one" } },
		.cost = { .share = 0.25, .limit = 0.5 },
		.last = { .ns = 1000000000,
			  .cpu_ns = 2000000000,
			  .count = 91,
			  .all = 91,
			  .at_most = true },
		.life = { .ns = 2000000000,
			  .cpu_ns = 4000000000,
			  .count = 182,
			  .all = 182,
			  .at_most = true },
	};

	return owned(json__storm_line(&storm, &evidence, 1), line, size);
}

static size_t stalls_end(char *line, size_t size)
{
	const struct stall_totals totals = { .threshold = 7, .found = { 1, 2, 3 } };

	return json__stalls_end(line, size, &totals);
}

static size_t trace_end(char *line, size_t size)
{
	const struct trace_totals totals = { .csds_wanted = true, .records = 4 };
	return owned(json__trace_end_line(&totals), line, size);
}

static void check(size_t (*print)(char *line, size_t size))
{
	static char healthy[1 << 18], line[1 << 18];
	size_t want;

	nth = 0;
	allocations = 0;
	json_object_seed(1);
	json_set_alloc_funcs(take, free);
	want = print(healthy, sizeof(healthy));
	assert_true(want);
	for (unsigned long total = allocations, n = 1; n <= total; n++) {
		size_t len;

		allocations = 0;
		nth = n;
		len = print(line, sizeof(line));
		if (len) {
			assert_int_equal(len, want);
			assert_memory_equal(line, healthy, len);
		}
	}
}

TEST_F(a_snapshot_is_whole)
{
	static const struct host host = { .online = { .words = { 3 } } };

	record_fill(&snapshot_form, &snap);
	snap.host = &host;
	check(snapshot);
	snapshot__free(&snap);
}

TEST(a_storm_is_whole)
{
	check(storm);
}

TEST(waits_are_whole)
{
	check(waits);
}

TEST(the_last_line_of_stalls_is_whole)
{
	check(stalls_end);
}

TEST(the_last_line_of_trace_is_whole)
{
	check(trace_end);
}

TEST_MAIN(NULL, NULL)
